// HTTP/1.1 as bytes on a socket, read strictly.
#include "http/wire.h"

#include "http/tls_client.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace ds::test {
namespace {

bool same_name(std::string_view a, std::string_view b) {
    auto const low = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [&](char x, char y) { return low(x) == low(y); });
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

void connect_to(int socket, std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
        throw WireError(std::string("connect: ") + std::strerror(errno));
}

Reply parse_status_line(std::string const& line) {
    // HTTP-version SP 3DIGIT SP [reason]
    Reply reply;
    if (line.size() < 13 || line.rfind("HTTP/1.", 0) != 0 || line[8] != ' ' || line[12] != ' ')
        throw WireError("bad status line: " + line);
    reply.version = line.substr(0, 8);
    reply.status = std::stoi(line.substr(9, 3));
    return reply;
}

std::pair<std::string, std::string> parse_field(std::string const& line) {
    auto const colon = line.find(':');
    if (colon == std::string::npos || colon == 0 || line.find(' ') < colon)
        throw WireError("bad header line: " + line);
    return {line.substr(0, colon), std::string(trimmed(std::string_view(line).substr(colon + 1)))};
}

bool never_has_body(int status) {
    return status < 200 || status == 204 || status == 304;
}

} // namespace

std::string Reply::operator[](std::string_view name) const {
    std::string const* found = nullptr;
    for (auto const& [key, value] : headers) {
        if (!same_name(key, name)) continue;
        if (found != nullptr) throw WireError("twice in one reply: " + key);
        found = &value;
    }
    return found != nullptr ? *found : "";
}

bool Reply::has(std::string_view name) const {
    return std::any_of(headers.begin(), headers.end(),
                       [&](auto const& field) { return same_name(field.first, name); });
}

std::string Reply::code() const {
    std::string const mark = R"("code":")";
    auto const at = body.find(mark);
    if (at == std::string::npos) return "";
    auto const begin = at + mark.size();
    return body.substr(begin, body.find('"', begin) - begin);
}

std::string request(std::string_view method, std::string_view target, Headers const& headers,
                    std::string_view body) {
    std::string text;
    text.append(method).append(" ").append(target).append(" HTTP/1.1\r\nHost: localhost\r\n");
    for (auto const& [name, value] : headers)
        text.append(name + ": " + value + "\r\n");
    if (!body.empty() || method == "POST" || method == "PUT")
        text.append("Content-Length: " + std::to_string(body.size()) + "\r\n");
    return text.append("\r\n").append(body);
}

Over usual() {
    auto const* over = std::getenv("HTTP_TESTS_OVER");
    return over != nullptr && std::string_view(over) == "tls" ? Over::tls : Over::plain;
}

Wire::Wire(std::string const& unix_path)
    : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    unix_path.copy(address.sun_path, sizeof address.sun_path - 1);
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return;
    auto const why = errno;
    ::close(socket_);
    throw WireError(std::string("connect: ") + std::strerror(why));
}

Wire::Wire(std::uint16_t port, int receive_buffer, Over over)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (socket_ < 0) throw WireError(std::string("socket: ") + std::strerror(errno));
    if (receive_buffer > 0)
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    try {
        connect_to(socket_, port);
        int const on = 1;
        ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (over == Over::tls) tls_ = std::make_unique<TlsClient>(socket_);
    } catch (WireError const&) {
        ::close(socket_);
        throw;
    }
}

Wire::~Wire() {
    if (socket_ >= 0) ::close(socket_);
}

Wire::Wire(Wire&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)),
      tls_(std::move(other.tls_)),
      pending_(std::move(other.pending_)) {}

