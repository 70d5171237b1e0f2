// The client's side of TLS, and certificates to try it with.
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace ds::test {

// A certificate of its own authority for localhost and 127.0.0.1, in two files.
struct Certificate {
    std::string certificate;
    std::string key;
};
// `name` is its common name, and begins the names of the files in `folder`.
Certificate make_certificate(std::string const& folder, std::string const& name);
// The one of this process, which is made when it is first asked for.
Certificate const& usual_certificate();

// What a server says to `text` when each byte of the client, of handshake and text, is sent alone.
std::string ask_byte_by_byte(std::uint16_t port, std::string_view text);

// A session over a connected, blocking socket. The server's certificate is not verified: who wants
// to know asks peer_name().
class TlsClient {
public:
    struct Settings {
        std::string alpn = "http/1.1"; // "": none is offered
        int lowest = 0;                // TLS1_2_VERSION; 0: any
        int highest = 0;
        SSL_SESSION* resumed = nullptr;
    };
    // Shakes hands; throws WireError with OpenSSL's word when that fails.
    TlsClient(int socket, Settings const& settings);
    explicit TlsClient(int socket) : TlsClient(socket, Settings{}) {}

    void send(std::string_view bytes);
    void finish_sending(); // close_notify
    enum class Got { bytes, nothing, end };
    // What has arrived is appended to `to`; does not wait for more.
    Got receive(std::string& to);
    bool has_pending() const { return SSL_has_pending(session_.get()) == 1; }
    // The server said goodbye before it closed.
    bool ended_cleanly() const {
        return (SSL_get_shutdown(session_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
    }

    // The first bytes that a client sends, for those who leave in the middle.
    static std::string hello();

    std::string alpn() const;
    std::string version() const { return SSL_get_version(session_.get()); }
    std::string peer_name() const;
    SSL* session() const { return session_.get(); }

private:
    std::unique_ptr<SSL, decltype(&SSL_free)> session_{nullptr, SSL_free};
};

} // namespace ds::test
