// OpenSSL as a client.
#include "http/tls_client.h"

#include "http/wire.h"
#include "support/temp_dir.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstdio>
#include <utility>

namespace ds::test {
namespace {

template <typename T>
using Owned = std::unique_ptr<T, void (*)(T*)>;

void need(bool done, char const* what) {
    if (done) return;
    auto const code = ERR_get_error();
    char const* const reason = ERR_reason_error_string(code);
    throw WireError(std::string(what) + ": " + (reason != nullptr ? reason : "no reason"));
}

void add_extension(X509* certificate, int which, char const* value) {
    Owned<X509_EXTENSION> const extension(X509V3_EXT_conf_nid(nullptr, nullptr, which, value),
                                          X509_EXTENSION_free);
    need(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "extension");
}

template <typename Write>
std::string write_pem(std::string const& path, Write write) {
    Owned<std::FILE> const file(std::fopen(path.c_str(), "we"), [](std::FILE* f) { fclose(f); });
    need(file && write(file.get()) == 1, "write");
    return path;
}

std::string name_of(X509* certificate) {
    std::array<char, 256> name{};
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name.data(),
                              static_cast<int>(name.size()));
    return name.data();
}

SSL_CTX* shared_context() {
    static Owned<SSL_CTX> const context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
    // Tickets come whenever they like: receive() must not wait for what follows them.
    SSL_CTX_clear_mode(context.get(), SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_CLIENT);
    return context.get();
}

} // namespace

Certificate make_certificate(std::string const& folder, std::string const& name) {
    Owned<EVP_PKEY> const key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    Owned<X509> const certificate(X509_new(), X509_free);
    need(key && certificate, "key");
    auto* const made = certificate.get();
    constexpr long k_day = 24L * 3600;
    X509_set_version(made, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made), 1);
    X509_gmtime_adj(X509_getm_notBefore(made), -k_day);
    X509_gmtime_adj(X509_getm_notAfter(made), k_day);
    auto* const subject = X509_get_subject_name(made);
    std::basic_string<unsigned char> const text(name.begin(), name.end());
    X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8, text.data(),
                               static_cast<int>(text.size()), -1, 0);
    X509_set_issuer_name(made, subject);
    X509_set_pubkey(made, key.get());
    add_extension(made, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(made, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
    need(X509_sign(made, key.get(), EVP_sha256()) != 0, "sign");
    auto const write_key = [&](std::FILE* to) {
        return PEM_write_PrivateKey(to, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    };
    auto const path = folder + "/" + name;
    return {write_pem(path + ".pem", [&](std::FILE* to) { return PEM_write_X509(to, made); }),
            write_pem(path + ".key", write_key)};
}

Certificate const& usual_certificate() {
    static TempDir const folder;
    static Certificate const one = make_certificate(folder.path(), "usual");
    return one;
}

std::string ask_byte_by_byte(std::uint16_t port, std::string_view text) {
    Wire wire(port, 0, Over::plain);
    Owned<SSL> const session(SSL_new(shared_context()), SSL_free);
    auto* const arrived = BIO_new(BIO_s_mem());
    auto* const leaving = BIO_new(BIO_s_mem());
    BIO_set_mem_eof_return(arrived, -1); // more may come
    SSL_set_bio(session.get(), arrived, leaving);
    SSL_set_connect_state(session.get());
    bool asked = false;
    for (;;) {
        std::array<char, 16384> buffer;
        std::size_t count = 0;
        ERR_clear_error();
        bool const shaken = SSL_do_handshake(session.get()) == 1;
        if (shaken && !std::exchange(asked, true))
            need(SSL_write_ex(session.get(), text.data(), text.size(), &count) == 1, "send");
        if (shaken && SSL_read_ex(session.get(), buffer.data(), buffer.size(), &count) == 1)
            return {buffer.data(), count};
        for (char byte = 0; BIO_read(leaving, &byte, 1) == 1;)
            wire.send({&byte, 1});
        auto const answer = wire.take(1, k_patience);
        BIO_write(arrived, answer.data(), 1);
    }
}

TlsClient::TlsClient(int socket, Settings const& settings)
    : session_(SSL_new(shared_context()), SSL_free) {
    ERR_clear_error();
    auto* const session = session_.get();
    need(session != nullptr && SSL_set_fd(session, socket) == 1, "session");
    SSL_set_min_proto_version(session, settings.lowest);
    SSL_set_max_proto_version(session, settings.highest);
    if (settings.highest != 0) SSL_set_security_level(session, 0); // to offer what is outdated
    auto const size = static_cast<unsigned char>(settings.alpn.size());
    std::basic_string<unsigned char> offer(1, size);
    offer.append(settings.alpn.begin(), settings.alpn.end());
    if (size != 0) SSL_set_alpn_protos(session, offer.data(), static_cast<unsigned>(offer.size()));
    if (settings.resumed != nullptr) SSL_set_session(session, settings.resumed);
    need(SSL_connect(session) == 1, "handshake");
}

void TlsClient::send(std::string_view bytes) {
    ERR_clear_error();
    std::size_t sent = 0;
    need(bytes.empty() || SSL_write_ex(session_.get(), bytes.data(), bytes.size(), &sent) == 1,
         "send");
}

void TlsClient::finish_sending() {
    ERR_clear_error();
    SSL_shutdown(session_.get());
}

TlsClient::Got TlsClient::receive(std::string& to) {
    std::array<char, 16384> buffer;
    std::size_t got = 0;
    ERR_clear_error();
    int const result = SSL_read_ex(session_.get(), buffer.data(), buffer.size(), &got);
    to.append(buffer.data(), got);
    if (result == 1) return Got::bytes;
    return SSL_get_error(session_.get(), result) == SSL_ERROR_WANT_READ ? Got::nothing : Got::end;
}

std::string TlsClient::hello() {
    Owned<SSL> const session(SSL_new(shared_context()), SSL_free);
    auto* const written = BIO_new(BIO_s_mem());
    SSL_set_bio(session.get(), BIO_new(BIO_s_mem()), written);
    SSL_connect(session.get()); // waits for an answer that never comes
    char* bytes = nullptr;
    auto const size = BIO_get_mem_data(written, &bytes);
    ERR_clear_error();
    return {bytes, bytes + size};
}

std::string TlsClient::alpn() const {
    unsigned char const* chosen = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(session_.get(), &chosen, &size);
    return {chosen, chosen + size};
}

std::string TlsClient::peer_name() const {
    auto* const certificate = SSL_get0_peer_certificate(session_.get());
    return certificate != nullptr ? name_of(certificate) : "";
}

} // namespace ds::test
