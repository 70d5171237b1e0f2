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

// Whether a client that echoed `asked` has the current interval already, or is ahead.
bool is_ahead(Millis now, std::optional<std::uint64_t> asked);

// What to answer it: the current interval, or when it is ahead something larger than `asked`, so
// that it always moves forward. Deterministic: equal askers get equal cursors and go on sharing one
// URL, which a random jitter would break. `written`: when the last of what it is given was
// appended. In milliseconds since the first interval that is what all get who are given it, however
// far ahead they are: askers that have come apart, because one slept through an answer, share one
// URL again with the next append.
std::uint64_t next_cursor(Millis now, std::optional<std::uint64_t> asked,
                          std::optional<Millis> written = {});

// A client's cursor; empty for anything but a decimal number up to 2^53 - 2 (such a value is
// ignored).
std::optional<std::uint64_t> parse_cursor(std::string_view text);

} // namespace ds
