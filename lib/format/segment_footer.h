// The end of a segment's object: what the segment says of itself, and where its stripes are.
//
//     footer  := facts | index (format/stripe.h) | trailer
//     facts   := version u8 = 1 | flags u8 | seal u8
//              | home text
//              | stream: id signed, name text, content type text, created signed, touched signed
//              | window of the TTL signed, in seconds           if flags & 1
//              | instant it ends at signed, in ms               if flags & 2
//              | fork: source id signed, source name text, point number, ordinal number, at token,
//                asked sub-offset number                        if flags & 4
//              | asked at token                                 if flags & 8, which needs 4
//              | at token | start number | end number | ordinal number
//              | messages number | rows number | bytes number
//              | first signed | last signed | written signed    ms since 1970
//              | ledger text (format/ledger.h)
//     flags & 16: the stream was deleted, but forks read its data
//     token   := segment number, position number
//     trailer := facts bytes u32 | index bytes u32 | object bytes u64
//              | checksum, 16 bytes: XXH3-128 of all of the object before the trailer
//              | check u64: XXH3-64 of facts, index and the trailer up to here
//              | magic (format/segment.h)
//
// u8, u32 and u64 are big-endian, numbers and texts those of base/varint.h. The trailer has a fixed
// size, so an object is read from its end; the check makes that end trustworthy without the rows.
// An unknown version or flag, or bytes left over, are Fault::corrupt.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "format/ledger.h"
#include "format/stripe.h"
#include "model/stream_record.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ds {

// The first and the last bytes of a segment; the last of them is the version. The line end shows
// when somebody treated the object as text.
inline constexpr std::string_view k_segment_magic{"dsseg\r\n\x01", 8};
inline constexpr std::size_t k_trailer_bytes = 4 + 4 + 8 + 16 + 8 + k_segment_magic.size();

// Why a segment ends where it ends.
enum class Seal : std::uint8_t {
    full = 0,        // its last append reached the limit of messages or bytes
    aged = 1,        // it was open for too long: its end was handed out as a token of its own
    closed = 2,      // the stream was closed; it is the last segment
    full_closed = 3, // both: the append that closed the stream also filled it, and the next segment
                     // stays empty
};
inline bool closes(Seal seal) {
    return seal == Seal::closed || seal == Seal::full_closed;
}

// What a segment says of itself, and what restoring a stream from its segments needs.
struct SegmentFacts {
    std::string home;        // identity of the data directory that wrote it
    StreamRecord stream;     // as it was when the segment was written
    std::string fork_source; // full name of stream.fork->source; empty unless it is a fork
    Offset at;               // token of its first place: segment number and position
    std::uint64_t start = 0; // absolute positions
    std::uint64_t end = 0;
    std::uint64_t ordinal = 0;  // messages of the stream before this segment
    std::uint64_t messages = 0; // in it
    std::uint64_t rows = 0;
    std::uint64_t bytes = 0;   // of the rows' bodies
    std::int64_t first_ms = 0; // when its first and last rows were appended; 0 without rows
    std::int64_t last_ms = 0;
    std::int64_t written_ms = 0;
    Seal seal = Seal::full;
    // What is known of the writers at its end: all, or what this segment has changed of what the
    // segments before it say.
    Ledger after;

    // The token of its end.
    Offset next() const {
        if (seal == Seal::closed) return {at.segment, at.position + (end - start)};
        return {at.segment + 1, 0};
    }
};

// All but the rows of a segment.
struct SegmentFooter {
    SegmentFacts facts;
    Stripes stripes;
    std::string checksum;
};

// Appends the footer to the stripes that lie in `object`; the checksum, as in the trailer.
std::string append_footer(std::string& object, SegmentFacts const& facts, Stripes const& stripes);

// How much of an object's end is worth asking for at first.
inline constexpr std::uint64_t k_footer_guess = 64 * k_kib;
// The footer from an object's last bytes. Empty when it is longer than them: `wanted` then says how
// many bytes to ask for. Fault::truncated when the object does not end as a segment does.
Result<std::optional<SegmentFooter>> read_footer(std::string_view last_bytes,
                                                 std::uint64_t object_bytes, std::uint64_t& wanted);

} // namespace ds
