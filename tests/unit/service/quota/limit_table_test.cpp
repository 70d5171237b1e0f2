// Promises of service/quota/limit_table: exact, all or nothing, and bounded.
#include "service/quota/limit_table.h"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

using namespace ds::quota;
using namespace std::chrono_literals;

namespace {

using Kind = LimitTable::Kind;
using Rate = LimitTable::Rate;
LimitTable::Time const k_table_start{std::chrono::hours(1000)};

std::string key(int number) {
    return "key-" + std::to_string(number);
}

} // namespace

TEST_CASE("limit table: a key at its limit does not touch another") {
    LimitTable table({.requests = 2});
    CHECK_FALSE(table.take("a", 0, k_table_start));
    CHECK_FALSE(table.take("a", 0, k_table_start));
    auto const over = table.take("a", 0, k_table_start);
    REQUIRE(over);
    CHECK(over->what == Rate::requests);
    CHECK(over->wait == 500ms);
    CHECK_FALSE(table.take("b", 0, k_table_start));
    // The refusal took nothing.
    CHECK_FALSE(table.take("a", 0, k_table_start + 500ms));
    CHECK(table.take("a", 0, k_table_start + 500ms));
}

TEST_CASE("limit table: a request takes from both rates or from none; the longer wait is told") {
    LimitTable table({.requests = 2, .bytes = 100});
    CHECK_FALSE(table.take("a", 1000, k_table_start));
    for (int i = 0; i < 5; ++i) {
        auto const over = table.take("a", 1, k_table_start);
        REQUIRE(over);
        CHECK(over->what == Rate::bytes);
        CHECK(over->wait == 9010ms);
    }
    // One request is left, and who writes nothing needs no bytes.
    CHECK_FALSE(table.take("a", 0, k_table_start));
    CHECK(table.take("a", 0, k_table_start));
    table.give_back("a", 0);
    CHECK_FALSE(table.take("a", 0, k_table_start));
}

TEST_CASE("limit table: seats are counted by kind, and free when they are left") {
    LimitTable table({.connections = 2, .readers = 1});
    auto first = table.sit(Kind::connection, "a", k_table_start);
    auto second = table.sit(Kind::connection, "a", k_table_start);
    auto const reader = table.sit(Kind::reader, "a", k_table_start);
    CHECK((first && second && reader));
    CHECK_FALSE(table.sit(Kind::connection, "a", k_table_start));
    CHECK_FALSE(table.sit(Kind::reader, "a", k_table_start));
    CHECK(table.sit(Kind::reader, "b", k_table_start));
    first = *std::move(second); // one of the two is left
    CHECK(table.sit(Kind::connection, "a", k_table_start));
    auto const again = table.sit(Kind::connection, "a", k_table_start);
    CHECK_FALSE(table.sit(Kind::connection, "a", k_table_start));
}

TEST_CASE("limit table: without a limit nothing is kept") {
    LimitTable table(ScopeLimits{});
    CHECK_FALSE(table.take("a", 1 << 30, k_table_start));
    CHECK(table.sit(Kind::reader, "a", k_table_start));
    table.give_back("a", 1);
    CHECK(table.size() == 0);
}

TEST_CASE("limit table: keys that have nothing taken are forgotten") {
    LimitTable table({.requests = 10, .connections = 1});
    auto const seat = table.sit(Kind::connection, "stays", k_table_start);
    // A million, a hundred in each millisecond: those of the last 100 ms have something taken.
    for (int i = 0; i < 1'000'000; ++i)
        REQUIRE_FALSE(table.take(key(i), 0, k_table_start + std::chrono::milliseconds(i / 100)));
    CHECK(table.size() < 50'000);
    CHECK_FALSE(table.sit(Kind::connection, "stays", k_table_start + 20s));
}

TEST_CASE("limit table: at its bound newcomers share one entry, and who is known is not touched") {
    constexpr std::size_t k_max = 160;
    LimitTable table({.requests = 3}, k_max);
    CHECK_FALSE(table.take("known", 0, k_table_start));
    int let_in = 0;
    for (int i = 0; i < 100'000; ++i)
        let_in += table.take(key(i), 0, k_table_start) ? 0 : 1;
    CHECK(table.size() <= k_max);
    // Those that found room, and three of the others in each of sixteen parts.
    CHECK(let_in <= static_cast<int>(k_max + 3 * LimitTable::k_shards));
    CHECK_FALSE(table.take("known", 0, k_table_start));
    CHECK_FALSE(table.take("known", 0, k_table_start));
    CHECK(table.take("known", 0, k_table_start));
    // When the flood is over there is room for newcomers again.
    CHECK_FALSE(table.take("late", 0, k_table_start + 2s));
    CHECK_FALSE(table.take("late", 0, k_table_start + 2s));
    CHECK_FALSE(table.take("late", 0, k_table_start + 2s));
    CHECK(table.size() <= k_max);
}

TEST_CASE("limit table: what several threads let in adds up") {
    LimitTable table({.requests = 1000, .readers = 50});
    std::atomic<int> let_in = 0;
    std::array<std::vector<LimitTable::Seat>, 4> seats;
    std::vector<std::thread> threads;
    for (auto& mine : seats)
        threads.emplace_back([&table, &let_in, &mine] {
            for (int i = 0; i < 2000; ++i) {
                if (!table.take("a", 0, k_table_start)) ++let_in;
                if (auto seat = table.sit(Kind::reader, "a", k_table_start))
                    mine.push_back(*std::move(seat));
            }
        });
    for (auto& thread : threads)
        thread.join();
    CHECK(let_in == 1000);
    CHECK(seats[0].size() + seats[1].size() + seats[2].size() + seats[3].size() == 50);
}
