// Requests out, answers in, over a wire.
#include "support/http_client.h"

#include "http/wire.h"

#include <sys/socket.h>

#include <algorithm>
#include <exception>
#include <thread>

namespace ds {
namespace {

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return text;
}

} // namespace

std::optional<std::string> HttpResponse::header(std::string_view name) const {
    for (auto const& [key, text] : headers)
        if (key == name) return text;
    return std::nullopt;
}

HttpClient::HttpClient(std::uint16_t port, Unavailable unavailable, std::chrono::seconds patience)
    : port_(port),
      unavailable_(unavailable),
      patience_(patience) {}

HttpClient::~HttpClient() = default;

void HttpClient::close() {
    wire_.reset();
}

void HttpClient::connect() {
    if (wire_) return;
    wire_ = std::make_unique<test::Wire>(port_, 0, test::Over::plain);
    timeval const patience{patience_.count(), 0};
    ::setsockopt(wire_->descriptor(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
}

std::optional<HttpResponse> HttpClient::send(HttpRequest const& request) {
    auto const enough = std::chrono::steady_clock::now() + patience_;
    while (true) {
        auto response = send_once(request);
        bool const again = unavailable_ == Unavailable::ask_again && response &&
                           response->status == 503 &&
                           response->body.find("\"SEGMENT_UNAVAILABLE\"") != std::string::npos;
        if (!again || std::chrono::steady_clock::now() > enough) return response;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
}

// It names the server as a client does that knows its port: URLs in answers begin with that.
std::string HttpClient::text_of(HttpRequest const& request) const {
    constexpr std::string_view k_host = "Host: localhost\r\n";
    auto text = test::request(request.method, request.target, request.headers, request.body);
    return text.replace(text.find(k_host), k_host.size(),
                        "Host: 127.0.0.1:" + std::to_string(port_) + "\r\n");
}

std::optional<HttpResponse> HttpClient::send_once(HttpRequest const& request) {
    using Answers = test::Wire::Answers;
    timed_out_ = false;
    try {
        connect();
        wire_->send(text_of(request));
        auto reply =
            wire_->reply(request.method == "HEAD" ? Answers::head : Answers::other, patience_);
        HttpResponse response{reply.status, {}, std::move(reply.body)};
        for (auto& [name, text] : reply.headers)
            response.headers.emplace_back(lower(std::move(name)), std::move(text));
        if (response.value("connection") == "close") close();
        return response;
    } catch (test::WireSilence const&) {
        timed_out_ = true;
        problem_ = "no answer in time";
    } catch (std::exception const& broken) {
        problem_ = broken.what();
    }
    close();
    return std::nullopt;
}

std::string encode_path(std::string_view path) {
    constexpr std::string_view k_plain = "-._~/";
    constexpr std::string_view k_hex = "0123456789ABCDEF";
    std::string encoded;
    for (char const c : path) {
        bool const letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (letter || (c >= '0' && c <= '9') || k_plain.find(c) != std::string_view::npos) {
            encoded.push_back(c);
            continue;
        }
        auto const byte = static_cast<unsigned char>(c);
        encoded.append({'%', k_hex[byte >> 4], k_hex[byte & 15]});
    }
    return encoded;
}

} // namespace ds
