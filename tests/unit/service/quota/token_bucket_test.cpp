// Promises of service/quota/token_bucket.
#include "service/quota/token_bucket.h"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>

using namespace ds::quota;
using namespace std::chrono_literals;

namespace {

TokenBucket::Time const k_bucket_start{std::chrono::hours(1000)};
constexpr std::chrono::nanoseconds k_none{0};

} // namespace

TEST_CASE("token bucket: a second's worth at once, then one at a time") {
    TokenBucket bucket;
    for (int i = 0; i < 10; ++i) {
        REQUIRE(bucket.wait(10, k_bucket_start) == k_none);
        bucket.take(10, 1, k_bucket_start);
    }
    CHECK(bucket.wait(10, k_bucket_start) == 100ms);
    CHECK(bucket.wait(10, k_bucket_start + 40ms) == 60ms);
    CHECK(bucket.wait(10, k_bucket_start + 100ms) == k_none);
    bucket.take(10, 1, k_bucket_start + 100ms);
    CHECK(bucket.wait(10, k_bucket_start + 100ms) == 100ms);
    CHECK_FALSE(bucket.is_full(10, k_bucket_start + 1000ms));
    CHECK(bucket.is_full(10, k_bucket_start + 1200ms));
}

TEST_CASE("token bucket: no more flows in than it holds") {
    TokenBucket bucket;
    auto const later = k_bucket_start + std::chrono::hours(24);
    bucket.take(2, 2, k_bucket_start);
    bucket.take(2, 2, later);
    CHECK(bucket.wait(2, later) == 500ms);
}

TEST_CASE("token bucket: what was taken beyond is waited for") {
    TokenBucket bucket;
    bucket.take(1000, 5000, k_bucket_start);
    CHECK(bucket.wait(1000, k_bucket_start) == 4001ms);
    CHECK(bucket.wait(1000, k_bucket_start + 4001ms) == k_none);
    bucket.give_back(5000);
    CHECK(bucket.is_full(1000, k_bucket_start));
}

TEST_CASE("token bucket: a clock that lags behind gives nothing twice") {
    TokenBucket bucket;
    bucket.take(1, 1, k_bucket_start);
    bucket.take(1, 1, k_bucket_start - 5s);
    CHECK(bucket.wait(1, k_bucket_start) == 2s);
    CHECK(bucket.wait(1, k_bucket_start - 5s) == 2s);
    CHECK(bucket.wait(1, k_bucket_start + 2s) == k_none);
}

TEST_CASE("token bucket: Retry-After is true, and not a second too long") {
    for (std::uint64_t const rate : {1ULL, 3ULL, 7ULL, 1000ULL, 1'000'000ULL, 1'000'000'000'000ULL})
        for (std::uint64_t const taken : {1ULL, 2ULL, 10ULL, 8'388'608ULL, 1'073'741'824ULL})
            for (auto const passed : {0ns, 1ns, 333ns, 999'999'999ns}) {
                CAPTURE(rate);
                CAPTURE(taken);
                TokenBucket bucket;
                bucket.take(rate, rate, k_bucket_start);
                bucket.take(rate, taken, k_bucket_start);
                auto const now = k_bucket_start + passed;
                auto const wait = bucket.wait(rate, now);
                if (wait == k_none) continue;
                auto const told = std::chrono::seconds(whole_seconds(wait));
                CHECK(bucket.wait(rate, now + told) == k_none);
                // But for a rounding of a thousandth of a token.
                if (wait > told - 1s + 1ms) CHECK(bucket.wait(rate, now + told - 1s) > k_none);
            }
    CHECK(whole_seconds(1ns) == 1);
    CHECK(whole_seconds(1s) == 1);
    CHECK(whole_seconds(1'000'000'001ns) == 2);
}
