// Promises of loadtest/wire.
#include "fakes/tiny_server.h"
#include "loadtest/wire.h"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

using namespace ds;
using namespace std::chrono_literals;
using test::tiny_reply;
using test::TinyRequest;
using test::TinyServer;

namespace {

// Notes all that it is told.
struct Notes final : ReplyTaker {
    std::vector<ReplyHead> heads;
    std::string body;
    int ends = 0;
    std::vector<std::string> failures;
    std::function<void()> at_body;
    std::function<void()> at_end;

    void on_head(ReplyHead const& head) override { heads.push_back(head); }
    void on_body(std::string_view bytes) override {
        body.append(bytes);
        if (at_body) at_body();
    }
    void on_end() override {
        ++ends;
        if (at_end) at_end();
    }
    void on_failure(std::string cause) override { failures.push_back(std::move(cause)); }
};

struct WireWorld {
    explicit WireWorld(TinyServer::Handler handler) : server(std::move(handler)) {
        auto found = find_endpoint(server.url());
        REQUIRE(found);
        endpoint = *std::move(found);
    }
    // Lets things happen until there is so much of an end.
    void run(std::function<bool()> const& done) {
        for (auto const until = std::chrono::steady_clock::now() + 5s;
             !done() && std::chrono::steady_clock::now() < until;) {
            loop.io.restart();
            loop.io.run_for(5ms);
        }
        CHECK(done());
    }
    void run_for(std::chrono::milliseconds time) {
        loop.io.restart();
        loop.io.run_for(time);
    }
    std::string get(std::string const& target) const {
        return "GET " + target + " HTTP/1.1\r\nHost: " + endpoint.authority + "\r\n\r\n";
    }

    TinyServer server;
    Endpoint endpoint;
    WireLoop loop{"x-mine", ""};
    Notes notes;
};

bool answer_plainly(TinyRequest const& request, TinyServer::Send const& send) {
    return send(tiny_reply(200, "Stream-Next-Offset: 7\r\n",
                           request.target + " over " + std::to_string(request.connection)));
}

} // namespace

TEST_CASE("wire: requests one after another go over one connection") {
    WireWorld world(answer_plainly);
    Wire wire(world.loop, world.endpoint, world.notes);
    for (int i = 1; i <= 3; ++i) {
        world.notes.body.clear();
        wire.send(world.get("/x"));
        world.run([&] { return world.notes.ends == i; });
        CHECK(world.notes.body == "/x over 0");
        CHECK(wire.is_open());
    }
    CHECK(world.notes.failures.empty());
    CHECK(world.notes.heads.size() == 3);
    CHECK(world.notes.heads[0].next_offset == "7");
}

TEST_CASE("wire: the next request may be sent from on_end") {
    WireWorld world(answer_plainly);
    Wire wire(world.loop, world.endpoint, world.notes);
    world.notes.at_end = [&] {
        if (world.notes.ends < 4) wire.send(world.get("/x"));
    };
    wire.send(world.get("/x"));
    world.run([&] { return world.notes.ends == 4; });
    CHECK(world.notes.failures.empty());
}

TEST_CASE("wire: a server that ends each connection is no trouble") {
    WireWorld world([](auto const& request, auto const& send) {
        send(tiny_reply(200, "Connection: close\r\n", request.target));
        return false;
    });
    Wire wire(world.loop, world.endpoint, world.notes);
    world.notes.at_end = [&] {
        CHECK(!wire.is_open());
        if (world.notes.ends < 3) wire.send(world.get("/x"));
    };
    wire.send(world.get("/x"));
    world.run([&] { return world.notes.ends == 3; });
    CHECK(world.notes.failures.empty());
    CHECK(world.notes.body == "/x/x/x");
}

