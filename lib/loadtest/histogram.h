// Times in buckets about 1 % wide: a fixed amount of memory however many are recorded, and the sum
// of two histograms is the histogram of all their times, wherever they were taken.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace ds {

class Histogram {
public:
    // Each doubling of the time has so many buckets; below that, a bucket is a nanosecond.
    static constexpr std::uint64_t k_steps = 128;
    static constexpr int k_step_bits = 7;
    static constexpr int k_doublings = 36; // up to 2^43 ns, more than two hours
    static constexpr std::size_t k_buckets = k_steps * (k_doublings + 1);

    void record(std::chrono::nanoseconds time) {
        auto const value = static_cast<std::uint64_t>(time.count() > 0 ? time.count() : 0);
        add(bucket_of(value), 1, value);
        sum_ += value;
    }
    void merge(Histogram const& other) {
        for (std::size_t i = 0; i < k_buckets; ++i)
            buckets_[i] += other.buckets_[i];
        count_ += other.count_;
        sum_ += other.sum_;
        max_ = std::max(max_, other.max_);
    }

    std::uint64_t count() const { return count_; }
    std::uint64_t sum_ns() const { return sum_; }
    std::uint64_t max_ns() const { return max_; }
    double max_ms() const { return in_ms(static_cast<double>(max_)); }
    double mean_ms() const {
        return count_ == 0 ? 0 : in_ms(static_cast<double>(sum_) / static_cast<double>(count_));
    }

    // The least time that this share of all (0.5, 0.99) does not exceed.
    double quantile_ms(double share) const {
        auto const wanted = share * static_cast<double>(count_);
        std::uint64_t seen = 0;
        for (std::size_t i = 0; i < k_buckets; ++i) {
            seen += buckets_[i];
            if (seen > 0 && static_cast<double>(seen) >= wanted)
                return in_ms(std::min(middle_of(i), static_cast<double>(max_)));
        }
        return max_ms();
    }
    double p50_ms() const { return quantile_ms(0.5); }
    double p99_ms() const { return quantile_ms(0.99); }

    // What it is made of, to be drawn or sent elsewhere: buckets that are not empty, in order.
    using Bucket = std::pair<std::size_t, std::uint64_t>;
    std::vector<Bucket> buckets() const {
        std::vector<Bucket> filled;
        for (std::size_t i = 0; i < k_buckets; ++i)
            if (buckets_[i] > 0) filled.emplace_back(i, buckets_[i]);
        return filled;
    }
    // Made of the same again. A bucket that does not exist counts as the last one.
    static Histogram of(std::vector<Bucket> const& filled, std::uint64_t sum, std::uint64_t max) {
        Histogram histogram;
        for (auto const& [bucket, count] : filled)
            histogram.add(std::min(bucket, k_buckets - 1), count, max);
        histogram.sum_ = sum;
        histogram.max_ = max;
        return histogram;
    }
    // A bucket's middle.
    static double ms_of(std::size_t bucket) { return in_ms(middle_of(bucket)); }

    friend bool operator==(Histogram const&, Histogram const&) = default;

private:
    void add(std::size_t bucket, std::uint64_t count, std::uint64_t value) {
        buckets_[bucket] += count;
        count_ += count;
        max_ = std::max(max_, value);
    }
    static std::size_t bucket_of(std::uint64_t value) {
        if (value < k_steps) return value;
        auto const shift = std::bit_width(value) - 1 - k_step_bits;
        if (shift >= k_doublings) return k_buckets - 1;
        return k_steps * static_cast<std::size_t>(shift) + (value >> shift);
    }
    static double middle_of(std::size_t bucket) {
        if (bucket < 2 * k_steps) return static_cast<double>(bucket);
        auto const shift = bucket / k_steps - 1;
        auto const low = (bucket % k_steps + k_steps) << shift;
        return static_cast<double>(low) + static_cast<double>(std::uint64_t{1} << shift) / 2;
    }
    static double in_ms(double nanoseconds) { return nanoseconds / 1e6; }

    std::array<std::uint64_t, k_buckets> buckets_{};
    std::uint64_t count_ = 0;
    std::uint64_t sum_ = 0;
    std::uint64_t max_ = 0;
};

} // namespace ds
