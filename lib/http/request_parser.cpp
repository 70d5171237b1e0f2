// Request framing over Boost.Beast's parser, with the checks that Beast leaves to its users.
#include "http/request_parser.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include <algorithm>
#include <optional>

namespace ds::http {

namespace {

namespace beast = boost::beast;

Method method_of(beast::http::verb verb) {
    switch (verb) {
    case beast::http::verb::get: return Method::get;
    case beast::http::verb::head: return Method::head;
    case beast::http::verb::put: return Method::put;
    case beast::http::verb::post: return Method::post;
    case beast::http::verb::delete_: return Method::remove;
    case beast::http::verb::options: return Method::options;
    default: return Method::other;
    }
}

// The grammar of a request, told to our Request as it is recognised. Views given by Beast point
// into the bytes being parsed, which for the head are a copy that the Request owns.
class Grammar final : public beast::http::basic_parser<true> {
public:
    explicit Grammar(Request& request) : request_(request) {}

    // Of a target in absolute form.
    std::optional<std::string_view> const& authority() const { return authority_; }

private:
    void on_request_impl(beast::http::verb verb, beast::string_view, beast::string_view target,
                         int version, beast::error_code&) override {
        request_.method = method_of(verb);
        request_.http_1_0 = version == 10;
        std::string_view path(target.data(), target.size());
        // Absolute form: what proxies send. Its host counts, whatever Host says (RFC 9112
        // section 3.2.2), and ends where a path or a query begins.
        for (std::string_view const scheme : {"http://", "https://"}) {
            if (!equals_ignoring_case(path.substr(0, scheme.size()), scheme)) continue;
            path.remove_prefix(scheme.size());
            auto const end = std::min(path.find_first_of("/?#"), path.size());
            authority_ = path.substr(0, end);
            path.remove_prefix(end);
            break;
        }
        auto const mark = path.find('?');
        request_.path = path.substr(0, mark);
        if (authority_ && request_.path.empty()) request_.path = "/";
        request_.query = mark == std::string_view::npos ? "" : path.substr(mark + 1);
    }
    void on_response_impl(int, beast::string_view, int, beast::error_code&) override {}
    void on_field_impl(beast::http::field, beast::string_view name, beast::string_view value,
                       beast::error_code&) override {
        if (in_body_) return; // a trailer
        request_.headers.emplace_back(std::string_view(name.data(), name.size()),
                                      std::string_view(value.data(), value.size()));
    }
    void on_header_impl(beast::error_code&) override { in_body_ = true; }
    void on_body_init_impl(boost::optional<std::uint64_t> const& length,
                           beast::error_code&) override {
        // What is promised is not believed: nobody has shown a token yet.
        constexpr std::uint64_t k_reserved_most = 64 * k_kib;
        if (length)
            request_.body.reserve(static_cast<std::size_t>(std::min(*length, k_reserved_most)));
    }
    std::size_t on_body_impl(beast::string_view bytes, beast::error_code&) override {
        request_.body.append(bytes.data(), bytes.size());
        return bytes.size();
    }
    void on_chunk_header_impl(std::uint64_t, beast::string_view, beast::error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view bytes,
                                   beast::error_code&) override {
        request_.body.append(bytes.data(), bytes.size());
        return bytes.size();
    }
    void on_finish_impl(beast::error_code&) override {}

    Request& request_;
    bool in_body_ = false;
    std::optional<std::string_view> authority_;
};

// As far as it matters where it is repeated: nothing that ends a URL's authority, or a header.
bool is_host_field(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("-._~!$&'()*+,;=:[]%").find(c) != std::string_view::npos;
    });
}

bool is_digits(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

} // namespace

struct RequestParser::Beast {
    std::optional<Grammar> grammar;
};

RequestParser::RequestParser(RequestLimits const& limits)
    : limits_(limits),
      beast_(std::make_unique<Beast>()) {}

RequestParser::~RequestParser() = default;

void RequestParser::reset() {
    state_ = State::head;
    begun_ = false;
    expects_continue_ = false;
    beast_->grammar.reset();
}

bool RequestParser::take_expectation() {
    return std::exchange(expects_continue_, false);
}

void RequestParser::limit_body(std::uint64_t bytes) {
    if (state_ != State::body || bytes >= limits_.body_bytes) return;
    auto& grammar = *beast_->grammar;
    grammar.body_limit(bytes);
    auto const length = grammar.content_length();
    if (length && *length > bytes) refuse(413, "PAYLOAD_TOO_LARGE", "payload too large");
}

void RequestParser::refuse(int status, std::string_view code, std::string_view text) {
    state_ = State::refused;
    refusal_ = {status, code, text};
}

