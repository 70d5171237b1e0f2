// What arrives while an answer is on its way is kept, and a wait that ends never skips data.
#include "http/access_table.h"
#include "http/hook_server.h"
#include "http/server_under_test.h"

#include <doctest/doctest.h>

#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

using namespace ds::test;
using ds::TempDir;

namespace {

constexpr std::size_t k_large = 7'000'000;

// A stream whose single message does not fit any socket buffer.
std::string large_stream(ServerUnderTest const& of) {
    auto const path = create_text(of, "large", std::string(k_large, 'x'));
    return path;
}

// What the server has in memory, in KiB.
std::size_t memory_in_use(ServerUnderTest const& server) {
    for (auto const& entry : std::filesystem::directory_iterator("/proc")) {
        std::ifstream command(entry.path() / "cmdline");
        std::string const words((std::istreambuf_iterator<char>(command)), {});
        if (words.find(server.data()->path()) == std::string::npos) continue;
        std::ifstream status(entry.path() / "status");
        for (std::string said; std::getline(status, said);)
            if (said.starts_with("VmRSS:")) return std::stoul(said.substr(6));
    }
    FAIL("the server is not there");
    return 0;
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

TEST_CASE(
    "pipelining: appends to several streams of a project keep their order, and reads see them") {
    ServerUnderTest const server;
    auto const one = fresh_path("together");
    auto const other = fresh_path("together");
    for (auto const& path : {one, other})
        REQUIRE(ask(server, "PUT", path, k_text).status == 201);
    Wire wire(server.port());
    for (int round = 0; round < 20; ++round) {
        std::string all;
        for (int i = 0; i < 16; ++i)
            all += request("POST", i % 2 == 0 ? one : other, k_text, "x");
        wire.send(all + request("GET", one) + request("GET", other) +
                  request("POST", one, k_text, "x") + request("HEAD", other) +
                  request("POST", "/v1/stream/elsewhere/s", k_text, "x") + request("GET", one));
        for (int i = 0; i < 16; ++i)
            REQUIRE(wire.reply().status == 204);
        auto const before = static_cast<std::size_t>(round);
        CHECK(wire.reply().body == std::string(before * 9 + 8, 'x'));
        CHECK(wire.reply().body == std::string(before * 8 + 8, 'x'));
        CHECK(wire.reply().status == 204);
        CHECK(wire.reply(Wire::Answers::head).status == 200);
        CHECK(wire.reply().status == 404); // in its place
        CHECK(wire.reply().body == std::string(before * 9 + 9, 'x'));
    }
}

TEST_CASE("pipelining: nothing overtakes a request that waits for the hook") {
    HookServer hook(by_token("max-age=60"));
    TempDir const files;
    ServerUnderTest const server(
        {"--auth-url", hook.url(), "--admin-token-file", token_file(files, "admin", k_admin)});
    std::string const path = "/v1/stream/shop/hooked";
    REQUIRE(ask(server, "PUT", path, with(bearer(k_admin), k_text)).status == 201);
    hook.hold();
    Wire wire(server.port());
    // The administrator's needs no hook, and stands between two that do.
    wire.send(request("POST", path, with(bearer("all"), k_text), "1") +
              request("POST", path, with(bearer(k_admin), k_text), "2") +
              request("POST", path, with(bearer("reads"), k_text), "3") +
              request("GET", path, bearer("reads")));
    CHECK(wire.stays_silent(Wait{200}));
    CHECK(ask(server, "GET", path, bearer(k_admin)).body.empty());
    hook.release();
    CHECK(wire.reply().status == 204);
    CHECK(wire.reply().status == 204);
    CHECK(wire.reply().status == 403);
    CHECK(wire.reply().body == "12");
}

TEST_CASE("pipelining: a live read behind appends begins with what they wrote") {
    ServerUnderTest const server({"--long-poll-timeout", "0.3"});
    auto const path = fresh_path("live-behind");
    REQUIRE(ask(server, "PUT", path, k_text).status == 201);
    Wire wire(server.port());
    wire.send(request("POST", path, k_text, "a") + request("POST", path, k_text, "b") +
              request("GET", path + "?offset=-1&live=long-poll") +
              request("GET", path + "?offset=now&live=long-poll") +
              request("POST", path, k_text, "c") + request("GET", path));
    CHECK(wire.reply().status == 204);
    CHECK(wire.reply().status == 204);
    CHECK(wire.reply().body == "ab");
    CHECK(wire.reply().status == 204); // nothing came while it waited
    CHECK(wire.reply().status == 204);
    CHECK(wire.reply().body == "abc");
}

TEST_CASE("pipelining: a peer that sends for ever and reads nothing is bounded in memory") {
    ServerUnderTest const server;
    auto const path = large_stream(server);
    CHECK(ask(server, "GET", path).body.size() == k_large); // its page is at hand
    auto const before = memory_in_use(server);
    std::vector<Wire> wires;
    for (int i = 0; i < 8; ++i)
        wires.emplace_back(server.port(), 16 * 1024, Over::plain);
    std::string many;
    for (int i = 0; i < 500; ++i)
        many += request("GET", path) + request("POST", path, k_text, "x");
    std::size_t taken = 0;
    auto const until = std::chrono::steady_clock::now() + Wait{1500};
    while (std::chrono::steady_clock::now() < until) {
        for (auto const& wire : wires) {
            auto const sent =
                ::send(wire.descriptor(), many.data(), many.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
            if (sent > 0) taken += static_cast<std::size_t>(sent);
        }
        std::this_thread::sleep_for(Wait{5});
    }
    CAPTURE(taken);
    CHECK((server.is_sanitized() || memory_in_use(server) < before + 48 * 1024));
    CHECK(ask(server, "GET", "/health").status == 200);
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
