// Which stream names are legal, and how a URL path says one. (Protocol section 3; our own URL
// shape.)
//
//     path  := /v1/stream/<project>/<stream>      or, for the project "_default",
//     /v1/stream/<stream>
//
// What follows /v1/stream/ is percent-decoded exactly once, before it is split, so %2F is a slash.
// The first slash ends the project; further slashes belong to the stream.
//     project   1..64 bytes of [A-Za-z0-9_-]
//     stream    1..512 bytes of UTF-8 without control characters; its segments (between slashes)
//     are
//               not empty and not "." or ".."
// "__ds" as project or as first segment of the stream is reserved (protocol section 6).
#pragma once

#include "base/result.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace ds {

inline constexpr std::size_t k_project_bytes_max = 64;
inline constexpr std::size_t k_stream_bytes_max = 512;
inline constexpr std::string_view k_default_project = "_default";
inline constexpr std::string_view k_stream_root = "/v1/stream/";

class StreamName {
public:
    StreamName() = default;

    std::string_view project() const { return std::string_view(full_).substr(0, slash()); }
    std::string_view stream() const { return std::string_view(full_).substr(slash() + 1); }
    // "project/stream": the key of a stream everywhere in the program.
    std::string const& full() const { return full_; }

    friend bool operator==(StreamName const& a, StreamName const& b) { return a.full_ == b.full_; }

private:
    friend Result<StreamName> make_stream_name(std::string_view project, std::string_view stream);
    // A project is short: to look for its end costs less than a number in each of a million names.
    std::size_t slash() const { return full_.find('/'); }
    std::string full_;
};

// Fault::invalid with a text for people when a rule above is broken. Reserved names are legal here.
Result<StreamName> make_stream_name(std::string_view project, std::string_view stream);

// From "project/stream" or "stream", not percent-encoded (what a person types on the command line).
Result<StreamName> parse_stream_name(std::string_view text);

// From a URL path (without query) that starts with k_stream_root, percent-encoded.
Result<StreamName> parse_stream_path(std::string_view path);

// The canonical URL path: k_stream_root, project, slash, stream; slashes stay, the rest is encoded.
std::string stream_path(StreamName const& name);

// True for names under the reserved prefix "__ds".
bool is_reserved(StreamName const& name);
// Whether a project's estuaries would lie under routes that mean something else
// (/v1/estuary/subscribe/..): nothing is created in it any more.
bool is_word_of_routes(std::string_view project);

} // namespace ds