std::size_t RequestParser::feed(std::string_view bytes, Request& request) {
    std::size_t taken = 0;
    if (state_ == State::head) taken = feed_head(bytes, request);
    while (state_ == State::body && !beast_->grammar->is_done()) {
        auto const rest = bytes.substr(taken);
        // A chunk header that does not end is not waited for without bound.
        beast::error_code error;
        auto const used =
            beast_->grammar->put(boost::asio::buffer(rest.data(), rest.size()), error);
        taken += used;
        if (error == beast::http::error::need_more) {
            if (rest.size() - used > limits_.header_bytes)
                refuse(400, "BAD_REQUEST", "chunk header too long");
            return taken;
        }
        if (error == beast::http::error::body_limit)
            refuse(413, "PAYLOAD_TOO_LARGE", "payload too large");
        else if (error)
            refuse(400, "BAD_REQUEST", "malformed request body framing");
        else if (used == 0)
            return taken;
    }
    if (state_ == State::body && beast_->grammar->is_done()) state_ = State::done;
    return taken;
}

std::size_t RequestParser::feed_head(std::string_view bytes, Request& request) {
    // An empty line before a request is tolerated: some clients send one after a body.
    std::size_t skipped = 0;
    while (!begun_ && bytes.substr(skipped).starts_with("\r\n"))
        skipped += 2;
    auto const rest = bytes.substr(skipped);
    if (rest.empty() || rest == "\r") return skipped;
    begun_ = true;

    auto const end = rest.find("\r\n\r\n");
    auto const head = rest.substr(0, end == std::string_view::npos ? end : end + 4);
    if (head.size() > limits_.header_bytes) {
        refuse(431, "HEADERS_TOO_LARGE", "request header fields too large");
        return skipped;
    }
    if (!check_head(head) || end == std::string_view::npos) return skipped;

    request.text.assign(head);
    auto& grammar = beast_->grammar.emplace(request);
    grammar.eager(true);
    grammar.header_limit(UINT32_MAX); // bounded above
    grammar.body_limit(limits_.body_bytes);
    beast::error_code error;
    grammar.put(boost::asio::buffer(request.text), error);
    state_ = State::body;
    if (error == beast::http::error::body_limit)
        refuse(413, "PAYLOAD_TOO_LARGE", "payload too large");
    else if (error && error != beast::http::error::need_more)
        refuse(400, "BAD_REQUEST", "malformed request");
    else
        check_framing(request);
    return skipped + head.size();
}

// What Beast would read more leniently than others do.
bool RequestParser::check_head(std::string_view head) {
    std::size_t lines = 0;
    for (auto at = head.find('\n'); at != std::string_view::npos; at = head.find('\n', at + 1)) {
        bool const bare = at == 0 || head[at - 1] != '\r';
        bool const folded = at + 1 < head.size() && (head[at + 1] == ' ' || head[at + 1] == '\t');
        if (bare || folded) {
            refuse(400, "BAD_REQUEST",
                   bare ? "bare line feed in the request head"
                        : "folded header lines are not accepted");
            return false;
        }
        ++lines;
    }
    if (head.find('\0') != std::string_view::npos) {
        refuse(400, "BAD_REQUEST", "NUL in the request head");
        return false;
    }
    // The request line and the empty line are no fields.
    if (lines > limits_.header_count + 2) {
        refuse(431, "HEADERS_TOO_LARGE", "too many request header fields");
        return false;
    }
    return true;
}

void RequestParser::check_framing(Request& request) {
    auto const lengths = request.count("Content-Length");
    auto const codings = request.count("Transfer-Encoding");
    if (lengths > 1 || codings > 1 || (lengths > 0 && codings > 0))
        return refuse(400, "BAD_REQUEST", "ambiguous request body framing");
    if (lengths == 1 && !is_digits(*request.find("Content-Length")))
        return refuse(400, "BAD_REQUEST", "Content-Length must be a decimal number");
    if (codings == 1 &&
        (request.http_1_0 || !equals_ignoring_case(*request.find("Transfer-Encoding"), "chunked")))
        return refuse(400, "BAD_REQUEST", "the only transfer coding accepted is chunked");
    if (!request.http_1_0 && request.count("Host") != 1)
        return refuse(400, "BAD_REQUEST", "exactly one Host header is required");
    if (auto const host = request.find("Host"); host && !is_host_field(*host))
        return refuse(400, "BAD_REQUEST", "the Host header is no host");
    if (auto const& authority = beast_->grammar->authority()) {
        if (authority->empty() || !is_host_field(*authority))
            return refuse(400, "BAD_REQUEST", "the target names no host");
        for (auto& [name, value] : request.headers)
            if (equals_ignoring_case(name, "Host")) value = *authority;
    }
    bool const whole_server = request.method == Method::options && request.path == "*";
    if ((!request.path.starts_with('/') && !whole_server) ||
        request.path.find('#') != std::string_view::npos ||
        request.query.find('#') != std::string_view::npos)
        return refuse(400, "BAD_REQUEST", "malformed request target");
    request.keep_alive = beast_->grammar->keep_alive();

    if (auto const expect = request.find("Expect")) {
        if (!equals_ignoring_case(*expect, "100-continue"))
            return refuse(417, "EXPECTATION_FAILED", "the only expectation known is 100-continue");
        expects_continue_ = !request.http_1_0 && !beast_->grammar->is_done();
    }
}

} // namespace ds::http
