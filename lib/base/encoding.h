// Text for bytes and back: percent, base64, hex, decimal numbers, RFC 3339 instants, UTF-8.
//
// All functions are pure. Nothing here is locale-dependent.
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ds {

// Decodes every %XX exactly once. Empty result when a '%' is not followed by two hex digits.
// '+' stays '+': these are URL rules, not form rules.
std::optional<std::string> percent_decode(std::string_view text);

// Encodes everything but the unreserved characters of RFC 3986 and those in `keep`.
std::string percent_encode(std::string_view bytes, std::string_view keep = "");

// RFC 4648 section 4: alphabet + and /, padded, no line breaks.
std::string base64_encode(std::string_view bytes);
void base64_append(std::string& to, std::string_view bytes);
std::optional<std::string> base64_decode(std::string_view text);

// RFC 4648 section 5: alphabet - and _, not padded, so that it can stand in a key or a path.
std::string base64url_encode(std::string_view bytes);
std::optional<std::string> base64url_decode(std::string_view text);

std::string hex_encode(std::string_view bytes);

// A decimal number as the protocol writes them: 0, or digits without a leading zero, no sign; at
// most `most`. 2^53 - 1 is the largest integer that a JavaScript client keeps exact.
inline constexpr std::uint64_t k_max_safe_integer = (std::uint64_t{1} << 53) - 1;
std::optional<std::uint64_t> parse_decimal(std::string_view text,
                                           std::uint64_t most = k_max_safe_integer);

// RFC 3339 date-time, strict: "2026-01-02T03:04:05Z", with optional fraction and either Z or
// +hh:mm / -hh:mm. Fractions finer than a millisecond are cut. A leap second is taken as :59.
std::optional<Millis> parse_rfc3339(std::string_view text);
// "2026-01-02T03:04:05.678Z"
std::string format_rfc3339(Millis time);

// True when the bytes are well-formed UTF-8 (no surrogates, no overlong forms).
bool is_utf8(std::string_view bytes);

// ASCII only.
bool same_letters(std::string_view a, std::string_view b); // of equal size
inline bool equals_ignoring_case(std::string_view a, std::string_view b) {
    return a.size() == b.size() && same_letters(a, b); // most header names differ in size
}
std::string to_lower(std::string_view text);
// Without spaces and tabs at both ends.
std::string_view trim(std::string_view text);
// Takes the first item off a list with commas that is not empty, and trims it.
std::string_view take_item(std::string_view& list);

} // namespace ds
