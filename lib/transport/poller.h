// Which of an event loop's sockets have something to do: one edge-triggered epoll of our own, which
// the event loop sees as a single descriptor.
//
// A socket is registered once, when it is accepted. After that neither a wait for bytes nor one for
// room costs a system call, nor any memory, as it would if the event loop were asked each time.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <utility>

namespace ds::transport {

// A socket that does not block, closed with its owner.
class Socket {
public:
    explicit Socket(int descriptor) : descriptor_(descriptor) {}
    Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    Socket& operator=(Socket&& other) noexcept {
        std::swap(descriptor_, other.descriptor_);
        return *this;
    }
    ~Socket() { close(); }

    int descriptor() const { return descriptor_; }
    int release() { return std::exchange(descriptor_, -1); }
    void close();

private:
    int descriptor_;
};

// What has come to a socket since it was last told of: bytes or an end to be read, room to write.
struct Readiness {
    bool readable = false;
    bool ends = false; // the peer has said its last: read until there is nothing left
    bool writable = false;
    std::chrono::steady_clock::time_point now; // when this was found
};

class Poller {
public:
    using Ready = std::function<void(std::uint64_t number, Readiness what)>;

    // Calls `ready` from the event loop with the number under which the socket was added.
    Poller(boost::asio::io_context& context, Ready ready);

    // False when the system has no room for another one. A socket leaves by being closed.
    bool add(Socket const& socket, std::uint64_t number);

private:
    void wait();
    void dispatch();

    boost::asio::posix::stream_descriptor epoll_;
    Ready ready_;
};

} // namespace ds::transport
