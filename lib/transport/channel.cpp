// recv(2) and send(2), or what stands for them over TLS.
#include "transport/channel.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>

namespace ds::transport {

ssize_t Channel::receive(std::span<char> into) {
    ssize_t got = 0;
    do
        got = tls_ ? tls_->receive(into)
                   : ::recv(socket_.descriptor(), into.data(), into.size(), MSG_DONTWAIT);
    while (got < 0 && errno == EINTR);
    // Less than there was room for is all there was; what comes later is told anew.
    bool const none = got < 0 && errno == EAGAIN;
    bool const less = got > 0 && static_cast<std::size_t>(got) < into.size() && !ends_soon_;
    if (none || less) readable_ = tls_ && tls_->has_more();
    return got;
}

ssize_t Channel::send(std::string_view head, std::string_view body) {
    if (tls_) return tls_->send(head, body);
    constexpr int k_flags = MSG_NOSIGNAL | MSG_DONTWAIT;
    int const socket = socket_.descriptor();
    if (head.empty()) return ::send(socket, body.data(), body.size(), k_flags);
    if (body.empty()) return ::send(socket, head.data(), head.size(), k_flags);
    std::array<iovec, 2> parts{{{const_cast<char*>(head.data()), head.size()},
                                {const_cast<char*>(body.data()), body.size()}}};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    return ::sendmsg(socket, &message, k_flags);
}

bool Channel::finish() {
    if (tls_ && !tls_->finish()) return false;
    tls_.reset();
    return true;
}

bool Channel::is_quiet() const {
    char next = 0;
    return ::recv(socket_.descriptor(), &next, 1, MSG_PEEK | MSG_DONTWAIT) < 0;
}

void Channel::shut_down_sending() {
    ::shutdown(socket_.descriptor(), SHUT_WR);
}

void Channel::close() {
    tls_.reset(); // it knows the socket by its number
    socket_.close();
}

} // namespace ds::transport
