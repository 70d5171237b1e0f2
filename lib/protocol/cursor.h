// The collapsing cursor of live reads: equal askers share one URL, and no answer can be served to
// its own asker for ever. (Protocol section 10.1)
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace ds {

// Intervals of 20 s since 2024-10-09T00:00:00Z.
std::uint64_t cursor_interval(Millis now);

// What to answer a client that echoed `asked`: the current interval, or asked + 1 when the client
// is there already or ahead, so that it always moves forward. Deterministic: equal askers get equal
// cursors and go on sharing one URL, which a random jitter would break.
std::uint64_t next_cursor(Millis now, std::optional<std::uint64_t> asked);

// A client's cursor; empty for anything but a decimal number up to 2^53 - 2 (such a value is
// ignored).
std::optional<std::uint64_t> parse_cursor(std::string_view text);

} // namespace ds
