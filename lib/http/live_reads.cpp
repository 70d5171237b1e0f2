// Catching up, parking and waking live readers.
#include "http/live_reads.h"

#include "http/connection.h"
#include "http/io_thread.h"
#include "http/refusals.h"
#include "protocol/cursor.h"
#include "protocol/sse.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace ds::http {

namespace {

using Steady = std::chrono::steady_clock;

// Readers told before the io thread looks at its other work: about a millisecond.
constexpr std::size_t k_slice = 256;
// Pages that one reader is sent before others have their turn.
constexpr int k_pages_in_a_row = 8;

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
    page.body = std::move(cut.body);
    page.start = advance.from;
    page.end = cut.end;
    page.next = cut.end == advance.head.end ? advance.head.tail : stream.locate(cut.end);
    page.time_ms = cut.time_ms;
    page.head = advance.head;
    return page;
}

} // namespace

void LiveReads::begin(Connection& connection, std::shared_ptr<Stream> stream, std::uint64_t from,
                      ReadContext context, std::unique_ptr<ReaderSeats> seats) {
    if (connection.is_draining()) return connection.respond(refusal_response(Refusal::draining));
    auto live = std::make_unique<LiveRead>(std::move(stream), from, std::move(context), clock_);
    live->seats = std::move(seats);
    auto const now = Steady::now();
    bool const sse = is_sse(*live);
    auto const lifetime = sse ? options_.sse_lifetime : options_.long_poll_timeout;
    bool const endless = sse && lifetime == Duration::zero();
    live->ends_at = endless ? Steady::time_point::max() : now + lifetime;
    bool const quiet = !sse || options_.sse_keep_alive == Duration::zero();
    live->keep_alive_at = quiet ? Steady::time_point::max() : now + options_.sse_keep_alive;
    connection.begin_live(std::move(live));
    if (!sse) return pump(connection);
    auto& begun = *connection.live();
    // What comes first lies in the object store: a fault there can still be told by a status.
    begun.first_page = begun.stream->in_segment(from).has_value();
    if (!begun.first_page)
        return connection.begin_body(
            sse_response(*begun.stream, begun.context.sharing)); // it pumps
    begun.fetching = engine_.page_later(begun.stream, from, k_no_limit,
                                        {connection.courier(), connection.ticket()});
    if (!begun.fetching) connection.respond_after_wait(refusal_response(Refusal::busy));
}

void LiveReads::on_first_page(Connection& connection, Result<Page> const& page) {
    auto& live = *connection.live();
    live.first_page = false;
    if (connection.is_draining())
        return connection.respond_after_wait(refusal_response(Refusal::draining));
    // The page is at hand when it is asked for again.
    if (page) return connection.begin_body(sse_response(*live.stream, live.context.sharing));
    connection.respond_after_wait(page_fault_response(page.error(), *live.stream));
}

void LiveReads::pump(Connection& connection) {
    auto* const live = connection.live();
    if (live == nullptr || live->fetching || in_wave_ || connection.has_unsent()) return;
    if (live->pumping) {
        live->pump_again = true;
        return;
    }
    auto const alive = connection.shared_from_this();
    for (int rounds = 0; rounds < k_pages_in_a_row; ++rounds) {
        live->pumping = true;
        live->pump_again = false;
        if (is_sse(*live))
            pump_sse(connection);
        else
            pump_long_poll(connection);
        // It may be over, and another one may have begun, which has pumped for itself.
        if (connection.live() != live || !live->pumping) return;
        live->pumping = false;
        if (!live->pump_again) return;
    }
    boost::asio::post(context_, [this, alive] { pump(*alive); });
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
    if (live.first_page) return on_first_page(connection, page);
    if (!is_sse(live)) {
        connection.respond_after_wait(page
                                          ? page_response(*live.stream, *page, answer_context(live))
                                          : page_fault_response(page.error(), *live.stream));
        return;
    }
    if (page) return send_page(connection, *page);
    if (page.error().fault == Fault::invalid) return end(connection); // the stream has ended
    // The response has begun, so an error can only be told by its end: the client comes back and is
    // told then. The fault itself is in the log.
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
    ++parked.present;
    if (parked.waving) ++parked.left; // the way round has become longer by one
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
    auto& parked = found->second;
    parked.readers[live->place] = nullptr;
    --parked.present;
    if (!parked.waving) tidy(live->stream.get());
}

