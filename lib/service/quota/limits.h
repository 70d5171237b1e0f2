// Which limits there are, how much they let in, and how often each has refused.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ds::quota {

// The most that one project, or one client address, may have. 0: no limit.
struct ScopeLimits {
    std::uint64_t requests = 0; // in a second
    std::uint64_t bytes = 0;    // of bodies, in a second
    std::uint64_t connections = 0;
    std::uint64_t readers = 0; // live ones

    bool any() const { return (requests | bytes | connections | readers) != 0; }
};

enum class Limit : std::uint8_t {
    project_requests,
    project_bytes,
    project_connections,
    project_readers,
    project_streams,  // kept by the engine, where streams are made
    stream_producers, // kept by the engine
    address_requests,
    address_bytes,
    address_connections,
    address_readers,
};
inline constexpr std::size_t k_limits = 10;

// As operators read them; the option is called "--limit-" and this.
inline constexpr std::array<std::string_view, k_limits> k_limit_names{
    "project-requests",    "project-bytes",    "project-connections", "project-readers",
    "project-streams",     "stream-producers", "address-requests",    "address-bytes",
    "address-connections", "address-readers",
};

// As whoever is over it is told.
std::string_view text_of(Limit limit);

// Since the start. From any thread.
class RefusedCounts {
public:
    void add(Limit limit) { count_of(limit).fetch_add(1, std::memory_order_relaxed); }
    std::uint64_t operator[](Limit limit) const {
        return counts_[static_cast<std::size_t>(limit)].load(std::memory_order_relaxed);
    }

private:
    std::atomic<std::uint64_t>& count_of(Limit limit) {
        return counts_[static_cast<std::size_t>(limit)];
    }
    std::array<std::atomic<std::uint64_t>, k_limits> counts_{};
};

} // namespace ds::quota
