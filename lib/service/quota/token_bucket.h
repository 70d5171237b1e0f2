// A token bucket: so many tokens in a second, and a second's worth at once. Time comes from
// outside.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace ds::quota {

// It keeps what is missing, so that a full one is all zeroes and needs to know no rate. A rate is
// in tokens per second, and at least 1.
class TokenBucket {
public:
    using Time = std::chrono::steady_clock::time_point;

    // How long until there is a whole token; zero when there is one now.
    std::chrono::nanoseconds wait(std::uint64_t rate, Time now) const {
        constexpr double k_rounding = 1e-3; // tokens: more than a double of any use is wrong by
        auto const per_second = static_cast<double>(rate);
        auto const over = missing(rate, now) + 1 - per_second;
        if (over <= k_rounding) return std::chrono::nanoseconds(0);
        std::chrono::duration<double, std::nano> const exact(over * 1e9 / per_second);
        return std::chrono::ceil<std::chrono::nanoseconds>(exact);
    }
    // May take more than there is: then whoever comes next waits until that has been made good.
    void take(std::uint64_t rate, std::uint64_t count, Time now) {
        missing_ = missing(rate, now) + static_cast<double>(count);
        since_ = std::max(since_, now);
    }
    void give_back(std::uint64_t count) {
        missing_ = std::max(0.0, missing_ - static_cast<double>(count));
    }
    bool is_full(std::uint64_t rate, Time now) const { return missing(rate, now) <= 0; }

private:
    // Who looked at the clock first may come second: nothing flows back before `since_`.
    double missing(std::uint64_t rate, Time now) const {
        std::chrono::duration<double> const passed = std::max(now, since_) - since_;
        return std::max(0.0, missing_ - passed.count() * static_cast<double>(rate));
    }

    double missing_ = 0;
    Time since_{};
};

// A wait in whole seconds: never too short, and at least one.
inline std::uint64_t whole_seconds(std::chrono::nanoseconds wait) {
    auto const seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
    return static_cast<std::uint64_t>(std::max<std::int64_t>(1, seconds));
}

} // namespace ds::quota
