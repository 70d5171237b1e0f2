// Encoding and decoding of block heads.
#include "storage/block.h"

namespace ds {

namespace {

constexpr char k_version = 1;
constexpr unsigned k_has_lengths = 1;
constexpr unsigned k_has_producer = 2;
constexpr unsigned k_has_stream_seq = 4;
constexpr unsigned k_closes = 8;
constexpr unsigned k_fills_segment = 16;
constexpr unsigned k_has_attributes = 32;
constexpr unsigned k_known_flags = 63;

void put_number(std::string& to, std::uint64_t value) {
    while (value >= 0x80) {
        to.push_back(static_cast<char>(value | 0x80));
        value >>= 7;
    }
    to.push_back(static_cast<char>(value));
}

void put_text(std::string& to, std::string_view text) {
    put_number(to, text.size());
    to.append(text);
}

// Reads from the front of what is left; once something is missing, everything after is nothing.
class Cursor {
public:
    explicit Cursor(std::string_view bytes) : left_(bytes) {}

    std::uint64_t number() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64 && !left_.empty(); shift += 7) {
            auto const byte = static_cast<unsigned char>(left_.front());
            left_.remove_prefix(1);
            value |= std::uint64_t{byte & 0x7fU} << shift;
            if (byte < 0x80) return value;
        }
        return broken();
    }

    std::string text() {
        auto const size = number();
        if (size > left_.size()) {
            broken();
            return {};
        }
        std::string taken(left_.substr(0, size));
        left_.remove_prefix(size);
        return taken;
    }

    bool whole() const { return intact_ && left_.empty(); }
    bool intact() const { return intact_; }

private:
    std::uint64_t broken() {
        intact_ = false;
        left_ = {};
        return 0;
    }
    std::string_view left_;
    bool intact_ = true;
};

} // namespace

void encode_block_head(std::string& to, BlockHead const& head) {
    unsigned const flags = (head.lengths.empty() ? 0 : k_has_lengths) |
                           (head.producer ? k_has_producer : 0) |
                           (head.stream_seq ? k_has_stream_seq : 0) | (head.closes ? k_closes : 0) |
                           (head.fills_segment ? k_fills_segment : 0) |
                           (head.attributes.empty() ? 0 : k_has_attributes);
    to.push_back(k_version);
    to.push_back(static_cast<char>(flags));
    put_number(to, head.at.segment);
    put_number(to, head.at.position);
    put_number(to, head.start);
    put_number(to, head.ordinal);
    put_number(to, head.count);
    put_number(to, static_cast<std::uint64_t>(head.time_ms));
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
    if (bytes.size() < 2 || bytes[0] != k_version)
        return Error{Fault::corrupt, "block head: unknown version"};
    auto const flags = static_cast<unsigned>(static_cast<unsigned char>(bytes[1]));
    if ((flags & ~k_known_flags) != 0) return Error{Fault::corrupt, "block head: unknown flags"};

    Cursor cursor(bytes.substr(2));
    BlockHead head;
    head.at.segment = cursor.number();
    head.at.position = cursor.number();
    head.start = cursor.number();
    head.ordinal = cursor.number();
    auto const count = cursor.number();
    if (count > UINT32_MAX) return Error{Fault::corrupt, "block head: impossible message count"};
    head.count = static_cast<std::uint32_t>(count);
    head.time_ms = static_cast<std::int64_t>(cursor.number());
    if ((flags & k_has_lengths) != 0) {
        // Each length takes a byte at least: a lying count cannot make us allocate.
        if (count > bytes.size()) return Error{Fault::corrupt, "block head: lengths cut off"};
        head.lengths.reserve(count);
        for (std::uint64_t i = 0; i < count; ++i)
            head.lengths.push_back(static_cast<std::uint32_t>(cursor.number()));
    }
    if ((flags & k_has_producer) != 0) {
        ProducerClaim claim;
        claim.id = cursor.text();
        claim.mark.epoch = cursor.number();
        claim.mark.sequence = cursor.number();
        head.producer = std::move(claim);
    }
    if ((flags & k_has_stream_seq) != 0) head.stream_seq = cursor.text();
    head.closes = (flags & k_closes) != 0;
    head.fills_segment = (flags & k_fills_segment) != 0;
    if ((flags & k_has_attributes) != 0)
        for (std::uint64_t i = 0; i < count && cursor.intact(); ++i)
            head.attributes.push_back(cursor.text());
    if (!cursor.whole()) return Error{Fault::corrupt, "block head: cut off or bytes left over"};
    return head;
}

} // namespace ds
