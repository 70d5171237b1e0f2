// A connection over Boost.Asio, replies by Boost.Beast's parser.
#include "loadtest/wire.h"

#include "base/encoding.h"
#include "loadtest/tally.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <openssl/ssl.h>

namespace ds {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::asio::ip::tcp;
using ErrorCode = boost::system::error_code;

// Of a connection over TLS: what is read at once.
constexpr std::size_t k_record_bytes = 4096;
// A head beyond this is not one that we would understand.
constexpr std::uint32_t k_head_bytes_max = 64 * 1024;

std::string_view view_of(beast::string_view text) {
    return {text.data(), text.size()};
}

// A reply as it is recognised. Of what Beast hands over nothing stays where it is.
class Reply final : public beast::http::basic_parser<false> {
public:
    Reply(ReplyTaker*& taker, std::string const& cache_header)
        : taker_(taker),
          cache_header_(cache_header) {
        eager(true);
        body_limit(boost::none);
        header_limit(k_head_bytes_max);
    }

    // "103 Early Hints": not the reply, but one that goes before it.
    bool is_interim() const { return interim_; }

private:
    void on_request_impl(beast::http::verb, beast::string_view, beast::string_view, int,
                         beast::error_code&) override {}
    void on_response_impl(int code, beast::string_view, int, beast::error_code&) override {
        head_.status = code;
        interim_ = code >= 100 && code < 200;
    }
    void on_field_impl(beast::http::field, beast::string_view beast_name,
                       beast::string_view beast_value, beast::error_code&) override {
        if (told_) return; // a trailer
        auto const name = view_of(beast_name);
        auto const value = view_of(beast_value);
        auto const is = [name](std::string_view other) {
            return equals_ignoring_case(name, other);
        };
        if (is("stream-next-offset"))
            head_.next_offset = value;
        else if (is("stream-cursor"))
            head_.cursor = value;
        else if (is("stream-reader-key"))
            head_.reader_key = value;
        else if (is("stream-closed"))
            head_.closed = equals_ignoring_case(value, "true");
        else if (is("stream-write-timestamp")) {
            if (auto const ms = parse_decimal(value))
                head_.write_timestamp_ms = static_cast<std::int64_t>(*ms);
        } else if (is("cf-ray") || is("x-served-by") || is("x-amz-cf-pop"))
            head_.pop = is("cf-ray") ? value.substr(value.rfind('-') + 1) : value;
        else
            for (auto const known : cache_headers(cache_header_)) {
                if (known.empty() || !is(known)) continue;
                head_.caches.emplace_back(known, value);
                break; // it may be named and known
            }
    }
    void on_header_impl(beast::error_code&) override {
        told_ = true;
        if (taker_ != nullptr && !interim_) taker_->on_head(head_);
        head_ = {};
    }
    void on_body_init_impl(boost::optional<std::uint64_t> const&, beast::error_code&) override {}
    std::size_t on_body_impl(beast::string_view bytes, beast::error_code&) override {
        if (taker_ != nullptr) taker_->on_body(view_of(bytes));
        return bytes.size();
    }
    void on_chunk_header_impl(std::uint64_t, beast::string_view, beast::error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view bytes,
                                   beast::error_code& error) override {
        return on_body_impl(bytes, error);
    }
    void on_finish_impl(beast::error_code&) override {}

    ReplyTaker*& taker_;
    std::string const& cache_header_;
    ReplyHead head_;
    bool told_ = false;
    bool interim_ = false;
};

} // namespace

WireLoop::WireLoop(std::string the_cache_header, std::string const& ca_file)
    : tls(std::make_unique<asio::ssl::context>(asio::ssl::context::tls_client)),
      cache_header(std::move(the_cache_header)) {
    tls->set_default_verify_paths();
    boost::system::error_code unreadable; // then its certificates are not believed
    if (!ca_file.empty()) tls->load_verify_file(ca_file, unreadable);
    tls->set_verify_mode(asio::ssl::verify_peer);
    constexpr std::string_view k_http_1_1("\x08http/1.1");
    SSL_CTX_set_alpn_protos(tls->native_handle(),
                            reinterpret_cast<unsigned char const*>(k_http_1_1.data()),
                            static_cast<unsigned>(k_http_1_1.size()));
    SSL_CTX_set_min_proto_version(tls->native_handle(), TLS1_2_VERSION);
    SSL_CTX_set_mode(tls->native_handle(), SSL_MODE_RELEASE_BUFFERS);
}

WireLoop::~WireLoop() = default;

// What is on its way may end after the Wire has gone: then there is no taker any more.
class Wire::Session : public std::enable_shared_from_this<Wire::Session> {
public:
    Session(WireLoop& loop, Endpoint const& endpoint, ReplyTaker& taker)
        : loop_(loop),
          endpoint_(endpoint),
          taker_(&taker),
          socket_(loop.io) {}

    void begin(std::string request, bool is_head) {
        request_ = std::move(request);
        is_head_ = is_head;
        reused_ = open_;
        begin_reply();
        if (open_) return write();
        connect();
    }

    void close() {
        taker_ = nullptr;
        hang_up();
    }
    bool is_open() const { return open_; }

private:
    void begin_reply() {
        reply_.emplace(taker_, loop_.cache_header);
        reply_->skip(is_head_);
    }

    void connect() {
        asio::async_connect(socket_, endpoint_.addresses,
                            [self = shared_from_this()](ErrorCode error, tcp::endpoint const&) {
                                if (error) return self->fail("connect", error);
                                self->connected();
                            });
    }

