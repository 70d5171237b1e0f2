// SIGTERM: no new work, what is in flight is finished, live responses end cleanly, exit code 0.
#include "http/server_under_test.h"

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace ds::test;

namespace {

bool refuses_connections(ServerUnderTest const& of) {
    try {
        Wire wire(of.port());
        wire.send_if_open(request("GET", "/health"));
        auto const said = wire.rest();
        return said.rfind("HTTP/1.1 200 ", 0) != 0;
    } catch (WireError const&) {
        return true;
    }
}

// The operator's port of a server, as admin.json says it.
std::uint16_t operators_port(ServerUnderTest const& of) {
    std::ifstream file(of.data()->path() + "/data/admin.json");
    std::string const text{std::istreambuf_iterator<char>(file), {}};
    auto const at = text.find("127.0.0.1:");
    REQUIRE(at != std::string::npos);
    return static_cast<std::uint16_t>(std::stoi(text.substr(at + 10)));
}

// Takes connections, and answers nothing.
class Silence {
public:
    Silence() {
        sockaddr_in here{};
        here.sin_family = AF_INET;
        here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof here;
        void* const raw = &here;
        REQUIRE(::bind(socket_, static_cast<sockaddr*>(raw), size) == 0);
        REQUIRE(::listen(socket_, 16) == 0);
        REQUIRE(::getsockname(socket_, static_cast<sockaddr*>(raw), &size) == 0);
        port_ = ntohs(here.sin_port);
    }
    ~Silence() { ::close(socket_); }
    Silence(Silence const&) = delete;
    Silence& operator=(Silence const&) = delete;

    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/"; }
    // Somebody has connected, and waits.
    bool was_called() const {
        int const caller = ::accept4(socket_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        return caller >= 0;
    }

private:
    int const socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    std::uint16_t port_ = 0;
};

} // namespace

TEST_CASE("drain: an idle server ends at once, on SIGTERM and on SIGINT") {
    for (int const number : {SIGTERM, SIGINT}) {
        ServerUnderTest server;
        Wire idle(server.port());
        idle.send(request("GET", "/health"));
        CHECK(idle.reply().status == 200);
        Wire silent(server.port());
        server.signal(number);
        auto const ended = server.wait();
        CHECK(ended.exit_code == 0);
        CHECK(ended.took < Wait{5000});
        CHECK(idle.closes());
    }
}

TEST_CASE("drain: live responses end with their last chunk, waiting polls are answered") {
    ServerUnderTest server({"--long-poll-timeout", "30"});
    auto const path = create_text(server, "drain-live", "x");
    {
        EventStream live(server.port(), path + "?offset=-1&live=sse");
        CHECK(live.until_up_to_date() == std::vector<std::string>{"x"});
        Wire poll(server.port());
        poll.send(request("GET", path + "?offset=now&live=long-poll"));
        CHECK(poll.stays_silent(Wait{60}));
        server.signal(SIGTERM);
        CHECK_FALSE(live.next());
        auto const reply = poll.reply();
        CHECK((reply.status == 204 || reply.status == 503));
    }
    auto const ended = server.wait();
    CHECK(ended.exit_code == 0);
    CHECK(ended.took < Wait{5000});
}

TEST_CASE("drain: an append in flight is answered, and is there afterwards") {
    ServerUnderTest server;
    auto const path = create_text(server, "drain-append");
    auto const text = request("POST", path, k_text, "in flight");
    {
        Wire wire(server.port());
        wire.send(text.substr(0, text.size() - 4));
        CHECK(wire.stays_silent(Wait{60}));
        server.signal(SIGTERM);
        CHECK(eventually([&] { return refuses_connections(server); }));
        wire.send(text.substr(text.size() - 4));
        auto const reply = wire.reply();
        CHECK(reply.status == 204);
        CHECK(reply["Connection"] == "close");
    }
    CHECK(server.wait().exit_code == 0);
    server.start();
    CHECK(ask(server, "GET", path).body == "in flight");
}

TEST_CASE("drain: what never ends is not waited for longer than --drain-timeout") {
    ServerUnderTest server({"--drain-timeout", "0.5"});
    auto const path = create_text(server, "drain-stuck");
    Wire wire(server.port());
    wire.send("POST " + path +
              " HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n"
              "Content-Length: 10\r\n\r\nhal");
    CHECK(wire.stays_silent(Wait{60}));
    server.signal(SIGTERM);
    auto const ended = server.wait();
    CHECK(ended.exit_code == 0);
    CHECK(ended.took < Wait{5000});
    server.start();
    CHECK(ask(server, "GET", path).body.empty());
}

TEST_CASE("drain: peers that drip at either port do not hold it up") {
    ServerUnderTest server({"--drain-timeout", "8"});
    std::vector<std::unique_ptr<Wire>> dripping;
    std::vector<std::unique_ptr<Wire>> half_said;
    for (int number = 0; number < 6; ++number) {
        dripping.push_back(std::make_unique<Wire>(operators_port(server), 0, Over::plain));
        dripping.back()->send("POST /v1/admin/inspect HTTP/1.1\r\nX-Slow: ");
        half_said.push_back(std::make_unique<Wire>(server.port()));
        half_said.back()->send("GET /health HTTP/1.1\r\nX-Slow: ");
    }
    std::atomic<bool> over = false;
    std::thread drops([&] {
        while (!over) {
            for (auto const& wire : dripping)
                wire->send_if_open("x");
            for (auto const& wire : half_said)
                wire->send_if_open("x");
            pause(Wait{100});
        }
    });
    server.signal(SIGTERM);
    Ended ended;
    CHECK_NOTHROW(ended = server.wait());
    over = true;
    drops.join();
    CHECK(ended.exit_code == 0);
    CHECK(ended.took < Wait{8500});
    CHECK(server.log().find("serve.stopped") != std::string::npos); // and not by force
}

TEST_CASE("drain: a peer that drips does not keep the operator's port from others") {
    ServerUnderTest server;
    std::vector<std::unique_ptr<Wire>> dripping;
    for (int number = 0; number < 4; ++number)
        dripping.push_back(std::make_unique<Wire>(operators_port(server), 0, Over::plain));
    // One byte at a time, so that only the time of the whole request counts.
    CHECK(eventually([&] {
        for (auto const& wire : dripping)
            wire->send_if_open("x");
        pause(Wait{100});
        return !dripping.front()->stays_silent(Wait{1}); // cut
    }));
    auto const seen = run_ds({"inspect", "--data", server.data()->path() + "/data", "--online"});
    CHECK(seen.how.exit_code == 0);
}

TEST_CASE("drain: readers that take nothing do not hold it up") {
    ServerUnderTest server({"--drain-timeout", "4"});
    auto const path = create_text(server, "drain-stalled", std::string(6'000'000, 'x'));
    std::vector<std::unique_ptr<EventStream>> stalled;
    for (int number = 0; number < 4; ++number)
        stalled.push_back(std::make_unique<EventStream>(server.port(), path + "?offset=-1&live=sse",
                                                        Headers{}, 4096));
    auto const ended = server.stop();
    CHECK(ended.exit_code == 0);
    CHECK(ended.took < Wait{4500});
}

TEST_CASE("drain: a webhook under way does not hold it up") {
    Silence const receiver;
    ServerUnderTest server({"--drain-timeout", "6"});
    auto const path = create_text(server, "drain-webhook");
    auto const made =
        ask(server, "PUT", "/v1/stream/http/__ds/subscriptions/hangs", k_json,
            R"({"type":"webhook","pattern":"*","webhook":{"url":")" + receiver.url() + R"("}})");
    CAPTURE(made.body);
    REQUIRE(made.status == 201);
    REQUIRE(ask(server, "POST", path, k_text, "news").status == 204);
    CHECK(eventually([&] { return receiver.was_called(); }));
    auto const ended = server.stop();
    CHECK(ended.exit_code == 0);
    CHECK(ended.took < Wait{6500});
    CHECK(server.log().find("serve.stopped") != std::string::npos);
}

TEST_CASE("drain: a second signal ends at once") {
    ServerUnderTest server({"--drain-timeout", "60"});
    auto const path = create_text(server, "drain-twice", "kept");
    Wire wire(server.port());
    wire.send("POST " + path +
              " HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n"
              "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    CHECK(wire.line() == "HTTP/1.1 100 Continue"); // it waits for the body
    server.signal(SIGTERM);
    CHECK(eventually([&] { return server.log().find("serve.draining") != std::string::npos; }));
    server.signal(SIGTERM);
    auto const ended = server.wait();
    CHECK(ended.exit_code == 1);
    CHECK(ended.took < Wait{3000});
    server.start();
    CHECK(ask(server, "GET", path).body == "kept");
}

TEST_CASE("drain: SIGHUP ends nothing") {
    ServerUnderTest server;
    for (int round = 0; round < 3; ++round)
        server.signal(SIGHUP);
    auto const* const event = server.over() == Over::tls ? "tls.reloaded" : "serve.hangup";
    CHECK(eventually([&] { return server.log().find(event) != std::string::npos; }));
    CHECK(ask(server, "GET", "/health").status == 200);
    CHECK(server.stop().exit_code == 0);
}
