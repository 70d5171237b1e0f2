// The time that streams live by: the machine's, but for jumps of it.
//
// A clock that is set 60 days ahead for a second must end no stream. So time goes on by a steady
// clock when the machine's jumps, and the jump is believed once it has lasted. Who looks at other
// people's time (tokens, signatures for a store) asks the machine.
#pragma once

#include "base/clock.h"
#include "base/guarded.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

namespace ds {

// What the machine's clocks say: the one that people set, and the one that only goes on, also while
// the machine sleeps. In milliseconds.
struct ClockReading {
    std::chrono::milliseconds wall{0};
    std::chrono::milliseconds steady{0};
};

ClockReading read_clocks();

// Any thread may ask.
class StreamClock final : public Clock {
public:
    using Read = std::function<ClockReading()>;

    // The time at the start is believed.
    explicit StreamClock(Read read = read_clocks);

    Millis now() const override;

private:
    struct Doubt {
        std::chrono::milliseconds ahead{0}; // of the steady clock
        std::chrono::milliseconds since{0}; // by the steady clock
    };

    Millis doubted(ClockReading const& reading) const;
    void end_doubt() const;

    Read read_;
    std::atomic<std::int64_t> mutable ahead_ms_; // of the steady clock, as it is believed
    std::atomic<bool> mutable in_doubt_{false};
    Guarded<std::optional<Doubt>> mutable doubt_;
};

} // namespace ds