    void connected() {
        ErrorCode ignored;
        socket_.set_option(tcp::no_delay(true), ignored);
        if (!endpoint_.tls) {
            socket_.non_blocking(true, ignored);
            open_ = true;
            return write();
        }
        tls_ = std::make_unique<Tls>(socket_, *loop_.tls);
        name_host();
        tls_->stream.set_verify_callback(asio::ssl::host_name_verification(endpoint_.host));
        tls_->stream.async_handshake(asio::ssl::stream_base::client,
                                     [self = shared_from_this()](ErrorCode error) {
                                         if (error) return self->fail("TLS", error);
                                         self->open_ = true;
                                         self->write();
                                     });
    }

    // Which certificate is wanted; of an address there is none to choose.
    void name_host() {
        ErrorCode no_address;
        asio::ip::make_address(endpoint_.host, no_address);
        if (!no_address) return;
        std::string name = endpoint_.host;
        SSL_ctrl(tls_->stream.native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME,
                 TLSEXT_NAMETYPE_host_name, name.data());
    }

    void write() {
        if (taker_ == nullptr) return;
        auto const then = [self = shared_from_this()](ErrorCode error, std::size_t) {
            if (error) return self->fail("send", error);
            self->read();
        };
        if (tls_)
            asio::async_write(tls_->stream, asio::buffer(request_), then);
        else
            asio::async_write(socket_, asio::buffer(request_), then);
    }

    void read() {
        if (taker_ == nullptr) return;
        if (tls_) {
            tls_->stream.async_read_some(
                asio::buffer(tls_->record),
                [self = shared_from_this()](ErrorCode error, std::size_t count) {
                    if (error) return self->ended(error);
                    self->arrived({self->tls_->record.data(), count});
                });
            return;
        }
        // Without a buffer of its own: most connections wait most of the time.
        socket_.async_wait(tcp::socket::wait_read, [self = shared_from_this()](ErrorCode error) {
            if (error) return self->ended(error);
            auto& buffer = self->loop_.buffer;
            auto const count = self->socket_.read_some(asio::buffer(buffer), error);
            if (error == asio::error::would_block) return self->read();
            if (error) return self->ended(error);
            self->arrived({buffer.data(), count});
        });
    }

    void arrived(std::string_view bytes) {
        if (taker_ == nullptr) return;
        if (!pending_.empty()) {
            pending_.append(bytes);
            bytes = pending_;
        }
        ErrorCode error;
        while (!bytes.empty() && !reply_->is_done()) {
            auto const used = reply_->put(asio::buffer(bytes), error);
            bytes.remove_prefix(used);
            if (error == beast::http::error::need_more) error = {};
            if (error) return fail("what came is no reply", error);
            if (taker_ == nullptr) return; // it has had enough
            if (reply_->is_done() && reply_->is_interim())
                begin_reply();
            else if (used == 0)
                break;
        }
        if (bytes.empty())
            pending_ = {};
        else
            pending_ = std::string(bytes);
        if (reply_->is_done()) return done();
        read();
    }

    void done() {
        request_ = {};
        if (!reply_->keep_alive() || !pending_.empty()) hang_up();
        if (auto* const taker = taker_) taker->on_end();
    }

    void ended(ErrorCode error) {
        if (taker_ == nullptr) return;
        bool const closed =
            error == asio::error::eof || error == asio::ssl::error::stream_truncated;
        if (closed && reply_->got_some()) {
            ErrorCode wrong;
            reply_->put_eof(wrong);
            if (!wrong && reply_->is_done()) return done();
        }
        if (closed && !ask_again()) return fail("the server closed the connection");
        if (closed) return;
        fail("receive", error);
    }

    void fail(std::string_view doing, ErrorCode error) {
        if (error == asio::error::operation_aborted || ask_again()) return;
        fail(std::string(doing) + ": " + error.message());
    }
    void fail(std::string cause) {
        hang_up();
        if (auto* const taker = taker_) taker->on_failure(std::move(cause));
    }

    // A server may end a connection that is kept while the next request is on its way. That is no
    // failure, and nothing has happened: the request goes over a new one.
    bool ask_again() {
        if (!reused_ || reply_->got_some() || !pending_.empty() || taker_ == nullptr) return false;
        reused_ = false;
        hang_up();
        tls_.reset();
        socket_ = tcp::socket(loop_.io);
        begin_reply();
        connect();
        return true;
    }

    void hang_up() {
        open_ = false;
        ErrorCode ignored;
        socket_.close(ignored);
    }

    struct Tls {
        Tls(tcp::socket& socket, asio::ssl::context& context) : stream(socket, context) {}
        asio::ssl::stream<tcp::socket&> stream;
        std::array<char, k_record_bytes> record{};
    };

    WireLoop& loop_;
    Endpoint const& endpoint_;
    ReplyTaker* taker_;
    tcp::socket socket_;
    std::unique_ptr<Tls> tls_;
    std::string request_;
    std::string pending_; // bytes that are no whole line yet
    std::optional<Reply> reply_;
    bool open_ = false;
    bool reused_ = false; // this connection has brought a reply before
    bool is_head_ = false;
};

Wire::Wire(WireLoop& loop, Endpoint const& endpoint, ReplyTaker& taker)
    : loop_(loop),
      endpoint_(endpoint),
      taker_(taker) {}

Wire::~Wire() {
    close();
}

void Wire::send(std::string request, bool is_head) {
    // Not the session whose reply has just ended: that may still be on the stack.
    if (!session_ || !session_->is_open())
        session_ = std::make_shared<Session>(loop_, endpoint_, taker_);
    session_->begin(std::move(request), is_head);
}

void Wire::close() {
    if (session_) session_->close();
    session_.reset();
}

bool Wire::is_open() const {
    return session_ && session_->is_open();
}

} // namespace ds
