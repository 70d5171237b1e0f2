// Pace: work that is spread over the time it may take.
#include "engine/pace.h"

#include <doctest/doctest.h>

#include <chrono>

using namespace ds;
using namespace std::chrono_literals;

namespace {

auto time_of(Pace::Clock::duration given) {
    auto const began = Pace::Clock::now();
    Pace const pace(given);
    for (int part = 1; part <= 10; ++part)
        pace.rest(part / 10.0);
    return Pace::Clock::now() - began;
}

} // namespace

TEST_CASE("pace: ten short parts take the time that was given") {
    CHECK(time_of(100ms) >= 100ms);
}

TEST_CASE("pace: without time nothing is waited for") {
    CHECK(time_of(0ms) < 2s); // a busy machine may take its time
}
