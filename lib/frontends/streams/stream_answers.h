// Answers and pages to HTTP. (Protocol sections 5.1 to 5.8 and 10)
#pragma once

#include "engine/page.h"
#include "engine/stream.h"
#include "frontends/streams/http_names.h"
#include "frontends/streams/stream_requests.h"
#include "model/answer.h"
#include "protocol/caching.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ds::streams {

// `location` is the absolute URL of a stream just created.
Response answer_response(Answer const& answer, std::string_view location);
Response head_response(Stream const& stream);

// What an answer has to do with the server's own cache.
enum class Edge : std::uint8_t {
    none,   // it is not for caches, or there is none
    bypass, // the asker wants it from us: it is kept, but not looked for
    use,
};
// What a read's answer depends on besides the page.
struct ReadContext {
    ReadQuery query;
    std::optional<std::string> if_none_match;
    std::string_view directory; // identity, for the ETag
    CacheControls const* controls = nullptr;
    Millis now;
    Sharing sharing = Sharing::shared;
    Edge edge = Edge::none;
    // The place depends on where the tail is at the moment: no cache may keep the answer.
    bool momentary = false;
};
// 304, if what the asker has (If-None-Match) is all that there is from `from` on: no page is made
// to find that out. The tag says which bytes it stands for, so it holds whatever a page may hold.
std::optional<Response> unchanged_response(Stream const& stream, std::uint64_t from,
                                           std::string_view if_none_match,
                                           ReadContext const& context);

// A page as the answer to a catch-up read or to a long-poll that found data, without what depends
// on who asks: the same for all who ask for the same.
struct Rendered {
    std::string headers; // lines
    std::string etag;    // empty: it is made for one asker
    Bytes body;
    std::uint64_t end = 0;
    bool up_to_date = false;
    bool closed = false;
};
Rendered render_page(Stream const& stream, Page const& page, ReadContext const& context);
// The same for one asker: 200, or 304.
Response page_response(Stream const& stream, Rendered const& page, ReadContext const& context);
// What the cursor of an answer depends on besides the page: the same for all who are answered
// alike.
std::uint64_t cursor_class(ReadContext const& context);
// A long-poll without data: the wait is over, or the stream is closed.
enum class NoData : std::uint8_t { timed_out, closed_at_once, closed_while_waiting };
Response no_data_response(Head const& head, NoData why, ReadContext const& context);

// The beginning of an SSE response.
Response sse_response(Stream const& stream, Sharing sharing);
// How far an event with a page goes. The bytes of a character that is not finished wait until it
// is, or until it is known that it never will be: at the page's end, if there is no other page to
// go on with or the stream is closed.
std::uint64_t sse_end(Stream const& stream, Page const& page);
// The same, and the offset there.
struct SseReach {
    std::uint64_t end;
    Offset next;
};
SseReach sse_reach(Stream const& stream, Page const& page);
// The data event of a page; empty when there is nothing.
std::string sse_data(Stream const& stream, Page const& page);
// The control event that follows it.
std::string sse_control(Stream const& stream, Page const& page, std::uint64_t cursor);
// Both.
std::string sse_frame(Stream const& stream, Page const& page, std::uint64_t cursor);

} // namespace ds::streams
