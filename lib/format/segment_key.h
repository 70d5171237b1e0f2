// Under which key a segment lies, and what a key says.
//
//     segment := folder "segment-" number, 16 digits ".seg"
//     deleted := folder "deleted"         says that the stream was deleted
//     folder  := "stream/" project "/" base64url of the full name "/" home "-" id "/"
//     home and id are the identity of the data directory that wrote it and the stream's id in it
//
// The base64url is not padded. A list of a folder is a list of a stream's segments in their order;
// one of "stream/<project>/" is everything that a project has.
#pragma once

#include "model/stream_record.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ds {

std::string segment_key(std::string_view home, StreamRecord const& stream, std::uint64_t number);
// The folder of a stream's segments, with its "/"; and the marker in it that says that the stream
// was deleted.
std::string segment_folder(std::string_view home, StreamRecord const& stream);
std::string deleted_marker_key(std::string_view home, StreamRecord const& stream);

// What a key says.
struct SegmentKey {
    std::string name; // full name of the stream
    std::string home;
    std::int64_t stream = 0;
    std::optional<std::uint64_t> number; // empty: the marker of a deleted stream
};
// Empty when it is no key of ours.
std::optional<SegmentKey> parse_segment_key(std::string_view key);

} // namespace ds
