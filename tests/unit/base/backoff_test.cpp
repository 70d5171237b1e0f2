// Promises of base/backoff.
#include "base/backoff.h"

#include <doctest/doctest.h>

using ds::Backoff;

TEST_CASE("backoff: steps double up to the cap, each jittered within its upper half") {
    Backoff backoff(42);
    auto step = Backoff::k_first;
    for (int i = 0; i < 20; ++i) {
        auto const pause = backoff.next();
        CHECK(pause >= step / 2);
        CHECK(pause <= step);
        step = std::min(step * 2, Backoff::k_most);
    }
    backoff.reset();
    CHECK(backoff.next() <= Backoff::k_first);
}

TEST_CASE("backoff: two clients do not come back in step") {
    auto differ = false;
    Backoff one(1);
    Backoff two(2);
    for (int i = 0; i < 10; ++i)
        differ = differ || one.next() != two.next();
    CHECK(differ);
}
