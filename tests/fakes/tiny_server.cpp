// Sockets that block, and threads.
#include "fakes/tiny_server.h"

#include "base/encoding.h"
#include "base/ensure.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace ds::test {

std::string TinyRequest::header(std::string_view name) const {
    for (std::size_t at = head.find("\r\n"); at != std::string::npos; at = head.find("\r\n", at)) {
        at += 2;
        auto const line = std::string_view(head).substr(at, head.find("\r\n", at) - at);
        auto const colon = line.find(':');
        if (colon != std::string_view::npos && to_lower(line.substr(0, colon)) == to_lower(name))
            return std::string(trim(line.substr(colon + 1)));
    }
    return {};
}

std::string TinyRequest::parameter(std::string_view name) const {
    auto rest = std::string_view(target).substr(std::min(target.find('?'), target.size()));
    while (!rest.empty()) {
        rest.remove_prefix(1);
        auto const one = rest.substr(0, rest.find('&'));
        rest.remove_prefix(one.size());
        auto const equals = one.find('=');
        if (one.substr(0, equals) == name)
            return percent_decode(one.substr(equals + 1)).value_or("");
    }
    return {};
}

TinyServer::TinyServer(Handler handler)
    : handler_(std::move(handler)),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const address = reinterpret_cast<sockaddr*>(&where);
    socklen_t size = sizeof where;
    ENSURE(::bind(listener_, address, size) == 0 && ::listen(listener_, 128) == 0);
    ::getsockname(listener_, address, &size);
    port_ = ntohs(where.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
}

TinyServer::~TinyServer() {
    stop();
}

void TinyServer::stop() {
    if (!acceptor_.joinable()) return;
    ending_ = true;
    ends_.notify_all();
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    {
        std::lock_guard const hold(lock_);
        for (auto const socket : sockets_)
            ::shutdown(socket, SHUT_RDWR);
    }
    for (auto& thread : threads_)
        thread.join();
    for (auto const socket : sockets_)
        ::close(socket);
    ::close(listener_);
}

void TinyServer::wait(std::chrono::milliseconds time) {
    std::unique_lock hold(lock_);
    ends_.wait_for(hold, time, [this] { return ending_.load(); });
}

void TinyServer::accept_all() {
    for (std::uint64_t number = 0; !ending_; ++number) {
        auto const socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (socket < 0) return;
        std::lock_guard const hold(lock_);
        sockets_.push_back(socket);
        threads_.emplace_back([this, socket, number] { serve(socket, number); });
    }
}

void TinyServer::serve(int socket, std::uint64_t number) {
    std::string bytes;
    auto const more = [&] {
        std::array<char, 4096> buffer{};
        auto const count = ::recv(socket, buffer.data(), buffer.size(), 0);
        if (count > 0) bytes.append(buffer.data(), static_cast<std::size_t>(count));
        return count > 0;
    };
    Send const send = [&](std::string_view text) {
        while (!text.empty()) {
            auto const count = ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
            if (count <= 0) return false;
            text.remove_prefix(static_cast<std::size_t>(count));
        }
        return true;
    };
    for (bool goes_on = true; goes_on && !ending_;) {
        constexpr std::string_view k_end = "\r\n\r\n";
        while (bytes.find(k_end) == std::string::npos)
            if (!more()) return;
        TinyRequest request{*this, "", "", "", "", number};
        request.head = bytes.substr(0, bytes.find(k_end) + 2);
        bytes.erase(0, request.head.size() + 2);
        auto const blank = request.head.find(' ');
        request.method = request.head.substr(0, blank);
        request.target =
            request.head.substr(blank + 1, request.head.find(' ', blank + 1) - blank - 1);
        auto const size = parse_decimal(request.header("content-length")).value_or(0);
        while (bytes.size() < size)
            if (!more()) return;
        request.body = bytes.substr(0, size);
        bytes.erase(0, size);
        goes_on = handler_(request, send);
    }
    ::shutdown(socket, SHUT_RDWR);
}

std::string tiny_reply(int status, std::string_view header_lines, std::string_view body) {
    auto text = "HTTP/1.1 " + std::to_string(status) + " OK\r\n";
    text.append(header_lines);
    if (status != 204) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    return text.append("\r\n").append(body);
}

} // namespace ds::test
