// Cache-Control, ETag and If-None-Match.
#include "http/server_under_test.h"

#include <doctest/doctest.h>

#include <string>

using namespace ds::test;

namespace {

Reply revalidate(std::string const& target, std::string const& tags) {
    return ask("GET", target, {{"If-None-Match", tags}});
}

int max_age(std::string const& cache_control) {
    std::string const mark = "public, max-age=";
    REQUIRE(cache_control.rfind(mark, 0) == 0);
    return std::stoi(cache_control.substr(mark.size()));
}

} // namespace

TEST_CASE("caching: a catch-up page may be shared for a minute, whatever its end says") {
    std::string const shared = "public, max-age=60, stale-while-revalidate=300";
    auto const path = create_json("cache", "[1,2,3]");
    CHECK(ask("GET", path)["Cache-Control"] == shared);
    CHECK(ask("GET", path + "?offset=-1&limit=1")["Cache-Control"] == shared);
    auto const tail = ask("HEAD", path)["Stream-Next-Offset"];
    CHECK(ask("GET", path + "?offset=" + tail)["Cache-Control"] == shared);
    close_stream(path);
    CHECK(ask("GET", path)["Cache-Control"] == shared);
    auto const etag = ask("GET", path)["ETag"];
    CHECK(revalidate(path, etag)["Cache-Control"] == shared);
}

TEST_CASE("caching: what changes at any time, or is nobody else's, is never stored") {
    auto const path = create_text("no-store", "data");
    auto const now = ask("GET", path + "?offset=now");
    CHECK(now["Cache-Control"] == "no-store");
    CHECK_FALSE(now.has("ETag"));
    CHECK(ask("HEAD", path)["Cache-Control"] == "no-store");
    auto const poll = ask("GET", path + "?offset=now&live=long-poll");
    CHECK(poll.status == 204);
    CHECK(poll["Cache-Control"] == "no-store");
    CHECK(ask("GET", fresh_path("missing"))["Cache-Control"] == "no-store");
    CHECK(ask("GET", path + "?offset=bad")["Cache-Control"] == "no-store");
    CHECK(ask("POST", path, k_json, "{}")["Cache-Control"] == "no-store");
    EventStream live(server().port(), path + "?offset=-1&live=sse");
    // Compressing proxies hold back what they may transform.
    CHECK(live.head()["Cache-Control"] == "no-cache, no-transform");
    CHECK_FALSE(live.head().has("ETag"));
}

TEST_CASE("caching: long-poll answers with data, or with the end, may be shared for 20 s") {
    auto const path = create_text("poll-cache", "data");
    auto const data = ask("GET", path + "?offset=-1&live=long-poll");
    CHECK(data.status == 200);
    CHECK(data["Cache-Control"] == "public, max-age=20");
    CHECK(data.has("ETag"));
    auto const tail = close_stream(path)["Stream-Next-Offset"];
    CHECK(ask("GET", path + "?live=long-poll&offset=" + tail)["Cache-Control"] ==
          "public, max-age=20");
    CHECK(ask("GET", path + "?live=long-poll&offset=now")["Cache-Control"] == "no-store");
}

TEST_CASE("caching: an answer never outlives its stream") {
    auto const soon = fresh_path("soon");
    REQUIRE(ask("PUT", soon, with(k_text, {{"Stream-TTL", "30"}}), "data").status == 201);
    auto const age = max_age(ask("GET", soon)["Cache-Control"]);
    CHECK(age <= 30);
    CHECK(age >= 25);
    CHECK(max_age(ask("GET", soon + "?offset=-1&live=long-poll")["Cache-Control"]) <= 20);
    auto const later = fresh_path("later");
    REQUIRE(ask("PUT", later, with(k_text, {{"Stream-TTL", "3600"}}), "data").status == 201);
    CHECK(max_age(ask("GET", later)["Cache-Control"]) == 60);
    auto const instant = fresh_path("instant");
    REQUIRE(ask("PUT", instant, with(k_text, {{"Stream-TTL", "1"}}), "data").status == 201);
    auto const brief = ask("GET", instant)["Cache-Control"];
    CHECK((brief == "no-store" || brief == "public, max-age=1"));
}

TEST_CASE("caching: 304 has no body and the headers of the 200 it stands for") {
    auto const path = create_text("not-modified", "data");
    auto const full = ask("GET", path);
    auto const same = revalidate(path, full["ETag"]);
    CHECK(same.status == 304);
    CHECK(same.body.empty());
    for (std::string const name : {"ETag", "Cache-Control", "Stream-Next-Offset",
                                   "Stream-Up-To-Date", "X-Content-Type-Options"}) {
        CAPTURE(name);
        CHECK(same.has(name));
        CHECK(same[name] == full[name]);
    }
    Wire wire(server().port()); // and the connection is still in step
    wire.send(request("GET", path, {{"If-None-Match", full["ETag"]}}) + request("GET", path));
    CHECK(wire.reply().status == 304);
    CHECK(wire.reply().body == "data");
}

TEST_CASE("caching: If-None-Match takes lists, weak tags and the star") {
    auto const path = create_text("matches", "data");
    auto const etag = ask("GET", path)["ETag"];
    REQUIRE(etag.size() > 2);
    CHECK(etag.front() == '"');
    CHECK(revalidate(path, "W/" + etag).status == 304);
    CHECK(revalidate(path, "\"a\", " + etag + ", \"b\"").status == 304);
    CHECK(revalidate(path, "\"a\",W/" + etag).status == 304);
    CHECK(revalidate(path, "*").status == 304);
    CHECK(revalidate(path, "\"a\"").status == 200);
    CHECK(revalidate(path, etag.substr(1, etag.size() - 2)).status == 200);
    CHECK(revalidate(path, "").status == 200);
}

TEST_CASE("caching: an ETag is of one answer: start, end, closure and identity") {
    auto const path = create_json("etag", "[1,2]");
    auto const one = ask("GET", path + "?limit=1");
    auto const two = ask("GET", path);
    auto const second = ask("GET", path + "?offset=" + one["Stream-Next-Offset"]);
    CHECK(one["ETag"] != two["ETag"]);
    CHECK(second["ETag"] != two["ETag"]);
    CHECK(revalidate(path, two["ETag"]).status == 304);

    REQUIRE(close_stream(path).status == 204);
    auto const closed = revalidate(path, two["ETag"]);
    CHECK(closed.status == 200);
    CHECK(closed["Stream-Closed"] == "true");
    CHECK(closed["ETag"] != two["ETag"]);
    CHECK(revalidate(path, closed["ETag"]).status == 304);
    CHECK(revalidate(path, closed["ETag"])["Stream-Closed"] == "true");

    REQUIRE(ask("DELETE", path).status == 204);
    REQUIRE(ask("PUT", path, k_json, "[3,4]").status == 201);
    CHECK(revalidate(path, two["ETag"]).body == "[3,4]");
}

TEST_CASE("caching: closing at the tail changes the ETag of the empty page there") {
    auto const path = create_text("etag-tail", "data");
    auto const tail = ask("HEAD", path)["Stream-Next-Offset"];
    auto const open = ask("GET", path + "?offset=" + tail);
    close_stream(path);
    auto const closed = revalidate(path + "?offset=" + tail, open["ETag"]);
    CHECK(closed.status == 200);
    CHECK(closed["Stream-Closed"] == "true");
}
