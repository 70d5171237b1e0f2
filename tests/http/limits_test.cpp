// Bounds on headers, bodies, time and connections, and what each answers.
#include "http/server_under_test.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

using namespace ds::test;

namespace {

// Sends what may be refused half-way, and returns the answer.
Reply answer_to(ServerUnderTest const& of, std::string const& bytes) {
    Wire wire(of.port());
    wire.send_if_open(bytes);
    return wire.reply();
}

std::string const k_post_head =
    " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\n";

} // namespace

TEST_CASE("limits: a header section past the bound is refused with 431") {
    auto const shorter = ask("GET", "/health", {{"X-Long", std::string(12000, 'a')}});
    CHECK(shorter.status == 200);
    auto const longer =
        answer_to(server(), request("GET", "/health", {{"X-Long", std::string(20000, 'a')}}));
    CHECK(longer.status == 431);
    CHECK(longer["Content-Type"] == "application/json");
    CHECK_FALSE(longer.code().empty());
}

TEST_CASE("limits: a header section that never ends is refused with 431, not collected") {
    Wire wire(server().port());
    wire.send("GET /health HTTP/1.1\r\nHost: localhost\r\n");
    for (int i = 0; i < 40; ++i)
        wire.send_if_open("X-" + std::string(1000, 'b') + ": c\r\n");
    CHECK(wire.reply().status == 431);
    CHECK(wire.closes());
}

TEST_CASE("limits: too many header fields are refused with 431") {
    Headers many;
    for (int i = 0; i < 500; ++i)
        many.emplace_back("X-" + std::to_string(i), "y");
    CHECK(answer_to(server(), request("GET", "/health", many)).status == 431);
    many.resize(50);
    CHECK(ask("GET", "/health", many).status == 200);
}

TEST_CASE("limits: a target past the bound is refused") {
    auto const status =
        answer_to(server(), request("GET", "/health?" + std::string(20000, 'q'))).status;
    CHECK((status == 414 || status == 431));
}

TEST_CASE("limits: a body of 32 MiB is taken, one byte more is not, declared or chunked") {
    auto const path = fresh_path("big");
    REQUIRE(ask("PUT", path).status == 201);
    std::string const most(33554432, 'm');
    Headers const binary{{"Content-Type", "application/octet-stream"}};
    CHECK(ask("POST", path, binary, most).status == 204);
    auto const tail = ask("HEAD", path)["Stream-Next-Offset"];

    auto const declared = answer_to(server(), "POST " + path + k_post_head +
                                                  "Content-Length: 33554433\r\n\r\n" + most + "m");
    CHECK(declared.status == 413);
    CHECK(declared.code() == "PAYLOAD_TOO_LARGE");

    auto const chunked = answer_to(server(), "POST " + path + k_post_head +
                                                 "Transfer-Encoding: chunked\r\n\r\n2000000\r\n" +
                                                 most + "\r\n1\r\nm\r\n0\r\n\r\n");
    CHECK(chunked.status == 413);
    CHECK(ask("HEAD", path)["Stream-Next-Offset"] == tail);

    auto const created = answer_to(server(), "PUT " + fresh_path("big-put") + k_post_head +
                                                 "Content-Length: 9999999999\r\n\r\n");
    CHECK(created.status == 413);

    // 32 MiB in one chunk, then in many: both are what they say.
    CHECK(answer_to(server(), "POST " + path + k_post_head +
                                  "Transfer-Encoding: chunked\r\n\r\n2000000\r\n" + most +
                                  "\r\n0\r\n\r\n")
              .status == 204);
    CHECK(ask("HEAD", path)["Stream-Next-Offset"] > tail);
}

TEST_CASE("limits: --max-body and --max-header-bytes move the bounds") {
    ServerUnderTest small({"--max-body", "1000", "--max-header-bytes", "2000"});
    auto const path = create_text(small, "small", std::string(1000, 'x'));
    CHECK(ask(small, "POST", path, k_text, std::string(1001, 'x')).status == 413);
    CHECK(answer_to(small, request("GET", path, {{"X-Long", std::string(2500, 'a')}})).status ==
          431);
}

