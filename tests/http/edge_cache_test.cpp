// The server's own cache of answers: when it answers, when it must not, and what it never mixes up.
#include "http/guarded.h"
#include "http/server_under_test.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <vector>

using namespace ds::test;

namespace {

using Steady = std::chrono::steady_clock;

std::string cache_of(std::string const& target, Headers const& headers = {}) {
    return ask("GET", target, headers)["X-Cache"];
}

// Three pages of one message each, and their places.
struct Three {
    std::string path = fresh_path("edge");
    std::vector<std::string> offsets{"-1"};
    explicit Three(ServerUnderTest const& of = server()) {
        REQUIRE(ask(of, "PUT", path, k_text).status == 201);
        for (auto const* text : {"one", "two", "three"})
            offsets.push_back(ask(of, "POST", path, k_text, text)["Stream-Next-Offset"]);
    }
};

// So many connections that wait with the same long-poll.
std::vector<Wire> waiting(ServerUnderTest const& of, std::string const& target, std::size_t count) {
    std::vector<Wire> wires;
    for (std::size_t i = 0; i < count; ++i) {
        wires.emplace_back(of.port());
        wires.back().send(request("GET", target));
    }
    CHECK(wires.back().stays_silent(Wait{200}));
    return wires;
}

} // namespace

TEST_CASE("edge cache: who asks second is answered with what the first one got") {
    Three const stream;
    auto const page = stream.path + "?offset=" + stream.offsets[1] + "&limit=1";
    auto const first = ask("GET", page);
    auto const second = ask("GET", page);
    CHECK(first["X-Cache"] == "MISS");
    CHECK(second["X-Cache"] == "HIT");
    CHECK(second.status == 200);
    CHECK(second.body == "two");
    for (auto const* same : {"ETag", "Cache-Control", "Stream-Next-Offset", "Content-Type",
                             "Stream-Write-Timestamp", "Stream-Up-To-Date", "Stream-Cursor"})
        CHECK(first[same] == second[same]);
    auto const exposed =
        ask("GET", page, {{"Origin", "http://localhost:3000"}})["Access-Control-Expose-Headers"];
    CHECK(exposed.find("X-Cache") != std::string::npos);
}

TEST_CASE("edge cache: it is what a URL means that counts, not how it is spelled") {
    Three const stream;
    CHECK(cache_of(stream.path) == "MISS");
    CHECK(cache_of(stream.path + "?offset=-1") == "HIT");
    CHECK(cache_of(stream.path + "?offset=0000000000000000_0000000000000000") == "HIT");
    CHECK(cache_of(stream.path + "?unknown=1&offset=%2D1") == "HIT");
    CHECK(cache_of(stream.path + "?limit=2") == "MISS");
    CHECK(cache_of(stream.path + "?cursor=5") == "MISS"); // it comes back in the answer
    CHECK(cache_of(stream.path + "?live=long-poll&offset=-1") == "MISS");
    CHECK(cache_of(stream.path + "?offset=-1&live=long-poll") == "HIT");
}

TEST_CASE("edge cache: an answer that reached the tail counts while that is the tail") {
    Three const stream;
    auto const& path = stream.path;
    CHECK(cache_of(path) == "MISS");
    append_text(path, "four");
    auto const grown = ask("GET", path);
    CHECK(grown["X-Cache"] == "MISS");
    CHECK(grown.body == "onetwothreefour");
    CHECK(cache_of(path) == "HIT");
    close_stream(path);
    auto const closed = ask("GET", path);
    CHECK(closed["X-Cache"] == "MISS");
    CHECK(closed["Stream-Closed"] == "true");
    CHECK(ask("GET", path)["Stream-Closed"] == "true");
    CHECK(cache_of(path) == "HIT");
}

TEST_CASE("edge cache: the bytes that were the tail and became history are told so") {
    Three const stream;
    auto const last = stream.path + "?offset=" + stream.offsets[2] + "&limit=1";
    CHECK(ask("GET", last)["Stream-Up-To-Date"] == "true");
    append_text(stream.path, "four");
    for (auto const* kept : {"MISS", "HIT"}) {
        auto const page = ask("GET", last);
        CHECK(page.body == "three");
        CHECK(page["X-Cache"] == kept);
        CHECK(page["Stream-Up-To-Date"].empty());
    }
}

TEST_CASE("edge cache: the last bytes of a stream that is closed later are told so") {
    Three const stream;
    auto const last = stream.path + "?offset=" + stream.offsets[2] + "&limit=1";
    CHECK(ask("GET", last)["Stream-Closed"].empty());
    CHECK(ask("POST", stream.path, {{"Stream-Closed", "true"}}).status == 204);
    for (auto const* kept : {"MISS", "HIT"}) {
        auto const page = ask("GET", last);
        CHECK(page["X-Cache"] == kept);
        CHECK(page["Stream-Closed"] == "true");
    }
}

