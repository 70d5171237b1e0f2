// Jumps seen, doubted and believed.
#include "engine/stream_clock.h"

#include "base/log.h"

#include <time.h>

#include <utility>

namespace ds {

namespace {

using std::chrono::milliseconds;

// What a clock that is kept right is moved by.
constexpr milliseconds k_jump = std::chrono::seconds(5);
constexpr milliseconds k_believed_after = std::chrono::minutes(10);

milliseconds read_clock(clockid_t which) {
    timespec time{};
    ::clock_gettime(which, &time);
    return std::chrono::duration_cast<milliseconds>(std::chrono::seconds(time.tv_sec) +
                                                    std::chrono::nanoseconds(time.tv_nsec));
}

bool is_near(milliseconds one, milliseconds other) {
    return std::chrono::abs(one - other) <= k_jump;
}

} // namespace

ClockReading read_clocks() {
    return {read_clock(CLOCK_REALTIME), read_clock(CLOCK_BOOTTIME)};
}

StreamClock::StreamClock(Read read) : read_(std::move(read)) {
    auto const reading = read_();
    ahead_ms_ = (reading.wall - reading.steady).count();
}

Millis StreamClock::now() const {
    auto const reading = read_();
    auto const ahead = reading.wall - reading.steady;
    milliseconds const believed(ahead_ms_.load(std::memory_order_relaxed));
    if (!is_near(ahead, believed)) return doubted(reading);
    // The two are read one after the other and rounded: that is no news for the other threads.
    if (std::chrono::abs(ahead - believed) > milliseconds(1))
        ahead_ms_.store(ahead.count(), std::memory_order_relaxed);
    if (in_doubt_.load(std::memory_order_relaxed)) end_doubt();
    return Millis(reading.wall);
}

Millis StreamClock::doubted(ClockReading const& reading) const {
    auto const ahead = reading.wall - reading.steady;
    auto doubt = doubt_.lock();
    milliseconds const believed(ahead_ms_.load());
    if (!*doubt || !is_near((*doubt)->ahead, ahead)) {
        *doubt = Doubt{ahead, reading.steady};
        in_doubt_ = true;
        log_event(Level::warn, "clock.jumped",
                  {{"seconds", (ahead - believed).count() / 1000},
                   {"effect", "lifetimes of streams go on by a steady clock; the new time is "
                              "believed once it has lasted ten minutes"}});
    }
    if (reading.steady - (*doubt)->since < k_believed_after)
        return Millis(reading.steady + believed);
    doubt->reset();
    in_doubt_ = false;
    ahead_ms_ = ahead.count();
    log_event(Level::warn, "clock.believed", {{"seconds", (ahead - believed).count() / 1000}});
    return Millis(reading.wall);
}

void StreamClock::end_doubt() const {
    auto doubt = doubt_.lock();
    if (!in_doubt_.exchange(false)) return;
    doubt->reset();
    log_event(Level::info, "clock.back", {});
}

} // namespace ds
