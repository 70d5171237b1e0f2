// TLS with a pre-shared key over a blocking socket.
#include "loadtest/secret_channel.h"

#include "base/crypto.h"
#include "base/encoding.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace ds {

namespace {

using std::chrono::milliseconds;

// A message that has begun must go on.
constexpr timeval k_stall_max{30, 0};
// Of the first words: who says nothing keeps others waiting.
constexpr timeval k_first_words_max{5, 0};
constexpr char const* k_identity = "ds-loadtest";

Error system_trouble(std::string const& doing) {
    return {Fault::io, doing + ": " + std::generic_category().message(errno)};
}

struct FreeTls {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using TlsContext = std::unique_ptr<SSL_CTX, FreeTls>;

// Where a session keeps its key: OpenSSL asks back for it.
std::string const& key_of(SSL* session) {
    return *static_cast<std::string const*>(SSL_get_app_data(session));
}

unsigned give_key(std::string const& key, unsigned char* into, unsigned room) {
    if (key.size() > room) return 0;
    std::ranges::copy(key, into);
    return static_cast<unsigned>(key.size());
}

unsigned client_key(SSL* session, char const*, char* identity, unsigned identity_room,
                    unsigned char* into, unsigned room) {
    if (std::strlen(k_identity) + 1 > identity_room) return 0;
    std::strcpy(identity, k_identity); // NOLINT: there is room
    return give_key(key_of(session), into, room);
}

unsigned server_key(SSL* session, char const*, unsigned char* into, unsigned room) {
    return give_key(key_of(session), into, room);
}

TlsContext make_context(bool as_server) {
    TlsContext context(SSL_CTX_new(as_server ? TLS_server_method() : TLS_client_method()));
    SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION);
    // The suite that goes with keys of this kind.
    SSL_CTX_set_ciphersuites(context.get(), "TLS_AES_128_GCM_SHA256");
    SSL_CTX_set_mode(context.get(), SSL_MODE_AUTO_RETRY);
    if (as_server) {
        SSL_CTX_set_psk_server_callback(context.get(), server_key);
        SSL_CTX_set_num_tickets(context.get(), 0);
    } else {
        SSL_CTX_set_psk_client_callback(context.get(), client_key);
        // Who leaves the key aside and shows a certificate is not believed: none is trusted here.
        SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    }
    return context;
}

void set_patience(int socket, timeval patience) {
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
}

// A signal that is only noted must not cut a message short.
bool was_interrupted(SSL* session, int result) {
    auto const why = SSL_get_error(session, result);
    return (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) && errno == EINTR;
}

struct FreeAddresses {
    void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

Result<Addresses> look_up(ChannelAddress const& address, bool to_listen) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = to_listen ? AI_PASSIVE : 0;
    addrinfo* found = nullptr;
    auto const why = ::getaddrinfo(address.host.c_str(), address.port.c_str(), &hints, &found);
    if (why != 0)
        return Error{Fault::unreachable, address.host + ": " + std::string(::gai_strerror(why))};
    return Addresses(found);
}

bool readable_within(int socket, milliseconds patience) {
    pollfd looked{socket, POLLIN, 0};
    return ::poll(&looked, 1, static_cast<int>(patience.count())) > 0;
}

} // namespace

