// Subscriptions over HTTP: each route with what it can answer, and who may ask.
#include "http/guarded.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

using namespace ds::test;
using ds::TokenScope;
using nlohmann::json;

namespace {

// A project of its own, so that nobody else's streams match.
std::string fresh_project() {
    static int number = 0;
    return "subs" + std::to_string(++number);
}

struct Subscriber {
    std::string project = fresh_project();
    std::string root = "/v1/stream/" + project + "/__ds/";
    std::string one = root + "subscriptions/s";

    Reply put(json const& body) const { return ask("PUT", one, k_json, body.dump()); }
    Reply pull(std::string const& pattern = "events/*") const {
        return put({{"type", "pull-wake"},
                    {"pattern", pattern},
                    {"wake_stream", "wake"},
                    {"lease_ttl_ms", 1000}});
    }
    Reply post(std::string const& what, json const& body, std::string const& token = {}) const {
        auto const headers = token.empty() ? k_json : with(k_json, bearer(token));
        return ask("POST", one + "/" + what, headers, body.dump());
    }
    std::string stream(std::string const& name) const {
        return "/v1/stream/" + project + "/" + name;
    }
    void write(std::string const& name) const {
        CHECK(ask("PUT", stream(name), k_json, "[1]").status < 300);
    }
    json show() const { return json::parse(ask("GET", one).body); }
};

std::string code_of(Reply const& reply) {
    auto const body = json::parse(reply.body, nullptr, false);
    if (!body.is_object() || !body.contains("error")) return "no error";
    CHECK(body["error"].contains("message"));
    CHECK(reply["Content-Type"] == "application/json");
    return body["error"]["code"];
}

std::string refused_as(Reply const& reply) {
    return std::to_string(reply.status) + " " + code_of(reply);
}

json acks_of(json const& lease, bool done) {
    json acks = json::array();
    for (auto const& stream : lease["streams"])
        if (stream["has_pending"] == true)
            acks.push_back({{"stream", stream["path"]}, {"offset", stream["tail_offset"]}});
    return {{"wake_id", lease["wake_id"]},
            {"generation", lease["generation"]},
            {"acks", acks},
            {"done", done}};
}

} // namespace

TEST_CASE("subscription: made, confirmed, shown, deleted") {
    Subscriber const subscriber;
    auto const made = subscriber.pull();
    CHECK(made.status == 201);
    CHECK(made["Cache-Control"] == "no-store");
    CHECK(subscriber.pull().status == 200);
    CHECK(refused_as(subscriber.pull("else/*")) == "409 SUBSCRIPTION_ALREADY_EXISTS");
    auto const shown = subscriber.show();
    CHECK(shown["id"] == "s");
    CHECK(shown["type"] == "pull-wake");
    CHECK(shown["pattern"] == "events/*");
    CHECK(shown["wake_stream"] == "wake");
    CHECK(shown["status"] == "active");
    CHECK(shown["lease_ttl_ms"] == 1000);
    CHECK(ask("HEAD", subscriber.one).status == 200);
    CHECK(ask("DELETE", subscriber.one).status == 204);
    CHECK(ask("DELETE", subscriber.one).status == 204);
    CHECK(refused_as(ask("GET", subscriber.one)) == "404 SUBSCRIPTION_NOT_FOUND");
}

