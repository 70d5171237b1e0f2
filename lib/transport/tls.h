// TLS on the port that clients speak to: one certificate with its key, and one session for each
// connection. The only door to libssl.
//
// A session is to its socket what recv(2) and send(2) are to a plain one: it never blocks, and says
// what it could not do yet through errno. TLS 1.2 and newer, ALPN "http/1.1", no renegotiation.
#pragma once

#include "base/guarded.h"
#include "base/result.h"

#include <sys/types.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>

// NOLINTBEGIN(readability-identifier-naming): OpenSSL named them
struct ssl_ctx_st;
struct ssl_st;
// NOLINTEND(readability-identifier-naming)

namespace ds::transport {

class TlsSession {
public:
    TlsSession(ssl_ctx_st* context, int socket);
    ~TlsSession();
    TlsSession(TlsSession const&) = delete;
    TlsSession& operator=(TlsSession const&) = delete;

    // As recv(2). The handshake happens on the way. EPROTO: what the peer sends is no TLS, or none
    // that we accept; it has been told, if it can be. Nothing is received while a record waits for
    // room: what comes may have to be answered first (new keys), and OpenSSL cannot do that then.
    ssize_t receive(std::span<char> into);
    // There may be more for receive() although the socket has nothing new to say; it has not when
    // receive() took all that had arrived. To be asked after receive().
    bool has_more() const { return !drained_; }

    // As send(2) of the one after the other, at most a record at a time. What could not be sent
    // must be the beginning of what is offered next.
    ssize_t send(std::string_view head, std::string_view body);
    // What send() could not do waits for bytes of the peer, not for room.
    bool sends_after_bytes() const { return sends_after_bytes_; }

    // What came instead of a handshake is a request in plain HTTP.
    bool is_spoken_to_in_http() const { return http_; }

    // Tells the peer that nothing follows. False while the socket has no room for that.
    bool finish();

private:
    ssize_t failed(int result, int& why);

    struct Free {
        void operator()(ssl_st* session) const;
    };
    std::unique_ptr<ssl_st, Free> session_;
    int broken_ = 0; // errno of what ended the session
    bool http_ = false;
    bool drained_ = false;
    bool record_waits_ = false; // for room
    bool sends_after_bytes_ = false;
};

// What new connections are secured with. For any thread.
class Tls {
public:
    // Fault::invalid, with the file's name, when one cannot be read or they do not belong together.
    static Result<std::shared_ptr<Tls>> load(std::string certificate, std::string key);

    // Reads both files again. When that fails everything stays as it was.
    Result<void> reload();
    // The server's side over this socket, which must outlive it. A write to a peer that has gone
    // raises SIGPIPE, which the program must ignore.
    std::unique_ptr<TlsSession> accept(int socket) const;

private:
    using Context = std::shared_ptr<ssl_ctx_st>;
    Tls(std::string certificate, std::string key, Context context);
    static Result<Context> make_context(std::string const& certificate, std::string const& key);

    std::string const certificate_;
    std::string const key_;
    Guarded<Context> context_;
};

} // namespace ds::transport
