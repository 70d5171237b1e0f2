// How long to wait before asking again: doubling, capped, and jittered so that many clients that
// lost one server do not return to it in one moment.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace ds {

// Waits that long. Tests hand in one that only takes notes.
using Wait = std::function<void(std::chrono::milliseconds)>;

class Backoff {
public:
    // `seed` decides the jitter.
    explicit Backoff(std::uint64_t seed) : random_(seed) {}
    // With a jitter of its own.
    static Backoff seeded();

    // Between half of the current step and all of it; the step then doubles up to the cap.
    std::chrono::milliseconds next();
    // After a success.
    void reset() { step_ = k_first; }

    // A restarted server is back within a second; a long outage is asked about every few seconds.
    static constexpr std::chrono::milliseconds k_first{100};
    static constexpr std::chrono::milliseconds k_most{5'000};

private:
    std::uint64_t random_;
    std::chrono::milliseconds step_ = k_first;
};

} // namespace ds
