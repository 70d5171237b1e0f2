// Time in steps of twenty seconds.
#include "protocol/cursor.h"

#include "base/encoding.h"

#include <algorithm>
#include <chrono>

namespace ds {

namespace {

constexpr std::chrono::seconds k_interval{20};
constexpr Millis k_epoch{std::chrono::sys_days{std::chrono::year{2024} / 10 / 9}};

} // namespace

std::uint64_t cursor_interval(Millis now) {
    // A machine whose clock stands before the epoch gets interval 0 until it is set.
    return static_cast<std::uint64_t>((std::max(now, k_epoch) - k_epoch) / k_interval);
}

bool is_ahead(Millis now, std::optional<std::uint64_t> asked) {
    return asked && *asked >= cursor_interval(now);
}

std::uint64_t next_cursor(Millis now, std::optional<std::uint64_t> asked,
                          std::optional<Millis> written) {
    if (!is_ahead(now, asked)) return cursor_interval(now);
    auto const since = std::max(written.value_or(k_epoch), k_epoch) - k_epoch;
    return std::max(*asked + 1, static_cast<std::uint64_t>(since.count()));
}

std::optional<std::uint64_t> parse_cursor(std::string_view text) {
    // One less than the largest safe integer: the answer to it must be safe too.
    return parse_decimal(text, k_max_safe_integer - 1);
}

} // namespace ds
