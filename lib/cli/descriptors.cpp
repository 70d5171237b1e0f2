// Asking the system, and leaving some room.
#include "cli/descriptors.h"

#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <system_error>

namespace ds {

std::uint64_t raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return UINT64_MAX;
    auto const before = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    return ::setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_max : before;
}

std::uint64_t open_descriptors() {
    std::error_code ignored;
    std::filesystem::directory_iterator const all("/proc/self/fd", ignored);
    return static_cast<std::uint64_t>(std::distance(begin(all), end(all)));
}

std::uint64_t connections_within(std::uint64_t limit, std::uint64_t open) {
    // Webhooks, of which 512 may be under way, the hook, the store, the operator's port, segments
    // that are read.
    constexpr std::uint64_t k_coming_and_going = 640;
    auto const used = open + std::min(k_coming_and_going, limit / 8);
    return limit > used ? limit - used : 1;
}

} // namespace ds