TEST_CASE("subscription: what breaks a rule changes nothing") {
    Subscriber const subscriber;
    std::vector<std::string> const bodies{
        "",
        "{",
        "[]",
        "null",
        "{}",
        "\xff",
        R"({"type":"push","pattern":"*"})",
        R"({"type":"webhook","pattern":"*"})",
        R"({"type":"webhook","pattern":"*","webhook":{}})",
        R"({"type":"webhook","pattern":"*","webhook":{"url":7}})",
        R"({"type":"pull-wake","pattern":"*"})",
        R"({"type":"pull-wake","wake_stream":"w"})",
        R"({"type":"pull-wake","wake_stream":"w","streams":[]})",
        R"({"type":"pull-wake","wake_stream":"w","streams":"a"})",
        R"({"type":"pull-wake","wake_stream":"w","streams":["/a"]})",
        R"({"type":"pull-wake","wake_stream":"w","streams":["../other/a"]})",
        R"({"type":"pull-wake","wake_stream":"w","streams":["__ds/a"]})",
        R"({"type":"pull-wake","wake_stream":"w","streams":["w"]})",
        R"({"type":"pull-wake","wake_stream":"__ds/w","pattern":"*"})",
        R"({"type":"pull-wake","wake_stream":"w","pattern":"a//b"})",
        R"({"type":"pull-wake","wake_stream":"w","pattern":7})",
        R"({"type":"pull-wake","wake_stream":"w","pattern":"*","lease_ttl_ms":999})",
        R"({"type":"pull-wake","wake_stream":"w","pattern":"*","lease_ttl_ms":600001})",
        R"({"type":"pull-wake","wake_stream":"w","pattern":"*","lease_ttl_ms":"1000"})",
        R"({"type":"pull-wake","wake_stream":"w","pattern":"*","lease_ttl_ms":1000.5})",
        R"({"type":"pull-wake","wake_stream":"w","pattern":"*","description":[]})"};
    for (auto const& body : bodies) {
        CAPTURE(body);
        CHECK(refused_as(ask("PUT", subscriber.one, k_json, body)) == "400 INVALID_REQUEST");
    }
    for (std::string const url :
         {"http://10.0.0.1/hook", "https://169.254.169.254/", "ftp://x.example/"}) {
        CHECK(refused_as(subscriber.put(
                  {{"type", "webhook"}, {"pattern", "*"}, {"webhook", {{"url", url}}}})) ==
              "400 WEBHOOK_URL_REJECTED");
    }
    CHECK(ask("GET", subscriber.one).status == 404);
    CHECK(refused_as(ask("PUT", subscriber.one, k_json, std::string(1024 * 1024 + 1, ' '))) ==
          "413 PAYLOAD_TOO_LARGE");
    for (std::string const& id : {std::string(257, 'a'), std::string("%2e"), std::string("a%00b")})
        CHECK(ask("GET", subscriber.root + "subscriptions/" + id).status == 400);
}

TEST_CASE("subscription: a name with its project is refused, and says why") {
    Subscriber const subscriber;
    auto const full = subscriber.project + "/a";
    for (json const& wanted :
         {json{{"type", "pull-wake"}, {"streams", {full}}, {"wake_stream", "w"}},
          json{{"type", "pull-wake"}, {"pattern", subscriber.project + "/*"}, {"wake_stream", "w"}},
          json{{"type", "pull-wake"}, {"streams", {"a"}}, {"wake_stream", full}}}) {
        auto const refused = subscriber.put(wanted);
        CAPTURE(wanted.dump());
        CHECK(refused.status == 400);
        CHECK(refused.body.find("leave out the project") != std::string::npos);
    }
    CHECK(ask("GET", subscriber.one).status == 404);
    // Another project's name is a folder like any other.
    CHECK(subscriber.put({{"type", "pull-wake"}, {"streams", {"other/a"}}, {"wake_stream", "w"}})
              .status == 201);
    CHECK(subscriber.post("streams", {{"streams", {full}}}).status == 400);
}

TEST_CASE("subscription: methods that are not for a path") {
    Subscriber const subscriber;
    for (auto const& [method, path] : std::vector<std::pair<std::string, std::string>>{
             {"POST", subscriber.one},
             {"GET", subscriber.one + "/streams"},
             {"POST", subscriber.one + "/streams/a"},
             {"GET", subscriber.one + "/claim"},
             {"PUT", subscriber.one + "/ack"},
             {"POST", subscriber.root + "jwks.json"}}) {
        CAPTURE(path);
        auto const reply = ask(method, path, k_json, "{}");
        CHECK(reply.status == 405);
        CHECK(reply["Allow"].find("OPTIONS") != std::string::npos);
        CHECK(code_of(reply) == "METHOD_NOT_ALLOWED");
    }
    CHECK(ask("OPTIONS", subscriber.one).status == 204);
    CHECK(code_of(ask("GET", subscriber.one + "/else")) == "SUBSCRIPTION_NOT_FOUND");
}

