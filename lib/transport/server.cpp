// Accepting, handing connections out, turning some away, and draining.
#include "transport/server.h"

#include "base/log.h"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <fcntl.h>
#include <sched.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <thread>
#include <utility>

namespace ds::transport {

namespace {

using boost::asio::ip::tcp;
using AnyStream = boost::asio::generic::stream_protocol; // TCP, or the Unix domain
using Acceptor = boost::asio::basic_socket_acceptor<AnyStream>;

// Best effort: the answer fits any fresh socket's buffer. What the peer has sent already is read,
// because a close with bytes unread would reset the connection, and the answer might be lost.
void turn_away(int descriptor, std::string_view answer) {
    ::send(descriptor, answer.data(), answer.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    ::shutdown(descriptor, SHUT_WR);
    std::array<char, 4 * k_kib> unread;
    constexpr int k_rounds = 16;
    for (int round = 0; round < k_rounds; ++round)
        if (::recv(descriptor, unread.data(), unread.size(), MSG_DONTWAIT) <= 0) return;
}

// A descriptor that is kept for bad times: given back, it lets one more connection be taken, and
// told that there is no room.
class Reserve {
public:
    Reserve() { refill(); }
    ~Reserve() { release(); }
    Reserve(Reserve const&) = delete;
    Reserve& operator=(Reserve const&) = delete;

    bool is_there() const { return held_.descriptor() >= 0; }
    void release() { held_.close(); }
    void refill() {
        if (!is_there()) held_ = Socket(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    }

private:
    Socket held_{-1};
};

bool are_descriptors_short(boost::system::error_code const& error) {
    return error.value() == EMFILE || error.value() == ENFILE;
}

// What this process may run on, which may be less than the machine has: two event loops that share
// a processor only take turns (measured: p99 of a read 4.3 ms instead of 0.7).
unsigned processors() {
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0)
        return static_cast<unsigned>(std::max(1, CPU_COUNT(&allowed)));
    return std::max(1U, std::thread::hardware_concurrency());
}

// A row at work. All of them are served by the first event loop.
struct Door {
    Door(Row served, Listener opened, boost::asio::io_context& context)
        : row(std::move(served)),
          listener(std::move(opened)),
          acceptor(context),
          retry(context) {}

    // Over TLS it would take a handshake to say it.
    void reject(int descriptor, std::string_view answer) const {
        if (!row.tls) turn_away(descriptor, answer);
    }

    Row row;
    Listener listener;
    Acceptor acceptor;
    boost::asio::steady_timer retry;
};

} // namespace

struct Server::Parts {
    Parts(ServerOptions const& chosen, Admission asked)
        : options(chosen),
          admission(std::move(asked)),
          threads(make_loops()),
          quiet(threads.front()->context()) {}

    std::vector<std::unique_ptr<EventLoop>> make_loops() {
        auto const wanted = options.threads != 0 ? options.threads : processors();
        auto const count = std::min(wanted, options.threads_max);
        std::vector<std::unique_ptr<EventLoop>> made;
        for (unsigned number = 0; number < count; ++number)
            made.push_back(std::make_unique<EventLoop>(number, options.write_timeout, open));
        return made;
    }

    Result<void> open_door(Row row) {
        auto listener = TRY(Listener::open(row.place));
        auto& door = *doors.emplace_back(std::make_unique<Door>(std::move(row), std::move(listener),
                                                                threads.front()->context()));
        boost::system::error_code error;
        door.acceptor.assign(AnyStream(door.listener.family(), 0), door.listener.release(), error);
        if (error) return Error{Fault::io, error.message()}.within("listen");
        return {};
    }

    void accept(Door& door) {
        auto& target = *threads[next++ % threads.size()];
        door.acceptor.async_accept(
            [this, &door, &target](boost::system::error_code error, AnyStream::socket socket) {
                if (error == boost::asio::error::operation_aborted || !door.acceptor.is_open())
                    return;
                if (error) return on_failed(door, error);
                take(door, target, std::move(socket));
                accept(door);
            });
    }

    void on_failed(Door& door, boost::system::error_code const& error) {
        note_trouble(error);
        if (are_descriptors_short(error) && reserve.is_there()) {
            reserve.release();
            Socket const one_more(
                ::accept4(door.acceptor.native_handle(), nullptr, nullptr, SOCK_CLOEXEC));
            if (one_more.descriptor() >= 0) {
                ++turned_away;
                door.reject(one_more.descriptor(), door.row.overloaded);
            }
        }
        reserve.refill();
        // Those who wait in the backlog are looked at again soon.
        door.retry.expires_after(std::chrono::milliseconds(reserve.is_there() ? 5 : 100));
        door.retry.async_wait([this, &door](boost::system::error_code cancelled) {
            if (!cancelled && door.acceptor.is_open()) accept(door);
        });
    }

