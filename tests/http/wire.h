// HTTP/1.1 as bytes on a socket: what goes out is exactly what a test wrote, and what comes back is
// read strictly by RFC 9112. A violation of it, or silence past the deadline, throws WireError.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ds::test {

using Wait = std::chrono::milliseconds;
// Long enough for a loaded machine and a sanitizer build; a good answer takes a few milliseconds.
inline constexpr Wait k_patience{20000};

struct WireError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// The deadline passed while the connection stood.
struct WireSilence : WireError {
    using WireError::WireError;
};

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Reply {
    std::string version; // "HTTP/1.1"
    int status = 0;
    Headers headers;
    std::string body;
    bool chunked = false;

    // The value of a header, "" when it is absent; names in any case. Throws when it comes twice.
    std::string operator[](std::string_view name) const;
    bool has(std::string_view name) const;
    // The "code" member of an error body, "" when there is none.
    std::string code() const;
    // "409 STREAM_CLOSED": the status and the code.
    std::string refusal() const { return std::to_string(status) + " " + code(); }
};

// A request as text, with Host, and with Content-Length when there is a body or the method wants
// one.
std::string request(std::string_view method, std::string_view target, Headers const& headers = {},
                    std::string_view body = {});

class TlsClient;

// What a connection speaks. All tests may be run over TLS: HTTP_TESTS_OVER=tls.
enum class Over { plain, tls };
Over usual();

class Wire {
public:
    // `receive_buffer` limits what the kernel takes in for us: a reader that is slow on purpose.
    explicit Wire(std::uint16_t port, int receive_buffer = 0, Over over = usual());
    explicit Wire(std::string const& unix_path); // plain
    ~Wire();
    Wire(Wire&& other) noexcept;
    Wire& operator=(Wire&&) = delete;

    void send(std::string_view bytes);
    // As send, but the server may have closed already.
    void send_if_open(std::string_view bytes);
    void finish_sending(); // half-close
    TlsClient* tls() const { return tls_.get(); }
    int descriptor() const { return socket_; }

    // One whole reply. `to_head`: it answers a HEAD request and has no body.
    enum class Answers { head, other };
    Reply reply(Answers what = Answers::other, Wait patience = k_patience);
    // Only status line and headers; the body is left on the wire.
    Reply reply_head(Wait patience = k_patience);

    // The next piece of a chunked body, "" at its regular end.
    std::string chunk(Wait patience = k_patience);
    // Exactly `count` bytes.
    std::string take(std::size_t count, Wait patience = k_patience);
    std::string line(Wait patience = k_patience); // without its CRLF

    // Everything until the server closes (or resets) the connection.
    std::string rest(Wait patience = k_patience);
    // True when the server closes, without another byte, within `patience`.
    bool closes(Wait patience = k_patience);
    // As closes(), and by an end, not by a reset.
    bool ends_in_order(Wait patience = k_patience);
    // True when nothing arrives, and nothing is closed, for `how_long`.
    bool stays_silent(Wait how_long);

private:
    enum class Got { bytes, end, nothing };
    Got receive(std::chrono::steady_clock::time_point deadline);
    void need(Wait patience);

    int socket_ = -1;
    std::unique_ptr<TlsClient> tls_; // null: plain
    std::string pending_;
};

// One Server-Sent Event.
struct Event {
    std::string name;
    std::string payload; // data lines joined by "\n"
    std::string id{};    // "" when absent
    std::string retry{};

    // Members of a control event.
    std::string text(std::string_view member) const; // "" when absent
    bool flag(std::string_view member) const;
    std::optional<std::int64_t> number(std::string_view member) const;
};

// A live=sse response being read.
class EventStream {
public:
    EventStream(std::uint16_t port, std::string_view target, Headers const& headers = {},
                int receive_buffer = 0, Over over = usual());

    Reply const& head() const { return head_; }
    // The next event; empty at the regular end of the response (its last chunk).
    std::optional<Event> next(Wait patience = k_patience);
    // Payloads of data events until the stream is up to date, closed or over.
    std::vector<std::string> until_up_to_date();
    // True once a comment has been seen between the events read so far.
    std::size_t comments() const { return comments_; }
    std::string const& last_offset() const { return last_offset_; }
    Wire& wire() { return wire_; }

private:
    Wire wire_;
    Reply head_;
    std::string pending_;
    std::size_t comments_ = 0;
    std::string last_offset_;
};

} // namespace ds::test
