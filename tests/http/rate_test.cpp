// The limits of projects and addresses: what is let in, what is refused, and when it is let in
// again.
#include "http/server_under_test.h"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace ds::test;

namespace {

using Options = ServerUnderTest::Options;

// What every refusal looks like. Returns how long it says to wait.
Wait told_to_wait(Reply const& reply) {
    CHECK(reply.status == 429);
    CHECK(reply.code() == "RATE_LIMITED");
    CHECK(reply.body.find("\"error\":\"") != std::string::npos);
    CHECK(reply["Content-Type"] == "application/json");
    CHECK(reply["Cache-Control"] == "no-store");
    auto const seconds = std::stoi(reply["Retry-After"]);
    CHECK(seconds >= 1);
    return std::chrono::seconds(seconds);
}

// Asks until something is refused, and returns that.
template <typename Ask>
Reply first_refusal(Ask ask_once, int at_most) {
    for (int i = 0; i < at_most; ++i) {
        auto reply = ask_once();
        if (reply.status == 429) return reply;
    }
    FAIL("nothing was refused");
    return {};
}

std::string tail_of(ServerUnderTest const& of, std::string const& path) {
    return ask(of, "HEAD", path)["Stream-Next-Offset"];
}

bool exists(ServerUnderTest const& of, std::string const& path) {
    return ask(of, "HEAD", path).status == 200;
}

std::unique_ptr<Wire> asked(ServerUnderTest const& of, std::string_view target, int status) {
    auto wire = std::make_unique<Wire>(of.port());
    wire->send_if_open(request("GET", target));
    CHECK(wire->reply().status == status);
    return wire;
}

} // namespace

TEST_CASE("rate: a project's requests are limited, and let in again when it was said") {
    ServerUnderTest limited(Options{"--limit-project-requests", "5"});
    std::string const path = "/v1/stream/busy/s";
    REQUIRE(ask(limited, "PUT", path, k_text).status == 201);
    auto const refused =
        first_refusal([&] { return ask(limited, "POST", path, k_text, "x"); }, 200);
    auto const wait = told_to_wait(refused);
    // Refusals take nothing, however many there are: the time that was told stays true.
    for (int i = 0; i < 50; ++i)
        ask(limited, "PUT", "/v1/stream/busy/new-" + std::to_string(i), k_text);
    pause(wait);
    CHECK(ask(limited, "POST", path, k_text, "y").status == 204);
}

