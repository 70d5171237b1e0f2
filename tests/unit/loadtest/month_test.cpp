// Promises of loadtest/month: quantities follow from a plan or a run, and nonsense is refused.
#include "loadtest/month.h"

#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <string_view>

namespace ds::loadtest {

namespace {

Month month(Workload const& workload) {
    auto const made = month_of(workload);
    REQUIRE(made);
    return *made;
}

std::string trouble(Workload const& workload) {
    auto const made = month_of(workload);
    return made ? "" : made.error().what;
}

std::string trouble(MeasuredRun const& run) {
    auto const made = month_of(run);
    return made ? "" : made.error().what;
}

MeasuredRun short_run() {
    MeasuredRun run;
    run.seconds = 60;
    run.counted.long_polls = 600'000;
    return run;
}

constexpr double k_nan = std::numeric_limits<double>::quiet_NaN();
constexpr double k_infinite = std::numeric_limits<double>::infinity();

} // namespace

TEST_CASE("month: every write answers every reader once") {
    // 10,000 readers * 1/s * 2,592,000 s
    CHECK(month({}).long_polls == doctest::Approx(25.92e9));
    CHECK(month({}).long_poll_wait == doctest::Approx(1));
    CHECK(month({}).appends == doctest::Approx(2.592e6));
    // Two writes a second: twice as many, and half the wait.
    CHECK(month({.writes_per_second = 2}).long_polls == doctest::Approx(51.84e9));
    CHECK(month({.writes_per_second = 2}).long_poll_wait == doctest::Approx(0.5));
}

TEST_CASE("month: without writes a long-poll ends with its timeout") {
    // 10,000 readers / 4 s * 2,592,000 s
    CHECK(month({.writes_per_second = 0}).long_polls == doctest::Approx(6.48e9));
    CHECK(month({.writes_per_second = 0}).long_poll_wait == doctest::Approx(4));
    auto const poisson = month({.writes_per_second = 0, .arrivals = Arrivals::poisson});
    CHECK(poisson.long_polls == doctest::Approx(6.48e9));
    CHECK(poisson.rotations == 0);
    CHECK(poisson.hot_bytes == 0);
}

TEST_CASE("month: writes at random leave room for waits that end with nothing") {
    // w / (1 - exp(-4 w)) with w = 1: 1 / (1 - 0.018315639) = 1.018657360 a second
    auto const poisson = month({.arrivals = Arrivals::poisson});
    CHECK(poisson.long_polls == doctest::Approx(25.92e9 * 1.018657360).epsilon(1e-9));
    // w = 0.1: 0.1 / (1 - exp(-0.4)) = 0.1 / 0.329679954 = 0.303324478
    auto const rare = month({.writes_per_second = 0.1, .arrivals = Arrivals::poisson});
    CHECK(rare.long_polls == doctest::Approx(10'000 * 0.303324478 * 2'592'000).epsilon(1e-8));
}

TEST_CASE("month: SSE readers come back when their response has ended") {
    // 10,000 readers * 2,592,000 s / 60 s
    auto const events = month({.sse_share = 1});
    CHECK(events.sse_connects == doctest::Approx(432e6));
    CHECK(events.long_polls == 0);
    // 432 M heads of 500 bytes, 25.92e9 events of 256 + 150 bytes
    CHECK(events.sse_bytes == doctest::Approx(432e6 * 500 + 25.92e9 * 406));
    // A quarter of them: the others are on long-poll.
    auto const mixed = month({.sse_share = 0.25});
    CHECK(mixed.sse_connects == doctest::Approx(108e6));
    CHECK(mixed.long_polls == doctest::Approx(19.44e9));
}

TEST_CASE("month: an ideal cache asks once for each place, in each data centre") {
    CHECK(month({}).distinct_polls == doctest::Approx(2.592e6));
    CHECK(month({.pops = 10}).distinct_polls == doctest::Approx(25.92e6));
    CHECK(month({.streams = 20, .pops = 10}).distinct_polls == doctest::Approx(518.4e6));
    // Never more than there are reads.
    CHECK(month({.readers = 5, .pops = 10}).distinct_polls == doctest::Approx(5 * 2.592e6));
}

TEST_CASE("month: segments are full by messages or by bytes") {
    // 1,000 streams at one write a second: 2.592e9 appends, 1,000 in a segment
    CHECK(month({.streams = 1'000}).rotations == doctest::Approx(2.592e6));
    // 8 KiB messages: 4 MiB are full after 512
    CHECK(month({.message_bytes = 8'192}).rotations == doctest::Approx(2.592e6 / 512));
    // A message that is larger than a segment is one by itself.
    CHECK(month({.message_bytes = 1e7}).rotations == doctest::Approx(2.592e6));
    // 100 bytes at one a second for 30 days: 259.2 MB
    CHECK(month({.message_bytes = 100}).retained_bytes == doctest::Approx(259.2e6));
    CHECK(month({.message_bytes = 100, .retention_days = 1}).retained_bytes ==
          doctest::Approx(8.64e6));
}

TEST_CASE("month: copies go through a queue when there are many") {
    auto const few = month({.subscribers = 200});
    CHECK(few.copies == doctest::Approx(518.4e6));
    CHECK(few.queue_messages == 0);
    // 201 copies are 5 messages of up to 50
    CHECK(month({.subscribers = 201}).queue_messages == doctest::Approx(5 * 2.592e6));
}

TEST_CASE("month: a plan that cannot be is refused by name") {
    CHECK(trouble(Workload{.readers = 0}) ==
          "the number of readers must be 1 to 1000000000, not 0");
    CHECK(trouble(Workload{.readers = -5}).find("not -5") != std::string::npos);
    CHECK(trouble(Workload{.readers = k_nan}).find("number of readers") != std::string::npos);
    CHECK(trouble(Workload{.readers = 1e300}).find("not 1e+300") != std::string::npos);
    CHECK(trouble(Workload{.streams = 0}).find("number of streams") != std::string::npos);
    CHECK(trouble(Workload{.writes_per_second = -1}).find("writes per second") !=
          std::string::npos);
    CHECK(trouble(Workload{.writes_per_second = k_infinite}).find("not inf") != std::string::npos);
    CHECK(trouble(Workload{.message_bytes = -1}).find("size of a message") != std::string::npos);
    CHECK(trouble(Workload{.sse_share = 1.5}) == "the share of SSE must be 0 to 1, not 1.5");
    CHECK(trouble(Workload{.sse_share = k_nan}).find("share of SSE") != std::string::npos);
    CHECK(trouble(Workload{.sse_seconds = 0}).find("SSE response") != std::string::npos);
    CHECK(trouble(Workload{.long_poll_seconds = 0}).find("timeout") != std::string::npos);
    CHECK(trouble(Workload{.producer_share = -0.1}).find("numbered") != std::string::npos);
    CHECK(trouble(Workload{.subscribers = 1e7}).find("subscribers") != std::string::npos);
    CHECK(trouble(Workload{.retention_days = -1}).find("retention") != std::string::npos);
    CHECK(trouble(Workload{.segment_messages = 0}).find("segment") != std::string::npos);
    CHECK(trouble(Workload{.pops = 0}).find("data centres") != std::string::npos);
    CHECK(trouble(Workload{}) == "");
}

TEST_CASE("month: a run is scaled to a month") {
    auto run = short_run(); // a minute is the 43,200th part of a month
    run.counted.distinct_polls = 60;
    run.pops = 3;
    run.counted.appends = 60;
    run.counted.copies = 120;
    run.counted.sse_connects = 2;
    run.counted.retained_bytes = 1'000;
    auto const made = month_of(run);
    REQUIRE(made);
    CHECK(made->long_polls == doctest::Approx(25.92e9));
    CHECK(made->distinct_polls == doctest::Approx(3 * 2.592e6));
    CHECK(made->appends == doctest::Approx(2.592e6));
    CHECK(made->copies == doctest::Approx(5.184e6));
    CHECK(made->sse_connects == doctest::Approx(86'400));
    CHECK(made->retained_bytes == doctest::Approx(43.2e6));
}

TEST_CASE("month: a run that says nothing is refused, and large counters do not overflow") {
    CHECK(trouble(MeasuredRun{}).find("duration of the run") != std::string::npos);
    auto run = short_run();
    run.seconds = k_nan;
    CHECK(trouble(run).find("duration of the run") != std::string::npos);
    run = short_run();
    run.counted.long_polls = 0;
    CHECK(trouble(run).find("nobody read") != std::string::npos);
    run = short_run();
    run.counted.streams = 0;
    CHECK(trouble(run).find("nobody read") != std::string::npos);
    run = short_run();
    run.counted.long_poll_wait = -1;
    CHECK(trouble(run).find("wait of a long-poll") != std::string::npos);
    run = short_run();
    run.counted.long_polls = 1.8446744073709552e19;
    CHECK(month_of(run)->long_polls == doctest::Approx(1.8446744073709552e19 * 43'200));
}

} // namespace ds::loadtest
