// Promises of service/quota: a client, a project and bytes in; a wait out, or nothing.
#include "service/quota/quota.h"

#include <doctest/doctest.h>

#include <memory>
#include <string_view>

namespace ds::quota {

using namespace std::chrono_literals;

namespace {

Quota::Time const k_begin{std::chrono::hours(1000)};

// As a request that is let in goes through both.
std::optional<Exceeded> take(Quota& quota, Client& client, std::string_view project,
                             Quota::Time now = k_begin, std::uint64_t bytes = 0) {
    if (auto over = quota.take_of_address(client, bytes, now)) return over;
    return quota.take_of_project(client, project, bytes, now);
}

void is_over(std::optional<Exceeded> const& over, Limit limit, std::uint64_t seconds) {
    REQUIRE(over);
    CHECK(over->limit == limit);
    CHECK(whole_seconds(over->wait) == seconds);
}

} // namespace

TEST_CASE("quota: off unless a limit is set") {
    CHECK_FALSE(Quota({}, {}).on());
    CHECK(Quota({.readers = 1}, {}).on());
    CHECK(Quota({}, {.bytes = 1}).on());
}

TEST_CASE("quota: who is over one limit takes nothing of another") {
    Quota quota({.requests = 2}, {.requests = 1});
    auto const first = quota.welcome("192.0.2.1", k_begin);
    auto const second = quota.welcome("192.0.2.2", k_begin);
    auto const third = quota.welcome("192.0.2.3", k_begin);
    CHECK_FALSE(take(quota, *first, "a"));
    for (int i = 0; i < 10; ++i)
        is_over(take(quota, *first, "a"), Limit::address_requests, 1);
    // The project has one left, whatever the first address tried.
    CHECK_FALSE(take(quota, *second, "a"));
    for (int i = 0; i < 10; ++i)
        is_over(take(quota, *third, "a"), Limit::project_requests, 1);
    // And the third address has its own, for another project, and for what is of none.
    CHECK_FALSE(take(quota, *third, "b"));
    CHECK(take(quota, *third, ""));
    CHECK(quota.refused()[Limit::address_requests] == 11);
    CHECK(quota.refused()[Limit::project_requests] == 10);
    CHECK(quota.refused()[Limit::project_bytes] == 0);
}

TEST_CASE("quota: what is of no project has the limits of its address alone") {
    Quota quota({.requests = 1}, {});
    auto const client = quota.welcome("", k_begin);
    for (int i = 0; i < 10; ++i)
        CHECK_FALSE(take(quota, *client, ""));
    CHECK_FALSE(take(quota, *client, "p"));
    CHECK(take(quota, *client, "p"));
}

TEST_CASE("quota: the wait of the limit that refuses is told, of the address first") {
    Quota quota({.bytes = 100}, {.bytes = 1000});
    auto const client = quota.welcome("192.0.2.1", k_begin);
    CHECK_FALSE(take(quota, *client, "a", k_begin, 3000));
    is_over(take(quota, *client, "a", k_begin, 1), Limit::address_bytes, 3);
    is_over(take(quota, *client, "b", k_begin, 1), Limit::address_bytes, 3);
    CHECK_FALSE(take(quota, *client, "b", k_begin + 4s, 1));
    is_over(take(quota, *client, "a", k_begin + 4s, 1), Limit::project_bytes, 26);
    CHECK(take(quota, *client, "a", k_begin + 29s, 1));
    CHECK_FALSE(take(quota, *client, "a", k_begin + 30s, 1));
}

TEST_CASE("quota: a connection belongs to the project that it last asked for") {
    Quota quota({.connections = 1}, {});
    auto first = quota.welcome("", k_begin);
    auto const second = quota.welcome("", k_begin);
    CHECK_FALSE(take(quota, *first, "a"));
    CHECK_FALSE(take(quota, *first, "a"));
    is_over(take(quota, *second, "a"), Limit::project_connections, 1);
    CHECK_FALSE(take(quota, *first, "b"));
    CHECK_FALSE(take(quota, *second, "a"));
    first.reset();
    CHECK_FALSE(take(quota, *second, "b"));
}

TEST_CASE("quota: an address has so many connections, for as long as they last") {
    Quota quota({}, {.connections = 1});
    auto first = quota.welcome("192.0.2.1", k_begin);
    REQUIRE(first);
    CHECK_FALSE(quota.welcome("192.0.2.1", k_begin));
    CHECK(quota.welcome("192.0.2.2", k_begin));
    CHECK(quota.refused()[Limit::address_connections] == 1);
    first.reset();
    CHECK(quota.welcome("192.0.2.1", k_begin));
}

TEST_CASE("quota: a live reader without a slot takes nothing, not even its request") {
    Quota quota({.requests = 3, .readers = 1}, {.readers = 2});
    auto const client = quota.welcome("192.0.2.1", k_begin);
    auto const live = [&] {
        REQUIRE_FALSE(take(quota, *client, "a"));
        return quota.take_reader(*client, "a", 0, k_begin);
    };
    auto slots = live();
    REQUIRE(std::holds_alternative<std::unique_ptr<ReaderSlots>>(slots));
    for (int i = 0; i < 10; ++i) {
        auto const refused = live();
        REQUIRE(std::holds_alternative<Exceeded>(refused));
        is_over(std::get<Exceeded>(refused), Limit::project_readers, 1);
    }
    std::get<std::unique_ptr<ReaderSlots>>(slots).reset();
    CHECK(std::holds_alternative<std::unique_ptr<ReaderSlots>>(live()));
    CHECK(quota.refused()[Limit::project_readers] == 10);
}

TEST_CASE("quota: every limit has a name and words") {
    for (std::size_t at = 0; at < k_limits; ++at) {
        CHECK_FALSE(k_limit_names[at].empty());
        CHECK(text_of(static_cast<Limit>(at)) != "over a limit");
    }
}

} // namespace ds::quota
