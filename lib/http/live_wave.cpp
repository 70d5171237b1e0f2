// The wave over the readers of a stream that a commit wakes, slice by slice.
#include "http/connection.h"
#include "http/live_reads.h"
#include "protocol/cursor.h"

#include <boost/asio/post.hpp>

#include <new>
#include <utility>

namespace ds::http {

namespace {

using Steady = std::chrono::steady_clock;

// Readers told before the io thread looks at its other work: about a millisecond.
constexpr std::size_t k_slice = 256;

// The pieces of a commit as a page, for a reader that stands where the commit began.
Page page_of(Advance const& advance) {
    auto const& stream = *advance.stream;
    std::vector<Piece> pieces(advance.rows.size());
    auto cut = cut_page(pieces, advance.rows, advance.from, k_no_limit, form_of(stream));
    Page page;
    page.body = std::move(cut.body);
    page.start = advance.from;
    page.end = cut.end;
    page.next = cut.end == advance.head.end ? advance.head.tail : stream.locate(cut.end);
    page.time_ms = cut.time_ms;
    page.messages = cut.messages;
    page.head = advance.head;
    return page;
}

} // namespace

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
    bool const ended = stream->life() != Life::live || stream->lifespan.has_ended(now);
    Slice slice{parked, stream->head(), ended, now, {}, {}, {}};
    for (std::size_t visits = 0; parked.left > 0 && visits < k_slice; --parked.left) {
        parked.next = parked.next < parked.readers.size() ? parked.next : 0;
        auto* const reader = parked.readers[parked.next++];
        if (reader == nullptr) continue;
        ++visits;
        auto const alive = reader->shared_from_this(); // a peer that is gone ends it on the way
        try {
            wake_reader(*alive, slice);
        } catch (std::bad_alloc const&) {
            in_wave_ = false;
            alive->close(); // it comes back
        }
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
    // A reader whose last piece is still on its way goes on by itself when that has left.
    if (connection.has_unsent()) return;
    auto const& head = slice.head;
    bool const closes = head.closed && live.seen == head.end;
    if (slice.ended || closes || live.beyond) return pump(connection);
    if (live.seen >= head.end) return; // told by an earlier slice
    if (live.limit() != k_no_limit) return pump(connection);
    if (!live.is_sse()) return wake_long_poll(connection, slice);
    auto const* page = page_from(slice, live.position);
    if (page == nullptr || !page->up_to_date()) return pump(connection);
    auto const end = sse_end(*live.stream, *page);
    live.seen = page->end;
    live.announced_closed = page->closed();
    if (std::exchange(live.position, end) == end) return; // only a part of a character
    // The same for all, whatever their cursors. Its leaving pumps, and then the control event goes.
    if (page->body.size() >= SharedFrames::k_from) {
        slice.large.insert(large_.data_of(*live.stream, *page, connection.is_chunked()));
        return send_large(connection, *page, {});
    }
    auto const cursor = next_cursor(slice.now, live.context.query.cursor);
    in_wave_ = true;
    connection.send_piece(frame_of(slice, *page, cursor, connection.is_chunked()));
    in_wave_ = false;
    if (page->closed()) pump(connection);
}

void LiveReads::wake_long_poll(Connection& connection, Slice& slice) {
    auto const& live = *connection.live();
    auto const& stream = *live.stream;
    auto const context = answer_context(live);
    bool first = false;
    auto response = edge_.find(stream, live.position, context);
    if (!response) {
        auto const* page = page_from(slice, live.position);
        if (page == nullptr || !page->up_to_date()) return pump(connection);
        auto told = edge_.answer(stream, *page, context);
        first = told.first;
        response.emplace(std::move(told.response));
    }
    unpark(connection);
    if (!first && options_.wake_stagger > Duration::zero()) return hold_back(connection);
    connection.respond_after_wait(*std::move(response));
}

// It asks again when its time has come: there may be more to tell by then.
void LiveReads::hold_back(Connection& connection) {
    std::uniform_int_distribution<Duration::rep> within(0, options_.wake_stagger.count());
    connection.live()->held_back = true;
    connection.set_deadline(Steady::now() + Duration(within(chance_)));
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

} // namespace ds::http
