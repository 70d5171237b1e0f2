// Promises of loadtest/load_reader: what it counts when connections break and answers repeat.
#include "fakes/tiny_streams.h"
#include "loadtest/load_reader.h"

#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

using namespace ds;
using namespace std::chrono_literals;
using test::tiny_reply;
using test::TinyRequest;
using test::TinyServer;

namespace {

LoadPlan plan_for(std::string const& url, double sse_ratio) {
    auto plan = test::small_plan(url);
    plan.clients = plan.clients_in_all = plan.streams = 1;
    plan.sse_ratio = sse_ratio;
    return plan;
}

constexpr double k_sse = 1;
constexpr double k_long_poll = 0;

// One reader, and a server that is told how to answer it.
struct LoadReaderWorld {
    LoadReaderWorld(double sse_ratio, TinyServer::Handler handler)
        : server(std::move(handler)),
          plan(plan_for(server.url(), sse_ratio)),
          endpoint(*find_endpoint(server.url())),
          load(plan, endpoint, endpoint, Steady::now()),
          reader(load, 0) {}

    void run(std::function<bool()> const& done) {
        for (auto const until = Steady::now() + 5s; !done() && Steady::now() < until;)
            step();
        CHECK(done());
    }
    void run_for(std::chrono::milliseconds time) {
        for (auto const until = Steady::now() + time; Steady::now() < until;)
            step();
    }
    void step() {
        load.loop.io.restart();
        load.loop.io.run_for(2ms);
        reader.look_at_clock(Steady::now());
    }
    ReaderTally const& counts() const {
        return plan.sse_ratio > 0 ? load.tally.sse : load.tally.long_poll;
    }

    TinyServer server;
    LoadPlan plan;
    Endpoint endpoint;
    LoadWorld load;
    LoadReader reader;
};

std::string messages(std::vector<std::uint64_t> const& numbers) {
    std::string batch;
    for (auto const number : numbers)
        batch += (batch.empty() ? "[" : ",") + marked_message({1000, number}, 0, 64);
    return batch + "]";
}

std::string data(std::vector<std::uint64_t> const& numbers) {
    return "event: data\ndata:" + messages(numbers) + "\n\n";
}
std::string control(std::string const& offset) {
    return "event: control\ndata:{\"streamNextOffset\":\"" + offset + "\"}\n\n";
}
constexpr std::string_view k_events = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";

// Each request has the next of these as its answer; then nothing more comes.
TinyServer::Handler in_order(std::vector<std::string> replies, std::vector<std::string>& asked) {
    return [replies = std::move(replies), &asked, at = std::size_t(0),
            lock = std::make_shared<std::mutex>()](auto const& request, auto const& send) mutable {
        std::lock_guard const hold(*lock);
        asked.push_back(request.parameter("offset") + " " + request.parameter("cursor"));
        if (at == replies.size()) {
            request.server.wait(300ms);
            return false;
        }
        auto const reply = replies[at++];
        bool const ends = reply.starts_with(k_events);
        return send(reply) && !ends;
    };
}

StreamEnd ended_with(std::uint64_t messages) {
    return {messages, 1000};
}

} // namespace

TEST_CASE("reader, SSE: goes on where an event stream ended") {
    std::vector<std::string> asked;
    LoadReaderWorld world(
        k_sse, in_order({std::string(k_events) + control("5") + data({0, 1}) + control("7"),
                         std::string(k_events) + data({2}) + control("8")},
                        asked));
    world.reader.start();
    world.run([&] { return world.counts().messages == 3; });
    world.run([&] { return world.counts().requests == 3; });
    world.run_for(20ms);
    world.reader.finish(ended_with(3));
    world.server.stop();
    CHECK(asked == std::vector<std::string>{"now ", "7 ", "8 "});
    CHECK(world.counts().gaps == 0);
    CHECK(world.counts().duplicates == 0);
    CHECK(world.counts().reconnects == 2);
    CHECK(world.counts().errors == 0);
    CHECK(world.counts().offsets == 3);
}

