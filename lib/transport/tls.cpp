// OpenSSL's contexts and sessions behind the words of transport/tls.h.
#include "transport/tls.h"

#include "base/ensure.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/sslerr.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>
#include <utility>

namespace ds::transport {

namespace {

// What fits into one record. Never more is offered at once: then a record that the socket took in
// part is the whole of what has to be offered again.
constexpr std::size_t k_record = 16384;
constexpr std::array<unsigned char, 9> k_http_1_1{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
struct FreeKey {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;

// The oldest complaint of this thread is the cause; then none is left for whoever comes next.
std::string complaint() {
    auto const code = ERR_get_error();
    ERR_clear_error();
    char const* const reason = ERR_reason_error_string(code);
    return reason != nullptr ? reason : "unknown reason";
}

Result<File> open_file(std::string const& path) {
    File file(std::fopen(path.c_str(), "re"));
    if (!file) return Error{Fault::invalid, std::generic_category().message(errno)};
    return file;
}

// A server has nobody to ask: a key that needs a passphrase is told as such.
int no_passphrase(char*, int, int, void* asked) {
    *static_cast<bool*>(asked) = true;
    return -1;
}

Result<Key> read_key(std::string const& path) {
    auto const file = TRY(open_file(path));
    bool asked = false;
    Key key(PEM_read_PrivateKey(file.get(), nullptr, no_passphrase, &asked));
    if (key) return key;
    ERR_clear_error(); // it is about each form that was tried
    return Error{Fault::invalid,
                 asked ? "the key must not have a passphrase" : "no private key in PEM form"};
}

Result<void> use_certificate(SSL_CTX* context, std::string const& path) {
    TRY(open_file(path)); // for what the system says of it: OpenSSL is vague there
    if (SSL_CTX_use_certificate_chain_file(context, path.c_str()) == 1) return {};
    return Error{Fault::invalid, "no certificate in PEM form (" + complaint() + ")"};
}

// Who offers only protocols that we do not speak is told so, instead of being misunderstood.
int choose_protocol(SSL*, unsigned char const** chosen, unsigned char* size,
                    unsigned char const* offered, unsigned offered_size, void*) {
    unsigned char* found = nullptr;
    if (SSL_select_next_proto(&found, size, k_http_1_1.data(), k_http_1_1.size(), offered,
                              offered_size) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
}

void set_rules(SSL_CTX* context) {
    ENSURE(SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1);
    // An end without goodbye is an end: where a request is cut off, its own framing says so.
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_IGNORE_UNEXPECTED_EOF |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    // What is unsent may have moved when it is offered again; an idle session keeps no buffers.
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
    // Who comes back has all that is needed in its ticket.
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 1);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
}

} // namespace

// ---- sessions ----

void TlsSession::Free::operator()(ssl_st* session) const {
    SSL_free(session);
}

TlsSession::TlsSession(ssl_ctx_st* context, int socket) : session_(SSL_new(context)) {
    if (!session_ || SSL_set_fd(session_.get(), socket) != 1) {
        broken_ = ENOMEM;
        return;
    }
    SSL_set_accept_state(session_.get());
}

TlsSession::~TlsSession() = default;

// What a call that brought nothing comes to: 0 at the end, or -1 and errno. `why` is OpenSSL's
// word.
ssize_t TlsSession::failed(int result, int& why) {
    why = SSL_get_error(session_.get(), result);
    if (why == SSL_ERROR_ZERO_RETURN) return 0;
    if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) {
        errno = EAGAIN;
        return -1;
    }
    // The socket broke, or the peer did: nothing may be said in this session any more.
    http_ = ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST;
    broken_ = why == SSL_ERROR_SYSCALL && errno != 0 ? errno : EPROTO;
    ERR_clear_error();
    errno = broken_;
    return -1;
}

ssize_t TlsSession::receive(std::span<char> into) {
    drained_ = false;
    if (record_waits_) {
        errno = EAGAIN;
        return -1;
    }
    std::size_t total = 0;
    while (broken_ == 0 && total < into.size()) {
        std::size_t got = 0;
        ERR_clear_error(); // SSL_get_error() looks at what others left, too
        errno = 0;
        int const result =
            SSL_read_ex(session_.get(), into.data() + total, into.size() - total, &got);
        total += got;
        if (result == 1) continue;
        int why = SSL_ERROR_NONE;
        auto const outcome = failed(result, why);
        drained_ = why == SSL_ERROR_WANT_READ;
        if (total == 0) return outcome;
        break; // an end, or what broke, is told at the next call
    }
    if (total > 0) return static_cast<ssize_t>(total);
    errno = broken_;
    return -1;
}

ssize_t TlsSession::send(std::string_view head, std::string_view body) {
    record_waits_ = sends_after_bytes_ = false;
    if (broken_ != 0) {
        errno = broken_;
        return -1;
    }
    std::array<char, k_record> joined;
    auto bytes = head.empty() ? body : head;
    if (!head.empty() && !body.empty() && head.size() < k_record) {
        // One record for both: a small answer is one packet.
        auto const of_body = std::min(body.size(), k_record - head.size());
        auto* const end = std::copy(head.begin(), head.end(), joined.begin());
        std::copy_n(body.begin(), of_body, end);
        bytes = {joined.data(), head.size() + of_body};
    }
    bytes = bytes.substr(0, k_record);
    std::size_t sent = 0;
    ERR_clear_error();
    errno = 0;
    int const result = SSL_write_ex(session_.get(), bytes.data(), bytes.size(), &sent);
    if (result == 1) return static_cast<ssize_t>(sent);
    int why = SSL_ERROR_NONE;
    if (failed(result, why) == 0) errno = EPIPE;
    record_waits_ = why == SSL_ERROR_WANT_WRITE;
    sends_after_bytes_ = why == SSL_ERROR_WANT_READ;
    return -1;
}

bool TlsSession::finish() {
    if (broken_ != 0 || SSL_is_init_finished(session_.get()) == 0) return true;
    ERR_clear_error();
    int const result = SSL_shutdown(session_.get());
    bool const waits = result < 0 && SSL_get_error(session_.get(), result) == SSL_ERROR_WANT_WRITE;
    ERR_clear_error();
    return !waits;
}

// ---- certificates ----

Tls::Tls(std::string certificate, std::string key, Context context)
    : certificate_(std::move(certificate)),
      key_(std::move(key)),
      context_(std::move(context)) {}

Result<Tls::Context> Tls::make_context(std::string const& certificate, std::string const& key) {
    ERR_clear_error();
    Context context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
    if (!context) return Error{Fault::io, "TLS: " + complaint()};
    set_rules(context.get());
    if (auto used = use_certificate(context.get(), certificate); !used)
        return std::move(used).error().within("TLS certificate " + certificate);
    auto const secret = read_key(key);
    if (!secret) return Error(secret.error()).within("TLS key " + key);
    auto* const own = SSL_CTX_get0_certificate(context.get());
    if (X509_check_private_key(own, secret->get()) != 1) {
        ERR_clear_error();
        return Error{Fault::invalid,
                     "TLS key " + key + " does not belong to the certificate " + certificate};
    }
    if (SSL_CTX_use_PrivateKey(context.get(), secret->get()) != 1)
        return Error{Fault::invalid, "TLS key " + key + ": " + complaint()};
    return context;
}

Result<std::shared_ptr<Tls>> Tls::load(std::string certificate, std::string key) {
    auto context = TRY(make_context(certificate, key));
    return std::shared_ptr<Tls>(
        new Tls(std::move(certificate), std::move(key), std::move(context)));
}

Result<void> Tls::reload() {
    auto fresh = TRY(make_context(certificate_, key_));
    std::swap(*context_.lock(), fresh); // the old one goes with its last session
    return {};
}

std::unique_ptr<TlsSession> Tls::accept(int socket) const {
    auto const context = *context_.lock();
    return std::make_unique<TlsSession>(context.get(), socket);
}

} // namespace ds::transport
