// From what a server sends to what a follower prints.
//
// The output of a follower is exact. Streams of text and of binary data come out as the bytes that
// were appended, one after the other. A JSON stream comes out as one message per line: each message
// byte for byte as it was appended, then a newline.
#pragma once

#include "base/result.h"

#include <optional>
#include <string>
#include <string_view>

namespace ds {

enum class PayloadKind {
    json,  // pages are arrays of messages
    text,  // pages are bytes; SSE carries them as text, and so not exactly
    bytes, // pages are bytes; SSE carries them as base64
};

PayloadKind payload_kind(std::string_view content_type);

// The content of a catch-up page as it is printed. Fault::corrupt when a JSON page is no array.
Result<std::string> printed_page(PayloadKind kind, std::string&& page);

// The content of a SSE data event as it is printed, or empty when the event cannot be trusted to be
// exact, because SSE turns every CR and CRLF into LF, and takes a space from the front of a line.
// Then the same span must be read as a page. Only one-line JSON and base64 come through unchanged.
Result<std::optional<std::string>> printed_event(PayloadKind kind, std::string payload);

} // namespace ds
