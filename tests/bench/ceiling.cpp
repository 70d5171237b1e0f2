// Sockets: what comes in, and what a socket does not take at once.
#include "bench/ceiling.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <utility>

namespace ds {

namespace {

constexpr std::size_t k_buffer_bytes = std::size_t{256} << 10;
// Tokens of epoll that are no slots.
constexpr auto k_listener = std::numeric_limits<std::uint64_t>::max();
constexpr auto k_bell = k_listener - 1;
constexpr auto k_stop = k_listener - 2;

} // namespace

Ceiling::Ceiling(std::optional<std::string> const& file)
    : listener_(listen_on_loopback(SOCK_NONBLOCK)),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      bell_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      buffer_(k_buffer_bytes) {
    watch(epoll_, EPOLL_CTL_ADD, listener_.socket, EPOLLIN, k_listener);
    watch(epoll_, EPOLL_CTL_ADD, bell_, EPOLLIN, k_bell);
    if (file) log_ = std::make_unique<CeilingLog>(*file, bell_);
}

Ceiling::~Ceiling() {
    log_.reset();
    for (auto const& connection : connections_)
        if (connection.socket >= 0) ::close(connection.socket);
    for (int const descriptor : {listener_.socket, epoll_, bell_})
        ::close(descriptor);
}

void Ceiling::run(int stop) {
    watch(epoll_, EPOLL_CTL_ADD, stop, EPOLLIN, k_stop);
    std::array<epoll_event, 512> events;
    while (true) {
        int const patience = feeding_.empty() ? -1 : 0;
        auto const ready =
            epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), patience);
        for (int i = 0; i < ready; ++i) {
            auto const& event = events[static_cast<std::size_t>(i)];
            auto const token = event.data.u64;
            if (token == k_stop) return;
            if (token == k_listener) {
                accept_all();
            } else if (token == k_bell) {
                answer_committed();
            } else {
                auto const slot = static_cast<std::uint32_t>(token);
                if ((event.events & EPOLLOUT) != 0) {
                    flush(slot, "");
                    resume(slot);
                }
                if ((event.events & ~std::uint32_t{EPOLLOUT}) != 0) receive(slot);
            }
        }
        if (!arriving_.appends.empty()) log_->hand_over(arriving_);
        visit_readers();
    }
}

void Ceiling::accept_all() {
    int const yes = 1;
    for (int made;
         (made = accept4(listener_.socket, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
        setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        auto slot = static_cast<std::uint32_t>(connections_.size());
        if (free_.empty()) {
            connections_.emplace_back();
        } else {
            slot = free_.back();
            free_.pop_back();
        }
        connections_[slot].socket = made;
        watch(epoll_, EPOLL_CTL_ADD, made, EPOLLIN, slot);
    }
}

void Ceiling::close(std::uint32_t slot) {
    auto& connection = connections_[slot];
    unfollow(connection);
    ::close(connection.socket);
    auto const next_generation = connection.generation + 1;
    connection = {};
    connection.generation = next_generation;
    free_.push_back(slot);
}

void Ceiling::receive(std::uint32_t slot) {
    auto& connection = connections_[slot];
    // An event may be left over from a connection that was closed in the same round.
    if (connection.socket < 0) return;
    auto const got = recv(connection.socket, buffer_.data(), buffer_.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return close(slot);
    std::string_view const fresh(buffer_.data(), static_cast<std::size_t>(got));
    if (!connection.partial.empty()) {
        connection.partial.append(fresh);
        return resume(slot);
    }
    auto const taken = take_requests(slot, fresh);
    if (taken < fresh.size()) connection.partial.assign(fresh.substr(taken));
}

void Ceiling::resume(std::uint32_t slot) {
    auto& connection = connections_[slot];
    if (connection.socket < 0 || connection.partial.empty()) return;
    // Held apart, for answers to it may end in here again.
    auto arrived = std::exchange(connection.partial, {});
    auto const taken = take_requests(slot, arrived);
    if (taken == 0)
        connection.partial = std::move(arrived);
    else
        connection.partial.assign(arrived, taken);
}

std::size_t Ceiling::take_requests(std::uint32_t slot, std::string_view arrived) {
    auto const& connection = connections_[slot];
    answers_.clear();
    publications_.clear();
    std::size_t taken = 0;
    while (taken < arrived.size() && !connection.page && connection.role == Role::none) {
        auto const request = first_request(arrived.substr(taken));
        if (request.bytes == 0 || !answer(slot, request)) break;
        taken += request.bytes;
    }
    if (!answers_.empty() || connection.page) flush(slot, answers_);
    // Taken out, for a reader that is woken may have a request of its own waiting.
    auto const published = std::exchange(publications_, {});
    for (auto const& publication : published)
        wake_parked(publication);
    return taken;
}

void Ceiling::flush(std::uint32_t slot, std::string_view fresh) {
    auto& connection = connections_[slot];
    if (connection.socket < 0) return;
    if (!connection.unsent.empty()) connection.unsent.append(fresh);
    std::string_view const head = connection.unsent.empty() ? fresh : connection.unsent;
    auto* const page = connection.page.get();
    std::string_view body;
    if (page != nullptr) {
        body = page->stream->piece(page->place, page->left);
        // The stream has let it go in the meantime.
        if (body.size() < page->left) shutdown(connection.socket, SHUT_RDWR);
    }
    std::string_view const end = page != nullptr && page->bracket ? "]" : "";
    auto const part = [](std::string_view bytes) {
        return iovec{const_cast<char*>(bytes.data()), bytes.size()};
    };
    std::array<iovec, 3> parts{part(head), part(body), part(end)};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    auto const sent = sendmsg(connection.socket, &message, MSG_NOSIGNAL);
    // A broken connection is noticed when it is read from.
    auto left = sent > 0 ? static_cast<std::size_t>(sent) : 0;
    auto const sent_head = std::min(left, head.size());
    left -= sent_head;
    if (connection.unsent.empty())
        connection.unsent.assign(fresh.substr(sent_head));
    else
        connection.unsent.erase(0, sent_head);
    if (page != nullptr) {
        auto const sent_body = std::min(left, body.size());
        page->place.at += sent_body;
        page->left -= sent_body;
        if (left - sent_body == end.size() && page->left == 0) connection.page.reset();
    }
    bool const blocked = !connection.unsent.empty() || connection.page != nullptr;
    if (blocked == connection.blocked) return;
    connection.blocked = blocked;
    watch(epoll_, EPOLL_CTL_MOD, connection.socket, blocked ? EPOLLIN | EPOLLOUT : EPOLLIN, slot);
}

} // namespace ds
