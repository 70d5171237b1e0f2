// Catching up, waiting, and the end of live readers.
#include "frontends/streams/live_reads.h"

#include "frontends/streams/http_names.h"
#include "frontends/streams/options.h"
#include "frontends/streams/refusals.h"
#include "protocol/cursor.h"
#include "protocol/sse.h"

#include <algorithm>
#include <utility>

namespace ds::streams {

namespace {

using Steady = std::chrono::steady_clock;

// Pages that one reader is sent before others have their turn.
constexpr int k_pages_in_a_row = 8;

// How long browsers wait before they come back. Not all the same time: a server that was restarted
// is not asked by everybody at once.
constexpr int k_retry_least_ms = 100;
constexpr int k_retry_most_ms = 1000;

// A piece of the body, as the connection has its bodies; an empty one is none.
std::string framed(LiveRead const& live, std::string piece) {
    if (piece.empty() || !live.exchange.is_chunked()) return piece;
    return as_chunk(std::move(piece));
}

// Who waits beyond the tail is told so.
Head told(LiveRead const& live, Head head) {
    if (live.beyond) head.tail = *live.beyond;
    return head;
}

} // namespace

LiveRead::LiveRead(LiveReads& all, Exchange& of, std::shared_ptr<Stream> followed,
                   ReadStart const& start, ReadContext read)
    : StreamReader(all.parked, std::move(followed), start.position),
      reads(all),
      exchange(of),
      position(start.position),
      beyond(start.beyond),
      last(start.last),
      context(std::move(read)) {}

void LiveRead::on_page(Exchange&, Result<Page> page) {
    reads.on_page(*this, std::move(page));
}

void LiveRead::on_room(Exchange&) {
    reads.pump(*this);
}

void LiveRead::on_deadline(Exchange&) {
    reads.on_deadline(*this);
}

void LiveRead::on_drain(Exchange&) {
    reads.end(*this);
}

LiveReads::LiveReads(Engine& engine, FrontendOptions const& options, EdgeCache& edge,
                     Courier& mailbox, transport::EventLoop& loop)
    : parked(engine, mailbox.number(),
             [&loop](std::function<void()> work) { loop.post(std::move(work)); }),
      engine_(engine),
      clock_(engine.clock()),
      options_(options),
      edge_(edge),
      mailbox_(mailbox),
      loop_(loop) {}

void LiveReads::begin(Exchange& exchange, std::shared_ptr<Stream> stream, ReadStart const& start,
                      ReadContext context, std::unique_ptr<quota::ReaderSlots> slots) {
    if (exchange.is_draining()) return exchange.respond(refusal_response(Refusal::draining));
    auto* const live = new LiveRead(*this, exchange, std::move(stream), start, std::move(context));
    exchange.wait(http::WaiterPtr(live));
    live->slots = std::move(slots);
    bool const proxied = !options_.session.trusted_proxies.empty();
    if (proxied && options_.access_log != AccessLogged::off)
        live->client = std::make_unique<transport::Address const>(exchange.client().address);
    auto const now = Steady::now();
    bool const sse = live->is_sse();
    auto const lifetime = sse ? options_.sse_lifetime : options_.long_poll_timeout;
    bool const endless = sse && lifetime == lifetime.zero();
    live->ends_at = endless ? Steady::time_point::max() : now + lifetime;
    bool const quiet = !sse || options_.sse_keep_alive == lifetime.zero();
    live->keep_alive_at = quiet ? Steady::time_point::max() : now + options_.sse_keep_alive;
    ExchangePtr const alive(&exchange);
    exchange.forget_request();
    if (!alive->is_left(*live)) return; // the reader has gone
    if (!sse) return pump(*live);
    // What comes first lies in the object store: a fault there can still be told by a status.
    live->first_page = live->last > 0 || live->stream->in_segment(live->position).has_value();
    if (!live->first_page)
        return exchange.begin_body(sse_response(*live->stream, live->context.sharing)); // it pumps
    if (!fetch(*live)) exchange.respond(refusal_response(Refusal::busy));
}

// The page that comes next, for which nobody need wait here. False when too many are waiting.
bool LiveReads::fetch(LiveRead& live) {
    ReplyTo const reply_to{&mailbox_, live.exchange.ticket()};
    live.fetching = live.last > 0
                        ? engine_.last_page_later(live.stream, live.last, live.limit(), reply_to)
                        : engine_.page_later(live.stream, live.position, live.limit(), reply_to);
    return live.fetching;
}

void LiveReads::on_first_page(LiveRead& live, Result<Page> const& page) {
    live.first_page = false;
    if (live.exchange.is_draining())
        return live.exchange.respond(refusal_response(Refusal::draining));
    if (page && live.last > 0) live.begin_at(page->start);
    // The page is at hand when it is asked for again.
    if (page) return live.exchange.begin_body(sse_response(*live.stream, live.context.sharing));
    live.exchange.respond(page_fault_response(page.error(), *live.stream));
}

void LiveReads::pump(LiveRead& live) {
    if (live.fetching || in_wave_ || live.exchange.has_unsent()) return;
    if (live.pumping) {
        live.pump_again = true;
        return;
    }
    ExchangePtr const alive(&live.exchange);
    for (int rounds = 0; rounds < k_pages_in_a_row; ++rounds) {
        live.pumping = true;
        live.pump_again = false;
        if (live.is_sse())
            pump_sse(live);
        else
            pump_long_poll(live);
        if (!alive->is_left(live)) return; // it is over
        live.pumping = false;
        if (!live.pump_again) return;
    }
    loop_.post([this, alive, &live] {
        if (alive->is_left(live)) pump(live);
    });
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

void LiveReads::pump_sse(LiveRead& live) {
    if (auto const large = std::move(live.large))
        return live.exchange.send_piece(Bytes(std::move(large->control)));
    auto const& stream = *live.stream;
    if (stream.life() != Life::live || stream.lifespan.has_ended(clock_.now())) return end(live);
    look_beyond(live);
    auto const head = stream.head();
    if (live.has_more(head)) {
        parked.unpark(live);
        if (auto const page = engine_.page_now(stream, live.position, k_no_limit))
            return send_page(live, *page);
        // Overloaded: the reader comes back and asks again.
        if (!fetch(live)) return end(live);
        return;
    }
    // What was said last need not be said again: the closing control went out with the last page.
    if (head.closed && live.announced_closed) return end(live);
    if (head.closed || !live.announced) return send_control(live, head);
    if (!live.is_parked() && !parked.park(live)) return pump_sse(live);
    set_deadline(live);
}

void LiveReads::pump_long_poll(LiveRead& live) {
    auto const& stream = *live.stream;
    if (auto const refusal = ended(stream))
        return live.exchange.respond(refusal_response(*refusal));
    if (live.last > 0) {
        if (!fetch(live)) live.exchange.respond(refusal_response(Refusal::busy));
        return;
    }
    look_beyond(live);
    auto const head = stream.head();
    if (live.has_more(head)) {
        parked.unpark(live);
        auto const context = answer_context(live);
        if (auto known = edge_.find(stream, live.position, context))
            return live.exchange.respond(*std::move(known));
        if (auto const page = engine_.page_now(stream, live.position, live.limit()))
            return live.exchange.respond(edge_.answer(stream, *page, context).response);
        if (!fetch(live)) live.exchange.respond(refusal_response(Refusal::busy));
        return;
    }
    if (head.closed) {
        auto const why = live.waited ? NoData::closed_while_waiting : NoData::closed_at_once;
        return live.exchange.respond(no_data_response(told(live, head), why, answer_context(live)));
    }
    live.waited = true;
    if (!live.is_parked() && !parked.park(live)) return pump_long_poll(live);
    set_deadline(live);
}

void LiveReads::on_page(LiveRead& live, Result<Page> page) {
    live.fetching = false;
    if (live.first_page) return on_first_page(live, page);
    if (!live.is_sse()) {
        auto const& stream = *live.stream;
        if (page && live.last > 0) {
            live.begin_at(page->start);
            if (page->end == page->start) return pump(live); // an empty stream
        }
        return live.exchange.respond(
            page ? edge_.answer(stream, *page, answer_context(live)).response
                 : page_fault_response(page.error(), stream));
    }
    if (page) return send_page(live, *page);
    if (page.error().fault == Fault::invalid) return end(live); // the stream has ended
    // The response has begun, so an error can only be told by its end: the client comes back and is
    // told then. The fault itself is in the log.
    live.exchange.cut();
}

void LiveReads::send_page(LiveRead& live, Page const& page) {
    auto const end = sse_end(*live.stream, page);
    bool const only_a_part = end < page.end && end == page.start; // of a character
    live.position = end;
    live.seen = page.end;
    live.announced_closed = page.closed();
    if (std::exchange(live.announced, page.up_to_date()) && only_a_part) return pump(live);
    std::string frame;
    if (!std::exchange(live.greeted, true)) {
        std::uniform_int_distribution<int> retry(k_retry_least_ms, k_retry_most_ms);
        append_sse_retry(frame, std::chrono::milliseconds(retry(chance_)));
    }
    // Its leaving pumps, and the pump goes on from the new position.
    if (page.body.size() >= SharedFrames::k_from) return send_large(live, page, std::move(frame));
    frame.append(sse_frame(*live.stream, page, cursor_of(live)));
    live.exchange.send_piece(Bytes(framed(live, std::move(frame))));
}

void LiveReads::send_large(LiveRead& live, Page const& page, std::string before) {
    live.large = std::make_unique<LiveRead::LargeEvent>(
        LiveRead::LargeEvent{large_.data_of(*live.stream, page, live.exchange.is_chunked()),
                             framed(live, sse_control(*live.stream, page, cursor_of(live)))});
    Bytes const event = *live.large->frame; // its leaving pumps
    live.exchange.send_piece(event, framed(live, std::move(before)));
}

void LiveReads::send_control(LiveRead& live, Head const& head) {
    send_page(live, empty_page(*live.stream, told(live, head)));
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

void LiveReads::set_deadline(LiveRead& live) {
    live.exchange.set_deadline(std::min(live.ends_at, live.keep_alive_at));
}

void LiveReads::on_deadline(LiveRead& live) {
    auto const now = loop_.now();
    if (live.fetching) return live.exchange.set_deadline(now + std::chrono::seconds(1));
    if (live.held_back) {
        live.held_back = false;
        return pump(live);
    }
    if (now >= live.ends_at) return end(live);
    live.keep_alive_at = now + options_.sse_keep_alive;
    live.exchange.send_piece(Bytes(framed(live, std::string(k_sse_keep_alive))));
}

void LiveReads::end(LiveRead& live) {
    if (live.first_page) return; // it decides
    if (live.is_sse()) return live.exchange.end_body();
    if (auto const refusal = ended(*live.stream))
        return live.exchange.respond(refusal_response(*refusal));
    // A commit may have come between the last look and this one: then there is data to be told, and
    // a tail told without it would be skipped over. One look at the head decides and is told.
    look_beyond(live);
    auto const head = live.stream->head();
    if (live.fetching) return; // the page will be the answer
    if (live.has_more(head)) return pump(live);
    live.exchange.respond(
        no_data_response(told(live, head), NoData::timed_out, answer_context(live)));
}

} // namespace ds::streams
