// A position in a stream as clients see it: opaque, ordered, never reused. (Protocol section 8)
//
//     token := segment, 16 digits | "_" | position in that segment, 16 digits
//
// Positions count bytes, or messages in JSON mode. 16 digits make text order and number order the
// same order, which clients may rely on. A place has exactly one spelling: the end of a full
// segment is always spelled as position 0 of the next one.
#pragma once

#include "base/result.h"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace ds {

struct Offset {
    std::uint64_t segment = 0;
    std::uint64_t position = 0;
    // The check takes the comparison for one with 0. NOLINTNEXTLINE(modernize-use-nullptr)
    friend auto operator<=>(Offset const&, Offset const&) = default;
};

// False for what has no text: more than 16 digits. None was ever handed out; damage may say one.
bool is_token(Offset offset);
std::string format_offset(Offset offset);
void append_offset(std::string& to, Offset offset);

// Only the exact form above; Fault::invalid otherwise. "-1" and "now" are not offsets.
Result<Offset> parse_offset(std::string_view token);

// Where a read starts: the start ("-1", or no offset at all), the tail ("now"), or a position.
struct FromStart {
    friend bool operator==(FromStart, FromStart) = default;
};
struct FromNow {
    friend bool operator==(FromNow, FromNow) = default;
};
using ReadFrom = std::variant<FromStart, FromNow, Offset>;

// "-1", "now" or a token.
Result<ReadFrom> parse_read_from(std::string_view text);

} // namespace ds