TEST_CASE("limits: a request that dribbles in is cut off with 408") {
    ServerUnderTest hurried({"--header-timeout", "0.4", "--idle-timeout", "0.4"});
    Wire wire(hurried.port());
    wire.send("GET /health HTTP/1.1\r\nHost: localhost\r\n");
    // One byte at a time, so that only the time since the first byte counts.
    bool silent = true;
    for (int i = 0; silent && i < 40; ++i) {
        wire.send_if_open("x");
        silent = wire.stays_silent(Wait{50});
    }
    CHECK_FALSE(silent);
    CHECK(wire.reply().status == 408);
    CHECK(wire.closes());

    Wire idle(hurried.port());
    idle.send(request("GET", "/health"));
    CHECK(idle.reply().status == 200);
    CHECK(idle.closes(Wait{3000}));

    Wire never(hurried.port());
    auto const said = never.rest(Wait{3000});
    CHECK((said.empty() || said.rfind("HTTP/1.1 408 ", 0) == 0));
}

TEST_CASE("limits: a body that does not arrive is cut off with 408 and stores nothing") {
    ServerUnderTest hurried({"--header-timeout", "0.4", "--idle-timeout", "0.4"});
    auto const path = create_text(hurried, "half-body");
    auto const tail = ask(hurried, "HEAD", path)["Stream-Next-Offset"];
    Wire wire(hurried.port());
    wire.send("POST " + path + k_post_head + "Content-Length: 10\r\n\r\nhello");
    CHECK(wire.reply().status == 408);
    CHECK(wire.closes());
    CHECK(ask(hurried, "HEAD", path)["Stream-Next-Offset"] == tail);
}

TEST_CASE("limits: time limits on requests do not end live readers") {
    ServerUnderTest hurried({"--header-timeout", "0.3", "--idle-timeout", "0.3",
                             "--long-poll-timeout", "1", "--sse-keep-alive", "0"});
    auto const path = create_text(hurried, "patient");
    EventStream live(hurried.port(), path + "?offset=now&live=sse");
    CHECK(live.until_up_to_date().empty());
    auto const poll = ask(hurried, "GET", path + "?offset=now&live=long-poll");
    CHECK(poll.status == 204);
    REQUIRE(ask(hurried, "POST", path, k_text, "late").status == 204);
    CHECK(live.until_up_to_date() == std::vector<std::string>{"late"});
}

TEST_CASE("limits: connections past the bound are told 503 and to come back") {
    ServerUnderTest narrow({"--max-connections", "4"});
    std::vector<std::unique_ptr<Wire>> held;
    for (int i = 0; i < 4; ++i) {
        held.push_back(std::make_unique<Wire>(narrow.port()));
        held.back()->send(request("GET", "/health"));
        CHECK(held.back()->reply().status == 200);
    }
    if (usual() == Over::tls) {
        CHECK_THROWS_AS(Wire(narrow.port()), WireError); // to say it would take a handshake
    } else {
        Wire fifth(narrow.port());
        if (fifth.stays_silent(Wait{200})) fifth.send(request("GET", "/health"));
        auto const reply = fifth.reply();
        CHECK(reply.status == 503);
        CHECK(reply.has("Retry-After"));
        CHECK(fifth.closes());
    }
    held.back()->send(request("GET", "/health"));
    CHECK(held.back()->reply().status == 200);
    held.pop_back();
    CHECK(eventually([&] {
        try {
            Wire again(narrow.port());
            again.send_if_open(request("GET", "/health", {{"Connection", "close"}}));
            return again.rest().rfind("HTTP/1.1 200 ", 0) == 0;
        } catch (WireError const&) {
            return false;
        }
    }));
}
