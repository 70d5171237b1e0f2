// Keys written, and read by writing them again.
#include "format/segment_key.h"

#include "base/encoding.h"
#include "model/stream_name.h"

#include <algorithm>

namespace ds {

namespace {

constexpr std::string_view k_root = "stream/";
constexpr std::string_view k_file = "segment-";
constexpr std::string_view k_ending = ".seg";
constexpr std::string_view k_deleted = "deleted";
constexpr std::size_t k_number_digits = 16;
constexpr std::uint64_t k_segment_number_max = 9'999'999'999'999'999;

std::string folder_of(std::string_view name, std::string_view home, std::int64_t id) {
    std::string folder(k_root);
    folder.append(name.substr(0, name.find('/'))).append("/");
    folder.append(base64url_encode(name)).append("/");
    return folder.append(home).append("-").append(std::to_string(id)).append("/");
}

std::string file_of(std::uint64_t number) {
    auto const digits = std::to_string(number);
    std::string file(k_file);
    file.append(k_number_digits - std::min(digits.size(), k_number_digits), '0').append(digits);
    return file.append(k_ending);
}

// Takes the part before the next slash, and the slash.
std::string_view take_part(std::string_view& key) {
    auto const part = key.substr(0, key.find('/'));
    key.remove_prefix(std::min(part.size() + 1, key.size()));
    return part;
}

} // namespace

std::string segment_folder(std::string_view home, StreamRecord const& stream) {
    return folder_of(stream.name, home, stream.id);
}

std::string segment_key(std::string_view home, StreamRecord const& stream, std::uint64_t number) {
    return segment_folder(home, stream) + file_of(number);
}

std::string deleted_marker_key(std::string_view home, StreamRecord const& stream) {
    return segment_folder(home, stream).append(k_deleted);
}

std::optional<SegmentKey> parse_segment_key(std::string_view key) {
    auto rest = key;
    if (take_part(rest) != k_root.substr(0, k_root.size() - 1)) return std::nullopt;
    auto const project = take_part(rest);
    auto const name = base64url_decode(take_part(rest));
    auto const origin = take_part(rest);
    auto const dash = std::min(origin.rfind('-'), origin.size());
    if (!name || !name->starts_with(std::string(project) + "/") || dash == 0) return std::nullopt;
    if (!make_stream_name(project, name->substr(project.size() + 1))) return std::nullopt;
    auto const id = parse_decimal(origin.substr(std::min(dash + 1, origin.size())), INT64_MAX);
    if (!id) return std::nullopt;

    SegmentKey parsed{*name, std::string(origin.substr(0, dash)), static_cast<std::int64_t>(*id),
                      std::nullopt};
    std::string file(k_deleted);
    if (rest != k_deleted) {
        if (!rest.starts_with(k_file) || !rest.ends_with(k_ending)) return std::nullopt;
        auto digits = rest.substr(k_file.size());
        digits.remove_suffix(std::min(k_ending.size(), digits.size()));
        digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
        parsed.number = digits.empty() ? 0 : parse_decimal(digits, k_segment_number_max);
        if (!parsed.number) return std::nullopt;
        file = file_of(*parsed.number);
    }
    // A key has one spelling.
    if (folder_of(parsed.name, parsed.home, parsed.stream) + file != key) return std::nullopt;
    return parsed;
}

} // namespace ds
