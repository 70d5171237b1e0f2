// Waiting on the epoll, and handing out what it has.
#include "transport/poller.h"

#include "base/ensure.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <array>

namespace ds::transport {

void Socket::close() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

Poller::Poller(boost::asio::io_context& context, Ready ready)
    : epoll_(context),
      ready_(std::move(ready)) {
    int const epoll = ::epoll_create1(EPOLL_CLOEXEC);
    ENSURE(epoll >= 0);
    epoll_.assign(epoll);
    wait();
}

bool Poller::add(Socket const& socket, std::uint64_t number) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.u64 = number;
    return ::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_ADD, socket.descriptor(), &event) == 0;
}

void Poller::wait() {
    epoll_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                      [this](boost::system::error_code error) {
                          if (error) return; // the event loop is at its end
                          dispatch();
                          wait();
                      });
}

// What does not fit into one look keeps the epoll readable, and the event loop comes back after its
// other work.
void Poller::dispatch() {
    std::array<epoll_event, 256> events;
    auto const count =
        ::epoll_wait(epoll_.native_handle(), events.data(), static_cast<int>(events.size()), 0);
    auto const now = std::chrono::steady_clock::now();
    for (int i = 0; i < count; ++i) {
        auto const& event = events[static_cast<std::size_t>(i)];
        auto const has = [&](std::uint32_t bits) { return (event.events & bits) != 0; };
        bool const ends = has(EPOLLRDHUP | EPOLLHUP | EPOLLERR);
        ready_(event.data.u64, {has(EPOLLIN) || ends, ends, has(EPOLLOUT), now});
    }
}

} // namespace ds::transport
