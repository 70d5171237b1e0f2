// A clock whose hands a test turns. Safe to read from any thread.
#pragma once

#include "base/clock.h"

#include <atomic>
#include <chrono>
#include <cstdint>

namespace ds::test {

class ManualClock final : public Clock {
public:
    // Starts at 2026-01-01T00:00:00Z unless told otherwise.
    explicit ManualClock(Millis start = from_count_ms(1'767'225'600'000))
        : count_ms_(ds::count_ms(start)) {}

    Millis now() const override { return from_count_ms(count_ms_.load()); }
    void set(Millis time) { count_ms_.store(ds::count_ms(time)); }
    void advance(std::chrono::milliseconds by) { count_ms_.fetch_add(by.count()); }

private:
    std::atomic<std::int64_t> count_ms_;
};

} // namespace ds::test
