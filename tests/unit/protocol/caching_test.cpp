// Cache lifetimes, tags and their comparison.
#include "protocol/caching.h"

#include <doctest/doctest.h>

#include <chrono>
#include <set>
#include <string>

namespace ds {

namespace {

constexpr Millis k_now = Millis(std::chrono::milliseconds{1'000'000});

Millis in(std::chrono::milliseconds wait) {
    return k_now + wait;
}

} // namespace

TEST_CASE("cache: catch-up reads may be kept a minute, but not past the end of the stream") {
    CHECK(catch_up_cache_control({}, {}, k_now) ==
          "public, max-age=60, stale-while-revalidate=300");
    CHECK(catch_up_cache_control({}, in(std::chrono::hours{1}), k_now) == "public, max-age=60");
    CHECK(catch_up_cache_control({}, in(std::chrono::milliseconds{59'999}), k_now) ==
          "public, max-age=59");
    CHECK(catch_up_cache_control({}, in(std::chrono::seconds{1}), k_now) == "public, max-age=1");
    CHECK(catch_up_cache_control({}, in(std::chrono::milliseconds{999}), k_now) == "no-store");
    CHECK(catch_up_cache_control({}, in(std::chrono::milliseconds{-5}), k_now) == "no-store");
}

TEST_CASE("cache: long-poll answers may be kept one interval, but not past the end of the stream") {
    CHECK(long_poll_cache_control({}, {}, k_now) == "public, max-age=20");
    CHECK(long_poll_cache_control({}, in(std::chrono::minutes{1}), k_now) == "public, max-age=20");
    CHECK(long_poll_cache_control({}, in(std::chrono::seconds{7}), k_now) == "public, max-age=7");
    CHECK(long_poll_cache_control({}, in(std::chrono::milliseconds{1}), k_now) == "no-store");
}

TEST_CASE("etag: golden spellings") {
    EtagParts const parts{
        .directory = "9f2c", .stream = 12, .start = 0, .end = 4096, .limit = 0, .closed = false};
    CHECK(make_etag(parts) == R"("9f2c-12:0:4096")");
    auto closed = parts;
    closed.closed = true;
    CHECK(make_etag(closed) == R"("9f2c-12:0:4096:c")");
    closed.limit = 10;
    CHECK(make_etag(closed) == R"("9f2c-12:0:4096:l10:c")");
}

TEST_CASE("etag: differs whenever a part differs") {
    EtagParts const one{
        .directory = "d", .stream = 1, .start = 2, .end = 3, .limit = 0, .closed = false};
    std::set<std::string> tags{make_etag(one)};
    auto other = one;
    other.directory = "e";
    CHECK(tags.insert(make_etag(other)).second);
    other = one;
    other.stream = UINT64_MAX;
    CHECK(tags.insert(make_etag(other)).second);
    other = one;
    other.start = 0;
    CHECK(tags.insert(make_etag(other)).second);
    other = one;
    other.end = 4;
    CHECK(tags.insert(make_etag(other)).second);
    other = one;
    other.limit = 3;
    CHECK(tags.insert(make_etag(other)).second);
    other = one;
    other.closed = true;
    CHECK(tags.insert(make_etag(other)).second);
}

TEST_CASE("if-none-match: the tag, alone, weak, in a list, or a star") {
    for (auto const* asked : {R"("a")", R"( "a" )", R"(W/"a")", R"("b", "a")", R"("b","a","c")",
                              R"(W/"b" , W/"a")", "*", R"(,"a")", R"("b",,"a")", R"("x,y", "a")"}) {
        CAPTURE(asked);
        CHECK(etag_matches(asked, R"("a")") == (std::string_view(asked).front() != ','));
    }
}

TEST_CASE("if-none-match: another tag or no tag does not match") {
    for (auto const* asked : {"", "a", R"("A")", R"("ab")", R"("a)", R"(a")", R"(w/"a")",
                              R"("b""a")", R"("b" "a")", R"("b", *)", "**", R"(W/ "a")", ","}) {
        CAPTURE(asked);
        CHECK_FALSE(etag_matches(asked, R"("a")"));
    }
}

TEST_CASE("caching: other ages are told as they are, and an age of 0 means asking each time") {
    CacheAges const ages{std::chrono::seconds{7}, std::chrono::seconds{0}, std::chrono::seconds{0}};
    CHECK(catch_up_cache_control(ages, {}, k_now) == "public, max-age=7");
    CHECK(catch_up_cache_control(ages, in(std::chrono::seconds{3}), k_now) == "public, max-age=3");
    CHECK(long_poll_cache_control(ages, {}, k_now) == "public, no-cache");
    CHECK(long_poll_cache_control(ages, in(std::chrono::seconds{3}), k_now) == "public, no-cache");
    CHECK(long_poll_cache_control(ages, in(std::chrono::milliseconds{3}), k_now) == "no-store");
    CacheAges const never{std::chrono::seconds{0}, std::chrono::seconds{9},
                          std::chrono::seconds{1}};
    CHECK(catch_up_cache_control(never, {}, k_now) == "public, no-cache");
    CHECK(restricted("public, no-cache", Sharing::own) == "private, no-cache");
}

TEST_CASE("caching: what is written once says what is written for each answer") {
    CacheAges const ages{std::chrono::seconds{7}, std::chrono::seconds{3}, std::chrono::seconds{2}};
    CacheControls const controls(ages);
    std::string made;
    for (auto const sharing : {Sharing::shared, Sharing::own, Sharing::never})
        for (auto const ends : {std::optional<Millis>(), std::optional(in(std::chrono::seconds{4})),
                                std::optional(in(std::chrono::milliseconds{4}))}) {
            CHECK(controls.catch_up(sharing, ends, k_now, made) ==
                  restricted(catch_up_cache_control(ages, ends, k_now), sharing));
            CHECK(controls.long_poll(sharing, ends, k_now, made) ==
                  restricted(long_poll_cache_control(ages, ends, k_now), sharing));
        }
    CHECK(controls.catch_up(Sharing::own, {}, k_now, made) ==
          "private, max-age=7, stale-while-revalidate=3");
}

TEST_CASE("caching: a request that wants a fresh answer says no-cache or no-store") {
    for (auto const* fresh : {"no-cache", "NO-STORE", "max-age=0, no-cache", " no-store ,x"})
        CHECK(wants_fresh(fresh));
    for (auto const* any : {"", "max-age=0", "no-cachet", "x=no-cache", ",,"})
        CHECK_FALSE(wants_fresh(any));
}

} // namespace ds