TEST_CASE("edge cache: a page that ended before the tail holds whatever follows") {
    auto const path = create_json("full", "[1,2,3]");
    auto const full = path + "?limit=2";
    CHECK(cache_of(full) == "MISS");
    REQUIRE(ask("POST", path, k_json, "[4]").status == 204);
    auto const again = ask("GET", full);
    CHECK(again["X-Cache"] == "HIT");
    CHECK(again.body == "[1,2]");
    CHECK_FALSE(again.has("Stream-Up-To-Date"));
}

TEST_CASE("edge cache: only reads that caches may keep have to do with it") {
    Three const stream;
    auto const& path = stream.path;
    CHECK_FALSE(ask("HEAD", path).has("X-Cache"));
    CHECK_FALSE(append_text(path, "more").has("X-Cache"));
    CHECK_FALSE(ask("GET", path + "?offset=now").has("X-Cache"));
    CHECK_FALSE(ask("GET", path + "?offset=now&live=long-poll").has("X-Cache"));
    CHECK_FALSE(ask("GET", path + "?offset=bad").has("X-Cache"));
    CHECK_FALSE(ask("GET", fresh_path("absent")).has("X-Cache"));
    EventStream events(server().port(), path + "?offset=-1&live=sse");
    CHECK_FALSE(events.head().has("X-Cache"));
    auto const tail = ask("HEAD", path)["Stream-Next-Offset"];
    auto const idle = ask("GET", path + "?live=long-poll&offset=" + tail);
    CHECK(idle.status == 204);
    CHECK_FALSE(idle.has("X-Cache"));
    auto const own = fresh_path("own");
    REQUIRE(ask("PUT", own + "?cache=private", k_text, "mine").status == 201);
    CHECK_FALSE(ask("GET", own).has("X-Cache"));
    CHECK_FALSE(ask("GET", own).has("X-Cache"));
}

TEST_CASE("edge cache: who wants a fresh answer gets one, and the next asker gets that one") {
    Three const stream;
    for (auto const* wish : {"no-cache", "max-age=0, No-Store", "no-cache , foo"})
        CHECK(cache_of(stream.path, {{"Cache-Control", wish}}) == "BYPASS");
    CHECK(cache_of(stream.path) == "HIT");
    CHECK(cache_of(stream.path, {{"Cache-Control", "no-cache"}}) == "BYPASS");
    CHECK(cache_of(stream.path, {{"Cache-Control", "max-age=0, no-cachet"}}) == "HIT");
}

TEST_CASE("edge cache: it answers conditional requests") {
    Three const stream;
    auto const page = stream.path + "?offset=" + stream.offsets[1];
    auto const etag = ask("GET", page)["ETag"];
    auto const same = ask("GET", page, {{"If-None-Match", etag}});
    CHECK(same.status == 304);
    CHECK(same["X-Cache"] == "HIT");
    CHECK(same["ETag"] == etag);
    CHECK(same.body.empty());
    auto const other = ask("GET", page, {{"If-None-Match", "\"other\""}});
    CHECK(other.status == 200);
    CHECK(other["X-Cache"] == "HIT");
    append_text(stream.path, "more");
    CHECK(ask("GET", page, {{"If-None-Match", etag}}).status == 200);
}

TEST_CASE("edge cache: a stream made again shows nothing of the old one") {
    auto const path = create_text("again", "old");
    CHECK(cache_of(path) == "MISS");
    CHECK(cache_of(path) == "HIT");
    REQUIRE(ask("DELETE", path).status == 204);
    CHECK(ask("GET", path).status == 404);
    REQUIRE(ask("PUT", path, k_text, "new").status == 201);
    auto const fresh = ask("GET", path);
    CHECK(fresh["X-Cache"] == "MISS");
    CHECK(fresh.body == "new");
}

TEST_CASE("edge cache: a hundred equal long-polls are answered with one answer") {
    ServerUnderTest many({"--io-threads", "4", "--long-poll-timeout", "15"});
    Three const stream(many);
    auto const target = stream.path + "?live=long-poll&offset=" + stream.offsets.back();
    auto polls = waiting(many, target, 100);
    REQUIRE(ask(many, "POST", stream.path, k_text, "news").status == 204);
    std::map<std::string, int> said;
    for (auto& poll : polls) {
        auto const reply = poll.reply();
        CHECK(reply.status == 200);
        CHECK(reply.body == "news");
        ++said[reply["X-Cache"]];
    }
    CHECK(said == std::map<std::string, int>{{"HIT", 99}, {"MISS", 1}});
}

