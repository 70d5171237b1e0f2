// Estuaries over HTTP: each route, each status, and what arrives.
#include "http/guarded.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace ds::test;
using ds::TokenScope;
using nlohmann::json;

namespace {

int estuaries = 0;

std::string fresh_id() {
    return "inbox-" + std::to_string(++estuaries);
}

// "/v1/stream/http/7-x" is "http/7-x".
std::string name_in(std::string const& path) {
    return path.substr(std::string("/v1/stream/").size());
}
std::string id_in(std::string const& path) {
    return path.substr(path.rfind('/') + 1);
}

Reply subscribe(std::string const& path, std::string const& id, json more = json::object()) {
    more["estuaryId"] = id;
    return ask("POST", "/v1/estuary/subscribe/" + name_in(path), k_json, more.dump());
}
Reply unsubscribe(std::string const& path, std::string const& id) {
    return ask("DELETE", "/v1/estuary/subscribe/" + name_in(path), k_json,
               json{{"estuaryId", id}}.dump());
}
Reply on_estuary(std::string const& method, std::string const& id) {
    return ask(method, "/v1/estuary/http/" + id);
}
std::string content_of(std::string const& id) {
    auto const reply = ask("GET", "/v1/stream/http/" + id);
    CHECK(reply.status == 200);
    return reply.body;
}

} // namespace

TEST_CASE("estuary: subscribe, publish, look, touch, unsubscribe, delete as documented") {
    auto const source = create_text("source");
    auto const id = fresh_id();
    auto const made = subscribe(source, id);
    REQUIRE(made.status == 200);
    CHECK(made["Content-Type"] == "application/json");
    CHECK(made["Cache-Control"] == "no-store");
    auto const told = json::parse(made.body);
    CHECK(told["estuaryId"] == id);
    CHECK(told["streamId"] == id_in(source));
    CHECK(told["estuaryStreamPath"] == "/v1/stream/http/" + id);
    CHECK(told["isNewEstuary"] == true);
    auto const day_ms = 24 * 3600 * 1000;
    CHECK(told["expiresAt"].get<std::int64_t>() / 1000 >= now_seconds() + day_ms / 1000 - 30);
    CHECK(content_of(id).empty()); // no record of an expiry
    CHECK(json::parse(subscribe(source, id).body)["isNewEstuary"] == false);

    auto const published = ask("POST", "/v1/estuary/publish/" + name_in(source), k_text, "one;");
    CHECK(published.status == 204);
    CHECK(published["Stream-Next-Offset"] == "0000000000000000_0000000000000004");
    CHECK(published["Stream-Fanout-Count"] == "1");
    CHECK(published["Stream-Fanout-Successes"] == "1");
    CHECK(published["Stream-Fanout-Failures"] == "0");
    CHECK(published["Stream-Fanout-Mode"] == "inline");
    auto const appended = append_text(source, "two;");
    CHECK(appended.status == 204);
    CHECK(appended["Stream-Fanout-Mode"].empty());
    CHECK(content_of(id) == "one;two;");

    auto const looked = on_estuary("GET", id);
    CHECK(looked.status == 200);
    auto const facts = json::parse(looked.body);
    CHECK(facts["estuaryId"] == id);
    CHECK(facts["contentType"] == "text/plain");
    REQUIRE(facts["subscriptions"].size() == 1);
    CHECK(facts["subscriptions"][0]["streamId"] == id_in(source));
    CHECK(facts["subscriptions"][0]["mode"] == "plain");
    CHECK(facts["subscriptions"][0]["ackedOffset"].is_null());

    auto const touched = on_estuary("POST", id);
    CHECK(touched.status == 200);
    CHECK(json::parse(touched.body)["estuaryId"] == id);
    CHECK(json::parse(touched.body)["expiresAt"] >= told["expiresAt"]);

    for (int i = 0; i < 2; ++i) {
        auto const left = unsubscribe(source, id);
        CHECK(left.status == 200);
        CHECK(json::parse(left.body)["success"] == true);
    }
    append_text(source, "three;");
    CHECK(content_of(id) == "one;two;");
    for (int i = 0; i < 2; ++i) {
        auto const removed = on_estuary("DELETE", id);
        CHECK(removed.status == 200);
        CHECK(json::parse(removed.body) == json{{"estuaryId", id}, {"deleted", true}});
    }
    CHECK(ask("GET", "/v1/stream/http/" + id).status == 404);
    CHECK(on_estuary("GET", id).code() == "ESTUARY_NOT_FOUND");
    CHECK(on_estuary("POST", id).code() == "ESTUARY_NOT_FOUND");
}

