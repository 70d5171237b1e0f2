// Reads a stream from an offset on, for ever: catch-up pages, then SSE, resuming after
// interruptions.
//
// What is handed out is exact and whole: every byte of the stream from the offset on, once, in
// order (client/payload.h says in which form). After a broken connection, a restarted server or an
// answer that asks to come back later, it waits (base/backoff.h) and goes on from the last offset
// whose bytes it has handed out. Events whose bytes SSE cannot carry exactly only say that there is
// more to read; the bytes are then read as pages.
#pragma once

#include "base/backoff.h"
#include "client/payload.h"
#include "client/stream_client.h"

#include <string>
#include <string_view>

namespace ds {

enum class FollowEnd {
    closed,    // the stream has ended, and all of it was handed out
    caught_up, // without `live`: the tail was reached
    stopped,   // the output wanted no more
};

enum class Live { yes, no };

struct FollowRequest {
    std::string from = "-1"; // "-1", "now" or an offset
    Live live = Live::yes;
    std::uint64_t last = 0; // of "-1": from so many messages before the tail; 0: from the start
};

// Where the bytes go.
class FollowOutput {
public:
    virtual ~FollowOutput() = default;
    virtual Flow on_bytes(std::string_view bytes) = 0;
    // About once a second while nothing comes.
    virtual Flow on_idle() { return Flow::more; }
    // The connection is lost and will be tried again; once per interruption.
    virtual void on_interruption(std::string_view) {}
};

class Follower {
public:
    Follower(StreamClient& client, StreamName name, Backoff backoff, Wait wait);

    // Returns when the stream ends, or with what stands in the way. A server that was never reached
    // is not asked again: it is more likely a mistyped URL than an outage. One that answers, but
    // not yet with a page, is asked for half a minute.
    Result<Said<FollowEnd>> run(FollowRequest const& request, FollowOutput& output);

    // The offset after the last byte handed out.
    std::string const& position() const { return position_; }

private:
    class LiveReader;
    enum class Step { go_on, closed, stopped };
    struct PageEnd {
        Step step;
        bool caught_up;
    };

    Result<Said<PageEnd>> read_page(FollowOutput& output);
    static Result<Said<Step>> step_of(Result<Said<PageEnd>> page);
    Result<Said<Step>> read_pages(FollowOutput& output);
    Result<Said<Step>> read_live(FollowOutput& output);
    void made_progress();
    bool wait_out(Result<Said<Step>> const& outcome, FollowOutput& output);

    StreamClient& client_;
    StreamName name_;
    Backoff backoff_;
    Wait wait_;
    std::string position_;
    std::uint64_t last_ = 0; // until the first page has come
    std::string cursor_;
    PayloadKind kind_ = PayloadKind::bytes;
    bool reached_ = false;                // some page has been read
    std::chrono::milliseconds waited_{0}; // for the first one
    bool interrupted_ = false;            // and the output has been told
};

} // namespace ds
