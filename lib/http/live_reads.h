// Live readers of one io thread: SSE and long-poll. (Protocol sections 5.7 and 5.8)
//
// A reader first catches up page by page, each page sent before the next is fetched, so that a slow
// reader holds one page at most and loses nothing. At the tail it is parked: registered under its
// stream, then the tail is looked at once more, so that no wake is lost. A commit wakes the parked;
// whoever stands exactly where the commit began is sent the one frame that all share, everybody
// else reads on.
#pragma once

#include "engine/engine.h"
#include "http/options.h"
#include "http/stream_answers.h"

#include <chrono>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

namespace ds::http {

class Connection;

// What is known of one live reader. The stream does not expire while it exists.
struct LiveRead {
    LiveRead(std::shared_ptr<Stream> followed, std::uint64_t from, ReadContext read,
             Clock const& time)
        : stream(std::move(followed)),
          position(from),
          context(std::move(read)),
          clock(time) {
        stream->attach();
    }
    ~LiveRead() { stream->detach(clock.now()); }
    LiveRead(LiveRead const&) = delete;
    LiveRead& operator=(LiveRead const&) = delete;

    std::shared_ptr<Stream> const stream;
    std::uint64_t position; // everything before it has been sent
    ReadContext const context;
    Clock const& clock;
    bool parked = false;
    bool fetching = false;         // a page has been asked for
    bool announced = false;        // SSE: the reader knows that it is up to date
    bool announced_closed = false; // SSE: the reader knows that this was all
    bool waited = false;           // long-poll: there was nothing at first
    std::size_t place = 0;         // among the parked of its stream
    std::chrono::steady_clock::time_point ends_at;
    std::chrono::steady_clock::time_point keep_alive_at;
};

class LiveReads {
public:
    LiveReads(Engine& engine, Clock const& clock, HttpOptions const& options, unsigned courier)
        : engine_(engine),
          clock_(clock),
          options_(options),
          courier_(courier) {}

    void begin(Connection& connection, std::shared_ptr<Stream> stream, std::uint64_t from,
               ReadContext context);
    // The reader's last piece has left; what is next?
    void pump(Connection& connection);
    void on_page(Connection& connection, Result<Page> page);
    void on_advance(Advance const& advance);
    void on_deadline(Connection& connection, std::chrono::steady_clock::time_point now);
    // Ends the response the way a client expects: it will come back and go on.
    void end(Connection& connection);
    void unpark(Connection& connection);

private:
    // The page and the frames of one commit, made at most once for all who are woken by it.
    struct Wake {
        Advance const& advance;
        std::optional<Page> page;
        std::vector<std::pair<std::uint64_t, Bytes>> frames; // by cursor
        std::vector<std::pair<std::uint64_t, Bytes>> chunks;
    };

    void pump_sse(Connection& connection);
    void pump_long_poll(Connection& connection);
    // False when the stream has moved on: then the reader is not parked.
    bool park(Connection& connection);
    void wake_reader(Connection& connection, Wake& wake);
    void send_page(Connection& connection, Page const& page);
    void send_control(Connection& connection, Head const& head);
    Bytes const& frame_of(Wake& wake, std::uint64_t cursor, bool chunked);
    std::uint64_t cursor_of(LiveRead const& live) const;
    ReadContext answer_context(LiveRead const& live) const;
    std::optional<Refusal> ended(Stream const& stream) const;
    void set_deadline(Connection& connection);

    Engine& engine_;
    Clock const& clock_;
    HttpOptions const& options_;
    unsigned courier_;
    struct Parked {
        std::shared_ptr<Stream> stream;
        std::vector<Connection*> readers;
    };
    std::unordered_map<Stream const*, Parked> streams_;
};

} // namespace ds::http