TEST_CASE("wire: a kept connection that has ended meanwhile is made again") {
    WireWorld world([](auto const& request, auto const& send) {
        send(tiny_reply(200, "", "over " + std::to_string(request.connection) + ";"));
        return false; // without a word
    });
    Wire wire(world.loop, world.endpoint, world.notes);
    wire.send(world.get("/x"));
    world.run([&] { return world.notes.ends == 1; });
    wire.send(world.get("/x"));
    world.run([&] { return world.notes.ends == 2; });
    CHECK(world.notes.failures.empty());
    CHECK(world.notes.body == "over 0;over 1;");
}

TEST_CASE("wire: a server that ends a new connection without a word is told of once") {
    WireWorld world([](auto const&, auto const&) { return false; });
    Wire wire(world.loop, world.endpoint, world.notes);
    wire.send(world.get("/x"));
    world.run([&] { return !world.notes.failures.empty(); });
    world.run_for(20ms);
    REQUIRE(world.notes.failures.size() == 1);
    CHECK(world.notes.ends == 0);
}

TEST_CASE("wire: nobody listens") {
    WireWorld world(answer_plainly);
    world.server.stop();
    Wire wire(world.loop, world.endpoint, world.notes);
    wire.send(world.get("/x"));
    world.run([&] { return !world.notes.failures.empty(); });
    CHECK(world.notes.failures == std::vector<std::string>{"connect: Connection refused"});
}

TEST_CASE("wire: what goes before a reply is not the reply") {
    WireWorld world([](auto const&, auto const& send) {
        send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n");
        return send(tiny_reply(200, "Stream-Cursor: 5\r\n", "text"));
    });
    Wire wire(world.loop, world.endpoint, world.notes);
    for (int i = 1; i <= 2; ++i) {
        wire.send(world.get("/x"));
        world.run([&] { return world.notes.ends == i; });
    }
    REQUIRE(world.notes.heads.size() == 2);
    CHECK(world.notes.heads[1].status == 200);
    CHECK(world.notes.heads[1].cursor == "5");
    CHECK(world.notes.body == "texttext");
}

TEST_CASE("wire: a body in chunks, byte after byte") {
    WireWorld world([](auto const& request, auto const& send) {
        constexpr std::string_view k_reply =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
            "X-Cache: HIT\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n";
        for (auto const& byte : k_reply) {
            send({&byte, 1});
            request.server.wait(1ms);
        }
        return true;
    });
    Wire wire(world.loop, world.endpoint, world.notes);
    wire.send(world.get("/x"));
    world.run([&] { return world.notes.ends == 1; });
    CHECK(world.notes.body == "abcde");
    REQUIRE(world.notes.heads.size() == 1);
    REQUIRE(world.notes.heads[0].caches.size() == 1);
    CHECK(world.notes.heads[0].caches[0].first == "x-cache");
    CHECK(world.notes.heads[0].caches[0].second == "HIT");
}

TEST_CASE("wire: what is wanted of a head") {
    WireWorld world([](auto const&, auto const& send) {
        return send(tiny_reply(200, "stream-next-offset: 9\r\nSTREAM-CURSOR: 3\r\n"
                                    "Stream-Closed: TRUE\r\nStream-Write-Timestamp: 1700\r\n"
                                    "Stream-Reader-Key: abc\r\nX-Mine: Hit\r\n"
                                    "CF-Cache-Status: MISS\r\nCF-Ray: 8a1-FRA\r\n"));
    });
    Wire wire(world.loop, world.endpoint, world.notes);
    wire.send(world.get("/x"));
    world.run([&] { return world.notes.ends == 1; });
    auto const& head = world.notes.heads.at(0);
    CHECK(head.next_offset == "9");
    CHECK(head.cursor == "3");
    CHECK(head.closed);
    CHECK(head.write_timestamp_ms == 1700);
    CHECK(head.reader_key == "abc");
    CHECK(head.pop == "FRA");
    CHECK(head.caches.size() == 2);
}

TEST_CASE("wire: a header over several lines is read, too") {
    WireWorld world([](auto const&, auto const& send) {
        return send("HTTP/1.1 200 OK\r\nX-Cache: HIT,\r\n HIT\r\nStream-Cursor:\r\n 12\r\n"
                    "Content-Length: 0\r\n\r\n");
    });
    Wire wire(world.loop, world.endpoint, world.notes);
    wire.send(world.get("/x"));
    world.run([&] { return world.notes.ends == 1; });
    CHECK(world.notes.heads.at(0).cursor == "12");
    CHECK(world.notes.heads.at(0).caches.at(0).second == "HIT, HIT");
}

