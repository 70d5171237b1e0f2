// Whole rows of a segment, checksummed and compressed together, and the index of them.
//
//     stripe  := check u64 | version u8 = 1 | codec u8 | rows u32 | raw bytes u32 | payload bytes
//     u32
//              | payload
//     check   := XXH3-64 of all that follows in the stripe
//     payload := raw (codec 0), or a zstd frame that holds raw and says its size (codec 1)
//     raw     := row, row, ..
//     row     := head text (format/block.h) | body text
//
//     index   := version u8 = 1 | count number | count x (start number, ordinal number
//              | offset number, stored bytes number, raw bytes number)
//     start and ordinal are those of the stripe's first row, less those of the stripe before it
//
// u8, u32 and u64 are big-endian, numbers and texts those of base/varint.h. A stripe as it lies in
// the object is checked by itself, without the rest of the object. A row that is larger than a
// stripe should be has one of its own.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "format/block.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

enum class Compression : std::uint8_t { none = 0, zstd = 1 };

// What precedes the payload.
inline constexpr std::size_t k_stripe_header_bytes = 22;
// A row of the hot log, head and body, is smaller than this: SQLite keeps none that is larger.
inline constexpr std::uint32_t k_stripe_raw_max = std::uint32_t{1} << 31U;

// Where a stripe is, and what is in it.
struct Stripe {
    std::uint64_t start = 0;        // absolute position of its first row
    std::uint64_t ordinal = 0;      // messages of the stream before it
    std::uint64_t offset = 0;       // in the object
    std::uint32_t stored_bytes = 0; // in the object, with its header
    std::uint32_t raw_bytes = 0;    // of its rows, unpacked
    friend bool operator==(Stripe const&, Stripe const&) = default;
};
using Stripes = std::vector<Stripe>;

// The index alone, as the hot log keeps it.
std::string encode_stripes(Stripes const& stripes);
Result<Stripes> decode_stripes(std::string_view bytes);

// Writing: a row at the end of the raw bytes, and the header in front of a payload that reaches
// from `at` + k_stripe_header_bytes to the end of the object.
void put_row(std::string& raw, std::string_view head, std::string_view body);
void set_stripe_header(std::string& object, std::size_t at, Compression codec, std::uint32_t rows,
                       std::uint32_t raw_bytes);

// Checks and unpacks a stripe: `stored` is [offset, offset + stored_bytes) of the object.
// Fault::truncated when bytes are missing, Fault::corrupt when they are not what was written.
// Without compression no byte is copied.
Result<Bytes> unpack_stripe(Bytes const& stored, Stripe const& stripe);
// How many rows its header promises; of a stripe that unpacks.
std::uint32_t stripe_rows(Bytes const& stored);

// The rows of an unpacked stripe, in order.
class StripeRows {
public:
    explicit StripeRows(std::string_view raw) : left_(raw) {}
    struct Row {
        BlockHead head;
        std::string_view head_bytes;
        std::string_view body;
    };
    // Empty at the end; Fault::corrupt when what is left is no row.
    Result<std::optional<Row>> next();

private:
    std::string_view left_;
};

} // namespace ds
