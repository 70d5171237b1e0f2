// Rows that nobody needs: what is removed as a whole, what one by one, and what waits.
#include "engine/garbage.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <utility>
#include <vector>

namespace ds {

namespace {

constexpr auto k_busy = Garbage::When::busy;
constexpr auto k_idle = Garbage::When::idle;
constexpr auto k_stretch = LogTables::k_stretch;
constexpr auto k_round = k_stretch * LogTables::k_ring;

void note(Garbage& garbage, std::int64_t first, std::int64_t last, std::uint64_t bytes = 100) {
    for (auto seq = first; seq <= last; ++seq)
        garbage.note_row(seq, bytes);
}

void discard(Garbage& garbage, std::int64_t first, std::int64_t last) {
    for (auto seq = first; seq <= last; ++seq)
        garbage.add(seq);
}

using Runs = std::vector<std::pair<std::int64_t, std::int64_t>>;
Runs runs_of(Garbage const& garbage, Garbage::Removal const& removal) {
    Runs runs;
    garbage.each_run(
        removal, [&](std::int64_t first, std::int64_t last) { runs.emplace_back(first, last); });
    return runs;
}

} // namespace

TEST_CASE("garbage: a table goes as a whole once nothing in it is needed") {
    Garbage garbage;
    note(garbage, 1, k_stretch + 10);
    CHECK(garbage.empty());
    CHECK_FALSE(garbage.next(64, k_idle));
    discard(garbage, 1, k_stretch - 2);
    CHECK_FALSE(garbage.next(64, k_busy)); // one row is still needed
    discard(garbage, k_stretch - 1, k_stretch - 1);
    auto const removal = garbage.next(64, k_busy);
    REQUIRE(removal);
    CHECK(removal->whole);
    CHECK(removal->table == 0);
    CHECK(removal->rows == k_stretch - 1);
    CHECK_FALSE(garbage.empty());
    garbage.done(*removal);
    CHECK(garbage.empty());
    CHECK_FALSE(garbage.next(64, k_idle));
}

TEST_CASE("garbage: rows that are alone wait while the lane is busy, but not for ever") {
    Garbage garbage;
    note(garbage, 1, 100);
    discard(garbage, 1, 50);
    CHECK_FALSE(garbage.next(8, k_busy));
    SUBCASE("an idle lane takes them, some at a time") {
        auto removal = garbage.next(8, k_idle);
        REQUIRE(removal);
        CHECK_FALSE(removal->whole);
        CHECK(runs_of(garbage, *removal) == Runs{{1, 8}});
        garbage.done(*removal);
        removal = garbage.next(1000, k_idle);
        REQUIRE(removal);
        CHECK(runs_of(garbage, *removal) == Runs{{9, 50}});
        garbage.done(*removal);
        CHECK(garbage.empty());
    }
    SUBCASE("half a round later") {
        garbage.note_row(k_round / 2 + 1, 100);
        auto const removal = garbage.next(8, k_busy);
        REQUIRE(removal);
        CHECK_FALSE(removal->whole);
        CHECK(runs_of(garbage, *removal) == Runs{{1, 8}});
    }
    SUBCASE("after a round, rows of two stretches are in the table") {
        note(garbage, k_round + 1, k_round + 3);
        discard(garbage, 51, 100);
        auto removal = garbage.next(1000, k_busy);
        REQUIRE(removal);
        CHECK_FALSE(removal->whole);
        garbage.done(*removal);
        CHECK(garbage.empty());
        discard(garbage, k_round + 1, k_round + 3);
        removal = garbage.next(1, k_busy);
        REQUIRE(removal);
        CHECK(removal->whole);
        CHECK(removal->rows == 3);
    }
}

TEST_CASE("garbage: runs end where a row is still needed, and at the number asked for") {
    Garbage garbage;
    note(garbage, 1, 20);
    for (std::int64_t const seq : {2, 3, 4, 7, 9, 10, 12})
        garbage.add(seq);
    auto const removal = garbage.next(6, k_idle);
    REQUIRE(removal);
    CHECK(runs_of(garbage, *removal) == Runs{{2, 4}, {7, 7}, {9, 10}});
}

TEST_CASE("garbage: what is large is removed row by row, also by a busy lane") {
    Garbage garbage;
    note(garbage, 1, 10, 8 * k_mib);
    discard(garbage, 1, 10);
    for (int round = 0; round < 5; ++round) {
        auto const removal = garbage.next(2, k_busy);
        REQUIRE(removal);
        CHECK_FALSE(removal->whole);
        CHECK(removal->rows == 2);
        garbage.done(*removal);
    }
    CHECK(garbage.empty());
    // The table has been empty: it begins to count anew.
    note(garbage, 11, 12);
    discard(garbage, 11, 12);
    CHECK(garbage.next(2, k_busy)->whole);
}

TEST_CASE("garbage: whole tables come first, then what has waited longest") {
    Garbage garbage;
    note(garbage, 1, 3 * k_stretch);
    discard(garbage, 2 * k_stretch + 5, 2 * k_stretch + 9);
    discard(garbage, 7, 9);
    auto removal = garbage.next(100, k_idle);
    REQUIRE(removal);
    CHECK(removal->table == 0);
    discard(garbage, k_stretch, 2 * k_stretch - 1);
    removal = garbage.next(100, k_idle);
    REQUIRE(removal);
    CHECK(removal->whole);
    CHECK(removal->table == 1);
}

TEST_CASE("garbage: rows from before there was a ring go one by one, at once") {
    Garbage garbage(LogTables(1'000'000));
    note(garbage, 17, 40);
    note(garbage, 1'000'000, 1'000'010);
    discard(garbage, 17, 30);
    auto const removal = garbage.next(4, k_busy);
    REQUIRE(removal);
    CHECK(removal->table == LogTables::k_old);
    CHECK(runs_of(garbage, *removal) == Runs{{17, 20}});
}

} // namespace ds
