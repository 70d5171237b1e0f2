// Stripes and their index, as bytes.
#include "format/stripe.h"

#include "base/ensure.h"
#include "base/varint.h"
#include "format/big_endian.h"
#include "format/checksum.h"
#include "format/compressor.h"

namespace ds {

namespace {

constexpr std::uint8_t k_stripe_version = 1;
constexpr std::size_t k_check_bytes = sizeof(std::uint64_t);
// Where the fields of the header are.
constexpr std::size_t k_version_at = k_check_bytes;
constexpr std::size_t k_codec_at = k_version_at + 1;
constexpr std::size_t k_rows_at = k_codec_at + 1;
constexpr std::size_t k_raw_at = k_rows_at + sizeof(std::uint32_t);
constexpr std::size_t k_payload_at = k_raw_at + sizeof(std::uint32_t);
static_assert(k_payload_at + sizeof(std::uint32_t) == k_stripe_header_bytes);

// The index has five numbers of a byte at least for each stripe.
constexpr std::size_t k_entry_bytes_min = 5;

Error corrupt_stripe(std::string what) {
    return {Fault::corrupt, "stripe: " + std::move(what)};
}

} // namespace

std::string encode_stripes(Stripes const& stripes) {
    std::string bytes{static_cast<char>(k_stripe_version)};
    put_number(bytes, stripes.size());
    Stripe before;
    for (auto const& stripe : stripes) {
        put_number(bytes, stripe.start - before.start);
        put_number(bytes, stripe.ordinal - before.ordinal);
        put_number(bytes, stripe.offset);
        put_number(bytes, stripe.stored_bytes);
        put_number(bytes, stripe.raw_bytes);
        before = stripe;
    }
    return bytes;
}

Result<Stripes> decode_stripes(std::string_view bytes) {
    if (bytes.empty() || static_cast<std::uint8_t>(bytes[0]) != k_stripe_version)
        return Error{Fault::corrupt, "index of stripes: unknown version"};
    FieldReader fields(bytes.substr(1));
    auto const count = fields.count(k_entry_bytes_min);
    Stripes stripes;
    stripes.reserve(count);
    Stripe stripe;
    for (std::size_t i = 0; i < count; ++i) {
        stripe.start += fields.number();
        stripe.ordinal += fields.number();
        stripe.offset = fields.number();
        stripe.stored_bytes = static_cast<std::uint32_t>(fields.number(UINT32_MAX));
        stripe.raw_bytes = static_cast<std::uint32_t>(fields.number(UINT32_MAX));
        stripes.push_back(stripe);
    }
    if (!fields.whole())
        return Error{Fault::corrupt, "index of stripes: cut off or bytes left over"};
    return stripes;
}

void put_row(std::string& raw, std::string_view head, std::string_view body) {
    put_text(raw, head);
    put_text(raw, body);
}

void set_stripe_header(std::string& object, std::size_t at, Compression codec, std::uint32_t rows,
                       std::uint32_t raw_bytes) {
    auto const payload_bytes = object.size() - at - k_stripe_header_bytes;
    ENSURE(raw_bytes <= k_stripe_raw_max && payload_bytes <= raw_bytes);
    std::string header;
    put_big_endian(header, k_stripe_version);
    put_big_endian(header, static_cast<std::uint8_t>(codec));
    put_big_endian(header, rows);
    put_big_endian(header, raw_bytes);
    put_big_endian(header, static_cast<std::uint32_t>(payload_bytes));
    object.replace(at + k_check_bytes, header.size(), header);
    std::string check;
    put_big_endian(check, checksum_64(std::string_view(object).substr(at + k_check_bytes)));
    object.replace(at, check.size(), check);
}

Result<Bytes> unpack_stripe(Bytes const& stored, Stripe const& stripe) {
    auto const bytes = stored.view();
    if (bytes.size() < stripe.stored_bytes) return Error{Fault::truncated, "stripe: cut off"};
    if (bytes.size() > stripe.stored_bytes || bytes.size() < k_stripe_header_bytes)
        return corrupt_stripe("not of the size that the index says");
    if (big_endian<std::uint64_t>(bytes) != checksum_64(bytes.substr(k_check_bytes)))
        return corrupt_stripe("the checksum differs");
    if (big_endian<std::uint8_t>(bytes.substr(k_version_at)) != k_stripe_version)
        return corrupt_stripe("unknown version");
    auto const raw_bytes = big_endian<std::uint32_t>(bytes.substr(k_raw_at));
    auto const payload = stored.slice(k_stripe_header_bytes);
    if (raw_bytes != stripe.raw_bytes || raw_bytes > k_stripe_raw_max ||
        big_endian<std::uint32_t>(bytes.substr(k_payload_at)) != payload.size())
        return corrupt_stripe("not of the size that the index says");
    switch (static_cast<Compression>(big_endian<std::uint8_t>(bytes.substr(k_codec_at)))) {
    case Compression::none:
        if (payload.size() != raw_bytes)
            return corrupt_stripe("not of the size that its header says");
        return payload;
    case Compression::zstd: return decompress(payload.view(), raw_bytes);
    }
    return corrupt_stripe("unknown codec");
}

std::uint32_t stripe_rows(Bytes const& stored) {
    ENSURE(stored.size() >= k_stripe_header_bytes);
    return big_endian<std::uint32_t>(stored.view().substr(k_rows_at));
}

Result<std::optional<StripeRows::Row>> StripeRows::next() {
    if (left_.empty()) return std::optional<Row>();
    FieldReader fields(left_);
    auto const head = fields.text();
    auto const body = fields.text();
    left_ = fields.left();
    if (!fields.intact()) return corrupt_stripe("what is left is no row");
    auto decoded = TRY(decode_block_head(head));
    return std::optional<Row>(Row{std::move(decoded), head, body});
}

} // namespace ds
