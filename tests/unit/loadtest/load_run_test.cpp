// Promises of loadtest/load_run and of what it consists of: readers and writers against a server.
#include "fakes/later.h"
#include "fakes/tiny_streams.h"
#include "loadtest/load_run.h"

#include <doctest/doctest.h>

#include <string>

using namespace ds;
using namespace std::chrono_literals;

namespace {

// Until so much was written, or so many errors were made.
Tally run_until(LoadRun& run, std::uint64_t appends_or_errors) {
    CHECK(test::comes_true([&] {
        auto const progress = run.progress();
        return progress.appends + progress.errors >= appends_or_errors;
    }));
    return run.finish(run.stop_writers());
}

} // namespace

TEST_CASE("run: every reader sees every message of its stream once") {
    test::TinyStreams server;
    auto run = LoadRun::start(test::small_plan(server.url()), WithWriters::yes);
    REQUIRE(run);
    auto const tally = run_until(**run, 30);
    CHECK(tally.sse.clients == 6);
    CHECK(tally.long_poll.clients == 6);
    CHECK(tally.writes.writers == 3);
    CHECK(tally.writes.appends >= 30);
    CHECK(tally.errors.empty());
    CHECK(tally.sse.gaps + tally.long_poll.gaps == 0);
    CHECK(tally.sse.duplicates + tally.long_poll.duplicates == 0);
    // Four readers for each stream; they begin while the first ones are written, or later.
    auto const seen = tally.sse.messages + tally.long_poll.messages;
    CHECK(seen <= 4 * tally.writes.appends);
    CHECK(seen > 0);
    CHECK(tally.sse.delivery.count() == tally.sse.messages);
    CHECK(tally.long_poll.offsets_least > 0);
}

TEST_CASE("run: progress tells what the tally says") {
    test::TinyStreams server;
    auto run = LoadRun::start(test::small_plan(server.url()), WithWriters::yes);
    REQUIRE(run);
    CHECK(test::comes_true([&] {
        auto const progress = (*run)->progress();
        return progress.readers == 12 && progress.messages > 0;
    }));
    auto const progress = (*run)->progress();
    CHECK(progress.readers == 12);
    CHECK(progress.appends > 0);
    CHECK(progress.messages > 0);
    CHECK(progress.errors == 0);
    auto const tally = (*run)->finish((*run)->stop_writers());
    CHECK(tally.writes.appends >= progress.appends);
}

TEST_CASE("run: one that is destroyed in the middle of everything ends") {
    test::TinyStreams server;
    for (std::uint64_t const messages : {0U, 1U, 40U}) {
        auto run = LoadRun::start(test::small_plan(server.url()), WithWriters::yes);
        REQUIRE(run);
        CHECK(test::comes_true([&] { return (*run)->progress().messages >= messages; }));
    }
}

TEST_CASE("run: readers that were not started yet count for nothing, and keep nobody waiting") {
    test::TinyStreams server;
    auto plan = test::small_plan(server.url());
    plan.ramp_up = 60'000ms;
    auto run = LoadRun::start(plan, WithWriters::yes);
    REQUIRE(run);
    auto const began = Steady::now();
    auto const tally = run_until(**run, 6);
    CHECK(Steady::now() - began < 5s);
    CHECK(tally.sse.clients + tally.long_poll.clients == 1);
}

TEST_CASE("run: a server that is not there makes errors, and the end comes soon") {
    std::string url;
    {
        test::TinyStreams const gone;
        url = gone.url();
    }
    auto run = LoadRun::start(test::small_plan(url), WithWriters::no);
    REQUIRE(run);
    auto const began = Steady::now();
    auto const tally = run_until(**run, 12);
    CHECK(Steady::now() - began < 3s);
    CHECK(tally.errors.at("connect: Connection refused") >= 12);
    CHECK(tally.sse.messages == 0);
}

TEST_CASE("run: a plan that makes no sense is not begun") {
    auto plan = test::small_plan("http://127.0.0.1:1");
    plan.streams = 0;
    CHECK(!LoadRun::start(plan, WithWriters::no));
    plan = test::small_plan("http://no-such-host.invalid");
    auto const run = LoadRun::start(plan, WithWriters::no);
    REQUIRE(!run);
    CHECK(run.error().fault == Fault::unreachable);
}

TEST_CASE("run: more connections than the system allows are refused with both numbers") {
    auto const room = make_room_for(2'000'000'000);
    REQUIRE(!room);
    CHECK(room.error().what.find("2000000000 are wanted") != std::string::npos);
    CHECK(make_room_for(1));
}