TEST_CASE("estuary: those of a project are listed by their ids, a thousand at a time") {
    std::string const source = "/v1/stream/listed/source";
    REQUIRE(ask("PUT", source, k_text).status == 201);
    REQUIRE(ask("PUT", "/v1/stream/listed/ordinary", k_text).status == 201);
    auto const list = [](std::string const& after) {
        return json::parse(ask("GET", "/v1/estuary/listed" + after).body);
    };
    CHECK(list("") == json{{"estuaries", json::array()}, {"more", false}});
    for (int number = 2001; number > 0; --number)
        REQUIRE(subscribe(source, "e" + std::to_string(10'000 + number)).status == 200);
    std::vector<std::string> ids;
    for (json page = list("");; page = list("?after=" + ids.back())) {
        for (auto const& one : page["estuaries"]) {
            ids.push_back(one["estuaryId"]);
            CHECK(one["subscriptions"] == 1);
        }
        CHECK(page["estuaries"].size() <= 1000);
        if (!page["more"].get<bool>()) break;
    }
    REQUIRE(ids.size() == 2001);
    CHECK(std::is_sorted(ids.begin(), ids.end()));
    CHECK(ids.front() == "e10001");
    REQUIRE(ask("DELETE", "/v1/estuary/listed/e10001").status == 200);
    CHECK(list("")["estuaries"][0]["estuaryId"] == "e10002");
}

TEST_CASE("estuary: what is wrong is told as what it is") {
    auto const source = create_text("source");
    auto const ordinary = create_text("ordinary");
    auto const numbers = create_json("numbers");
    auto const id = fresh_id();
    CHECK(subscribe(source, id).status == 200);
    auto const target = "/v1/estuary/subscribe/" + name_in(source);
    auto const refused = [](Reply const& reply, int status, std::string const& code) {
        CHECK(reply.status == status);
        CHECK(reply.code() == code);
    };
    refused(ask("POST", target, k_json, "{}"), 400, "INVALID_ESTUARY_ID");
    refused(ask("POST", target, k_json, R"({"estuaryId":"a/b"})"), 400, "INVALID_ESTUARY_ID");
    refused(ask("POST", target, k_json, R"({"estuaryId":7})"), 400, "INVALID_ESTUARY_ID");
    refused(ask("POST", target, k_json, R"({"estuaryId":"__ds"})"), 400, "INVALID_ESTUARY_ID");
    refused(ask("POST", target, k_json, "{"), 400, "INVALID_JSON");
    refused(ask("POST", target, k_json, "[]"), 400, "INVALID_JSON");
    refused(ask("POST", target, k_json), 400, "EMPTY_BODY");
    refused(ask("POST", target, k_text, R"({"estuaryId":"x"})"), 400, "CONTENT_TYPE_REQUIRED");
    refused(subscribe(source, id, {{"mode", "other"}}), 400, "INVALID_SUBSCRIPTION");
    refused(subscribe(source, id, {{"notifyAbove", 5}}), 400, "INVALID_SUBSCRIPTION");
    refused(subscribe("/v1/stream/http/nothing", id), 404, "STREAM_NOT_FOUND");
    refused(subscribe(source, id_in(ordinary)), 409, "NOT_AN_ESTUARY");
    refused(subscribe(source, id_in(source)), 409, "ESTUARY_CYCLE");
    refused(subscribe("/v1/stream/http/" + id, id), 409, "ESTUARY_CYCLE");
    refused(subscribe(numbers, id), 409, "CONTENT_TYPE_MISMATCH");
    auto const wrapped = fresh_id();
    CHECK(subscribe(source, wrapped, {{"mode", "envelope"}}).status == 200);
    refused(subscribe(source, wrapped, {{"mode", "envelope"}, {"notifyAbove", 5}}), 409,
            "SUBSCRIPTION_MISMATCH");
    refused(on_estuary("DELETE", id_in(ordinary)), 409, "NOT_AN_ESTUARY");
    CHECK(ask("GET", ordinary).status == 200);
    refused(on_estuary("GET", id_in(ordinary)), 404, "ESTUARY_NOT_FOUND");
    refused(on_estuary("GET", "a%20b"), 400, "INVALID_ESTUARY_ID");
    refused(ask("GET", "/v1/estuary/no%20project"), 400, "MISSING_PROJECT_OR_STREAM_ID");
    refused(ask("GET", "/v1/estuary/http?after=a&after=b"), 400, "REPEATED_QUERY_PARAM");
    refused(ask("DELETE", "/v1/estuary/http"), 405, "METHOD_NOT_ALLOWED");
    refused(ask("GET", "/v1/estuary/no%20project/x"), 400, "MISSING_PROJECT_OR_STREAM_ID");
    refused(ask("POST", "/v1/estuary/subscribe/", k_json, "{}"), 400,
            "MISSING_PROJECT_OR_STREAM_ID");
    refused(ask("GET", "/v1/estuary/http/" + id + "/other"), 404, "STREAM_NOT_FOUND");
    refused(ask("PUT", "/v1/estuary/http/" + id), 405, "METHOD_NOT_ALLOWED");
    refused(ask("GET", target), 405, "METHOD_NOT_ALLOWED");
    refused(ask("POST", "/v1/estuary/publish/http/nothing", k_text, "x"), 404, "STREAM_NOT_FOUND");
    refused(ask("POST", "/v1/estuary/publish/" + name_in(source), k_text), 400, "EMPTY_BODY");
    CHECK(ask("OPTIONS", target).status == 204);
    CHECK(ask("GET", "/v1/estuary/__ds/x").status == 404);
}

TEST_CASE("estuary: envelopes of many sources come over one connection, and can be acknowledged") {
    auto const id = fresh_id();
    std::vector<std::string> sources;
    for (int i = 0; i < 20; ++i) {
        sources.push_back(create_text("many"));
        CHECK(subscribe(sources.back(), id, {{"mode", "envelope"}}).status == 200);
    }
    for (auto const& source : sources)
        CHECK(append_text(source, "words of " + id_in(source)).status == 204);
    auto const messages = json::parse(content_of(id));
    REQUIRE(messages.size() == sources.size());
    json acks = json::array();
    for (std::size_t i = 0; i < sources.size(); ++i) {
        CHECK(messages[i]["stream"] == id_in(sources[i]));
        CHECK(messages[i]["type"] == "data");
        CHECK(messages[i]["payload"] == "words of " + id_in(sources[i]));
        // Who goes on from there misses nothing, and gets nothing again.
        auto const offset = messages[i]["offset"].get<std::string>();
        append_text(sources[i], "more");
        CHECK(ask("GET", sources[i] + "?offset=" + offset).body == "more");
        acks.push_back({{"streamId", id_in(sources[i])}, {"offset", offset}});
    }
    auto const target = "/v1/estuary/http/" + id + "/ack";
    auto const answer = ask("POST", target, k_json, json{{"acks", acks}}.dump());
    CHECK(answer.status == 200);
    auto const facts = json::parse(on_estuary("GET", id).body);
    CHECK(json::parse(answer.body)["subscriptions"] == facts["subscriptions"]);
    for (std::size_t i = 0; i < sources.size(); ++i)
        CHECK(facts["subscriptions"][i]["ackedOffset"] == acks[i]["offset"]);

    auto const wrong = [&](std::string const& body, std::string const& code) {
        auto const reply = ask("POST", target, k_json, body);
        CHECK(reply.status == 400);
        CHECK(reply.code() == code);
    };
    wrong("{}", "INVALID_ACK");
    wrong(R"({"acks":[1]})", "INVALID_ACK");
    wrong(R"({"acks":[{"streamId":"a"}]})", "INVALID_ACK");
    wrong(R"({"acks":[{"streamId":"a","offset":"-1"}]})", "INVALID_OFFSET");
    wrong(
        json{{"acks",
              {{{"streamId", id_in(sources[0])}, {"offset", "9999999999999999_9999999999999999"}}}}}
            .dump(),
        "OFFSET_BEYOND_TAIL");
}

TEST_CASE("estuary: many subscribers get copies after the answer, and a killed server goes on") {
    ServerUnderTest server({"--fanout-inline", "2"});
    auto const path = "/v1/stream/p/s";
    CHECK(ask(server, "PUT", path, k_text).status == 201);
    auto const count = 300;
    for (int i = 0; i < count; ++i)
        CHECK(ask(server, "POST", "/v1/estuary/subscribe/p/s", k_json,
                  json{{"estuaryId", "e" + std::to_string(i)}}.dump())
                  .status == 200);
    std::string all;
    for (int i = 0; i < 30; ++i) {
        auto const text = std::to_string(i) + ";";
        auto const reply = ask(server, "POST", "/v1/estuary/publish/p/s", k_text, text);
        CHECK(reply.status == 204);
        CHECK(reply["Stream-Fanout-Mode"] == "queued");
        all += text;
    }
    server.kill();
    server.start();
    for (int i = 0; i < count; ++i)
        CHECK(eventually(
            [&] { return ask(server, "GET", "/v1/stream/p/e" + std::to_string(i)).body == all; }));
}

TEST_CASE("estuary: where anyone may read, only who shows a token subscribes") {
    auto& server = guarded().server();
    REQUIRE(
        guarded().put_settings("square", settings(k_shop_secret, R"(,"isPublic":true)")).status ==
        201);
    auto const token_of = bearer(token(TokenScope::read, k_shop_secret, "square"));
    guarded().as_admin("PUT", "/v1/stream/square/s", k_text, "x");
    CHECK(ask(server, "GET", "/v1/stream/square/s").status == 200);
    auto const body = R"({"estuaryId":"inbox"})";
    CHECK(ask(server, "POST", "/v1/estuary/subscribe/square/s", k_json, body).status == 401);
    CHECK(ask(server, "POST", "/v1/estuary/subscribe/square/s", with(token_of, k_json), body)
              .status == 200);
    CHECK(ask(server, "GET", "/v1/estuary/square/inbox").status == 401);
    CHECK(ask(server, "GET", "/v1/estuary/square/inbox", token_of).status == 200);
}

TEST_CASE("estuary: it counts as a stream of its project, and ends when nobody uses it") {
    ServerUnderTest server({"--limit-project-streams", "2", "--estuary-ttl", "1"});
    CHECK(ask(server, "PUT", "/v1/stream/p/s", k_text).status == 201);
    auto const subscribe_as = [&](std::string const& id) {
        return ask(server, "POST", "/v1/estuary/subscribe/p/s", k_json,
                   json{{"estuaryId", id}}.dump())
            .status;
    };
    CHECK(subscribe_as("a") == 200);
    CHECK(subscribe_as("b") == 429);
    CHECK(eventually([&] { return subscribe_as("b") == 200; }));
    CHECK(ask(server, "GET", "/v1/stream/p/a").status == 404);
    CHECK(ask(server, "GET", "/v1/estuary/p/a").status == 404);
}