TEST_CASE("reader, SSE: what was cut before it could be taken comes again, and is no duplicate") {
    std::vector<std::string> asked;
    LoadReaderWorld world(
        k_sse,
        in_order({std::string(k_events) + control("5") + data({0}) + control("6") + data({1, 2}),
                  std::string(k_events) + data({1, 2, 3}),
                  std::string(k_events) + data({1, 2, 3, 4}) + control("10") + data({4})},
                 asked));
    world.reader.start();
    world.run([&] { return world.counts().duplicates == 1; });
    world.reader.finish(ended_with(5));
    world.server.stop();
    CHECK(asked.at(1) == "6 ");
    CHECK(asked.at(2) == "6 ");
    CHECK(world.counts().messages == 6); // each once, and the duplicate
    CHECK(world.counts().gaps == 0);
}

TEST_CASE("reader, SSE: the very first message may be cut off, too") {
    std::vector<std::string> asked;
    LoadReaderWorld world(k_sse, in_order({std::string(k_events) + control("5") + data({3}),
                                           std::string(k_events) + data({3, 4}) + control("7")},
                                          asked));
    world.reader.start();
    world.run([&] { return world.counts().messages == 2; });
    world.run_for(10ms);
    CHECK(world.counts().duplicates == 0);
    CHECK(world.counts().gaps == 0);
}

TEST_CASE("reader, SSE: duplicates and gaps within a stream are counted as they are") {
    std::vector<std::string> asked;
    LoadReaderWorld world(
        k_sse, in_order({std::string(k_events) + control("5") + data({0, 1, 1}) + control("8") +
                         data({1}) + control("9") + data({4}) + control("10")},
                        asked));
    world.reader.start();
    world.run([&] { return world.counts().messages == 5; });
    CHECK(world.counts().duplicates == 2);
    CHECK(world.counts().gaps == 2);
    world.reader.finish(ended_with(7));
    CHECK(world.counts().gaps == 4);
}

TEST_CASE("reader, SSE: a server that ends every stream at once is not asked without end") {
    std::vector<std::string> asked;
    LoadReaderWorld world(k_sse,
                          in_order(std::vector<std::string>(1000, std::string(k_events)), asked));
    world.reader.start();
    world.run_for(500ms);
    CHECK(world.counts().requests >= 2);
    CHECK(world.counts().requests < 12);
}

TEST_CASE("reader, long-poll: finds the tail, then goes from offset to offset") {
    std::vector<std::string> asked;
    LoadReaderWorld world(
        k_long_poll,
        in_order(
            {tiny_reply(200, "Stream-Next-Offset: 5\r\n", "[]"),
             tiny_reply(200, "Stream-Next-Offset: 6\r\nStream-Cursor: 1\r\n", messages({0})),
             tiny_reply(204, "Stream-Next-Offset: 6\r\nStream-Cursor: 2\r\n"),
             tiny_reply(200, "Stream-Next-Offset: 8\r\nStream-Cursor: 2\r\n", messages({1, 2}))},
            asked));
    world.reader.start();
    world.run([&] { return world.counts().messages == 3; });
    world.run([&] { return world.counts().requests == 4; });
    world.run_for(20ms);
    CHECK(world.load.connected == 1);
    world.reader.finish(ended_with(3));
    CHECK(world.load.connected == 0);
    world.server.stop();
    CHECK(asked == std::vector<std::string>{"now ", "5 ", "6 1", "6 2", "8 2"});
    CHECK(world.counts().statuses.at("200") == 2);
    CHECK(world.counts().statuses.at("204") == 1);
    // Answers belong to the URL that was asked, not to the next one.
    std::vector<std::string> urls;
    for (auto const& entry : world.load.tally.urls)
        urls.push_back(entry.first.substr(entry.first.find("live=")));
    CHECK(urls == std::vector<std::string>{"live=long-poll", "live=long-poll&cursor=1",
                                           "live=long-poll&cursor=2"});
    CHECK(world.counts().gaps == 0);
    CHECK(world.counts().duplicates == 0);
    CHECK(world.counts().errors == 0);
}

