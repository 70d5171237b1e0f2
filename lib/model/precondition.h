// If-Match and If-None-Match on changes: whether a stream is as the asker believes. (RFC 9110,
// section 13)
//
// A tag is "*", the ETag of a read that came to the stream's end, or its Stream-Next-Offset in
// quotes. Both stand for the stream as it was then: one more append, a close or a stream made anew,
// and they match no more. An offset alone does not say which stream it was of.
#pragma once

#include "model/offset.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ds {

struct Precondition {
    std::string directory; // identity, as ETags have it
    std::optional<std::string> if_match;
    std::optional<std::string> if_none_match;
};

// A stream as it stands, and where it ends.
struct EndOfStream {
    std::uint64_t stream = 0; // identity
    std::uint64_t end = 0;    // absolute position
    bool closed = false;
    Offset tail;
};

// "*", or quoted tags with commas between, W/ before them allowed.
bool is_tag_list(std::string_view text);
// Empty `state`: there is no such stream.
bool holds(Precondition const& condition, std::optional<EndOfStream> const& state);

} // namespace ds
