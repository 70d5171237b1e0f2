// A segment of a stream as one immutable object: its rows in stripes, an index, and what it is.
//
//     object := magic | stripe, stripe, .. (format/stripe.h) | footer (format/segment_footer.h)
//     magic  := "dsseg" CR LF | version u8 = 1               the footer ends with the same
//
// A stripe holds whole rows (appends with their heads, as in format/block.h), about `stripe_bytes`
// of them, compressed and checksummed together: a read in the middle fetches only the stripes that
// it needs, and they lie one behind the other, so that several are one range. The footer comes
// last, so that one get of an object's end tells all but the rows. A segment without rows is legal:
// the stream was closed with nothing more in it.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "format/compressor.h"
#include "format/segment_footer.h"
#include "format/segment_key.h"
#include "format/stripe.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

inline constexpr std::size_t k_stripe_bytes = 64 * k_kib;

struct EncodedSegment {
    Bytes object;
    Stripes stripes;
    std::vector<Bytes> raw; // each stripe unpacked, for caches; shares the object's bytes when
                            // nothing is compressed
    std::string checksum;   // of the whole object but its trailer: 16 bytes
};

// Builds a segment from rows that follow one another.
class SegmentWriter {
public:
    // `expected_bytes` of rows: takes the room for them at once, if it is known.
    explicit SegmentWriter(Compression compression, std::size_t stripe_bytes = k_stripe_bytes,
                           std::size_t expected_bytes = 0);
    // `head` is the encoded head of the row (format/block.h).
    void add(std::string_view head, std::string_view body, std::uint64_t start,
             std::uint64_t ordinal);
    // Once, at the end. The facts must count the rows and bytes that were added.
    EncodedSegment finish(SegmentFacts const& facts);

private:
    void begin_stripe(std::uint64_t start, std::uint64_t ordinal);
    void end_stripe();

    std::size_t const stripe_bytes_;
    std::optional<Compressor> compressor_;
    std::string object_;
    std::string raw_;                // of the stripe at work, when it is to be compressed
    std::vector<Bytes> raw_stripes_; // likewise, of those before it
    Stripes stripes_;                // the last one is at work
    std::uint32_t stripe_rows_ = 0;  // in it
    std::uint64_t rows_ = 0;
    std::uint64_t bytes_ = 0;
};

// Checks everything there is to check of a whole object: checksums, stripes, that the rows follow
// one another, and that the footer says what they say. The footer when all is well.
Result<SegmentFooter> verify_segment(Bytes const& object);

} // namespace ds
