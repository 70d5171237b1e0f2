// What time it is, asked of someone, so that tests can turn the hands.
#pragma once

#include <chrono>
#include <cstdint>

namespace ds {

// Milliseconds since 1970-01-01T00:00:00Z.
using Millis = std::chrono::sys_time<std::chrono::milliseconds>;

class Clock {
public:
    virtual ~Clock() = default;
    virtual Millis now() const = 0;
};

// The clock of the machine.
class SystemClock final : public Clock {
public:
    Millis now() const override {
        return std::chrono::time_point_cast<std::chrono::milliseconds>(
            std::chrono::system_clock::now());
    }
};

inline std::int64_t count_ms(Millis time) {
    return time.time_since_epoch().count();
}
inline Millis from_count_ms(std::int64_t count) {
    return Millis(std::chrono::milliseconds(count));
}

} // namespace ds
