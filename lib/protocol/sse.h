// Server-Sent Events of a live read: one data event and its control event. (Protocol section 5.8)
//
//     retry:<ms>\n              at the beginning alone: how long a browser waits before it comes
//     back event: data\n data:<payload line>\n      one for each line of payload, nothing after the
//     colon (a line that
//                                begins with a space gets one more, as the EventSource rule takes
//                                one away)
//     id:<offset>\n
//     \n
//     event: control\n
//     data:{"streamNextOffset":"..","streamWriteTimestamp":N,"streamCursor":"..","upToDate":true}\n
//     \n
//
// Payload is split at CRLF, CR and LF, so that no payload can forge an event. What is no UTF-8 is
// replaced by U+FFFD, because events are UTF-8 and nothing else.
//
// `id` is the offset to go on from after both events. It stands in the first of them: a browser
// that has the data but not the control event still goes on where it should.
#pragma once

#include "model/offset.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ds {

enum class SseEncoding { text, base64 };

struct SseControl {
    Offset next;
    std::optional<std::int64_t> write_timestamp_ms;
    bool closed = false;      // then no cursor is written, and the reader is up to date
    std::uint64_t cursor = 0; // written as a decimal string
    bool up_to_date = false;
};

void append_sse_retry(std::string& to, std::chrono::milliseconds pause);
void append_sse_data(std::string& to, std::string_view payload, SseEncoding encoding,
                     std::optional<Offset> id = {});
void append_sse_control(std::string& to, SseControl const& control, std::optional<Offset> id = {});
// A comment line that keeps middleboxes from thinking the connection dead.
inline constexpr std::string_view k_sse_keep_alive = ":\n\n";

// The other side: bytes in, whole events out. Lines may end in CRLF, CR or LF; an event ends at an
// empty line; comments and unknown fields are skipped; a byte order mark at the start is skipped.
struct SseEvent {
    std::string name = "message";
    std::string payload; // data lines joined by "\n"
};
class SseParser {
public:
    void feed(std::string_view bytes);
    // The next whole event, or empty when more bytes are needed. Fault::invalid when one event
    // grows past `k_event_bytes_max`.
    Result<std::optional<SseEvent>> next();
    static constexpr std::size_t k_event_bytes_max = std::size_t{64} << 20U;

private:
    std::string pending_;
    std::size_t read_ = 0;
    bool started_ = false;
    SseEvent event_;
    bool has_payload_ = false;
    bool has_name_ = false;
};

} // namespace ds