    // One line when it begins, and one when it has been over for a while.
    void note_trouble(boost::system::error_code const& error) {
        constexpr std::chrono::seconds k_over_after{2};
        auto const* const hint =
            are_descriptors_short(error)
                ? "connections are answered 503; raise the limit (ulimit -n, or LimitNOFILE= of "
                  "its systemd unit), or lower --max-connections"
                : "connections wait to be taken";
        if (!in_trouble)
            log_event(Level::warn, "accept.failed", {{"error", error.message()}, {"effect", hint}});
        in_trouble = true;
        quiet.expires_after(k_over_after);
        quiet.async_wait([this](boost::system::error_code cancelled) {
            if (cancelled) return;
            in_trouble = false;
            log_event(Level::info, "accept.well", {{"turned_away", std::exchange(turned_away, 0)}});
        });
    }

    void take(Door const& door, EventLoop& target, AnyStream::socket socket) {
        boost::system::error_code ignored;
        socket.non_blocking(true, ignored);
        if (door.listener.port() != 0) socket.set_option(tcp::no_delay(true), ignored);
        if (open.fetch_add(1, std::memory_order_relaxed) >= options.connections_max) {
            open.fetch_sub(1, std::memory_order_relaxed);
            return door.reject(socket.native_handle(), door.row.overloaded);
        }
        std::unique_ptr<Admitted> held;
        if (admission) {
            auto admitted = admission(peer_of(socket.native_handle()));
            if (!admitted) {
                open.fetch_sub(1, std::memory_order_relaxed);
                return door.reject(socket.native_handle(), door.row.over_limit);
            }
            held = *std::move(admitted);
        }
        Socket released(socket.release(ignored));
        target.post([&target, &row = door.row, carried = std::move(released),
                     kept = std::move(held)]() mutable {
            target.adopt(std::move(carried), row.tls.get(), row.make, std::move(kept));
        });
    }

    ServerOptions const options;
    Admission const admission;
    std::atomic<std::size_t> open = 0;
    // Connections of the event loops refer to the TLS of their rows.
    std::vector<std::unique_ptr<EventLoop>> threads;
    std::vector<std::unique_ptr<Door>> doors;
    std::size_t next = 0;
    // Of the first event loop.
    Reserve reserve;
    boost::asio::steady_timer quiet;
    bool in_trouble = false;
    std::uint64_t turned_away = 0;
};

Server::Server(ServerOptions const& options, Admission admission)
    : parts_(std::make_unique<Parts>(options, std::move(admission))) {}

Server::~Server() {
    for (auto& thread : parts_->threads)
        thread->stop();
    for (auto& thread : parts_->threads)
        thread->join();
}

unsigned Server::loops() const {
    return static_cast<unsigned>(parts_->threads.size());
}

EventLoop& Server::loop(unsigned number) {
    return *parts_->threads[number];
}

Result<void> Server::open(Row row) {
    return parts_->open_door(std::move(row));
}

void Server::start() {
    for (auto& thread : parts_->threads)
        thread->start();
    boost::asio::post(parts_->threads.front()->context(), [serving = parts_.get()] {
        for (auto& door : serving->doors)
            serving->accept(*door);
    });
}

std::vector<std::uint16_t> Server::ports() const {
    std::vector<std::uint16_t> all;
    for (auto const& door : parts_->doors)
        all.push_back(door->listener.port());
    return all;
}

bool Server::drain(std::chrono::milliseconds within) {
    auto& parts = *parts_;
    boost::asio::post(parts.threads.front()->context(), [&parts] {
        for (auto& door : parts.doors) {
            boost::system::error_code ignored;
            door->acceptor.close(ignored);
            door->listener.remove();
            door->retry.cancel();
        }
        parts.quiet.cancel();
    });
    for (auto& thread : parts.threads)
        thread->post([&thread] { thread->drain(); });
    auto const until = std::chrono::steady_clock::now() + within;
    while (parts.open.load() > 0 && std::chrono::steady_clock::now() < until)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return parts.open.load() == 0;
}

} // namespace ds::transport