Result<ChannelAddress> parse_channel_address(std::string_view text) {
    auto const colon = text.rfind(':');
    Error wrong{Fault::invalid, "'" + std::string(text) + "' is not HOST:PORT"};
    if (colon == std::string_view::npos || colon == 0) return wrong;
    auto host = text.substr(0, colon);
    auto const port = text.substr(colon + 1);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    if (host.empty() || !parse_decimal(port, 65'535)) return wrong;
    return ChannelAddress{std::string(host), std::string(port)};
}

void SecretChannel::Free::operator()(ssl_st* session) const {
    SSL_free(session);
}

SecretChannel::SecretChannel(int socket, std::string peer)
    : socket_(socket),
      peer_(std::move(peer)) {
    set_patience(socket_, k_first_words_max);
}

SecretChannel::~SecretChannel() {
    if (session_) SSL_shutdown(session_.get());
    session_.reset();
    ::close(socket_);
}

Result<void> SecretChannel::shake_hands(ssl_ctx_st& context, bool as_server, std::string_view key) {
    key_ = sha256("ds loadtest agents\n" + std::string(key));
    session_.reset(SSL_new(&context));
    SSL_set_app_data(session_.get(), &key_);
    SSL_set_fd(session_.get(), socket_);
    int done = 0;
    do {
        ERR_clear_error();
        errno = 0;
        done = as_server ? SSL_accept(session_.get()) : SSL_connect(session_.get());
    } while (done != 1 && was_interrupted(session_.get(), done));
    if (done != 1)
        return Error{Fault::invalid, peer_ + " has another key, or is no load test of ds"};
    set_patience(socket_, k_stall_max);
    return {};
}

Result<std::unique_ptr<SecretChannel>> SecretChannel::connect(ChannelAddress const& address,
                                                              std::string_view key) {
    auto const found = TRY(look_up(address, false));
    auto const name = address.host + ":" + address.port;
    int socket = -1;
    for (auto const* at = found.get(); at != nullptr && socket < 0; at = at->ai_next) {
        socket = ::socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol);
        if (socket >= 0 && ::connect(socket, at->ai_addr, at->ai_addrlen) != 0) {
            ::close(socket);
            socket = -1;
        }
    }
    if (socket < 0)
        return Error{Fault::unreachable, name + ": " + std::generic_category().message(errno)};
    std::unique_ptr<SecretChannel> channel(new SecretChannel(socket, name));
    TRY(channel->shake_hands(*make_context(false), false, key));
    return channel;
}

Result<void> SecretChannel::send(std::string_view message) {
    if (message.size() > k_message_bytes_max)
        return Error{Fault::invalid, "a message that is too large"};
    std::string frame;
    for (int shift = 24; shift >= 0; shift -= 8)
        frame.push_back(
            static_cast<char>((message.size() >> static_cast<unsigned>(shift)) & 0xffU));
    frame.append(message);
    std::size_t written = 0;
    for (;;) {
        ERR_clear_error();
        errno = 0;
        auto const done = SSL_write_ex(session_.get(), frame.data(), frame.size(), &written);
        if (done == 1) return {};
        if (!was_interrupted(session_.get(), done)) return Error{Fault::io, peer_ + " is gone"};
    }
}

Result<void> SecretChannel::read_exactly(char* into, std::size_t count) {
    while (count > 0) {
        std::size_t came = 0;
        ERR_clear_error();
        errno = 0;
        auto const done = SSL_read_ex(session_.get(), into, count, &came);
        if (done != 1 && was_interrupted(session_.get(), done)) continue;
        if (done != 1) return Error{Fault::io, peer_ + " is gone"};
        into += came;
        count -= came;
    }
    return {};
}

Result<std::optional<std::string>> SecretChannel::receive(milliseconds patience) {
    if (SSL_pending(session_.get()) == 0 && !readable_within(socket_, patience))
        return std::optional<std::string>();
    std::array<char, 4> size_bytes{};
    TRY(read_exactly(size_bytes.data(), size_bytes.size()));
    std::size_t size = 0;
    for (char const byte : size_bytes)
        size = size << 8U | static_cast<unsigned char>(byte);
    if (size > k_message_bytes_max)
        return Error{Fault::invalid, peer_ + " sends a message that is too large"};
    std::string message(size, '\0');
    TRY(read_exactly(message.data(), size));
    return std::optional(std::move(message));
}

Result<std::unique_ptr<SecretListener>> SecretListener::listen(ChannelAddress const& address,
                                                               std::string_view key) {
    auto const found = TRY(look_up(address, true));
    auto const socket = ::socket(found->ai_family, found->ai_socktype | SOCK_CLOEXEC, 0);
    if (socket < 0) return system_trouble("a socket for agents");
    std::unique_ptr<SecretListener> listener(new SecretListener(socket, key));
    int const on = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (::bind(socket, found->ai_addr, found->ai_addrlen) != 0 || ::listen(socket, 64) != 0)
        return system_trouble("listen at " + address.host + ":" + address.port);
    sockaddr_storage bound{};
    socklen_t size = sizeof bound;
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&bound), &size);
    sockaddr_in6 v6{};
    sockaddr_in v4{};
    std::memcpy(&v6, &bound, sizeof v6);
    std::memcpy(&v4, &bound, sizeof v4);
    listener->port_ = ntohs(bound.ss_family == AF_INET6 ? v6.sin6_port : v4.sin_port);
    return listener;
}

SecretListener::~SecretListener() {
    ::close(socket_);
}

Result<std::unique_ptr<SecretChannel>> SecretListener::accept(milliseconds patience) {
    if (!readable_within(socket_, patience)) return std::unique_ptr<SecretChannel>();
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    auto const socket = ::accept4(socket_, reinterpret_cast<sockaddr*>(&from), &size, SOCK_CLOEXEC);
    if (socket < 0) return system_trouble("accept an agent");
    std::array<char, NI_MAXHOST> host{};
    std::array<char, NI_MAXSERV> port{};
    ::getnameinfo(reinterpret_cast<sockaddr*>(&from), size, host.data(), host.size(), port.data(),
                  port.size(), NI_NUMERICHOST | NI_NUMERICSERV);
    std::unique_ptr<SecretChannel> channel(
        new SecretChannel(socket, std::string(host.data()) + ":" + port.data()));
    TRY(channel->shake_hands(*make_context(true), true, key_));
    return channel;
}

} // namespace ds
