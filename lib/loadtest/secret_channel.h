// Messages between two machines that share a key: TLS 1.3 with a pre-shared key, so that each side
// knows the other has it, and nobody on the way reads or changes anything.
//
//     frame    4 bytes, big endian: how many follow | that many bytes of text
//
// One thread at a time uses a channel; all calls block. A peer that is gone raises SIGPIPE, which
// the program must ignore.
#pragma once

#include "base/result.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

// NOLINTBEGIN(readability-identifier-naming): OpenSSL named them
struct ssl_st;
struct ssl_ctx_st;
// NOLINTEND(readability-identifier-naming)

namespace ds {

// "host:port", "[::1]:7000".
struct ChannelAddress {
    std::string host;
    std::string port;
};
Result<ChannelAddress> parse_channel_address(std::string_view text);

class SecretChannel {
public:
    // Fault::unreachable when nobody is there; Fault::invalid when the other side has another key.
    static Result<std::unique_ptr<SecretChannel>> connect(ChannelAddress const& address,
                                                          std::string_view key);
    ~SecretChannel();
    SecretChannel(SecretChannel const&) = delete;
    SecretChannel& operator=(SecretChannel const&) = delete;

    Result<void> send(std::string_view message);
    // Empty when none has begun to arrive by then. Fault::io when the other side is gone.
    Result<std::optional<std::string>> receive(std::chrono::milliseconds patience);
    std::string const& peer() const { return peer_; }

    static constexpr std::size_t k_message_bytes_max = std::size_t{256} << 20U;

private:
    friend class SecretListener;
    SecretChannel(int socket, std::string peer);
    Result<void> shake_hands(ssl_ctx_st& context, bool as_server, std::string_view key);
    Result<void> read_exactly(char* into, std::size_t count);

    struct Free {
        void operator()(ssl_st* session) const;
    };
    int socket_;
    std::string peer_;
    std::string key_;
    std::unique_ptr<ssl_st, Free> session_;
};

class SecretListener {
public:
    static Result<std::unique_ptr<SecretListener>> listen(ChannelAddress const& address,
                                                          std::string_view key);
    ~SecretListener();
    SecretListener(SecretListener const&) = delete;
    SecretListener& operator=(SecretListener const&) = delete;

    std::uint16_t port() const { return port_; }
    // The next one that has the key. Empty when nobody came by then; who came without the key is
    // told nothing, and is an error here.
    Result<std::unique_ptr<SecretChannel>> accept(std::chrono::milliseconds patience);

private:
    SecretListener(int socket, std::string_view key) : socket_(socket), key_(key) {}

    int socket_;
    std::string key_;
    std::uint16_t port_ = 0;
};

} // namespace ds
