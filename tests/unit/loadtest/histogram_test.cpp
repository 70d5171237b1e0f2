// Promises of loadtest/histogram.
#include "loadtest/histogram.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

using namespace ds;
using std::chrono::nanoseconds;

namespace {

// Times of all sizes, from nanoseconds to more than an hour.
std::vector<nanoseconds> some_times(std::size_t count) {
    std::mt19937_64 random{7};
    std::vector<nanoseconds> times;
    for (std::size_t i = 0; i < count; ++i)
        times.emplace_back(static_cast<std::int64_t>(random() >> (22 + random() % 42)));
    return times;
}

} // namespace

TEST_CASE("histogram: what was recorded apart and added up is what was recorded together") {
    auto const times = some_times(30'000);
    Histogram all;
    Histogram parts[3];
    for (std::size_t i = 0; i < times.size(); ++i) {
        all.record(times[i]);
        parts[i * i % 3].record(times[i]);
    }
    Histogram sum;
    for (auto const& part : parts)
        sum.merge(part);
    CHECK(sum == all);
    CHECK(sum.count() == 30'000);
}

TEST_CASE("histogram: made again of its buckets") {
    Histogram histogram;
    for (auto const time : some_times(1000))
        histogram.record(time);
    CHECK(Histogram::of(histogram.buckets(), histogram.sum_ns(), histogram.max_ns()) == histogram);
    CHECK(Histogram::of({}, 0, 0) == Histogram());
    // One that was sent by somebody else may say anything.
    auto const odd = Histogram::of({{SIZE_MAX, 2}}, 10, 5);
    CHECK(odd.count() == 2);
    CHECK(odd.p50_ms() == doctest::Approx(5e-6));
}

TEST_CASE("histogram: a quantile is within a hundredth of the time that has its rank") {
    auto times = some_times(10'000);
    Histogram histogram;
    for (auto const time : times)
        histogram.record(time);
    std::sort(times.begin(), times.end());
    for (auto const share : {0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0}) {
        CAPTURE(share);
        auto const rank = static_cast<std::size_t>(std::llround(share * 10'000)) - 1;
        auto const exact = static_cast<double>(times[rank].count()) / 1e6;
        CHECK(histogram.quantile_ms(share) == doctest::Approx(exact).epsilon(0.01));
    }
    CHECK(histogram.quantile_ms(1) <= histogram.max_ms());
}

TEST_CASE("histogram: the ends") {
    Histogram histogram;
    CHECK(histogram.p99_ms() == 0);
    CHECK(histogram.mean_ms() == 0);
    histogram.record(nanoseconds(-5)); // a clock that was turned back
    CHECK(histogram.max_ms() == 0);
    histogram.record(std::chrono::hours(100));
    CHECK(histogram.max_ms() == 360'000'000.0);
    CHECK(histogram.count() == 2);
}