TEST_CASE("subscription: claim, ack and release, and what they refuse") {
    Subscriber const subscriber;
    CHECK(code_of(subscriber.post("claim", {{"worker", "w"}})) == "SUBSCRIPTION_NOT_FOUND");
    subscriber.pull();
    subscriber.write("wake");
    CHECK(code_of(subscriber.post("claim", json::object())) == "INVALID_REQUEST");
    CHECK(refused_as(subscriber.post("claim", {{"worker", "w"}})) == "409 NO_PENDING_WORK");
    subscriber.write("events/a");
    auto const claimed = subscriber.post("claim", {{"worker", "w"}});
    REQUIRE(claimed.status == 200);
    auto const lease = json::parse(claimed.body);
    CHECK(lease["lease_ttl_ms"] == 1000);
    CHECK(lease["streams"][0]["path"] == "events/a");
    CHECK(lease["streams"][0]["acked_offset"] == "-1");
    auto const busy = subscriber.post("claim", {{"worker", "x"}});
    CHECK(refused_as(busy) == "409 ALREADY_CLAIMED");
    CHECK(json::parse(busy.body)["error"]["current_holder"] == "w");
    CHECK(json::parse(busy.body)["error"]["generation"] == lease["generation"]);

    auto const token = lease["token"].get<std::string>();
    for (std::string const what : {"ack", "release", "callback"}) {
        CHECK(refused_as(subscriber.post(what, acks_of(lease, true))) == "401 TOKEN_INVALID");
        CHECK(code_of(subscriber.post(what, acks_of(lease, true), "1.w_x.y")) == "TOKEN_INVALID");
    }
    CHECK(subscriber.post("callback", acks_of(lease, true), token).status == 400);
    auto body = acks_of(lease, false);
    body["acks"][0]["offset"] = "9999999999999999_0000000000000000";
    CHECK(refused_as(subscriber.post("ack", body, token)) == "409 INVALID_OFFSET");
    body["done"] = "yes";
    CHECK(code_of(subscriber.post("ack", body, token)) == "INVALID_REQUEST");
    CHECK(subscriber.post("ack", acks_of(lease, false), token).body ==
          R"({"ok":true,"next_wake":false})");
    subscriber.write("events/b");
    CHECK(eventually([&] { return subscriber.show()["streams"].size() == 2; }));
    CHECK(subscriber.post("release", acks_of(lease, false), token).status == 204);
    CHECK(refused_as(subscriber.post("release", acks_of(lease, false), token)) == "409 FENCED");
    // What was left wakes again, and the wake stream says so.
    CHECK(eventually([&] {
        return ask("GET", subscriber.stream("wake"))
                   .body.find(R"("stream":"events/b","generation":2)") != std::string::npos;
    }));
    CHECK(ask("DELETE", subscriber.one).status == 204);
    CHECK(subscriber.post("ack", acks_of(lease, true), token).status == 404);
}

TEST_CASE("subscription: streams are added and taken away, also with long names") {
    Subscriber const subscriber;
    subscriber.pull();
    std::string const path = "deep/" + std::string(500, 'a');
    CHECK(subscriber.post("streams", {{"streams", {path, "x y"}}}).status == 204);
    CHECK(code_of(subscriber.post("streams", {{"streams", json::array()}})) == "INVALID_REQUEST");
    CHECK(subscriber.show()["streams"].size() == 2);
    CHECK(ask("DELETE", subscriber.one + "/streams/" + path).status == 204);
    CHECK(ask("DELETE", subscriber.one + "/streams/x%20y").status == 204);
    CHECK(ask("DELETE", subscriber.one + "/streams/x%20y").status == 204);
    CHECK(subscriber.show()["streams"].empty());
    auto const other = Subscriber();
    CHECK(other.post("streams", {{"streams", {"a"}}}).status == 404);
}

TEST_CASE("subscription: the keys of webhooks are public, and cached for a while") {
    Subscriber const subscriber;
    for (auto const& path :
         {std::string("/v1/stream/__ds/jwks.json"), subscriber.root + "jwks.json"}) {
        auto const reply = ask("GET", path);
        CHECK(reply.status == 200);
        CHECK(reply["Content-Type"] == "application/jwk-set+json");
        CHECK(reply["Cache-Control"] == "public, max-age=300");
        CHECK(json::parse(reply.body)["keys"].size() == 1);
    }
}

