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

// Pages that one reader is sent before others have their turn.
constexpr int k_pages_in_a_row = 8;

// How long browsers wait before they come back. Not all the same time: a server that was restarted
// is not asked by everybody at once.
constexpr int k_retry_least_ms = 100;
constexpr int k_retry_most_ms = 1000;

// A piece of the body, as the connection has its bodies; an empty one is none.
std::string framed(Connection const& connection, std::string piece) {
    if (piece.empty() || !connection.is_chunked()) return piece;
    return as_chunk(std::move(piece));
}

// Who waits beyond the tail is told so.
Head told(LiveRead const& live, Head head) {
    if (live.beyond) head.tail = *live.beyond;
    return head;
}

} // namespace

void LiveReads::begin(Connection& connection, std::shared_ptr<Stream> stream,
                      ReadStart const& start, ReadContext context,
                      std::unique_ptr<ReaderSeats> seats) {
    if (connection.is_draining()) return connection.respond(refusal_response(Refusal::draining));
    auto live = std::make_unique<LiveRead>(std::move(stream), start, std::move(context), clock_);
    live->seats = std::move(seats);
    auto const now = Steady::now();
    bool const sse = live->is_sse();
    auto const lifetime = sse ? options_.sse_lifetime : options_.long_poll_timeout;
    bool const endless = sse && lifetime == Duration::zero();
    live->ends_at = endless ? Steady::time_point::max() : now + lifetime;
    bool const quiet = !sse || options_.sse_keep_alive == Duration::zero();
    live->keep_alive_at = quiet ? Steady::time_point::max() : now + options_.sse_keep_alive;
    connection.begin_live(std::move(live));
    if (!sse) return pump(connection);
    auto& begun = *connection.live();
    // What comes first lies in the object store: a fault there can still be told by a status.
    begun.first_page = begun.last > 0 || begun.stream->in_segment(begun.position).has_value();
    if (!begun.first_page)
        return connection.begin_body(
            sse_response(*begun.stream, begun.context.sharing)); // it pumps
    if (!fetch(connection)) connection.respond_after_wait(refusal_response(Refusal::busy));
}

// The page that comes next, for which nobody need wait here. False when too many are waiting.
bool LiveReads::fetch(Connection& connection) {
    auto& live = *connection.live();
    ReplyTo const reply_to{connection.courier(), connection.ticket()};
    live.fetching = live.last > 0
                        ? engine_.last_page_later(live.stream, live.last, live.limit(), reply_to)
                        : engine_.page_later(live.stream, live.position, live.limit(), reply_to);
    return live.fetching;
}

