// Live readers of an event loop over HTTP: SSE and long-poll. (Protocol sections 5.7 and 5.8)
//
// How they park and who wakes them: service/follow. Readers of a slice who stand in the same place
// are sent the same frame, rendered once; of a large page, the data event alone is shared, as the
// cursor in the control event may be another for each reader.
//
// Of long-polls that wait for the same, one is answered first, and with --wake-stagger the others
// follow over that time: a cache in front then has the answer before their next requests come.
#pragma once

#include "engine/engine.h"
#include "frontends/streams/edge_cache.h"
#include "frontends/streams/shared_frames.h"
#include "frontends/streams/stream_answers.h"
#include "frontends/streams/stream_waiter.h"
#include "http/exchange.h"
#include "service/follow/parked_readers.h"
#include "service/follow/slice.h"
#include "service/follow/stream_reader.h"
#include "service/quota/quota.h"
#include "transport/address.h"
#include "transport/event_loop.h"

#include <chrono>
#include <memory>
#include <optional>
#include <random>
#include <utility>

namespace ds::streams {

struct FrontendOptions;
class LiveReads;

// Where a read begins.
struct ReadStart {
    std::uint64_t position = 0;
    std::optional<Offset> beyond{}; // the tail: there is nothing until the tail has passed it
    std::uint64_t last = 0;         // where so many last messages begin, which has to be looked up
};

// A live reader: an exchange that waits for long.
struct LiveRead final : StreamWaiter, follow::StreamReader {
    LiveRead(LiveReads& all, http::Exchange& of, std::shared_ptr<Stream> followed,
             ReadStart const& start, ReadContext read);

    bool is_sse() const { return context.query.live == Live::sse; }
    // The most messages of the answer.
    std::uint64_t limit() const {
        auto const asked = context.query.limit;
        return is_sse() || asked == 0 ? k_no_limit : asked;
    }
    // Whether there is something to be sent, also what is left of a character when nothing follows.
    bool has_more(Head const& head) const {
        return !beyond && (seen < head.end || (head.closed && position < head.end));
    }
    void begin_at(std::uint64_t where) {
        position = seen = where;
        beyond.reset();
        last = 0;
    }

    void on_page(http::Exchange&, Result<Page> page) override;
    void on_room(http::Exchange&) override;
    void on_deadline(http::Exchange&) override;
    void on_drain(http::Exchange&) override;
    void wake(follow::Slice& slice) override;

    // SSE: a large event that is on its way, and what follows it.
    struct LargeEvent {
        std::shared_ptr<Bytes const> frame;
        std::string control;
    };

    LiveReads& reads;
    http::Exchange& exchange;
    // Everything before it has been sent; what is between it and `seen` waits for the rest of its
    // character.
    std::uint64_t position;
    std::optional<Offset> beyond;
    std::uint64_t last;
    ReadContext const context;
    std::unique_ptr<LargeEvent> large;
    // What it holds of the limits; null when there are none.
    std::unique_ptr<quota::ReaderSlots> slots;
    // Who came through a proxy, for the access log; else null.
    std::unique_ptr<transport::Address const> client;
    bool fetching = false;         // a page has been asked for
    bool first_page = false;       // SSE: it decides whether there is a body at all
    bool greeted = false;          // SSE: something has been sent
    bool announced = false;        // SSE: the reader knows that it is up to date
    bool announced_closed = false; // SSE: the reader knows that this was all
    bool waited = false;           // long-poll: there was nothing at first
    bool pumping = false;          // further up; then what comes next is done there
    bool pump_again = false;
    bool held_back = false; // long-poll: there is data, and it is told a little later
    transport::SteadyTime ends_at;
    transport::SteadyTime keep_alive_at;
};

class LiveReads {
public:
    // `mailbox`: to which pages and advances are delivered.
    LiveReads(Engine& engine, FrontendOptions const& options, EdgeCache& edge, Courier& mailbox,
              transport::EventLoop& loop);

    void begin(http::Exchange& exchange, std::shared_ptr<Stream> stream, ReadStart const& start,
               ReadContext context, std::unique_ptr<quota::ReaderSlots> slots);
    // The reader's last piece has left; what is next?
    void pump(LiveRead& live);
    void on_page(LiveRead& live, Result<Page> page);
    void on_deadline(LiveRead& live);
    // Ends the response the way a client expects: it will come back and go on.
    void end(LiveRead& live);
    void wake(LiveRead& live, follow::Slice& slice);

    follow::ParkedReaders parked;

private:
    static void on_first_page(LiveRead& live, Result<Page> const& page);
    void pump_sse(LiveRead& live);
    void pump_long_poll(LiveRead& live);
    static void look_beyond(LiveRead& live);
    bool fetch(LiveRead& live);
    void wake_sse(LiveRead& live, follow::Slice& slice);
    void wake_long_poll(LiveRead& live, follow::Slice& slice);
    void hold_back(LiveRead& live);
    void send_page(LiveRead& live, Page const& page);
    // The event of a large page, which all who are sent it share; its control event comes after it.
    void send_large(LiveRead& live, Page const& page, std::string before);
    void send_control(LiveRead& live, Head const& head);
    std::uint64_t cursor_of(LiveRead const& live) const;
    ReadContext answer_context(LiveRead const& live) const;
    std::optional<Refusal> ended(Stream const& stream) const;
    static void set_deadline(LiveRead& live);

    Engine& engine_;
    Clock const& clock_;
    FrontendOptions const& options_;
    EdgeCache& edge_;
    std::minstd_rand chance_{std::random_device{}()};
    Courier& mailbox_;
    transport::EventLoop& loop_;
    bool in_wave_ = false; // a piece is being sent by a wave, which knows what comes next
    SharedFrames large_;
};

} // namespace ds::streams
