// Requests out, answers in, over a blocking socket.
#include "support/http_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <thread>

namespace ds {

std::optional<std::string> HttpResponse::header(std::string_view name) const {
    for (auto const& [key, text] : headers)
        if (key == name) return text;
    return std::nullopt;
}

bool HttpClient::fail(std::string why) {
    problem_ = std::move(why);
    return false;
}

void HttpClient::close() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
    pending_.clear();
}

bool HttpClient::connect() {
    close();
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket_ < 0) return fail("no socket");
    timeval const patience{patience_.count(), 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    int const yes = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<sockaddr const*>(&address), sizeof address) == 0)
        return true;
    close();
    return fail("cannot connect");
}

bool HttpClient::write_all(std::string_view bytes) {
    while (!bytes.empty()) {
        auto const sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return fail("connection broke while sending");
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

bool HttpClient::read_more() {
    std::array<char, 65536> buffer;
    while (true) {
        auto const got = ::recv(socket_, buffer.data(), buffer.size(), 0);
        if (got > 0) {
            pending_.append(buffer.data(), static_cast<std::size_t>(got));
            return true;
        }
        if (got < 0 && errno == EINTR) continue;
        timed_out_ = got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
        return fail(timed_out_ ? "no answer in time" : "connection broke before the whole answer");
    }
}

bool HttpClient::take_line(std::string& line) {
    std::size_t end = 0;
    while ((end = pending_.find("\r\n")) == std::string::npos)
        if (!read_more()) return false;
    line = pending_.substr(0, end);
    pending_.erase(0, end + 2);
    return true;
}

bool HttpClient::take(std::size_t count, std::string& to) {
    while (pending_.size() < count)
        if (!read_more()) return false;
    to.append(pending_, 0, count);
    pending_.erase(0, count);
    return true;
}

std::optional<HttpResponse> HttpClient::read_head() {
    HttpResponse response;
    std::string line;
    if (!take_line(line)) return std::nullopt;
    if (!line.starts_with("HTTP/1.1 ") || line.size() < 12) {
        fail("not an HTTP/1.1 status line: " + line);
        return std::nullopt;
    }
    std::from_chars(line.data() + 9, line.data() + 12, response.status);
    while (true) {
        if (!take_line(line)) return std::nullopt;
        if (line.empty()) return response;
        auto const colon = line.find(':');
        if (colon == std::string::npos) {
            fail("header without colon: " + line);
            return std::nullopt;
        }
        auto name = line.substr(0, colon);
        std::ranges::transform(name, name.begin(), [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        });
        auto const begin = line.find_first_not_of(" \t", colon + 1);
        auto text = begin == std::string::npos ? std::string() : line.substr(begin);
        response.headers.emplace_back(std::move(name), std::move(text));
    }
}

bool HttpClient::read_chunks(HttpResponse& response) {
    std::string line;
    while (true) {
        if (!take_line(line)) return false;
        std::size_t size = 0;
        auto const [end, error] = std::from_chars(line.data(), line.data() + line.size(), size, 16);
        if (error != std::errc{} || end == line.data()) return fail("bad chunk size: " + line);
        if (!take(size, response.body) || !take_line(line)) return false;
        if (size == 0) return true;
    }
}

bool HttpClient::read_body(HttpResponse& response, bool has_body) {
    if (!has_body) return true;
    if (response.value("transfer-encoding") == "chunked") return read_chunks(response);
    auto const length = response.header("content-length");
    if (!length) return fail("answer has neither Content-Length nor chunks");
    std::size_t size = 0;
    std::from_chars(length->data(), length->data() + length->size(), size);
    return take(size, response.body);
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
    if (socket_ < 0 && !connect()) return std::nullopt;
    std::string wire = request.method + " " + request.target +
                       " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port_) + "\r\n";
    for (auto const& [name, text] : request.headers)
        wire.append(name).append(": ").append(text).append("\r\n");
    bool const writes =
        request.method == "POST" || request.method == "PUT" || !request.body.empty();
    if (writes)
        wire.append("Content-Length: ").append(std::to_string(request.body.size())).append("\r\n");
    wire.append("\r\n").append(request.body);

    std::optional<HttpResponse> response;
    if (write_all(wire)) response = read_head();
    bool const has_body =
        response && request.method != "HEAD" && response->status != 204 && response->status != 304;
    if (!response || !read_body(*response, has_body)) {
        close();
        return std::nullopt;
    }
    if (response->value("connection") == "close") close();
    return response;
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
