// Bytes to requests: HTTP/1.0 and HTTP/1.1 framing, strict where two readings of the same bytes
// could differ. (RFC 9112)
//
// Refused with 400 and the end of the connection: Content-Length together with Transfer-Encoding,
// more than one Content-Length or one that is not plain digits, any Transfer-Encoding but
// "chunked", folded header lines, bare LF or NUL in the head, white space before a colon, a missing
// or repeated Host in HTTP/1.1. Trailer fields are read and dropped.
#pragma once

#include "base/bytes.h"
#include "http/request.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace ds::http {

struct RequestLimits {
    std::size_t header_bytes = 16 * k_kib;
    std::size_t header_count = 100;
    std::uint64_t body_bytes = 32 * k_mib;
};

class RequestParser {
public:
    explicit RequestParser(RequestLimits const& limits);
    ~RequestParser();
    RequestParser(RequestParser const&) = delete;
    RequestParser& operator=(RequestParser const&) = delete;

    enum class State : std::uint8_t {
        head,    // waiting for the rest of the request line and header fields
        body,    // the head is whole; waiting for the rest of the body
        done,    // the request is whole
        refused, // refusal() says why; the connection cannot go on
    };
    struct Refusal {
        int status;
        std::string_view code;
        std::string_view text;
    };

    // Takes bytes from the front of `bytes` and returns how many; the caller keeps the rest and
    // offers it again with what arrives later. They become a part of `request`, which is clear at
    // first and the same until it is whole.
    std::size_t feed(std::string_view bytes, Request& request);
    State state() const { return state_; }
    Refusal const& refusal() const { return refusal_; }
    // While its body is still to come: it may have so many bytes, if that is less than what any may
    // have. It is refused when it says that it has more.
    void limit_body(std::uint64_t bytes);
    // The client waits for "100 Continue" before it sends the body. True once.
    bool take_expectation();
    // True when the first byte of a request has been seen.
    bool begun() const { return begun_; }
    // Makes ready for the next request.
    void reset();

private:
    struct Beast;
    std::size_t feed_head(std::string_view bytes, Request& request);
    bool check_head(std::string_view head);
    void check_framing(Request& request);
    void refuse(int status, std::string_view code, std::string_view text);

    RequestLimits limits_;
    State state_ = State::head;
    bool begun_ = false;
    bool expects_continue_ = false;
    Refusal refusal_{};
    std::unique_ptr<Beast> beast_;
};

} // namespace ds::http
