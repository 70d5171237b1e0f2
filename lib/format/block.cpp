// Encoding and decoding of block heads.
#include "format/block.h"

#include "base/varint.h"

namespace ds {

namespace {

constexpr char k_block_version = 1;
constexpr unsigned k_has_lengths = 1;
constexpr unsigned k_has_producer = 2;
constexpr unsigned k_block_has_stream_seq = 4;
constexpr unsigned k_closes = 8;
constexpr unsigned k_fills_segment = 16;
constexpr unsigned k_has_attributes = 32;
constexpr unsigned k_block_flags = 63;

} // namespace

void encode_block_head(std::string& to, BlockHead const& head) {
    unsigned const flags =
        (head.lengths.empty() ? 0 : k_has_lengths) | (head.producer ? k_has_producer : 0) |
        (head.stream_seq ? k_block_has_stream_seq : 0) | (head.closes ? k_closes : 0) |
        (head.fills_segment ? k_fills_segment : 0) |
        (head.attributes.empty() ? 0 : k_has_attributes);
    to.push_back(k_block_version);
    to.push_back(static_cast<char>(flags));
    put_number(to, head.at.segment);
    put_number(to, head.at.position);
    put_number(to, head.start);
    put_number(to, head.ordinal);
    put_number(to, head.count);
    put_signed(to, head.time_ms);
    for (auto const length : head.lengths)
        put_number(to, length);
    if (head.producer) {
        put_text(to, head.producer->id);
        put_number(to, head.producer->mark.epoch);
        put_number(to, head.producer->mark.sequence);
    }
    if (head.stream_seq) put_text(to, *head.stream_seq);
    for (auto const& attribute : head.attributes)
        put_text(to, attribute);
}

Result<BlockHead> decode_block_head(std::string_view bytes) {
    if (bytes.size() < 2 || bytes[0] != k_block_version)
        return Error{Fault::corrupt, "block head: unknown version"};
    auto const flags = static_cast<unsigned>(static_cast<unsigned char>(bytes[1]));
    if ((flags & ~k_block_flags) != 0) return Error{Fault::corrupt, "block head: unknown flags"};

    FieldReader fields(bytes.substr(2));
    BlockHead head;
    head.at.segment = fields.number();
    head.at.position = fields.number();
    head.start = fields.number();
    head.ordinal = fields.number();
    head.count = static_cast<std::uint32_t>(fields.number(UINT32_MAX));
    head.time_ms = fields.signed_number();
    if ((flags & k_has_lengths) != 0) {
        // Each length takes a byte at least: a lying count cannot make us allocate.
        if (head.count > bytes.size()) return Error{Fault::corrupt, "block head: lengths cut off"};
        head.lengths.reserve(head.count);
        for (std::uint32_t i = 0; i < head.count; ++i)
            head.lengths.push_back(static_cast<std::uint32_t>(fields.number(UINT32_MAX)));
    }
    if ((flags & k_has_producer) != 0) {
        ProducerClaim claim;
        claim.id = fields.text();
        claim.mark.epoch = fields.number();
        claim.mark.sequence = fields.number();
        head.producer = std::move(claim);
    }
    if ((flags & k_block_has_stream_seq) != 0) head.stream_seq = fields.text();
    head.closes = (flags & k_closes) != 0;
    head.fills_segment = (flags & k_fills_segment) != 0;
    if ((flags & k_has_attributes) != 0)
        for (std::uint32_t i = 0; i < head.count && fields.intact(); ++i)
            head.attributes.emplace_back(fields.text());
    if (!fields.whole()) return Error{Fault::corrupt, "block head: cut off or bytes left over"};
    return head;
}

} // namespace ds
