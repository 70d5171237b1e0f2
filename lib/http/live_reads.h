// Live readers of one io thread: SSE and long-poll. (Protocol sections 5.7 and 5.8)
//
// A reader first catches up page by page, each page sent before the next is fetched, so that a slow
// reader holds one page at most and loses nothing. At the tail it is parked: registered under its
// stream, then the tail is looked at once more, so that no wake is lost.
//
// A commit starts a wave over the parked of its stream. Who stands in the same place is sent the
// same frame, rendered once; of a large page, the data event alone is shared, as the cursor in the
// control event may be another for each reader. A wave goes on in slices, and between two of them
// the io thread does its other work, such as reading the next append: what that brings is in the
// frames of the slices that follow, so that a reader who is told late is told more at once.
//
// Of long-polls that wait for the same, one is answered first, and with --wake-stagger the others
// follow over that time: a cache in front then has the answer before their next requests come.
#pragma once

#include "engine/engine.h"
#include "http/edge_cache.h"
#include "http/limits.h"
#include "http/options.h"
#include "http/shared_frames.h"
#include "http/stream_answers.h"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <unordered_map>
#include <vector>

namespace ds::http {

class Connection;

// Where a read begins.
struct ReadStart {
    std::uint64_t position = 0;
    std::optional<Offset> beyond{}; // the tail: there is nothing until the tail has passed it
    std::uint64_t last = 0;         // where so many last messages begin, which has to be looked up
};

// What is known of one live reader. The stream does not expire while it exists.
struct LiveRead {
    LiveRead(std::shared_ptr<Stream> followed, ReadStart const& start, ReadContext read,
             Clock const& time)
        : stream(std::move(followed)),
          position(start.position),
          seen(start.position),
          beyond(start.beyond),
          last(start.last),
          context(std::move(read)),
          clock(time) {
        stream->lifespan.attach();
    }
    ~LiveRead() { stream->lifespan.detach(clock.now()); }
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
    LiveRead(LiveRead const&) = delete;
    LiveRead& operator=(LiveRead const&) = delete;

    std::shared_ptr<Stream> const stream;
    std::uint64_t position; // everything before it has been sent
    std::uint64_t seen;     // and what is before this waits for the rest of its character
    std::optional<Offset> beyond;
    std::uint64_t last;
    ReadContext const context;
    Clock const& clock;
    std::shared_ptr<Bytes const> frame; // SSE: a large event that is on its way
    std::string control;                // SSE: what follows it
    std::unique_ptr<ReaderSeats> seats; // what it holds of the limits; null when there are none
    bool parked = false;
    bool fetching = false;         // a page has been asked for
    bool first_page = false;       // SSE: it decides whether there is a body at all
    bool greeted = false;          // SSE: something has been sent
    bool announced = false;        // SSE: the reader knows that it is up to date
    bool announced_closed = false; // SSE: the reader knows that this was all
    bool waited = false;           // long-poll: there was nothing at first
    bool pumping = false;          // further up; then what comes next is done there
    bool pump_again = false;
    bool held_back = false; // long-poll: there is data, and it is told a little later
    std::size_t place = 0;  // among the parked of its stream
    std::chrono::steady_clock::time_point ends_at;
    std::chrono::steady_clock::time_point keep_alive_at;
};

class LiveReads {
public:
    LiveReads(Engine& engine, Clock const& clock, HttpOptions const& options, EdgeCache& edge,
              unsigned courier, boost::asio::io_context& context)
        : engine_(engine),
          clock_(clock),
          options_(options),
          edge_(edge),
          courier_(courier),
          context_(context) {}

    void begin(Connection& connection, std::shared_ptr<Stream> stream, ReadStart const& start,
               ReadContext context, std::unique_ptr<ReaderSeats> seats);
    // The reader's last piece has left; what is next?
    void pump(Connection& connection);
    void on_page(Connection& connection, Result<Page> page);
    void on_advance(std::shared_ptr<Advance const> const& advance);
    void on_deadline(Connection& connection, std::chrono::steady_clock::time_point now);
    // Ends the response the way a client expects: it will come back and go on.
    void end(Connection& connection);
    void unpark(Connection& connection);

private:
    // The readers that wait for a stream, and how far the wave over them has come.
    struct Parked {
        std::shared_ptr<Stream> stream;
        std::vector<Connection*> readers;       // null: it has left since the wave began
        std::size_t present = 0;                // that are not null
        std::size_t next = 0;                   // to be visited; goes round
        std::size_t left = 0;                   // visits until everybody knows of the last commit
        bool waving = false;                    // places stay as they are
        std::shared_ptr<Advance const> advance; // the last one
    };
    using Streams = std::unordered_map<Stream const*, Parked>;
    // What the readers of a slice share, each made at most once.
    struct Slice {
        Parked const& parked;
        Head head;
        bool ended;
        Millis now;
        std::vector<std::pair<std::uint64_t, Page>> pages; // by where they start
        struct Frame {
            std::uint64_t from;
            std::uint64_t cursor;
            bool chunked;
            Bytes bytes;
        };
        std::vector<Frame> frames;
        std::set<std::shared_ptr<Bytes const>> large; // held: the next reader is sent them, too
    };

    static void on_first_page(Connection& connection, Result<Page> const& page);
    void close_gaps(Parked& parked);
    void pump_sse(Connection& connection);
    void pump_long_poll(Connection& connection);
    static void look_beyond(LiveRead& live);
    bool fetch(Connection& connection);
    // False when the stream has moved on: then the reader is not parked.
    bool park(Connection& connection);
    void run_slice(Stream const* stream);
    void tidy(Stream const* stream);
    void wake_reader(Connection& connection, Slice& slice);
    void wake_long_poll(Connection& connection, Slice& slice);
    void hold_back(Connection& connection);
    Page const* page_from(Slice& slice, std::uint64_t from);
    void send_page(Connection& connection, Page const& page);
    // The event of a large page, which all who are sent it share; its control event comes after it.
    void send_large(Connection& connection, Page const& page, std::string before);
    void send_control(Connection& connection, Head const& head);
    static Bytes const& frame_of(Slice& slice, Page const& page, std::uint64_t cursor,
                                 bool chunked);
    std::uint64_t cursor_of(LiveRead const& live) const;
    ReadContext answer_context(LiveRead const& live) const;
    std::optional<Refusal> ended(Stream const& stream) const;
    void set_deadline(Connection& connection);

    Engine& engine_;
    Clock const& clock_;
    HttpOptions const& options_;
    EdgeCache& edge_;
    std::minstd_rand chance_{std::random_device{}()};
    unsigned courier_;
    boost::asio::io_context& context_;
    bool in_wave_ = false; // a piece is being sent by a wave, which knows what comes next
    Streams streams_;
    SharedFrames large_;
};

} // namespace ds::http
