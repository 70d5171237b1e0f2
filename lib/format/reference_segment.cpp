// Frames and keys of the hosted reference system.
#include "format/reference_segment.h"

#include "base/encoding.h"
#include "format/big_endian.h"

namespace ds {

namespace {

constexpr std::string_view k_reference_root = "stream/";
constexpr std::string_view k_reference_file = "/segment-";
constexpr std::string_view k_reference_ending = ".seg";

} // namespace

Result<std::optional<std::string_view>> ReferenceMessages::next() {
    if (left_.empty()) return std::optional<std::string_view>();
    auto const frame = std::exchange(left_, {}); // after a fault there is nothing
    constexpr auto k_length_bytes = sizeof(std::uint32_t);
    if (frame.size() < k_length_bytes)
        return Error{Fault::truncated, "reference segment: ends within a length"};
    auto const length = big_endian<std::uint32_t>(frame);
    if (length > k_reference_message_max)
        return Error{Fault::corrupt, "reference segment: a message longer than any can be"};
    if (frame.size() - k_length_bytes < length)
        return Error{Fault::truncated, "reference segment: ends within a message"};
    left_ = frame.substr(k_length_bytes + length);
    return std::optional(frame.substr(k_length_bytes, length));
}

std::string reference_segment_key(ReferenceKey const& key) {
    std::string text(k_reference_root);
    text.append(base64url_encode(key.name))
        .append(k_reference_file)
        .append(std::to_string(key.number));
    return text.append(k_reference_ending);
}

std::optional<ReferenceKey> parse_reference_segment_key(std::string_view key) {
    if (!key.starts_with(k_reference_root) || !key.ends_with(k_reference_ending))
        return std::nullopt;
    key.remove_prefix(k_reference_root.size());
    key.remove_suffix(std::min(k_reference_ending.size(), key.size()));
    auto const file = key.find(k_reference_file);
    if (file == std::string_view::npos) return std::nullopt;
    auto name = base64url_decode(key.substr(0, file));
    auto const number = parse_decimal(key.substr(file + k_reference_file.size()));
    if (!name || name->empty() || !number) return std::nullopt;
    return ReferenceKey{*std::move(name), *number};
}

} // namespace ds
