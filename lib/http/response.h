// An HTTP response as the routes build it: a status, header lines, and immutable body bytes.
#pragma once

#include "base/bytes.h"
#include "base/clock.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace ds::http {

class Response {
public:
    explicit Response(int status) : status_(status) { headers_.reserve(k_usual_headers); }

    Response& add(std::string_view name, std::string_view value);
    Response& add(std::string_view name, std::uint64_t value);
    // Lines as headers() has them.
    Response& add_lines(std::string_view lines) {
        headers_.append(lines);
        return *this;
    }
    Response& body(Bytes bytes) {
        body_ = std::move(bytes);
        return *this;
    }
    // The connection must end after this response.
    Response& close() {
        closes_ = true;
        return *this;
    }

    int status() const { return status_; }
    std::string const& headers() const { return headers_; }
    std::string take_headers() && { return std::move(headers_); }
    Bytes const& content() const { return body_; }
    bool closes() const { return closes_; }

private:
    static constexpr std::size_t k_usual_headers = 340; // bytes: more is rare
    int status_;
    std::string headers_; // "Name: value\r\n" for each
    Bytes body_;
    bool closes_ = false;
};

// What a browser is told of pages of other origins, where not all of them may read.
struct CrossOrigin {
    std::string allowed;      // the one that asks, if it may; else empty
    bool credentials = false; // its cookies count
};

// What the connection adds to every response.
enum class BodyForm : std::uint8_t {
    sized,   // Content-Length and the body
    headers, // the answer to HEAD: the headers alone
    chunked, // Transfer-Encoding: chunked; the body follows in pieces
    open,    // no framing: the end of the connection ends the body (HTTP/1.0)
};
struct Framing {
    BodyForm form = BodyForm::sized;
    bool keep_alive = true;
    bool http_1_0 = false;
    bool cross_origin = true;            // a page of another origin may be the one that reads it
    CrossOrigin const* origin = nullptr; // what that is told; null: any may read
    std::string_view exposed{};          // the headers that it may see besides the usual ones
};
// The status line and all header fields, with the empty line. `date` is an IMF-fixdate.
std::string render_head(Response const& response, Framing const& framing, std::string_view date);

// A piece of a body in chunked coding, and what ends the body.
std::string as_chunk(std::string piece);
inline constexpr std::string_view k_last_chunk = "0\r\n\r\n";

// "Sat, 21 Nov 2026 07:00:00 GMT"
std::string format_http_date(Millis time);

// A JSON document, never cached.
Response json_response(int status, std::string document);
// {"code":..,"error":..}, never cached. Who may try again later is told when: after so many
// seconds.
Response error_response(int status, std::string_view code, std::string_view text,
                        std::uint64_t retry_after = 1);

} // namespace ds::http
