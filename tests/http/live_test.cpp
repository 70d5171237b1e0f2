// Readers that wait: what wakes them, what ends them, and what they are told.
#include "http/server_under_test.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

using namespace ds::test;

namespace {

using Steady = std::chrono::steady_clock;

// A server whose long-polls wait longer than any of these tests.
ServerUnderTest::Options const k_patient{"--long-poll-timeout", "15"};

// A long-poll that is waiting at the tail.
Wire waiting_poll(ServerUnderTest const& of, std::string const& path) {
    Wire wire(of.port());
    wire.send(request("GET", path + "?offset=now&live=long-poll"));
    CHECK(wire.stays_silent(Wait{60}));
    return wire;
}

std::string instant_in(Wait from_now) {
    using namespace std::chrono;
    auto const at = time_point_cast<milliseconds>(system_clock::now() + from_now);
    auto const second = floor<seconds>(at);
    auto const time = system_clock::to_time_t(second);
    std::tm parts{};
    ::gmtime_r(&time, &parts);
    char text[64];
    auto const size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    auto fraction = std::to_string(1000 + (at - second).count()).substr(1);
    return std::string(text, size) + "." + fraction + "Z";
}

} // namespace

TEST_CASE("live: an append wakes long-polls and SSE readers at once") {
    ServerUnderTest patient(k_patient);
    auto const path = create_text(patient, "wake");
    auto poll = waiting_poll(patient, path);
    EventStream live(patient.port(), path + "?offset=now&live=sse");
    CHECK(live.until_up_to_date().empty());
    auto const began = Steady::now();
    auto const next = ask(patient, "POST", path, k_text, "news")["Stream-Next-Offset"];
    auto const reply = poll.reply();
    CHECK(reply.status == 200);
    CHECK(reply.body == "news");
    CHECK(reply["Stream-Next-Offset"] == next);
    CHECK(reply["Stream-Up-To-Date"] == "true");
    CHECK_FALSE(reply["Stream-Cursor"].empty());
    CHECK(live.until_up_to_date() == std::vector<std::string>{"news"});
    CHECK(live.last_offset() == next);
    CHECK(Steady::now() - began < Wait{2000});
}

TEST_CASE("live: closing and deleting end waiting readers at once") {
    ServerUnderTest patient(k_patient);
    for (bool const remove : {false, true}) {
        CAPTURE(remove);
        auto const path = fresh_path(remove ? "deleted" : "closed");
        REQUIRE(ask(patient, "PUT", path, k_text).status == 201);
        auto poll = waiting_poll(patient, path);
        EventStream live(patient.port(), path + "?offset=-1&live=sse");
        live.until_up_to_date();
        auto const began = Steady::now();
        if (remove) {
            REQUIRE(ask(patient, "DELETE", path).status == 204);
            CHECK(poll.reply().status == 404);
            CHECK_FALSE(live.next());
        } else {
            REQUIRE(ask(patient, "POST", path, {{"Stream-Closed", "true"}}).status == 204);
            auto const reply = poll.reply();
            CHECK(reply.status == 204);
            CHECK(reply["Stream-Closed"] == "true");
            auto const last = live.next();
            REQUIRE(last);
            CHECK(last->flag("streamClosed"));
            CHECK_FALSE(live.next());
        }
        CHECK(Steady::now() - began < Wait{2000});
    }
}

TEST_CASE("live: a stream that is deleted and made again shows nothing of the old one") {
    ServerUnderTest patient(k_patient);
    auto const path = create_text(patient, "again", "old");
    auto poll = waiting_poll(patient, path);
    EventStream live(patient.port(), path + "?offset=-1&live=sse");
    CHECK(live.until_up_to_date() == std::vector<std::string>{"old"});
    REQUIRE(ask(patient, "DELETE", path).status == 204);
    REQUIRE(ask(patient, "PUT", path, k_json, "[1]").status == 201);
    CHECK(poll.reply().status == 404);
    CHECK_FALSE(live.next());
    CHECK(ask(patient, "GET", path).body == "[1]");
}

TEST_CASE("live: an instant of expiry ends waiting readers when it comes") {
    ServerUnderTest patient(k_patient);
    auto const path = fresh_path("expires");
    auto const began = Steady::now();
    REQUIRE(ask(patient, "PUT", path, with(k_text, {{"Stream-Expires-At", instant_in(Wait{900})}}))
                .status == 201);
    auto poll = waiting_poll(patient, path);
    EventStream live(patient.port(), path + "?offset=-1&live=sse");
    live.until_up_to_date();
    CHECK(poll.reply().status == 404);
    CHECK_FALSE(live.next());
    auto const took = Steady::now() - began;
    CHECK(took > Wait{800});
    CHECK(took < Wait{5000});
    CHECK(ask(patient, "HEAD", path).status == 404);
}

