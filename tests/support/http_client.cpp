// Requests out, answers in, over a wire that is kept.
#include "support/http_client.h"

#include <cctype>
#include <exception>
#include <thread>

namespace ds {

std::optional<std::string> HttpResponse::header(std::string_view name) const {
    for (auto const& [key, text] : headers)
        if (key == name) return text;
    return std::nullopt;
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

std::optional<HttpResponse> HttpClient::send_once(HttpRequest const& request) {
    timed_out_ = false;
    try {
        auto response = exchange(request);
        if (response.value("connection") == "close") close();
        return response;
    } catch (test::WireSilence const&) {
        timed_out_ = true;
        problem_ = "no answer in time";
    } catch (std::exception const& error) {
        problem_ = error.what();
    }
    close();
    return std::nullopt;
}

HttpResponse HttpClient::exchange(HttpRequest const& request) {
    if (!wire_) wire_.emplace(port_, 0, test::Over::plain);
    auto headers = request.headers;
    headers.emplace_back("Host", "127.0.0.1:" + std::to_string(port_));
    wire_->send(test::request_as_it_is(request.method, request.target, headers, request.body));
    using Answers = test::Wire::Answers;
    auto reply = wire_->reply(request.method == "HEAD" ? Answers::head : Answers::other, patience_);
    for (auto& [name, value] : reply.headers)
        for (char& c : name)
            c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return {reply.status, std::move(reply.headers), std::move(reply.body)};
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