// Closes the gaps that readers have left, and forgets a stream that nobody waits for.
void LiveReads::tidy(Stream const* stream) {
    auto const found = streams_.find(stream);
    auto& parked = found->second;
    auto const& readers = parked.readers;
    if (parked.present == 0) {
        parked.stream->unwatch(courier_);
        streams_.erase(found);
        return;
    }
    // Not at each departure: the gaps cost a look each, closing them moves everybody.
    if (readers.size() >= 2 * parked.present) close_gaps(parked);
}

// The way round that is left becomes shorter, and still leads past everybody it led past.
void LiveReads::close_gaps(Parked& parked) {
    auto& readers = parked.readers;
    auto const next = std::min(parked.next, readers.size());
    auto const gone =
        std::count(readers.begin(), readers.begin() + static_cast<std::ptrdiff_t>(next), nullptr);
    parked.next = next - static_cast<std::size_t>(gone);
    std::erase(readers, nullptr);
    for (std::size_t place = 0; place < readers.size(); ++place)
        readers[place]->live()->place = place;
    parked.left = std::min(parked.left, readers.size());
}

void LiveReads::on_advance(std::shared_ptr<Advance const> const& advance) {
    auto const found = streams_.find(advance->stream.get());
    if (found == streams_.end()) return;
    auto& parked = found->second;
    parked.advance = advance;
    parked.left = parked.readers.size();
    if (parked.waving) return; // goes on from where it is, once round
    parked.waving = true;
    run_slice(advance->stream.get());
}

void LiveReads::run_slice(Stream const* stream) {
    auto const found = streams_.find(stream);
    if (found == streams_.end() || !found->second.waving) return;
    auto& parked = found->second;
    auto const now = clock_.now();
    bool const ended = stream->life() != Life::live || stream->has_ended(now);
    Slice slice{parked, stream->head(), ended, now, {}, {}};
    for (std::size_t visits = 0; parked.left > 0 && visits < k_slice; --parked.left) {
        parked.next = parked.next < parked.readers.size() ? parked.next : 0;
        auto* const reader = parked.readers[parked.next++];
        if (reader == nullptr) continue;
        ++visits;
        wake_reader(*reader, slice);
    }
    // Those who leave and come back while commits never pause must not make the way ever longer.
    if (parked.left > 0 && parked.readers.size() >= 2 * parked.present + k_slice)
        close_gaps(parked);
    if (parked.left > 0) {
        boost::asio::post(context_, [this, stream] { run_slice(stream); });
        return;
    }
    parked.waving = false;
    parked.advance = nullptr;
    tidy(stream);
}

void LiveReads::wake_reader(Connection& connection, Slice& slice) {
    auto& live = *connection.live();
    auto const alive = connection.shared_from_this(); // a peer that is gone ends it on the way
    // A reader whose last piece is still on its way goes on by itself when that has left.
    if (connection.has_unsent()) return;
    auto const& head = slice.head;
    if (slice.ended || (head.closed && live.position == head.end)) return pump(connection);
    if (live.position >= head.end) return; // told by an earlier slice
    if (limit_of(live) != k_no_limit) return pump(connection);
    auto const* page = page_from(slice, live.position);
    if (page == nullptr || !page->up_to_date()) return pump(connection);
    if (!is_sse(live)) {
        unpark(connection);
        return connection.respond_after_wait(
            page_response(*live.stream, *page, answer_context(live)));
    }
    live.position = page->end;
    live.announced_closed = page->closed();
    auto const cursor = next_cursor(slice.now, live.context.query.cursor);
    in_wave_ = true;
    connection.send_piece(frame_of(slice, *page, cursor, connection.is_chunked()));
    in_wave_ = false;
    if (page->closed()) pump(connection);
}

Page const* LiveReads::page_from(Slice& slice, std::uint64_t from) {
    for (auto const& [start, page] : slice.pages)
        if (start == from) return &page;
    auto const& advance = *slice.parked.advance;
    if (advance.from == from && advance.head == slice.head)
        return &slice.pages.emplace_back(from, page_of(advance)).second;
    auto page = engine_.page_now(*slice.parked.stream, from, k_no_limit);
    if (!page) return nullptr;
    return &slice.pages.emplace_back(from, *std::move(page)).second;
}

Bytes const& LiveReads::frame_of(Slice& slice, Page const& page, std::uint64_t cursor,
                                 bool chunked) {
    for (auto const& frame : slice.frames)
        if (frame.from == page.start && frame.cursor == cursor && frame.chunked == chunked)
            return frame.bytes;
    auto text = sse_frame(*slice.parked.stream, page, cursor);
    Bytes bytes(chunked ? as_chunk(std::move(text)) : std::move(text));
    slice.frames.push_back({page.start, cursor, chunked, std::move(bytes)});
    return slice.frames.back().bytes;
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
    if (live.first_page) return; // it decides
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