TEST_CASE("subscription: rights are those of the project, and being public gives none") {
    auto& server = guarded().server();
    std::string const one = "/v1/stream/shop/__ds/subscriptions/r";
    std::string const wish = R"({"type":"pull-wake","pattern":"**","wake_stream":"wake"})";
    auto const read = bearer(token(TokenScope::read));
    auto const write = bearer(token(TokenScope::write));
    auto const manage = bearer(token(TokenScope::manage));
    auto const stranger = bearer(token(TokenScope::manage, k_other_secret, "other"));
    auto const single = bearer(token(TokenScope::manage, k_shop_secret, "shop", "a"));
    auto const status = [&](std::string const& method, std::string const& path, Headers const& who,
                            std::string const& body = {}) {
        return ask(server, method, path, with(k_json, who), body).status;
    };
    CHECK(status("PUT", one, {}, wish) == 401);
    CHECK(status("PUT", one, stranger, wish) == 401);
    CHECK(status("PUT", one, single, wish) == 403);
    CHECK(status("PUT", one, write, wish) == 403);
    CHECK(status("PUT", one, manage, wish) == 201);
    CHECK(status("GET", one, {}) == 401);
    CHECK(status("GET", one, stranger) == 401);
    CHECK(status("GET", one, read) == 200);
    CHECK(status("POST", one + "/claim", read, R"({"worker":"w"})") == 403);
    CHECK(status("POST", one + "/claim", write, R"({"worker":"w"})") == 409);
    CHECK(status("POST", one + "/streams", write, R"({"streams":["a"]})") == 403);
    CHECK(status("DELETE", one + "/streams/a", write) == 403);
    CHECK(status("DELETE", one, write) == 403);
    // The token of a project is not one of a wake.
    CHECK(status("POST", one + "/ack", manage, R"({"wake_id":"w","generation":1})") == 401);
    std::string const all = "/v1/stream/__ds/subscriptions/r";
    CHECK(status("PUT", all, manage,
                 R"({"type":"pull-wake","pattern":"**","wake_stream":"shop/w"})") == 401);
    CHECK(status("GET", all, {}) == 401);
    CHECK(status("GET", all, bearer(k_admin)) == 404);
    CHECK(status("GET", "/v1/stream/shop/__ds/jwks.json", {}) == 200);
    CHECK(guarded().put_settings("shop", settings(k_shop_secret, R"(,"isPublic":true)")).status <
          300);
    CHECK(status("GET", one, {}) == 401);
    CHECK(guarded().put_settings("shop", settings(k_shop_secret)).status < 300);
    CHECK(status("DELETE", one, manage) == 204);
}

TEST_CASE("subscription: leases and acks survive kill -9") {
    ServerUnderTest server;
    std::string const one = "/v1/stream/p/__ds/subscriptions/s";
    auto const post = [&](std::string const& what, json const& body, Headers const& who = {}) {
        return ask(server, "POST", one + "/" + what, with(k_json, who), body.dump());
    };
    json const wish{{"type", "pull-wake"}, {"pattern", "e/*"}, {"wake_stream", "wake"}};
    CHECK(ask(server, "PUT", one, k_json, wish.dump()).status == 201);
    CHECK(ask(server, "PUT", "/v1/stream/p/e/a", k_json, "[1]").status == 201);
    // The wake stream is missing, which is told, and not forgotten.
    CHECK(eventually(
        [&] { return json::parse(ask(server, "GET", one).body)["status"] == "failed"; }));
    auto const claimed = post("claim", {{"worker", "w"}});
    REQUIRE(claimed.status == 200);
    auto const lease = json::parse(claimed.body);
    auto const who = bearer(lease["token"]);
    CHECK(post("ack", acks_of(lease, false), who).status == 200);
    server.kill();
    server.start();
    auto const shown = json::parse(ask(server, "GET", one).body);
    CHECK(shown["streams"][0]["acked_offset"] == lease["streams"][0]["tail_offset"]);
    CHECK(shown["last_error"] == "the wake stream does not exist");
    CHECK(json::parse(post("claim", {{"worker", "x"}}).body)["error"]["current_holder"] == "w");
    CHECK(post("ack", acks_of(lease, true), who).status == 200);
    server.kill();
    server.start();
    CHECK(post("ack", acks_of(lease, true), who).status == 409);
    CHECK(post("claim", {{"worker", "x"}}).status == 409);
}
