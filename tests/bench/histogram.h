// Times in buckets about 1 % wide: a fixed amount of memory however many are recorded.
#pragma once

#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace ds {

class Histogram {
public:
    void record(std::chrono::nanoseconds time) {
        auto const value = static_cast<std::uint64_t>(time.count() > 0 ? time.count() : 0);
        ++buckets_[bucket_of(value)];
        ++count_;
        if (value > max_) max_ = value;
    }

    std::uint64_t count() const { return count_; }
    double max_ms() const { return in_ms(static_cast<double>(max_)); }

    // The least time that this share of all (0.5, 0.99) does not exceed.
    double quantile_ms(double share) const {
        auto const wanted = share * static_cast<double>(count_);
        std::uint64_t seen = 0;
        for (std::size_t i = 0; i < buckets_.size(); ++i) {
            seen += buckets_[i];
            if (seen > 0 && static_cast<double>(seen) >= wanted) {
                auto const middle = middle_of(i);
                return in_ms(middle < static_cast<double>(max_) ? middle
                                                                : static_cast<double>(max_));
            }
        }
        return max_ms();
    }
    double p50_ms() const { return quantile_ms(0.5); }
    double p99_ms() const { return quantile_ms(0.99); }

private:
    // Each doubling of the time has so many buckets; below that, a bucket is a nanosecond.
    static constexpr std::uint64_t k_steps = 128;
    static constexpr int k_step_bits = 7;
    static constexpr int k_doublings = 36; // up to 2^43 ns, more than two hours

    static std::size_t bucket_of(std::uint64_t value) {
        if (value < k_steps) return value;
        auto const shift = std::bit_width(value) - 1 - k_step_bits;
        if (shift >= k_doublings) return k_steps * (k_doublings + 1) - 1;
        return k_steps * static_cast<std::size_t>(shift) + (value >> shift);
    }
    static double middle_of(std::size_t bucket) {
        if (bucket < 2 * k_steps) return static_cast<double>(bucket);
        auto const shift = bucket / k_steps - 1;
        auto const low = (bucket % k_steps + k_steps) << shift;
        return static_cast<double>(low) + static_cast<double>(std::uint64_t{1} << shift) / 2;
    }
    static double in_ms(double nanoseconds) { return nanoseconds / 1e6; }

    std::array<std::uint64_t, k_steps*(k_doublings + 1)> buckets_{};
    std::uint64_t count_ = 0;
    std::uint64_t max_ = 0;
};

} // namespace ds
