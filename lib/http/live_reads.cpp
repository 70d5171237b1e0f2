// Catching up, parking and waking live readers.
#include "http/live_reads.h"

#include "http/connection.h"
#include "http/io_thread.h"
#include "http/refusals.h"
#include "protocol/cursor.h"
#include "protocol/sse.h"

#include <algorithm>
#include <utility>

namespace ds::http {

namespace {

using Steady = std::chrono::steady_clock;

bool is_sse(LiveRead const& live) {
    return live.context.query.live == Live::sse;
}

std::uint64_t limit_of(LiveRead const& live) {
    auto const limit = live.context.query.limit;
    return is_sse(live) || limit == 0 ? k_no_limit : limit;
}

// The pieces of a commit as a page, for a reader that stands where the commit began.
Page page_of(Advance const& advance) {
    auto const& stream = *advance.stream;
    std::vector<Piece> pieces(advance.rows.size());
    auto cut = cut_page(pieces, advance.rows, advance.from, k_no_limit, stream.json);
    Page page;
    page.body = Bytes(std::move(cut.body));
    page.start = advance.from;
    page.end = cut.end;
    page.next = cut.end == advance.head.end ? advance.head.tail : stream.locate(cut.end);
    page.time_ms = cut.time_ms;
    page.head = advance.head;
    return page;
}

} // namespace

void LiveReads::begin(Connection& connection, std::shared_ptr<Stream> stream, std::uint64_t from,
                      ReadContext context) {
    if (connection.is_draining()) return connection.respond(refusal_response(Refusal::draining));
    auto live = std::make_unique<LiveRead>(std::move(stream), from, std::move(context), clock_);
    auto const now = Steady::now();
    bool const sse = is_sse(*live);
    auto const lifetime = sse ? options_.sse_lifetime : options_.long_poll_timeout;
    bool const endless = sse && lifetime == Duration::zero();
    live->ends_at = endless ? Steady::time_point::max() : now + lifetime;
    bool const quiet = !sse || options_.sse_keep_alive == Duration::zero();
    live->keep_alive_at = quiet ? Steady::time_point::max() : now + options_.sse_keep_alive;
    auto const head = sse ? sse_response(*live->stream) : Response(204);
    connection.begin_live(std::move(live));
    if (sse)
        connection.begin_body(head); // its end pumps
    else
        pump(connection);
}

void LiveReads::pump(Connection& connection) {
    auto* const live = connection.live();
    if (live == nullptr || live->fetching || connection.has_unsent()) return;
    if (is_sse(*live))
        pump_sse(connection);
    else
        pump_long_poll(connection);
}

void LiveReads::pump_sse(Connection& connection) {
    auto& live = *connection.live();
    auto const& stream = *live.stream;
    if (stream.life() != Life::live || stream.has_ended(clock_.now())) return end(connection);
    auto const head = stream.head();
    if (live.position < head.end) {
        unpark(connection);
        if (auto const page = engine_.page_now(stream, live.position, k_no_limit))
            return send_page(connection, *page);
        live.fetching = engine_.page_later(live.stream, live.position, k_no_limit,
                                           {connection.courier(), connection.ticket()});
        // Overloaded: the reader comes back and asks again.
        if (!live.fetching) return end(connection);
        return;
    }
    // What was said last need not be said again: the closing control went out with the last page.
    if (head.closed && live.announced_closed) return end(connection);
    if (head.closed || !live.announced) return send_control(connection, head);
    if (!live.parked && !park(connection)) return pump_sse(connection);
    set_deadline(connection);
}

void LiveReads::pump_long_poll(Connection& connection) {
    auto& live = *connection.live();
    auto const& stream = *live.stream;
    if (auto const refusal = ended(stream))
        return connection.respond_after_wait(refusal_response(*refusal));
    auto const head = stream.head();
    if (live.position < head.end) {
        unpark(connection);
        if (auto const page = engine_.page_now(stream, live.position, limit_of(live)))
            return connection.respond_after_wait(
                page_response(stream, *page, answer_context(live)));
        live.fetching = engine_.page_later(live.stream, live.position, limit_of(live),
                                           {connection.courier(), connection.ticket()});
        if (!live.fetching) connection.respond_after_wait(refusal_response(Refusal::busy));
        return;
    }
    if (head.closed) {
        auto const why = live.waited ? NoData::closed_while_waiting : NoData::closed_at_once;
        return connection.respond_after_wait(no_data_response(head, why, answer_context(live)));
    }
    live.waited = true;
    if (!live.parked && !park(connection)) return pump_long_poll(connection);
    set_deadline(connection);
}

void LiveReads::on_page(Connection& connection, Result<Page> page) {
    auto& live = *connection.live();
    live.fetching = false;
    if (!is_sse(live)) {
        connection.respond_after_wait(page
                                          ? page_response(*live.stream, *page, answer_context(live))
                                          : page_fault_response(page.error()));
        return;
    }
    if (page) return send_page(connection, *page);
    if (page.error().fault == Fault::invalid) return end(connection); // the stream has ended
    // The response has begun, so an error can only be told by its end: the client comes back and is
    // told then. The fault itself is in the log.
    static_cast<void>(page_fault_response(page.error()));
    connection.close();
}

void LiveReads::send_page(Connection& connection, Page const& page) {
    auto& live = *connection.live();
    live.position = page.end;
    live.announced = page.up_to_date();
    live.announced_closed = page.closed();
    auto frame = sse_frame(*live.stream, page, cursor_of(live));
    // Its leaving pumps, and the pump goes on from the new position.
    connection.send_piece(
        Bytes(connection.is_chunked() ? as_chunk(std::move(frame)) : std::move(frame)));
}

void LiveReads::send_control(Connection& connection, Head const& head) {
    send_page(connection, empty_page(*connection.live()->stream, head));
}

bool LiveReads::park(Connection& connection) {
    auto& live = *connection.live();
    auto& parked = streams_[live.stream.get()];
    if (!parked.stream) parked.stream = live.stream;
    live.place = parked.readers.size();
    live.parked = true;
    parked.readers.push_back(&connection);
    // Registered first, looked at second: a commit in between is either seen here or delivered
    // later.
    Life life{};
    auto const head = live.stream->watch(courier_, life);
    bool const moved = head.end != live.position || head.closed || life != Life::live;
    if (moved) unpark(connection);
    return !moved;
}

void LiveReads::unpark(Connection& connection) {
    auto* const live = connection.live();
    if (live == nullptr || !live->parked) return;
    live->parked = false;
    auto const found = streams_.find(live->stream.get());
    auto& readers = found->second.readers;
    readers[live->place] = readers.back();
    readers[live->place]->live()->place = live->place;
    readers.pop_back();
    if (!readers.empty()) return;
    live->stream->unwatch(courier_);
    streams_.erase(found);
}

void LiveReads::on_advance(Advance const& advance) {
    auto const found = streams_.find(advance.stream.get());
    if (found == streams_.end()) return;
    Wake wake{advance, std::nullopt, {}, {}};
    // A copy, because whoever is woken may leave or park again.
    auto const readers = found->second.readers;
    for (auto* const reader : readers)
        wake_reader(*reader, wake);
}

void LiveReads::wake_reader(Connection& connection, Wake& wake) {
    auto* const live = connection.live();
    if (live == nullptr || !live->parked) return;
    auto const alive = connection.shared_from_this(); // a peer that is gone ends it on the way
    auto const& advance = wake.advance;
    // A reader whose last piece is still on its way goes on by itself when that has left.
    if (connection.has_unsent()) return;
    bool const fits =
        !advance.ended && live->position == advance.from && advance.head.end > advance.from;
    if (!fits || !is_sse(*live)) {
        pump(connection);
        return;
    }
    if (!wake.page) wake.page = page_of(advance);
    if (!wake.page->up_to_date()) return pump(connection);
    live->position = wake.page->end;
    live->announced_closed = wake.page->closed();
    connection.send_piece(frame_of(wake, cursor_of(*live), connection.is_chunked()));
}

Bytes const& LiveReads::frame_of(Wake& wake, std::uint64_t cursor, bool chunked) {
    auto& made = chunked ? wake.chunks : wake.frames;
    for (auto const& [known, frame] : made)
        if (known == cursor) return frame;
    auto frame = sse_frame(*wake.advance.stream, *wake.page, cursor);
    made.emplace_back(cursor, Bytes(chunked ? as_chunk(std::move(frame)) : std::move(frame)));
    return made.back().second;
}

std::uint64_t LiveReads::cursor_of(LiveRead const& live) const {
    return next_cursor(clock_.now(), live.context.query.cursor);
}

ReadContext LiveReads::answer_context(LiveRead const& live) const {
    auto context = live.context;
    context.now = clock_.now();
    return context;
}

std::optional<Refusal> LiveReads::ended(Stream const& stream) const {
    switch (stream.life()) {
    case Life::soft_deleted: return Refusal::stream_gone;
    case Life::ended: return Refusal::stream_not_found;
    case Life::live: break;
    }
    if (stream.has_ended(clock_.now())) return Refusal::stream_not_found;
    return std::nullopt;
}

void LiveReads::set_deadline(Connection& connection) {
    auto const& live = *connection.live();
    connection.set_deadline(std::min(live.ends_at, live.keep_alive_at));
}

void LiveReads::on_deadline(Connection& connection, Steady::time_point now) {
    auto& live = *connection.live();
    if (live.fetching) return connection.set_deadline(now + std::chrono::seconds(1));
    if (now >= live.ends_at) return end(connection);
    live.keep_alive_at = now + options_.sse_keep_alive;
    std::string comment(k_sse_keep_alive);
    connection.send_piece(
        Bytes(connection.is_chunked() ? as_chunk(std::move(comment)) : std::move(comment)));
}

void LiveReads::end(Connection& connection) {
    auto const& live = *connection.live();
    if (is_sse(live)) return connection.end_body();
    if (auto const refusal = ended(*live.stream))
        return connection.respond_after_wait(refusal_response(*refusal));
    // A commit may have come between the last look and this one: then there is data to be told, and
    // a tail told without it would be skipped over. One look at the head decides and is told.
    auto const head = live.stream->head();
    if (live.fetching) return; // the page will be the answer
    if (live.position < head.end) return pump(connection);
    connection.respond_after_wait(no_data_response(head, NoData::timed_out, answer_context(live)));
}

} // namespace ds::http
