// What the fan-out of all lanes has done since the start, and what it owes.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace ds {

// From an append to its last copy: up to so many milliseconds, and more.
inline constexpr std::array<std::int64_t, 8> k_fanout_delays_ms{1,   5,     25,     100,
                                                                500, 2'500, 10'000, 60'000};

struct FanoutCounts {
    using Count = std::atomic<std::uint64_t>;

    Count publishes{0}; // appends to streams that have subscribers
    Count copies{0};
    Count failures{0};  // commits that failed with copies in them; they are made again
    Count announced{0}; // appends that were announced instead of copied, as too much was owed
    // As it is now.
    Count estuaries{0};
    Count subscriptions{0};
    Count sources_behind{0};
    Count appends_owed{0}; // that somebody has not got yet
    Count circuits_open{0};
    Count set_aside{0}; // sources whose copies cannot be made
    std::array<Count, k_fanout_delays_ms.size() + 1> delays{};

    void note_delay(std::chrono::milliseconds delay) {
        std::size_t which = 0;
        while (which < k_fanout_delays_ms.size() && delay.count() > k_fanout_delays_ms[which])
            ++which;
        add(delays[which], 1);
    }
    static void add(Count& to, std::uint64_t more) {
        to.fetch_add(more, std::memory_order_relaxed);
    }
    static void take(Count& from, std::uint64_t less) {
        from.fetch_sub(less, std::memory_order_relaxed);
    }
};

} // namespace ds