TEST_CASE("edge cache: of equal long-polls one is woken first, the others over the time given") {
    ServerUnderTest staggered(
        {"--io-threads", "2", "--long-poll-timeout", "15", "--wake-stagger", "0.6"});
    Three const stream(staggered);
    auto const target = stream.path + "?live=long-poll&offset=" + stream.offsets.back();
    auto polls = waiting(staggered, target, 40);
    auto const began = Steady::now();
    REQUIRE(ask(staggered, "POST", stream.path, k_text, "news").status == 204);
    pause(Wait{50});
    // What comes meanwhile is told as well to those who are told later.
    REQUIRE(ask(staggered, "POST", stream.path, k_text, "more").status == 204);
    std::map<std::string, int> bodies;
    int missed = 0;
    for (auto& poll : polls) {
        auto const reply = poll.reply();
        ++bodies[reply.body];
        missed += reply["X-Cache"] == "MISS" && reply.body == "news" ? 1 : 0;
    }
    auto const took = Steady::now() - began;
    CHECK(missed == 1);
    CHECK(bodies["news"] >= 1);
    CHECK(bodies["newsmore"] >= 1);
    CHECK(bodies["news"] + bodies["newsmore"] == 40);
    CHECK(took > Wait{200}); // forty draws out of 0.6 s: all below is out of the question
}

TEST_CASE("edge cache: closing and deleting wake everybody at once, stagger or not") {
    ServerUnderTest staggered({"--long-poll-timeout", "15", "--wake-stagger", "10"});
    Three const stream(staggered);
    auto const target = stream.path + "?live=long-poll&offset=" + stream.offsets.back();
    auto polls = waiting(staggered, target, 5);
    auto const began = Steady::now();
    REQUIRE(ask(staggered, "POST", stream.path, with(k_text, {{"Stream-Closed", "true"}})).status ==
            204);
    for (auto& poll : polls)
        CHECK(poll.reply().status == 204);
    CHECK(Steady::now() - began < Wait{5000});
}

TEST_CASE("edge cache: it can be turned off, and other caches can be told other ages") {
    ServerUnderTest off({"--edge-cache-bytes", "0", "--cache-age", "7", "--cache-stale", "0",
                         "--cache-live-age", "3"});
    Three const stream(off);
    for (int round = 0; round < 2; ++round) {
        auto const page = ask(off, "GET", stream.path);
        CHECK_FALSE(page.has("X-Cache"));
        CHECK(page["Cache-Control"] == "public, max-age=7");
        auto const live = ask(off, "GET", stream.path + "?offset=-1&live=long-poll");
        CHECK(live["Cache-Control"] == "public, max-age=3");
    }
    ServerUnderTest always({"--cache-age", "0", "--cache-live-age", "0"});
    Three const other(always);
    CHECK(ask(always, "GET", other.path)["Cache-Control"] == "public, no-cache");
    CHECK(ask(always, "GET", other.path + "?offset=-1&live=long-poll")["Cache-Control"] ==
          "public, no-cache");
}

TEST_CASE("edge cache: it holds as much as it may") {
    ServerUnderTest small({"--edge-cache-bytes", "1"});
    Three const one(small);
    Three const two(small);
    CHECK(ask(small, "GET", one.path)["X-Cache"] == "MISS");
    CHECK(ask(small, "GET", one.path)["X-Cache"] == "HIT");
    CHECK(ask(small, "GET", two.path)["X-Cache"] == "MISS");
    CHECK(ask(small, "GET", one.path)["X-Cache"] == "MISS");
}

TEST_CASE("edge cache: what it says of the asker is the asker's, whoever came first") {
    auto& of = guarded();
    auto const origins =
        settings(k_shop_secret, R"(,"corsOrigins":["https://a.test","https://b.test"])");
    REQUIRE(of.put_settings("shop", origins).status == 200);
    auto const reader = bearer(token(ds::TokenScope::read));
    auto const writer = bearer(token(ds::TokenScope::write));
    auto const path = "/v1/stream/shop/edge-of-askers";
    auto const made = ask(of.server(), "PUT", path, with(writer, k_text), "secret");
    REQUIRE(made.status == 201);
    auto const key = "?rk=" + made["Stream-Reader-Key"];
    auto const get = [&](std::string const& query, Headers const& headers) {
        return ask(of.server(), "GET", path + query, headers);
    };
    auto const first = get("", with(reader, {{"Origin", "https://a.test"}}));
    CHECK(first["X-Cache"] == "MISS");
    CHECK(first["Access-Control-Allow-Origin"] == "https://a.test");
    CHECK(first["Cache-Control"].starts_with("private"));
    auto const second = get(key, with(reader, {{"Origin", "https://b.test"}}));
    CHECK(second["X-Cache"] == "HIT");
    CHECK(second["Access-Control-Allow-Origin"] == "https://b.test");
    CHECK(second["Cache-Control"].starts_with("public"));
    CHECK(get("", reader)["Cache-Control"].starts_with("private"));
    CHECK(get("", {}).status == 401);
    CHECK(get(key, {}).status == 401);
    CHECK(get("", bearer(token(ds::TokenScope::read, k_other_secret, "other"))).status == 401);
    REQUIRE(of.put_settings("shop", settings(k_shop_secret)).status == 200);
}
