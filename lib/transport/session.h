// A session is one peer's conversation in some protocol; a link is what it speaks through. Neither
// knows the other's kind: the link no protocol, the session no socket. (event loop)
//
// The link reads, and gives the session what has come; the session takes as much from the front as
// it understands, and is offered the rest again with what comes later. It says through the link
// what it has to say, and whether it takes more.
#pragma once

#include "base/bytes.h"
#include "transport/address.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace ds::transport {

using SteadyTime = std::chrono::steady_clock::time_point;

// What was held for a connection when it was let in, such as its place under a limit. It goes with
// the connection. A frontend makes it what it needs to know of its peers.
class Admitted {
public:
    virtual ~Admitted() = default;
};

class Link {
public:
    virtual ~Link() = default;

    // Names the connection among those of its event loop, also to other threads.
    virtual std::uint64_t number() const = 0;
    // A system call: it is kept nowhere.
    virtual Address peer() const = 0;
    virtual bool is_secure() const = 0; // TLS
    virtual Admitted* admitted() = 0;   // null: nothing was left
    // When the work at hand began.
    virtual SteadyTime now() const = 0;

    // Sends as much as there is room for, and keeps the rest. When all has left Session::on_room()
    // comes, perhaps before this returns.
    virtual void send(std::string head, Bytes body) = 0;
    // The same a little later: with what else is sent by the end of the event loop's turn, or with
    // the next send().
    virtual void send_soon(std::string head, Bytes body) = 0;
    // Sends what send_soon() has kept.
    virtual void flush() = 0;
    // There are bytes that have not left.
    virtual bool has_unsent() const = 0;
    // The peer takes nothing more for now, or as much is kept for it as may be: more would only
    // take memory.
    virtual bool is_full() const = 0;

    // The session takes bytes again, and is offered what was kept for it before this returns. False
    // when it is being offered bytes further up: then that goes on, afterwards.
    virtual bool resume() = 0;
    // Memory that is kept for bytes of the peer can go: nothing more is taken for long.
    virtual void trim() = 0;
    // Nothing more will be said or understood: what is unsent still leaves, and then the connection
    // ends. `more_may_come`: the peer is surely still sending, and is listened to for a while, so
    // that it reads our answer before it learns of the end.
    virtual void end(bool more_may_come) = 0;
    // Ends the connection at once. Session::on_close() comes before this returns.
    virtual void close() = 0;

    // Session::on_deadline() comes then; max(): never. While bytes wait for room the time in which
    // the peer must take some counts instead; after on_room() the session says anew what counts.
    virtual void set_deadline(SteadyTime at) = 0;
};

class Session {
public:
    virtual ~Session() = default;

    // The connection is there.
    virtual void on_start() {}
    // False: what comes is kept for it, a bounded amount. It says Link::resume() when that changes.
    virtual bool takes_bytes() const { return true; }
    // Takes from the front, and returns how much.
    virtual std::size_t on_bytes(std::string_view bytes) = 0;
    // The peer has sent its last byte, and still listens, or not.
    virtual void on_end() = 0;
    // All that was sent has left.
    virtual void on_room() {}
    virtual void on_deadline() = 0;
    // What came to a port of TLS is this protocol in plain. What is said is sent in plain.
    virtual void on_plain() = 0;
    // The server is about to end: what is in flight is finished, and nothing new is begun.
    virtual void drain() = 0;
    // The connection is no more. Nothing of the link may be asked for afterwards.
    virtual void on_close() {}
};

} // namespace ds::transport
