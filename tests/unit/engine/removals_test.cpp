// What waits to be removed from the store, and how its taker is told to stop.
#include "engine/removals.h"

#include <doctest/doctest.h>

#include <chrono>
#include <thread>

namespace ds {

namespace {

Removals::Time soon() {
    return std::chrono::steady_clock::now() + std::chrono::milliseconds(1);
}

} // namespace

TEST_CASE("removals: they are taken in the order in which they came, each once") {
    Removals removals;
    removals.put({.lane = 0, .stream = 7, .numbers = {1, 2}});
    Recovered recovered;
    recovered.doomed.push_back({8, {3}, true});
    removals.put(1, recovered);
    auto const first = removals.take(soon());
    REQUIRE(first);
    CHECK(first->stream == 7);
    CHECK(first->numbers.size() == 2);
    auto const second = removals.take(soon());
    REQUIRE(second);
    CHECK(second->lane == 1);
    CHECK(second->gone);
    CHECK(second->numbers.empty()); // of a stream that is no more, all
    CHECK_FALSE(removals.take(soon()));
}

TEST_CASE("removals: whoever waits for one is woken to stop") {
    Removals removals;
    auto const late = std::chrono::steady_clock::now() + std::chrono::hours(1);
    std::thread taker([&] { CHECK_FALSE(removals.take(late)); });
    removals.stop();
    taker.join();
    CHECK(removals.has_stopped());
    CHECK_FALSE(removals.wait_for(std::chrono::hours(1)));
    removals.put({.stream = 1});
    CHECK_FALSE(removals.take(soon()));
}

TEST_CASE("removals: what is told of them is there until the next word") {
    Removals removals;
    CHECK_FALSE(removals.tell("the store is away"));
    CHECK(removals.sickness() == "the store is away");
    CHECK(removals.tell(std::nullopt) == "the store is away");
    CHECK_FALSE(removals.sickness());
}

} // namespace ds