TEST_CASE("wire: replies that are cut short, or none, fail with a cause") {
    auto const cause_of = [](std::string const& bytes) {
        WireWorld world([&](auto const&, auto const& send) {
            send(bytes);
            return false;
        });
        Wire wire(world.loop, world.endpoint, world.notes);
        wire.send(world.get("/x"));
        world.run([&] { return world.notes.ends > 0 || !world.notes.failures.empty(); });
        return world.notes.failures.empty() ? "none" : world.notes.failures.front();
    };
    constexpr char const* k_cut = "the server closed the connection";
    CHECK(cause_of("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc") == k_cut);
    CHECK(cause_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab") == k_cut);
    CHECK(cause_of("HTTP/1.1 200 OK\r\nX-Ca") == k_cut);
    CHECK(cause_of("HTTP/1.1 200 OK\r\n\r\nuntil the end") == "none");
    CHECK(cause_of("SSH-2.0-OpenSSH_9.2\r\n\r\n").starts_with("what came is no reply"));
    CHECK(cause_of("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n")
              .starts_with("what came is no reply"));
}

TEST_CASE("wire: closed from within, in the middle of a body") {
    WireWorld world([](auto const& request, auto const& send) {
        send("HTTP/1.1 200 OK\r\n\r\n");
        while (send("more and more"))
            request.server.wait(1ms);
        return false;
    });
    Wire wire(world.loop, world.endpoint, world.notes);
    world.notes.at_body = [&] { wire.close(); };
    wire.send(world.get("/x"));
    world.run([&] { return !world.notes.body.empty(); });
    auto const taken = world.notes.body;
    world.run_for(20ms);
    CHECK(world.notes.body == taken);
    CHECK(world.notes.ends == 0);
    CHECK(world.notes.failures.empty());
}

TEST_CASE("wire: destroyed, and sent anew, while something is on its way") {
    WireWorld world([](auto const& request, auto const& send) {
        if (request.target == "/slow") request.server.wait(50ms);
        return send(tiny_reply(200, "", request.target));
    });
    for (auto const pause : {0ms, 1ms, 10ms}) {
        Notes gone;
        auto wire = std::make_unique<Wire>(world.loop, world.endpoint, gone);
        wire->send(world.get("/slow"));
        world.run_for(pause);
        wire.reset();
        world.run_for(20ms);
        CHECK(gone.ends == 0);
        CHECK(gone.heads.empty());
        CHECK(gone.failures.empty());
    }
    Wire wire(world.loop, world.endpoint, world.notes);
    wire.send(world.get("/slow"));
    world.run_for(5ms);
    wire.close();
    wire.send(world.get("/quick"));
    world.run([&] { return world.notes.ends == 1; });
    world.run_for(80ms);
    CHECK(world.notes.body == "/quick");
    CHECK(world.notes.failures.empty());
}

TEST_CASE("wire: the loop may go while something is on its way") {
    auto world = std::make_unique<WireWorld>([](auto const& request, auto const& send) {
        request.server.wait(30ms);
        return send(tiny_reply(200));
    });
    {
        Wire wire(world->loop, world->endpoint, world->notes);
        wire.send(world->get("/x"));
        world->run_for(5ms);
    }
    world.reset();
}

TEST_CASE("wire: the reply to a HEAD has no body") {
    WireWorld world([](auto const&, auto const& send) {
        return send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
    });
    Wire wire(world.loop, world.endpoint, world.notes);
    for (int i = 1; i <= 2; ++i) {
        wire.send("HEAD /x HTTP/1.1\r\nHost: x\r\n\r\n", true);
        world.run([&] { return world.notes.ends == i; });
    }
    CHECK(world.notes.body.empty());
}