TEST_CASE("live: a TTL does not run out under an attached reader, but after it") {
    ServerUnderTest patient({"--long-poll-timeout", "2"});
    Headers const ttl{{"Stream-TTL", "1"}};
    auto const sse = fresh_path("ttl-sse");
    auto const poll = fresh_path("ttl-poll");
    auto const alone = fresh_path("ttl-alone");
    for (auto const& path : {sse, poll, alone})
        REQUIRE(ask(patient, "PUT", path, ttl).status == 201);
    {
        EventStream live(patient.port(), sse + "?offset=-1&live=sse");
        live.until_up_to_date();
        CHECK(ask(patient, "GET", poll + "?offset=now&live=long-poll").status == 204); // takes 2 s
        CHECK(ask(patient, "HEAD", sse).status == 200);
        CHECK(ask(patient, "HEAD", poll).status == 200);
        CHECK(ask(patient, "HEAD", alone).status == 404);
    }
    CHECK(eventually([&] { return ask(patient, "HEAD", sse).status == 404; }, Wait{6000}));
    CHECK(eventually([&] { return ask(patient, "HEAD", poll).status == 404; }, Wait{6000}));
}

TEST_CASE("live: reads and writes renew a TTL, HEAD does not") {
    auto const used = fresh_path("ttl-used");
    auto const watched = fresh_path("ttl-watched");
    for (auto const& path : {used, watched})
        REQUIRE(ask("PUT", path, with(k_text, {{"Stream-TTL", "1"}}), "x").status == 201);
    for (int i = 0; i < 5; ++i) {
        pause(Wait{300});
        CHECK(ask(i % 2 == 0 ? "GET" : "POST", used, k_text, i % 2 == 0 ? "" : "y").status < 300);
        ask("HEAD", watched);
    }
    CHECK(ask("HEAD", used).status == 200);
    CHECK(ask("HEAD", used)["Stream-TTL"] == "1");
    CHECK(ask("HEAD", watched).status == 404);
    CHECK(ask("PUT", watched, k_json).status == 201);
}

TEST_CASE("live: long-polls whose cursors came apart share one URL again after an append") {
    auto const path = create_text("together", "data");
    auto const cursor = [&](std::string const& asked) {
        return ask("GET", path + "?offset=-1&live=long-poll&cursor=" + asked)["Stream-Cursor"];
    };
    auto const current = std::stoull(cursor("1"));
    auto const next = cursor(std::to_string(current));
    CHECK(std::stoull(next) > current + 1000);
    CHECK(cursor(std::to_string(current + 1)) == next);
    CHECK(cursor(std::to_string(current + 1000)) == next);
    CHECK(std::stoull(cursor(next)) == std::stoull(next) + 1);
}

TEST_CASE("live: long-poll cursors move on, whatever a client sends") {
    auto const path = create_text("cursor", "data");
    auto const poll = [&](std::string const& cursor) {
        auto const reply = ask("GET", path + "?offset=-1&live=long-poll" + cursor);
        CHECK(reply.status == 200);
        return reply["Stream-Cursor"];
    };
    auto const first = std::stoull(poll(""));
    auto const second = std::stoull(poll("&cursor=" + std::to_string(first)));
    CHECK(second > first);
    CHECK(std::stoull(poll("&cursor=" + std::to_string(second + 1000))) > second + 1000);
    CHECK(std::stoull(poll("&cursor=1")) >= first);
    for (std::string const odd : {"abc", "-1", "1.5", "99999999999999999999999", "%00"})
        CHECK(std::stoull(poll("&cursor=" + odd)) >= first);
}

TEST_CASE("live: a reader of a fork wakes for the fork's appends, not for its source's") {
    ServerUnderTest patient(k_patient);
    auto const source = fresh_path("fork-source");
    auto const fork = fresh_path("fork");
    REQUIRE(ask(patient, "PUT", source, k_text, "shared ").status == 201);
    REQUIRE(ask(patient, "PUT", fork, {{"Stream-Forked-From", source}}).status == 201);
    auto poll = waiting_poll(patient, fork);
    EventStream live(patient.port(), fork + "?offset=-1&live=sse");
    CHECK(live.until_up_to_date() == std::vector<std::string>{"shared "});
    REQUIRE(ask(patient, "POST", source, k_text, "not yours").status == 204);
    CHECK(poll.stays_silent(Wait{100}));
    REQUIRE(ask(patient, "POST", fork, k_text, "own").status == 204);
    CHECK(poll.reply().body == "own");
    CHECK(live.until_up_to_date() == std::vector<std::string>{"own"});
    CHECK(ask(patient, "GET", fork).body == "shared own");
}

TEST_CASE("live: a client that goes away while it waits is forgotten") {
    ServerUnderTest narrow({"--max-connections", "3", "--long-poll-timeout", "15"});
    auto const path = create_text(narrow, "gone");
    for (int i = 0; i < 10; ++i) {
        CAPTURE(i);
        CHECK(eventually([&] { // a place is free again
            Wire probe(narrow.port());
            probe.send_if_open(request("GET", "/health", {{"Connection", "close"}}));
            return probe.rest().rfind("HTTP/1.1 200 ", 0) == 0;
        }));
        auto poll = waiting_poll(narrow, path);
    }
}