TEST_CASE("reader, long-poll: an error, a cut answer and a damaged one are asked for again") {
    std::vector<std::string> asked;
    std::string const whole =
        tiny_reply(200, "Stream-Next-Offset: 7\r\nStream-Cursor: 1\r\n", messages({0, 1}));
    std::atomic<int> turn = 0;
    LoadReaderWorld world(k_long_poll, [&](TinyRequest const& request,
                                           TinyServer::Send const& send) {
        if (request.parameter("live").empty())
            return send(tiny_reply(200, "Stream-Next-Offset: 5\r\n"));
        if (request.parameter("offset") == "7") return send("");
        switch (turn++) {
        case 0:
            return send(tiny_reply(503, "Stream-Next-Offset: 99\r\nStream-Cursor: 99\r\n", "busy"));
        case 1: send(std::string_view(whole).substr(0, whole.size() - 5)); return false;
        case 2: return false;
        default: return send(whole);
        }
    });
    world.reader.start();
    world.run([&] { return world.counts().messages == 2; });
    world.reader.finish(ended_with(2));
    CHECK(world.counts().gaps == 0);
    CHECK(world.counts().duplicates == 0);
    CHECK(world.counts().errors == 3);
    CHECK(world.counts().reconnects == 3);
    CHECK(world.load.tally.errors.at("status 503") == 1);
}

TEST_CASE("reader, long-poll: a cache that answers the same at once is not asked without end") {
    LoadReaderWorld world(
        k_long_poll, [](TinyRequest const& request, TinyServer::Send const& send) {
            if (request.parameter("live").empty())
                return send(tiny_reply(200, "Stream-Next-Offset: 5\r\n"));
            return send(
                tiny_reply(200, "Stream-Next-Offset: 5\r\nStream-Cursor: 1\r\n", messages({0})));
        });
    world.reader.start();
    world.run_for(500ms);
    CHECK(world.counts().requests >= 2);
    CHECK(world.counts().requests < 12);
    CHECK(world.counts().duplicates == world.counts().messages - 1);
}

TEST_CASE("reader: one that never sees a message has a gap if one was meant for it") {
    auto const gaps = [](double written_after_ms) {
        LoadReaderWorld world(k_long_poll,
                              [](TinyRequest const& request, TinyServer::Send const& send) {
                                  if (request.parameter("live").empty())
                                      return send(tiny_reply(200, "Stream-Next-Offset: 5\r\n"));
                                  request.server.wait(50ms);
                                  return false;
                              });
        world.reader.start();
        world.run([&] { return world.counts().requests > 0; });
        StreamEnd const end{9, world.load.now_ms() + written_after_ms};
        CHECK(world.reader.has_seen(end) == (written_after_ms < 0));
        CHECK(world.reader.has_seen({0, 0}));
        world.reader.finish(end);
        return world.counts().gaps;
    };
    CHECK(gaps(-5000) == 0);
    CHECK(gaps(5000) == 1);
}

TEST_CASE("reader: one that never got in waits for nothing and misses nothing") {
    LoadReaderWorld world(k_sse,
                          [](auto const&, auto const& send) { return send(tiny_reply(401)); });
    world.reader.start();
    world.run([&] { return world.counts().errors == 1; });
    StreamEnd const end{9, world.load.now_ms() + 5000};
    CHECK(world.reader.has_seen(end));
    world.reader.finish(end);
    CHECK(world.counts().gaps == 0);
    CHECK(world.load.tally.errors.at("status 401") == 1);
}

TEST_CASE("reader: the least of offsets counts readers that saw none") {
    std::atomic<bool> open = false;
    LoadReaderWorld world(k_sse, [&](auto const& request, auto const& send) {
        if (!open) return send(tiny_reply(401));
        send(std::string(k_events) + control("5"));
        request.server.wait(50ms);
        return false;
    });
    world.reader.start();
    world.run([&] { return world.counts().errors == 1; });
    world.reader.finish({});
    open = true;
    LoadReader other(world.load, 0);
    other.start();
    world.run([&] { return world.load.connected == 1; });
    world.run_for(20ms);
    other.finish({});
    CHECK(world.counts().offsets_most == 1);
    CHECK(world.counts().offsets_least == 0);
}

TEST_CASE("reader: times that no clock has do no harm") {
    std::vector<std::string> asked;
    LoadReaderWorld world(k_long_poll,
                          in_order({tiny_reply(200, "Stream-Next-Offset: 5\r\n", "[]"),
                                    tiny_reply(200,
                                               "Stream-Next-Offset: 6\r\n"
                                               "Stream-Write-Timestamp: 9007199254740991\r\n",
                                               "[{\"t\":-999999999999999,\"seq\":0}]")},
                                   asked));
    world.reader.start();
    world.run([&] { return world.counts().messages == 1; });
    CHECK(world.counts().delivery.count() == 1);
    CHECK(world.counts().after_storing.count() == 1);
}
