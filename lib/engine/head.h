// What is known of a stream's end: one immutable value, replaced as a whole after each commit.
#pragma once

#include "base/bytes.h"
#include "model/offset.h"

#include <cstdint>

namespace ds {

// When an append makes the open segment reach one of these, the segment is full and the next
// begins. Decided here and recorded with the append, so that a token keeps its spelling for ever.
struct SegmentLimits {
    std::uint32_t messages = 1000;
    std::uint64_t bytes = 4 * k_mib;
};

struct Head {
    std::uint64_t end = 0;     // absolute position of the tail: bytes, or messages in JSON mode
    std::uint64_t ordinal = 0; // messages since the stream began
    Offset tail;               // the same place as a token
    std::uint32_t segment_messages = 0; // in the open segment
    std::uint64_t segment_bytes = 0;
    bool closed = false;

    friend bool operator==(Head const&, Head const&) = default;
};

// One append's size.
struct Extent {
    std::uint64_t length = 0; // in positions: bytes, or messages in JSON mode
    std::uint32_t messages = 0;
    std::uint64_t bytes = 0;
};

struct Grown {
    Head head;
    bool fills_segment = false;
};

// The head after an append.
inline Grown grow(Head head, Extent const& append, SegmentLimits const& limits) {
    head.end += append.length;
    head.ordinal += append.messages;
    head.tail.position += append.length;
    head.segment_messages += append.messages;
    head.segment_bytes += append.bytes;
    bool const full =
        head.segment_messages >= limits.messages || head.segment_bytes >= limits.bytes;
    if (full && append.messages > 0) {
        head.tail = {head.tail.segment + 1, 0};
        head.segment_messages = 0;
        head.segment_bytes = 0;
        return {head, true};
    }
    return {head, false};
}

} // namespace ds