TEST_CASE("rate: a refused request changes nothing, whatever it asks for") {
    ServerUnderTest limited(Options{"--limit-project-bytes", "1"});
    std::string const path = "/v1/stream/one/s";
    std::string const first(120, 'f'); // two minutes in which nothing more is written
    REQUIRE(ask(limited, "PUT", path, k_text, first).status == 201);
    auto const tail = tail_of(limited, path);
    CHECK(told_to_wait(ask(limited, "POST", path, k_text, "x")) > Wait{60'000});
    told_to_wait(ask(limited, "DELETE", path, k_text, "x"));
    told_to_wait(ask(limited, "PUT", "/v1/stream/one/other", k_text, "x"));
    told_to_wait(ask(limited, "PUT", "/v1/stream/one/fork", {{"Stream-Forked-From", path}}, "x"));
    CHECK(ask(limited, "GET", path).body == first);
    CHECK(tail_of(limited, path) == tail);
    CHECK_FALSE(exists(limited, "/v1/stream/one/other"));
    CHECK_FALSE(exists(limited, "/v1/stream/one/fork"));
    CHECK(ask(limited, "POST", path, with(k_text, {{"Stream-Closed", "true"}})).status == 204);
}

TEST_CASE("rate: a project beyond its limit does not slow another") {
    ServerUnderTest limited(Options{"--limit-project-requests", "100", "--io-threads", "2"});
    std::string const quiet = "/v1/stream/quiet/s";
    REQUIRE(ask(limited, "PUT", quiet, k_text).status == 201);
    std::atomic<bool> over = false;
    std::atomic<int> refused = 0;
    std::thread loud([&] {
        Wire wire(limited.port());
        while (!over) {
            wire.send(request("GET", "/v1/stream/loud/none"));
            if (wire.reply().status == 429) ++refused;
        }
    });
    CHECK(eventually([&] { return refused > 10; }));
    for (int i = 0; i < 50; ++i)
        CHECK(ask(limited, "POST", quiet, k_text, "x").status == 204);
    over = true;
    loud.join();
    CHECK(refused > 10);
}

TEST_CASE("rate: requests of what does not exist count as well") {
    ServerUnderTest limited(Options{"--limit-address-requests", "5"});
    CHECK(ask(limited, "GET", "/v1/stream/p/none").status == 404);
    CHECK(ask(limited, "GET", "/nowhere").status == 404);
    CHECK(ask(limited, "GET", "/v1/stream/bad!/name").status == 400);
    auto const wait =
        told_to_wait(first_refusal([&] { return ask(limited, "GET", "/nowhere"); }, 200));
    // Whoever balances load is not refused.
    CHECK(ask(limited, "GET", "/health").status == 200);
    pause(wait);
    CHECK(ask(limited, "GET", "/nowhere").status == 404);
}

TEST_CASE("rate: bytes that are written are limited; a larger body is made good for") {
    for (auto const* option : {"--limit-project-bytes", "--limit-address-bytes"}) {
        CAPTURE(option);
        ServerUnderTest limited(Options{option, "1000"});
        std::string const path = "/v1/stream/bytes/s";
        REQUIRE(ask(limited, "PUT", path, k_text).status == 201);
        REQUIRE(ask(limited, "POST", path, k_text, std::string(2500, 'x')).status == 204);
        auto const tail = tail_of(limited, path); // to read costs nothing
        auto const refused = ask(limited, "POST", path, k_text, "y");
        CHECK(told_to_wait(refused) <= std::chrono::seconds(2));
        CHECK(tail_of(limited, path) == tail);
        pause(told_to_wait(refused));
        CHECK(ask(limited, "POST", path, k_text, "y").status == 204);
    }
}

TEST_CASE("rate: connections of an address are limited; a further one is answered and closed") {
    ServerUnderTest limited(Options{"--limit-address-connections", "3"});
    std::vector<std::unique_ptr<Wire>> held;
    for (int i = 0; i < 3; ++i)
        held.push_back(asked(limited, "/health", 200));
    if (usual() == Over::tls) {
        CHECK_THROWS_AS(Wire(limited.port()), WireError); // to say it would take a handshake
    } else {
        Wire fourth(limited.port());
        fourth.send_if_open(request("GET", "/health"));
        told_to_wait(fourth.reply());
        CHECK(fourth.closes());
    }
    held.front()->send(request("GET", "/health"));
    CHECK(held.front()->reply().status == 200);
    held.pop_back();
    CHECK(eventually([&] {
        try {
            Wire again(limited.port());
            again.send_if_open(request("GET", "/health", {{"Connection", "close"}}));
            return again.rest().rfind("HTTP/1.1 200 ", 0) == 0;
        } catch (WireError const&) {
            return false; // over TLS: not even a handshake yet
        }
    }));
}

TEST_CASE("rate: connections of a project are limited; a further one is answered and closed") {
    ServerUnderTest limited(Options{"--limit-project-connections", "2"});
    auto const first = asked(limited, "/v1/stream/p/a", 404);
    auto second = asked(limited, "/v1/stream/p/b", 404);
    {
        Wire third(limited.port());
        third.send(request("GET", "/v1/stream/p/c"));
        told_to_wait(third.reply());
        CHECK(third.closes());
    }
    auto const other = asked(limited, "/v1/stream/q/a", 404);
    second.reset();
    CHECK(eventually([&] {
        Wire again(limited.port());
        again.send(request("GET", "/v1/stream/p/c", {{"Connection", "close"}}));
        return again.rest().rfind("HTTP/1.1 404 ", 0) == 0;
    }));
}

TEST_CASE("rate: live readers are limited, and leave their seats when they go") {
    for (auto const* option : {"--limit-project-readers", "--limit-address-readers"}) {
        CAPTURE(option);
        ServerUnderTest limited(Options{option, "2", "--long-poll-timeout", "1"});
        std::string const path = "/v1/stream/live/s";
        auto const sse = path + "?offset=now&live=sse";
        auto const poll = path + "?offset=now&live=long-poll";
        REQUIRE(ask(limited, "PUT", path, k_text).status == 201);
        EventStream first(limited.port(), sse);
        auto second = std::make_unique<EventStream>(limited.port(), sse);
        CHECK(first.head().status == 200);
        CHECK(second->head().status == 200);
        told_to_wait(ask(limited, "GET", sse));
        told_to_wait(ask(limited, "GET", poll));
        // Whoever does not wait needs no seat, and those who wait are served.
        CHECK(first.until_up_to_date().empty());
        CHECK(ask(limited, "POST", path, k_text, "news").status == 204);
        CHECK(ask(limited, "GET", path).body == "news");
        CHECK(first.until_up_to_date() == std::vector<std::string>{"news"});
        second.reset();
        CHECK(eventually([&] { return ask(limited, "GET", poll).status == 204; }));
        CHECK(ask(limited, "GET", poll).status == 204); // and the long-poll left its own
    }
}

TEST_CASE("rate: the streams of a project are limited, for creations alone") {
    ServerUnderTest limited(Options{"--limit-project-streams", "2"});
    std::string const root = "/v1/stream/few/";
    CHECK(ask(limited, "PUT", root + "a", k_text, "data").status == 201);
    CHECK(ask(limited, "PUT", root + "f", {{"Stream-Forked-From", root + "a"}}).status == 201);
    told_to_wait(ask(limited, "PUT", root + "b", k_text));
    told_to_wait(ask(limited, "PUT", root + "g", {{"Stream-Forked-From", root + "a"}}));
    CHECK_FALSE(exists(limited, root + "b"));
    CHECK(ask(limited, "PUT", root + "a", k_text).status == 200);
    CHECK(ask(limited, "PUT", root + "a", k_json).status == 409);
    CHECK(ask(limited, "POST", root + "a", k_text, "more").status == 204);
    CHECK(ask(limited, "PUT", "/v1/stream/more/b", k_text).status == 201);
    limited.stop();
    limited.start();
    told_to_wait(ask(limited, "PUT", root + "b", k_text));
    CHECK(ask(limited, "DELETE", root + "f").status == 204);
    CHECK(ask(limited, "PUT", root + "b", k_text).status == 201);
}

TEST_CASE("rate: creations at once do not share the last place") {
    ServerUnderTest limited(Options{"--limit-project-streams", "10", "--io-threads", "4"});
    std::atomic<int> created = 0;
    std::atomic<int> refused = 0;
    std::vector<std::thread> threads;
    for (int number = 0; number < 8; ++number)
        threads.emplace_back([&, number] {
            for (int i = 0; i < 10; ++i) {
                auto const path =
                    "/v1/stream/race/" + std::to_string(number) + "-" + std::to_string(i);
                auto const status = ask(limited, "PUT", path, k_text).status;
                if (status == 201) ++created;
                if (status == 429) ++refused;
            }
        });
    for (auto& thread : threads)
        thread.join();
    CHECK(created == 10);
    CHECK(refused == 70);
}

TEST_CASE("rate: the io threads together let in what was configured") {
    ServerUnderTest limited(Options{"--limit-project-requests", "50", "--io-threads", "4"});
    std::atomic<int> let_in = 0;
    auto const began = std::chrono::steady_clock::now();
    std::vector<std::thread> threads;
    for (int number = 0; number < 4; ++number)
        threads.emplace_back([&] {
            Wire wire(limited.port());
            while (std::chrono::steady_clock::now() < began + std::chrono::seconds(2)) {
                wire.send(request("GET", "/v1/stream/all/none"));
                if (wire.reply().status == 404) ++let_in;
            }
        });
    for (auto& thread : threads)
        thread.join();
    std::chrono::duration<double> const took = std::chrono::steady_clock::now() - began;
    CHECK(let_in >= 100);
    CHECK(let_in <= 50 + static_cast<int>(50 * took.count()) + 1);
}

TEST_CASE("rate: operators see what was refused") {
    ServerUnderTest limited(
        Options{"--limit-project-streams", "1", "--limit-address-readers", "1"});
    REQUIRE(ask(limited, "PUT", "/v1/stream/p/a", k_text).status == 201);
    told_to_wait(ask(limited, "PUT", "/v1/stream/p/b", k_text));
    told_to_wait(ask(limited, "PUT", "/v1/stream/p/c", k_text));
    EventStream const first(limited.port(), "/v1/stream/p/a?offset=now&live=sse");
    told_to_wait(ask(limited, "GET", "/v1/stream/p/a?offset=now&live=sse"));
    auto const seen = run_ds({"inspect", "--data", limited.data()->path() + "/data", "--online"});
    CAPTURE(seen.output);
    CHECK(seen.output.find("address-readers 1, project-streams 2\n") != std::string::npos);
}

TEST_CASE("rate: a limit is a number, and not a negative one") {
    for (auto const* option :
         {"--limit-project-requests", "--limit-project-bytes", "--limit-project-connections",
          "--limit-project-readers", "--limit-project-streams", "--limit-stream-producers",
          "--limit-address-requests", "--limit-address-bytes", "--limit-address-connections",
          "--limit-address-readers"})
        for (auto const* value : {"-1", "many", "1.5", "99999999999999999999", ""}) {
            CAPTURE(option);
            CAPTURE(value);
            auto const refused = run_ds({"serve", "--print-config", option, value});
            CHECK(refused.how.exit_code == 2);
            CHECK(refused.output.find(option) != std::string::npos);
        }
    CHECK(run_ds({"serve", "--print-config", "--limit-project-bytes", "0"}).how.exit_code == 0);
}
