// What live readers do when a wave wakes them.
#include "frontends/streams/http_names.h"
#include "frontends/streams/live_reads.h"
#include "frontends/streams/options.h"
#include "protocol/cursor.h"

#include <cstdint>
#include <memory>
#include <new>
#include <set>
#include <utility>
#include <vector>

namespace ds::streams {

namespace {

using Steady = std::chrono::steady_clock;

// What the readers of a slice share, each made at most once.
class SliceFrames final : public follow::SliceCache {
public:
    Bytes const& frame_of(Stream const& stream, Page const& page, std::uint64_t cursor,
                          bool chunked) {
        for (auto const& frame : frames_)
            if (frame.from == page.start && frame.cursor == cursor && frame.chunked == chunked)
                return frame.bytes;
        auto text = sse_frame(stream, page, cursor);
        Bytes bytes(chunked ? as_chunk(std::move(text)) : std::move(text));
        return frames_.emplace_back(Frame{page.start, cursor, chunked, std::move(bytes)}).bytes;
    }
    // The next reader is sent it, too.
    void keep(std::shared_ptr<Bytes const> large) { large_.insert(std::move(large)); }

private:
    struct Frame {
        std::uint64_t from;
        std::uint64_t cursor;
        bool chunked;
        Bytes bytes;
    };
    std::vector<Frame> frames_;
    std::set<std::shared_ptr<Bytes const>> large_;
};

} // namespace

void LiveRead::wake(follow::Slice& slice) {
    reads.wake(*this, slice);
}

void LiveReads::wake(LiveRead& live, follow::Slice& slice) {
    // A reader whose last piece is still on its way goes on by itself when that has left.
    if (live.exchange.has_unsent()) return;
    ExchangePtr const alive(&live.exchange); // a peer that is gone ends it on the way
    try {
        bool const has_all = live.seen >= slice.head.end; // of a stream that has closed
        if (slice.ended || has_all || live.beyond || live.limit() != k_no_limit)
            pump(live);
        else if (live.is_sse())
            wake_sse(live, slice);
        else
            wake_long_poll(live, slice);
    } catch (std::bad_alloc const&) {
        in_wave_ = false;
        alive->cut(); // it comes back
    }
}

void LiveReads::wake_sse(LiveRead& live, follow::Slice& slice) {
    auto const* page = slice.page_from(live.position);
    if (page == nullptr || !page->up_to_date()) return pump(live);
    auto const end = sse_end(*live.stream, *page);
    live.seen = page->end;
    live.announced_closed = page->closed();
    if (std::exchange(live.position, end) == end) return; // only a part of a character
    bool const chunked = live.exchange.is_chunked();
    auto& frames = slice.cache<SliceFrames>();
    // The same for all, whatever their cursors. Its leaving pumps, and then the control event goes.
    if (page->body.size() >= SharedFrames::k_from) {
        frames.keep(large_.data_of(*live.stream, *page, chunked));
        return send_large(live, *page, {});
    }
    auto const cursor = next_cursor(slice.now, live.context.query.cursor);
    ExchangePtr const alive(&live.exchange);
    in_wave_ = true;
    live.exchange.send_piece(frames.frame_of(*live.stream, *page, cursor, chunked));
    in_wave_ = false;
    if (page->closed() && alive->is_left(live)) pump(live);
}

void LiveReads::wake_long_poll(LiveRead& live, follow::Slice& slice) {
    auto const& stream = *live.stream;
    auto const context = answer_context(live);
    bool first = false;
    auto response = edge_.find(stream, live.position, context);
    if (!response) {
        auto const* page = slice.page_from(live.position);
        if (page == nullptr || !page->up_to_date()) return pump(live);
        auto told = edge_.answer(stream, *page, context);
        first = told.first;
        response.emplace(std::move(told.response));
    }
    parked.unpark(live);
    if (!first && options_.wake_stagger > options_.wake_stagger.zero()) return hold_back(live);
    live.exchange.respond(*std::move(response));
}

// It asks again when its time has come: there may be more to tell by then.
void LiveReads::hold_back(LiveRead& live) {
    std::uniform_int_distribution<std::int64_t> within(0, options_.wake_stagger.count());
    live.held_back = true;
    live.exchange.set_deadline(Steady::now() + std::chrono::milliseconds(within(chance_)));
}

} // namespace ds::streams
