// The bytes of a connection, both ways: over its socket, or over TLS on it.
//
// Edge-triggered: what the poller told is remembered until there is nothing left to be read.
#pragma once

#include "transport/address.h"
#include "transport/poller.h"
#include "transport/tls.h"

#include <sys/types.h>

#include <memory>
#include <span>
#include <string_view>

namespace ds::transport {

class Channel {
public:
    // Plain without `tls`.
    Channel(Socket socket, Tls const* tls)
        : tls_(tls != nullptr ? tls->accept(socket.descriptor()) : nullptr),
          socket_(std::move(socket)) {}

    void on_ready(Readiness what) {
        readable_ = readable_ || what.readable;
        ends_soon_ = ends_soon_ || what.ends;
    }
    // receive() may bring something.
    bool is_readable() const { return readable_; }
    // As recv(2). EPROTO: TLS cannot go on, see TlsSession.
    ssize_t receive(std::span<char> into);

    // What send() refused may fit by now.
    bool may_send(Readiness what) const {
        return what.writable || (tls_ && what.readable && tls_->sends_after_bytes());
    }
    // As send(2) of the one after the other. What was refused comes first in what is offered next.
    ssize_t send(std::string_view head, std::string_view body);

    // Says over TLS that nothing follows; false while there is no room for that. Afterwards what
    // still arrives is the peer's affair, and comes as it is on the socket.
    bool finish();
    // Goes on in plain. True when the peer does so, too, and will understand an answer.
    bool give_up_tls() {
        bool const http = tls_ && tls_->is_spoken_to_in_http();
        tls_.reset();
        return http;
    }
    bool is_finished() const { return !tls_; }
    // Nothing lies unread in the socket.
    bool is_quiet() const;
    void shut_down_sending();
    void close();

    // A system call: it is kept nowhere.
    Address peer() const { return peer_of(socket_.descriptor()); }

private:
    std::unique_ptr<TlsSession> tls_; // null: plain
    Socket socket_;
    bool readable_ = false;  // the socket may hold bytes that were not read
    bool ends_soon_ = false; // and after them the end
};

} // namespace ds::transport
