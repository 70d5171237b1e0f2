// One epoll loop over all connections.
#include "bench/append_load.h"

#include "support/http_client.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace ds {

namespace {

class Driver {
public:
    explicit Driver(AppendLoad const& load) : load_(load), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
        std::string const body(load.size, 'x');
        for (std::size_t i = 0; i < load.connections; ++i) {
            auto const& stream = load.streams[i % load.streams.size()];
            Connection made;
            made.request = "POST /v1/stream/" + encode_path(stream) +
                           " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\n"
                           "Content-Length: " +
                           std::to_string(body.size()) + "\r\n\r\n" + body;
            made.socket = connect_without_waiting(load.port);
            if (made.socket < 0) give_up("cannot connect");
            epoll_event event{};
            event.events = EPOLLIN;
            event.data.u64 = i;
            epoll_ctl(epoll_, EPOLL_CTL_ADD, made.socket, &event);
            connections_.push_back(std::move(made));
        }
    }
    ~Driver() {
        for (auto const& connection : connections_)
            ::close(connection.socket);
        ::close(epoll_);
    }
    Driver(Driver const&) = delete;
    Driver& operator=(Driver const&) = delete;

    AppendResult run() {
        auto const began = LoadClock::now();
        counting_from_ = began + load_.warm_up;
        auto const end = counting_from_ + load_.duration;
        for (auto& connection : connections_)
            send_next(connection);
        std::array<epoll_event, 512> events;
        while (LoadClock::now() < end) {
            auto const ready =
                epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 50);
            for (int i = 0; i < ready; ++i)
                receive(connections_[events[static_cast<std::size_t>(i)].data.u64]);
        }
        auto const seconds = std::chrono::duration<double>(load_.duration).count();
        return {static_cast<double>(times_.size()) / seconds, percentiles(times_)};
    }

private:
    struct Connection {
        int socket = -1;
        std::string request;
        std::string answer;
        LoadClock::time_point sent;
    };

    void send_next(Connection& connection) {
        connection.sent = LoadClock::now();
        if (!send_all(connection.socket, connection.request)) give_up("cannot send an append");
    }

    void receive(Connection& connection) {
        std::array<char, 4096> buffer;
        auto const got = recv(connection.socket, buffer.data(), buffer.size(), 0);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (got <= 0) give_up("the server closed a connection under load");
        connection.answer.append(buffer.data(), static_cast<std::size_t>(got));
        if (connection.answer.find("\r\n\r\n") == std::string::npos) return;
        // A 204 has no body; any other answer is a refusal, and the run is of no use.
        if (!connection.answer.starts_with("HTTP/1.1 204"))
            give_up("an append was answered " + connection.answer.substr(0, 300));
        connection.answer.clear();
        auto const now = LoadClock::now();
        if (connection.sent >= counting_from_) times_.push_back(now - connection.sent);
        send_next(connection);
    }

    AppendLoad const& load_;
    int epoll_;
    std::vector<Connection> connections_;
    LoadClock::time_point counting_from_;
    std::vector<std::chrono::nanoseconds> times_;
};

} // namespace

AppendResult run_append_load(AppendLoad const& load) {
    return Driver(load).run();
}

} // namespace ds
