// Rendering answers, pages and SSE frames.
#include "frontends/streams/stream_answers.h"

#include "base/encoding.h"
#include "base/overloaded.h"
#include "base/utf8.h"
#include "frontends/streams/estuary_answers.h"
#include "frontends/streams/refusals.h"
#include "protocol/caching.h"
#include "protocol/cursor.h"
#include "protocol/headers.h"
#include "protocol/sse.h"

namespace ds::streams {

namespace {

void add_lifetime(Response& response, Lifetime const& lifetime) {
    if (auto const* ttl = std::get_if<Ttl>(&lifetime))
        response.add(header::stream_ttl, static_cast<std::uint64_t>(ttl->window.count()));
    if (auto const* at = std::get_if<ExpiresAt>(&lifetime))
        response.add(header::stream_expires_at, format_rfc3339(at->instant));
}

void add_facts(Response& response, StreamFacts const& facts) {
    response.add(header::content_type, facts.content_type);
    response.add(header::stream_next_offset, format_offset(facts.tail));
    add_lifetime(response, facts.lifetime);
    if (facts.closed) response.add(header::stream_closed, "true");
}

// What a tenant wrote is never a page of ours, whatever it says it is: opened in a browser it runs
// nothing, and belongs to no origin.
constexpr std::string_view k_no_page =
    "Content-Security-Policy: default-src 'none'; sandbox; frame-ancestors 'none'\r\n";

void add_no_page(Response& response, std::string_view content_type) {
    response.add_lines(k_no_page);
    if (!is_inert_type(content_type)) response.add("Content-Disposition", "attachment");
}

void add_producer(Response& response, ProducerMark const& mark) {
    response.add(header::producer_epoch, mark.epoch).add(header::producer_seq, mark.sequence);
}

Response created_response(Created const& created, std::string_view location) {
    Response response(created.existed ? 200 : 201);
    add_facts(response, created.facts);
    if (!created.existed) response.add("Location", location);
    return response;
}

Response appended_response(Appended const& appended) {
    // 200 tells an idempotent producer that this was new data; 204 is everybody else's answer.
    Response response(appended.producer && appended.wrote ? 200 : 204);
    response.add(header::stream_next_offset, format_offset(appended.next));
    if (appended.closed) response.add(header::stream_closed, "true");
    if (appended.producer) add_producer(response, *appended.producer);
    if (appended.fanout) add_fanout(response, *appended.fanout);
    return response;
}

Response duplicate_response(Duplicate const& duplicate) {
    Response response(204);
    response.add(header::stream_next_offset, format_offset(duplicate.next));
    if (duplicate.closed) response.add(header::stream_closed, "true");
    add_producer(response, duplicate.producer);
    if (duplicate.fanout) add_fanout(response, *duplicate.fanout);
    return response;
}

void add_cache_control(Response& response, std::optional<Millis> ends, ReadContext const& context) {
    constexpr std::string_view k_name = "Cache-Control";
    if (context.momentary) {
        response.add(k_name, restricted("no-store", context.sharing));
        return;
    }
    auto const& controls = *context.controls;
    std::string made;
    response.add(k_name, context.query.live == Live::long_poll
                             ? controls.long_poll(context.sharing, ends, context.now, made)
                             : controls.catch_up(context.sharing, ends, context.now, made));
}

} // namespace

Response answer_response(Answer const& answer, std::string_view location) {
    return std::visit(
        Overloaded{
            [&](Created const& created) { return created_response(created, location); },
            [](Appended const& appended) { return appended_response(appended); },
            [](Duplicate const& duplicate) { return duplicate_response(duplicate); },
            [](Removed) { return Response(204); },
            [](Refused const& refused) { return refusal_response(refused); },
            [](auto const& of_estuary) { return estuary_response(of_estuary); },
        },
        answer);
}

Response head_response(Stream const& stream) {
    Response response(200);
    add_facts(response, stream.facts());
    add_no_page(response, stream.content_type());
    if (auto const earliest = stream.earliest(); earliest > 0)
        response.add(header::stream_earliest_offset, format_offset(stream.locate(earliest)));
    response.add("Cache-Control", "no-store");
    return response;
}

std::optional<Response> unchanged_response(Stream const& stream, std::uint64_t from,
                                           std::string_view if_none_match,
                                           ReadContext const& context) {
    if (context.query.limit != 0 || if_none_match == "*") return std::nullopt;
    auto const head = stream.head();
    auto const etag = make_etag(
        {context.directory, static_cast<std::uint64_t>(stream.id), from, head.end, 0, head.closed});
    if (!etag_matches(if_none_match, etag)) return std::nullopt;
    Response response(304);
    response.add(header::stream_next_offset, format_offset(head.tail));
    response.add(header::stream_up_to_date, "true");
    if (head.closed) response.add(header::stream_closed, "true");
    if (context.query.cursor) response.add(header::stream_cursor, *context.query.cursor);
    add_lifetime(response, stream.lifespan.lifetime());
    add_no_page(response, stream.content_type()); // a browser renews what it has with these
    response.add("ETag", etag);
    add_cache_control(response, stream.lifespan.ends(), context);
    return response;
}

std::uint64_t cursor_class(ReadContext const& context) {
    auto const& asked = context.query.cursor;
    bool const echoed = context.query.live != Live::long_poll; // a catch-up read gives it back
    if (echoed || is_ahead(context.now, asked)) return asked ? 2 * *asked + 1 : UINT64_MAX;
    return 2 * cursor_interval(context.now);
}

Rendered render_page(Stream const& stream, Page const& page, ReadContext const& context) {
    Rendered rendered{{}, {}, page.body, page.end, page.up_to_date(), page.closed()};
    if (!context.momentary || context.query.live != Live::no)
        rendered.etag = make_etag({context.directory, static_cast<std::uint64_t>(stream.id),
                                   page.start, page.end, context.query.limit, page.closed()});
    Response lines(200);
    lines.add(header::content_type, stream.content_type());
    add_no_page(lines, stream.content_type());
    lines.add(header::stream_next_offset, format_offset(page.next));
    if (page.up_to_date()) lines.add(header::stream_up_to_date, "true");
    if (page.closed()) lines.add(header::stream_closed, "true");
    auto cursor = context.query.cursor;
    if (context.query.live == Live::long_poll) {
        auto const written =
            page.time_ms ? std::optional(from_count_ms(*page.time_ms)) : std::nullopt;
        cursor = next_cursor(context.now, cursor, written);
    }
    if (cursor) lines.add(header::stream_cursor, *cursor);
    if (page.time_ms)
        lines.add(header::stream_write_timestamp, static_cast<std::uint64_t>(*page.time_ms));
    add_lifetime(lines, stream.lifespan.lifetime());
    if (!rendered.etag.empty()) lines.add("ETag", rendered.etag);
    rendered.headers = std::move(lines).take_headers();
    return rendered;
}

Response page_response(Stream const& stream, Rendered const& page, ReadContext const& context) {
    bool const same = !page.etag.empty() && context.if_none_match &&
                      etag_matches(*context.if_none_match, page.etag);
    Response response(same ? 304 : 200);
    response.add_lines(page.headers);
    add_cache_control(response, stream.lifespan.ends(), context);
    if (!same) response.body(page.body);
    return response;
}

Response no_data_response(Head const& head, NoData why, ReadContext const& context) {
    Response response(204);
    response.add(header::stream_next_offset, format_offset(head.tail));
    response.add(header::stream_up_to_date, "true");
    if (head.closed) response.add(header::stream_closed, "true");
    if (why == NoData::closed_at_once) {
        // Final: nothing can follow, so everybody may share it for a while.
        add_cache_control(response, {}, context);
        return response;
    }
    response.add(header::stream_cursor, next_cursor(context.now, context.query.cursor));
    response.add("Cache-Control", "no-store");
    return response;
}

Response sse_response(Stream const& stream, Sharing sharing) {
    Response response(200);
    response.add(header::content_type, "text/event-stream");
    // Private events are of no use to anybody's cache. A proxy that compresses would collect events
    // until they are worth it.
    response.add("Cache-Control", sharing == Sharing::shared
                                      ? "no-cache, no-transform"
                                      : "private, no-cache, no-store, no-transform");
    response.add_lines(k_no_page);
    // Reverse proxies of the nginx family must not collect events.
    response.add("X-Accel-Buffering", "no");
    if (!is_text_type(stream.content_type()))
        response.add(header::stream_sse_data_encoding, "base64");
    add_lifetime(response, stream.lifespan.lifetime());
    return response;
}

std::uint64_t sse_end(Stream const& stream, Page const& page) {
    if (!stream.text || page.closed()) return page.end;
    auto const body = page.body.view();
    auto const unfinished = unfinished_utf8(body);
    bool const nothing_else = unfinished == body.size() && !page.up_to_date();
    return nothing_else ? page.end : page.end - unfinished;
}

SseReach sse_reach(Stream const& stream, Page const& page) {
    auto const end = sse_end(stream, page);
    return {end, end < page.end ? stream.locate(end) : page.next};
}

std::string sse_data(Stream const& stream, Page const& page) {
    std::string frame;
    auto const [end, next] = sse_reach(stream, page);
    if (end == page.start) return frame;
    auto const encoding =
        is_text_type(stream.content_type()) ? SseEncoding::text : SseEncoding::base64;
    frame.reserve(page.body.size() + page.body.size() / 2 + 256);
    auto const body = page.body.view();
    append_sse_data(frame, body.substr(0, body.size() - (page.end - end)), encoding, next);
    return frame;
}

std::string sse_control(Stream const& stream, Page const& page, std::uint64_t cursor) {
    std::string frame;
    auto const [end, next] = sse_reach(stream, page);
    SseControl control;
    control.next = next;
    control.write_timestamp_ms = page.time_ms;
    control.closed = page.closed();
    control.cursor = cursor;
    control.up_to_date = page.up_to_date();
    append_sse_control(frame, control, end > page.start ? std::nullopt : std::optional(next));
    return frame;
}

std::string sse_frame(Stream const& stream, Page const& page, std::uint64_t cursor) {
    return sse_data(stream, page).append(sse_control(stream, page, cursor));
}

} // namespace ds::streams
