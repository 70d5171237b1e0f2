// Content types, and what an append's body becomes in the log. (Protocol section 9)
//
// JSON mode (exactly application/json, parameters ignored): the body is one document; a top-level
// array is flattened one level, each element one message. Messages keep their bytes as sent, with
// white space around them trimmed; they are stored joined by single commas, so that a page of them
// is
// "[" + stored + "]". Other types: the body is one message, stored as it is.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

inline constexpr std::string_view k_default_content_type = "application/octet-stream";

// True for something that may stand in a Content-Type header: type "/" subtype, then parameters;
// printable ASCII, at most 256 bytes.
bool is_content_type(std::string_view text);
// "Application/JSON; charset=utf-8" and "application/json" are the same type.
bool same_content_type(std::string_view a, std::string_view b);
bool is_json_type(std::string_view content_type);
// text/* and JSON go over SSE as they are; everything else as base64. (Protocol section 5.8)
bool is_text_type(std::string_view content_type);
// Whether a browser that opens such a body only shows it. Everything else may run there, or may be
// taken for something that runs, and is to be saved instead: a list of what is harmless, since what
// is not grows.
bool is_inert_type(std::string_view content_type);

// The messages of one append, as the log stores them.
struct Messages {
    Bytes stored;                       // JSON: the messages joined by ","; else the body
    std::uint32_t count = 0;            // messages in `stored`
    std::vector<std::uint32_t> lengths; // bytes of each message; empty when count <= 1

    bool empty() const { return count == 0; }
};

// A body as messages. JSON that breaks RFC 8259 (or nests deeper than k_json_depth_max), or is an
// array of more than k_append_messages_max elements, is Fault::invalid with the position in the
// text. An empty body and the JSON body "[]" are no messages.
Result<Messages> split_messages(Bytes body, bool json);

// Each line of the body is a message, its newline included; a last line without one is a message
// too. For types other than JSON; the bytes of the stream are those of the body either way. More
// than k_append_messages_max lines are Fault::invalid.
Result<Messages> split_lines(Bytes body);

inline constexpr std::size_t k_json_depth_max = 512;
// A body of "1,1,1,..." would be millions, and hold up whoever else the thread serves.
inline constexpr std::size_t k_append_messages_max = 262'144;

} // namespace ds