void Wire::send(std::string_view bytes) {
    if (tls_) return tls_->send(bytes);
    while (!bytes.empty()) {
        auto const sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) throw WireError(std::string("send: ") + std::strerror(errno));
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

void Wire::send_if_open(std::string_view bytes) {
    try {
        send(bytes);
    } catch (WireError const&) {
        return; // what the server had to say is still to be read
    }
}

void Wire::finish_sending() {
    if (tls_) tls_->finish_sending();
    ::shutdown(socket_, SHUT_WR);
}

Wire::Got Wire::receive(std::chrono::steady_clock::time_point deadline) {
    for (;;) {
        auto const left =
            std::chrono::ceil<Wait>(deadline - std::chrono::steady_clock::now()).count();
        pollfd wanted{socket_, POLLIN, 0};
        bool const here = tls_ && tls_->has_pending();
        auto const ready =
            here ? 1 : ::poll(&wanted, 1, static_cast<int>(std::max<Wait::rep>(left, 0)));
        if (ready < 0 && errno == EINTR) continue;
        if (ready == 0) return Got::nothing;
        if (tls_) {
            auto const got = tls_->receive(pending_);
            if (got == TlsClient::Got::nothing) continue;
            return got == TlsClient::Got::bytes ? Got::bytes : Got::end;
        }
        char buffer[65536];
        auto const got = ::recv(socket_, buffer, sizeof buffer, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return Got::end; // a reset is an end, too
        pending_.append(buffer, static_cast<std::size_t>(got));
        return Got::bytes;
    }
}

void Wire::need(Wait patience) {
    switch (receive(std::chrono::steady_clock::now() + patience)) {
    case Got::bytes: return;
    case Got::end: throw WireError("closed in the middle; had: " + pending_.substr(0, 300));
    case Got::nothing: throw WireSilence("silence; had: " + pending_.substr(0, 300));
    }
}

std::string Wire::line(Wait patience) {
    std::size_t end = 0;
    while ((end = pending_.find('\n')) == std::string::npos)
        need(patience);
    if (end == 0 || pending_[end - 1] != '\r') throw WireError("bare LF in a reply");
    auto text = pending_.substr(0, end - 1);
    pending_.erase(0, end + 1);
    return text;
}

std::string Wire::take(std::size_t count, Wait patience) {
    while (pending_.size() < count)
        need(patience);
    auto bytes = pending_.substr(0, count);
    pending_.erase(0, count);
    return bytes;
}

Reply Wire::reply_head(Wait patience) {
    auto reply = parse_status_line(line(patience));
    for (auto field = line(patience); !field.empty(); field = line(patience))
        reply.headers.push_back(parse_field(field));
    reply.chunked = reply["Transfer-Encoding"] == "chunked";
    if (reply.chunked && reply.has("Content-Length"))
        throw WireError("a reply with both Content-Length and Transfer-Encoding");
    if (never_has_body(reply.status) && (reply.chunked || reply.has("Content-Length")) &&
        reply["Content-Length"] != "0" && reply.status != 304)
        throw WireError("a body announced for status " + std::to_string(reply.status));
    return reply;
}

Reply Wire::reply(Answers what, Wait patience) {
    auto reply = reply_head(patience);
    if (what == Answers::head || never_has_body(reply.status)) return reply;
    if (reply.chunked) {
        for (auto piece = chunk(patience); !piece.empty(); piece = chunk(patience))
            reply.body += piece;
    } else if (reply.has("Content-Length")) {
        reply.body = take(std::stoul(reply["Content-Length"]), patience);
    } else {
        reply.body = rest(patience);
    }
    return reply;
}

std::string Wire::chunk(Wait patience) {
    auto const size_line = line(patience);
    std::size_t digits = 0;
    auto const size = std::stoul(size_line, &digits, 16);
    if (digits != size_line.size()) throw WireError("bad chunk size: " + size_line);
    auto bytes = take(size, patience);
    if (!line(patience).empty()) throw WireError("chunk without its CRLF");
    return bytes;
}

std::string Wire::rest(Wait patience) {
    auto const deadline = std::chrono::steady_clock::now() + patience;
    for (;;) {
        auto const got = receive(deadline);
        if (got == Got::end) return std::exchange(pending_, {});
        if (got == Got::nothing) throw WireError("not closed; had: " + pending_.substr(0, 300));
    }
}

bool Wire::closes(Wait patience) {
    return pending_.empty() && receive(std::chrono::steady_clock::now() + patience) == Got::end;
}

bool Wire::ends_in_order(Wait patience) {
    if (!closes(patience)) return false;
    int error = 0;
    char byte = 0;
    socklen_t size = sizeof error;
    ::getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size);
    return error == 0 && ::recv(socket_, &byte, 1, 0) == 0;
}

bool Wire::stays_silent(Wait how_long) {
    return pending_.empty() && receive(std::chrono::steady_clock::now() + how_long) == Got::nothing;
}

} // namespace ds::test
