// Listening, handing connections out, and draining.
#include "http/server.h"

#include "base/log.h"
#include "http/client_address.h"
#include "http/io_thread.h"
#include "http/listener.h"

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
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace ds::http {

namespace {

using boost::asio::ip::tcp;
using Transport = boost::asio::generic::stream_protocol; // TCP, or the Unix domain
using Acceptor = boost::asio::basic_socket_acceptor<Transport>;

constexpr std::string_view k_overloaded =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 1\r\n"
    "Cache-Control: no-store\r\nConnection: close\r\nContent-Length: 63\r\n\r\n"
    "{\"code\":\"TOO_MANY_CONNECTIONS\",\"error\":\"too many connections\"}\n";

constexpr std::string_view k_over_address_limit =
    "HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\nRetry-After: 1\r\n"
    "Cache-Control: no-store\r\nConnection: close\r\nContent-Length: 73\r\n\r\n"
    "{\"code\":\"RATE_LIMITED\",\"error\":\"too many connections from this address\"}\n";

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

// What this process may run on, which may be less than the machine has: two io threads that share a
// processor only take turns (measured: p99 of a read 4.3 ms instead of 0.7).
unsigned processors() {
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0)
        return static_cast<unsigned>(std::max(1, CPU_COUNT(&allowed)));
    return std::max(1U, std::thread::hardware_concurrency());
}

} // namespace

struct Server::Parts {
    Parts(Engine& engine, Clock const& clock, HttpOptions chosen)
        : options(std::move(chosen)),
          limits(options, engine.refused_by_limit()),
          edge(options.edge_cache_bytes),
          threads(make_threads(engine, clock)),
          quiet(threads.front()->context()) {}

    std::vector<std::unique_ptr<IoThread>> make_threads(Engine& engine, Clock const& clock) {
        auto const wanted = options.io_threads != 0 ? options.io_threads : processors();
        auto const count = std::min(wanted, options.mailboxes);
        std::vector<std::unique_ptr<IoThread>> made;
        for (unsigned number = 0; number < count; ++number)
            made.push_back(std::make_unique<IoThread>(number, engine, clock, options, limits, edge,
                                                      settings, open));
        return made;
    }

    // A place where it listens. All of them are served by the first io thread.
    struct Door {
        Door(Listener opened, boost::asio::io_context& context)
            : listener(std::move(opened)),
              acceptor(context),
              retry(context) {}

        Listener listener;
        Acceptor acceptor;
        boost::asio::steady_timer retry;
    };

    Result<void> open_door(Place const& place) {
        auto& context = threads.front()->context();
        auto& door =
            *doors.emplace_back(std::make_unique<Door>(TRY(Listener::open(place)), context));
        boost::system::error_code error;
        door.acceptor.assign(Transport(door.listener.family(), 0), door.listener.release(), error);
        if (error) return Error{Fault::io, error.message()}.within("listen");
        return {};
    }

    void accept(Door& door) {
        auto& target = *threads[next++ % threads.size()];
        door.acceptor.async_accept(
            [this, &door, &target](boost::system::error_code error, Transport::socket socket) {
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
                reject(one_more.descriptor(), k_overloaded);
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

    void take(Door const& door, IoThread& target, Transport::socket socket) {
        boost::system::error_code ignored;
        socket.non_blocking(true, ignored);
        if (door.listener.port() != 0) socket.set_option(tcp::no_delay(true), ignored);
        if (open.fetch_add(1, std::memory_order_relaxed) >= options.connections_max) {
            open.fetch_sub(1, std::memory_order_relaxed);
            return reject(socket.native_handle(), k_overloaded);
        }
        auto guest = limits.on() ? welcome(socket.native_handle()) : nullptr;
        if (limits.on() && !guest) {
            open.fetch_sub(1, std::memory_order_relaxed);
            return reject(socket.native_handle(), k_over_address_limit);
        }
        Socket released(socket.release(ignored));
        boost::asio::post(target.context(), [&target, carried = std::move(released),
                                             held = std::move(guest)]() mutable {
            target.adopt(std::move(carried), std::move(held));
        });
    }

    // Over TLS it would take a handshake to say it.
    void reject(int descriptor, std::string_view answer) const {
        if (!options.tls) turn_away(descriptor, answer);
    }

    // Who comes through a trusted proxy is known with each request; the proxy itself may connect as
    // often as it likes.
    std::unique_ptr<Guest> welcome(int descriptor) {
        auto const peer = peer_of(descriptor);
        auto address = client_address(peer);
        if (contains(options.trusted_proxies, peer))
            return std::make_unique<Guest>(Guest{std::move(address), {}, {}, {}});
        return limits.welcome(std::move(address), std::chrono::steady_clock::now());
    }

    HttpOptions options;
    Limits limits;
    EdgeCache edge;
    SettingsWorker settings;
    std::atomic<std::size_t> open = 0;
    std::vector<std::unique_ptr<IoThread>> threads;
    std::vector<std::unique_ptr<Door>> doors;
    std::size_t next = 0;
    // Of the first io thread.
    Reserve reserve;
    boost::asio::steady_timer quiet;
    bool in_trouble = false;
    std::uint64_t turned_away = 0;
};

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Server::~Server() {
    parts_->settings.stop(); // it speaks to the io threads
    for (auto& thread : parts_->threads)
        thread->stop();
    for (auto& thread : parts_->threads)
        thread->join();
}

Result<std::unique_ptr<Server>> Server::start(Engine& engine, Clock const& clock,
                                              HttpOptions options) {
    auto parts = std::make_unique<Parts>(engine, clock, std::move(options));
    for (auto const& place : parts->options.places)
        TRY(parts->open_door(place));
    for (auto& thread : parts->threads)
        thread->start();
    boost::asio::post(parts->threads.front()->context(), [serving = parts.get()] {
        for (auto& door : serving->doors)
            serving->accept(*door);
    });
    return std::unique_ptr<Server>(new Server(std::move(parts)));
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
        boost::asio::post(thread->context(), [&thread] { thread->drain(); });
    auto const until = std::chrono::steady_clock::now() + within;
    while (parts.open.load() > 0 && std::chrono::steady_clock::now() < until)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return parts.open.load() == 0;
}

} // namespace ds::http
