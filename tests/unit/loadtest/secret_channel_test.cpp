// Promises of loadtest/secret_channel.
#include "fakes/later.h"
#include "loadtest/secret_channel.h"

#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>

using namespace ds;
using namespace std::chrono_literals;

namespace {

// As in the program: a peer that is gone is an error.
[[maybe_unused]] auto const broken_pipes = std::signal(SIGPIPE, SIG_IGN);

constexpr char const* k_key = "a key that both of them know";

using Channel = std::unique_ptr<SecretChannel>;

std::unique_ptr<SecretListener> listen() {
    auto listener = SecretListener::listen({"127.0.0.1", "0"}, k_key);
    REQUIRE(listener);
    return std::move(*listener);
}

ChannelAddress address_of(SecretListener const& listener) {
    return {"127.0.0.1", std::to_string(listener.port())};
}

struct Pair {
    Channel here;
    Channel there;
};
Pair connected() {
    auto const listener = listen();
    test::Later<Result<Channel>> accepted([&] { return listener->accept(5s); });
    auto here = SecretChannel::connect(address_of(*listener), k_key);
    auto there = accepted.get();
    REQUIRE(here);
    REQUIRE(there);
    REQUIRE(*there);
    return {std::move(*here), std::move(*there)};
}

std::string received(SecretChannel& channel) {
    auto const message = channel.receive(5s);
    REQUIRE(message);
    REQUIRE(*message);
    return **message;
}

int loopback_socket() {
    return ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

// Somebody without the key at a port of the loopback interface, for one connection.
class Impostor {
public:
    explicit Impostor(std::function<void(int)> deed) : listener_(loopback_socket()) {
        sockaddr_in where{};
        where.sin_family = AF_INET;
        where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof where;
        auto* const address = reinterpret_cast<sockaddr*>(&where);
        REQUIRE(::bind(listener_, address, size) == 0);
        REQUIRE(::listen(listener_, 1) == 0);
        ::getsockname(listener_, address, &size);
        address_ = {"127.0.0.1", std::to_string(ntohs(where.sin_port))};
        thread_ = std::thread([this, deed = std::move(deed)] {
            auto const socket = ::accept(listener_, nullptr, nullptr);
            if (socket >= 0) deed(socket);
            ::close(socket);
        });
    }
    ~Impostor() {
        ::shutdown(listener_, SHUT_RDWR);
        thread_.join();
        ::close(listener_);
    }
    ChannelAddress const& address() const { return address_; }

private:
    int listener_;
    ChannelAddress address_;
    std::thread thread_;
};

// A TLS server with a certificate that it made itself.
bool serve_with_certificate(int socket) {
    EVP_PKEY* const key = EVP_EC_gen("P-256");
    X509* const certificate = X509_new();
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_sign(certificate, key, EVP_sha256());
    SSL_CTX* const context = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(context, certificate);
    SSL_CTX_use_PrivateKey(context, key);
    SSL* const session = SSL_new(context);
    SSL_set_fd(session, socket);
    bool const believed = SSL_accept(session) == 1 && SSL_write(session, "x", 1) == 1 && [&] {
        char byte = 0;
        return SSL_read(session, &byte, 1) == 1;
    }();
    SSL_free(session);
    SSL_CTX_free(context);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return believed;
}

} // namespace

TEST_CASE("secret channel: addresses") {
    auto const read = [](std::string const& text) {
        auto const address = parse_channel_address(text);
        return address ? address->host + " " + address->port : "no";
    };
    CHECK(read("10.0.0.1:4440") == "10.0.0.1 4440");
    CHECK(read("there.example:1") == "there.example 1");
    CHECK(read("[::1]:7000") == "::1 7000");
    for (auto const* bad : {"", ":", "host", "host:", ":80", "host:x", "host:65536", "[]:80"}) {
        CAPTURE(bad);
        CHECK(read(bad) == "no");
    }
}

TEST_CASE("secret channel: messages go both ways, small and large") {
    auto const [here, there] = connected();
    REQUIRE(here->send("hello"));
    CHECK(received(*there) == "hello");
    REQUIRE(there->send(""));
    REQUIRE(there->send("second"));
    CHECK(received(*here).empty());
    CHECK(received(*here) == "second");
    std::string const large(std::size_t{5} << 20U, 'x');
    test::Later<Result<void>> sent([&large, &here = here] { return here->send(large); });
    CHECK(received(*there) == large);
    CHECK(sent.get());
    auto const nothing = here->receive(10ms);
    REQUIRE(nothing);
    CHECK(!*nothing);
}

TEST_CASE("secret channel: both are told of the other") {
    auto const [here, there] = connected();
    CHECK(here->peer().starts_with("127.0.0.1:"));
    CHECK(there->peer().starts_with("127.0.0.1:"));
}

TEST_CASE("secret channel: another key is refused on both sides") {
    auto const listener = listen();
    test::Later<Result<Channel>> accepted([&] { return listener->accept(5s); });
    auto const here = SecretChannel::connect(address_of(*listener), "another key than theirs");
    auto const there = accepted.get();
    REQUIRE(!here);
    CHECK(here.error().fault == Fault::invalid);
    CHECK(here.error().what.find("has another key") != std::string::npos);
    REQUIRE(!there);
    CHECK(there.error().what.find("has another key") != std::string::npos);
}

TEST_CASE("secret channel: a certificate is no key") {
    bool believed = true;
    {
        Impostor const impostor([&](int socket) { believed = serve_with_certificate(socket); });
        auto const here = SecretChannel::connect(impostor.address(), k_key);
        REQUIRE(!here);
        CHECK(here.error().fault == Fault::invalid);
    }
    CHECK(!believed);
}

TEST_CASE("secret channel: whoever speaks something else has another key") {
    Impostor const impostor([](int socket) {
        constexpr std::string_view k_reply = "HTTP/1.1 400 Bad Request\r\n\r\n";
        static_cast<void>(::send(socket, k_reply.data(), k_reply.size(), MSG_NOSIGNAL));
    });
    auto const here = SecretChannel::connect(impostor.address(), k_key);
    REQUIRE(!here);
    CHECK(here.error().fault == Fault::invalid);
}

TEST_CASE("secret channel: nobody listens, nobody comes, nobody is known by that name") {
    auto const port = address_of(*listen());
    auto const here = SecretChannel::connect(port, k_key);
    REQUIRE(!here);
    CHECK(here.error().fault == Fault::unreachable);
    auto const unknown = SecretChannel::connect({"no-such-host.invalid", "1"}, k_key);
    REQUIRE(!unknown);
    CHECK(unknown.error().fault == Fault::unreachable);
    auto const nobody = listen()->accept(10ms);
    REQUIRE(nobody);
    CHECK(*nobody == nullptr);
}

TEST_CASE("secret channel: a port that is taken is told by its name") {
    auto const listener = listen();
    auto const second = SecretListener::listen(address_of(*listener), k_key);
    REQUIRE(!second);
    CHECK(second.error().what.find(std::to_string(listener->port())) != std::string::npos);
}

TEST_CASE("secret channel: a peer that hangs up is gone, for reading and for writing") {
    auto [here, there] = connected();
    there.reset();
    auto const message = here->receive(5s);
    REQUIRE(!message);
    CHECK(message.error().fault == Fault::io);
    CHECK(message.error().what.ends_with("is gone"));
    Result<void> sent;
    for (int i = 0; i < 100 && sent; ++i)
        sent = here->send(std::string(100'000, 'x'));
    CHECK(!sent);
}

TEST_CASE("secret channel: a peer that hangs up in the middle of a message") {
    auto [here, there] = connected();
    // The second one is too large for what lies between, so that its sender is still at it.
    test::Later<Result<void>> sent([&here = here]() -> Result<void> {
        TRY(here->send("first"));
        return here->send(std::string(std::size_t{64} << 20U, 'x'));
    });
    CHECK(received(*there) == "first");
    there.reset();
    auto const result = sent.get();
    REQUIRE(!result);
    CHECK(result.error().fault == Fault::io);
}

TEST_CASE("secret channel: a message beyond the limit is not sent, and the channel goes on") {
    auto const [here, there] = connected();
    auto const sent = here->send(std::string(SecretChannel::k_message_bytes_max + 1, 'x'));
    REQUIRE(!sent);
    CHECK(sent.error().fault == Fault::invalid);
    REQUIRE(here->send("small"));
    CHECK(received(*there) == "small");
}
