// What was refused because of a limit, counted by kind since the start.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ds {

enum class Limit : std::uint8_t {
    project_requests,
    project_bytes,
    project_connections,
    project_readers,
    project_streams,
    stream_producers,
    address_requests,
    address_bytes,
    address_connections,
    address_readers,
};
inline constexpr std::size_t k_limits = 10;

// As operators read it; the option is called "--limit-" and this.
inline constexpr std::array<std::string_view, k_limits> k_limit_names{
    "project-requests",    "project-bytes",    "project-connections", "project-readers",
    "project-streams",     "stream-producers", "address-requests",    "address-bytes",
    "address-connections", "address-readers",
};

class LimitCounts {
public:
    void note(Limit limit) {
        counts_[static_cast<std::size_t>(limit)].fetch_add(1, std::memory_order_relaxed);
    }
    std::array<std::uint64_t, k_limits> all() const {
        std::array<std::uint64_t, k_limits> values{};
        for (std::size_t i = 0; i < k_limits; ++i)
            values[i] = counts_[i].load(std::memory_order_relaxed);
        return values;
    }

private:
    std::array<std::atomic<std::uint64_t>, k_limits> counts_{};
};

} // namespace ds
