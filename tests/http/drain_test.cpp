// SIGTERM: no new work, what is in flight is finished, live responses end cleanly, exit code 0.
#include "http/server_under_test.h"

#include <doctest/doctest.h>

#include <csignal>
#include <string>
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
    auto const path = fresh_path("drain-live");
    REQUIRE(ask(server, "PUT", path, k_text, "x").status == 201);
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
    auto const path = fresh_path("drain-append");
    REQUIRE(ask(server, "PUT", path, k_text).status == 201);
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
    auto const path = fresh_path("drain-stuck");
    REQUIRE(ask(server, "PUT", path, k_text).status == 201);
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