void LiveReads::on_first_page(Connection& connection, Result<Page> const& page) {
    auto& live = *connection.live();
    live.first_page = false;
    if (connection.is_draining())
        return connection.respond_after_wait(refusal_response(Refusal::draining));
    if (page && live.last > 0) live.begin_at(page->start);
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
        if (live->is_sse())
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

// Has the tail passed the place where the reader waits?
void LiveReads::look_beyond(LiveRead& live) {
    if (!live.beyond) return;
    auto const head = live.stream->head();
    auto const place = live.stream->read_from(*live.beyond);
    if (auto const* position = std::get_if<std::uint64_t>(&place)) return live.begin_at(*position);
    // What was there is gone already.
    if (std::holds_alternative<Refusal>(place)) return live.begin_at(live.stream->earliest());
    live.position = live.seen = head.end;
}

void LiveReads::pump_sse(Connection& connection) {
    auto& live = *connection.live();
    live.frame.reset();
    if (!live.control.empty())
        return connection.send_piece(Bytes(std::exchange(live.control, std::string())));
    auto const& stream = *live.stream;
    if (stream.life() != Life::live || stream.lifespan.has_ended(clock_.now()))
        return end(connection);
    look_beyond(live);
    auto const head = stream.head();
    if (live.has_more(head)) {
        unpark(connection);
        if (auto const page = engine_.page_now(stream, live.position, k_no_limit))
            return send_page(connection, *page);
        // Overloaded: the reader comes back and asks again.
        if (!fetch(connection)) return end(connection);
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
    if (live.last > 0) {
        if (!fetch(connection)) connection.respond_after_wait(refusal_response(Refusal::busy));
        return;
    }
    look_beyond(live);
    auto const head = stream.head();
    if (live.has_more(head)) {
        unpark(connection);
        auto const context = answer_context(live);
        if (auto known = edge_.find(stream, live.position, context))
            return connection.respond_after_wait(*std::move(known));
        if (auto const page = engine_.page_now(stream, live.position, live.limit()))
            return connection.respond_after_wait(edge_.answer(stream, *page, context).response);
        if (!fetch(connection)) connection.respond_after_wait(refusal_response(Refusal::busy));
        return;
    }
    if (head.closed) {
        auto const why = live.waited ? NoData::closed_while_waiting : NoData::closed_at_once;
        return connection.respond_after_wait(
            no_data_response(told(live, head), why, answer_context(live)));
    }
    live.waited = true;
    if (!live.parked && !park(connection)) return pump_long_poll(connection);
    set_deadline(connection);
}

void LiveReads::on_page(Connection& connection, Result<Page> page) {
    auto& live = *connection.live();
    live.fetching = false;
    if (live.first_page) return on_first_page(connection, page);
    if (!live.is_sse()) {
        auto const& stream = *live.stream;
        if (page && live.last > 0) {
            live.begin_at(page->start);
            if (page->end == page->start) return pump(connection); // an empty stream
        }
        return connection.respond_after_wait(
            page ? edge_.answer(stream, *page, answer_context(live)).response
                 : page_fault_response(page.error(), stream));
    }
    if (page) return send_page(connection, *page);
    if (page.error().fault == Fault::invalid) return end(connection); // the stream has ended
    // The response has begun, so an error can only be told by its end: the client comes back and is
    // told then. The fault itself is in the log.
    connection.close();
}

void LiveReads::send_page(Connection& connection, Page const& page) {
    auto& live = *connection.live();
    auto const end = sse_end(*live.stream, page);
    bool const only_a_part = end < page.end && end == page.start; // of a character
    live.position = end;
    live.seen = page.end;
    live.announced_closed = page.closed();
    if (std::exchange(live.announced, page.up_to_date()) && only_a_part) return pump(connection);
    std::string frame;
    if (!std::exchange(live.greeted, true)) {
        std::uniform_int_distribution<int> retry(k_retry_least_ms, k_retry_most_ms);
        append_sse_retry(frame, std::chrono::milliseconds(retry(chance_)));
    }
    // Its leaving pumps, and the pump goes on from the new position.
    if (page.body.size() >= SharedFrames::k_from)
        return send_large(connection, page, std::move(frame));
    frame.append(sse_frame(*live.stream, page, cursor_of(live)));
    connection.send_piece(Bytes(framed(connection, std::move(frame))));
}

void LiveReads::send_large(Connection& connection, Page const& page, std::string before) {
    auto& live = *connection.live();
    live.frame = large_.data_of(*live.stream, page, connection.is_chunked());
    live.control = framed(connection, sse_control(*live.stream, page, cursor_of(live)));
    connection.send_piece(*live.frame, framed(connection, std::move(before)));
}

void LiveReads::send_control(Connection& connection, Head const& head) {
    auto const& live = *connection.live();
    send_page(connection, empty_page(*live.stream, told(live, head)));
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
    bool const moved = head.end != live.seen || head.closed || life != Life::live;
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
    if (stream.lifespan.has_ended(clock_.now())) return Refusal::stream_not_found;
    return std::nullopt;
}

void LiveReads::set_deadline(Connection& connection) {
    auto const& live = *connection.live();
    connection.set_deadline(std::min(live.ends_at, live.keep_alive_at));
}

void LiveReads::on_deadline(Connection& connection, Steady::time_point now) {
    auto& live = *connection.live();
    if (live.fetching) return connection.set_deadline(now + std::chrono::seconds(1));
    if (live.held_back) {
        live.held_back = false;
        return pump(connection);
    }
    if (now >= live.ends_at) return end(connection);
    live.keep_alive_at = now + options_.sse_keep_alive;
    connection.send_piece(Bytes(framed(connection, std::string(k_sse_keep_alive))));
}

void LiveReads::end(Connection& connection) {
    auto& live = *connection.live();
    if (live.first_page) return; // it decides
    if (live.is_sse()) return connection.end_body();
    if (auto const refusal = ended(*live.stream))
        return connection.respond_after_wait(refusal_response(*refusal));
    // A commit may have come between the last look and this one: then there is data to be told, and
    // a tail told without it would be skipped over. One look at the head decides and is told.
    look_beyond(live);
    auto const head = live.stream->head();
    if (live.fetching) return; // the page will be the answer
    if (live.has_more(head)) return pump(connection);
    connection.respond_after_wait(
        no_data_response(told(live, head), NoData::timed_out, answer_context(live)));
}

} // namespace ds::http
