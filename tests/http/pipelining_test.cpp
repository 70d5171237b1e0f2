// What arrives while an answer is on its way is kept, and a wait that ends never skips data.
#include "http/server_under_test.h"

#include <doctest/doctest.h>

#include <csignal>
#include <string>
#include <vector>

using namespace ds::test;

namespace {

constexpr std::size_t k_large = 7'000'000;

// A stream whose single message does not fit any socket buffer.
std::string large_stream(ServerUnderTest const& of) {
    auto const path = create_text(of, "large", std::string(k_large, 'x'));
    return path;
}

} // namespace

TEST_CASE("pipelining: a request behind a large answer is answered, even when the answer is slow") {
    ServerUnderTest const server;
    auto const path = large_stream(server);
    for (bool const together : {true, false}) {
        CAPTURE(together);
        Wire wire(server.port(), 16 * 1024);
        auto const first = request("GET", path);
        auto const second = request("GET", "/health");
        wire.send(together ? first + second : first);
        if (!together) {
            CHECK(wire.reply_head().status == 200);
            wire.send(second);
            CHECK(wire.take(k_large).size() == k_large);
        } else {
            CHECK(wire.reply().body.size() == k_large);
        }
        CHECK(wire.reply().body == "ok");
    }
}

TEST_CASE("pipelining: the body of a request behind a large answer is never taken for a request") {
    ServerUnderTest const server;
    auto const path = large_stream(server);
    auto const victim = create_text(server, "victim", "here");
    auto const inner = request("DELETE", victim);
    auto const post = request("POST", victim, {{"Content-Type", "text/plain"}}, inner);
    Wire wire(server.port(), 16 * 1024);
    wire.send(request("GET", path));
    CHECK(wire.reply_head().status == 200);
    wire.send(post.substr(0, post.size() - inner.size()));
    CHECK(wire.take(k_large).size() == k_large);
    wire.send(inner);
    CHECK(wire.reply().status == 204);
    CHECK(ask(server, "GET", victim).body == "here" + inner);
}

TEST_CASE("pipelining: requests that arrived before a half-close are all answered") {
    ServerUnderTest const server;
    auto const path = create_text(server, "half-closed");
    Wire wire(server.port());
    std::string all;
    for (int i = 0; i < 3; ++i)
        all += request("POST", path, {{"Content-Type", "text/plain"}}, "x");
    wire.send(all);
    wire.finish_sending();
    for (int i = 0; i < 3; ++i)
        CHECK(wire.reply().status == 204);
    CHECK(wire.closes());
    CHECK(ask(server, "GET", path).body == "xxx");
}

TEST_CASE("long-poll: a wait that ends while data comes never tells a tail it did not send") {
    ServerUnderTest const server({"--long-poll-timeout", "0.3"});
    auto const path = create_text(server, "race");
    std::string const start = ask(server, "HEAD", path)["Stream-Next-Offset"];
    std::vector<Wire> polls;
    for (int i = 0; i < 400; ++i) {
        polls.emplace_back(server.port());
        polls.back().send(request("GET", path + "?offset=" + start + "&live=long-poll"));
    }
    // The first to time out says that the others are about to.
    auto const first = polls.front().reply();
    CHECK(first["Stream-Next-Offset"] == start);
    REQUIRE(ask(server, "POST", path, k_text, "0123456789").status == 204);
    for (std::size_t i = 1; i < polls.size(); ++i) {
        auto const reply = polls[i].reply();
        if (reply.status == 200)
            CHECK(reply.body == "0123456789");
        else
            CHECK(reply["Stream-Next-Offset"] == start);
    }
}

TEST_CASE("drain: a live read that begins during the drain does not hold it up") {
    ServerUnderTest server;
    auto const path = create_text(server, "late");
    Wire wire(server.port());
    auto const live = request("GET", path + "?offset=-1&live=sse");
    wire.send(live.substr(0, 20));
    CHECK(wire.stays_silent(Wait{200})); // the half has arrived by now, at whichever thread
    server.signal(SIGTERM);
    CHECK(wire.stays_silent(Wait{100}));
    wire.send(live.substr(20));
    CHECK(wire.reply().status == 503);
    auto const ended = server.wait();
    CHECK(ended.exit_code == 0);
    CHECK(ended.took < Wait{5000});
}
