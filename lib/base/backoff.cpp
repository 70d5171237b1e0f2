// Doubling steps with jitter.
#include "base/backoff.h"

#include "base/crypto.h"

#include <algorithm>
#include <cstring>

namespace ds {

Backoff Backoff::seeded() {
    std::uint64_t seed = 0;
    auto const bytes = random_bytes(sizeof seed);
    std::memcpy(&seed, bytes.data(), sizeof seed);
    return Backoff(seed);
}

std::chrono::milliseconds Backoff::next() {
    // splitmix64: one addition and three mixes are random enough to spread clients.
    random_ += 0x9e3779b97f4a7c15U;
    auto mixed = random_;
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
    mixed ^= mixed >> 31U;

    auto const half = step_ / 2;
    auto const spread = static_cast<std::uint64_t>(half.count()) + 1;
    auto const wait = half + std::chrono::milliseconds(mixed % spread);
    step_ = std::min(step_ * 2, k_most);
    return wait;
}

} // namespace ds
