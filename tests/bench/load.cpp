// Sockets, limits, processors.
#include "bench/load.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <iostream>

namespace ds {

namespace {

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

} // namespace

bool raise_open_files(std::size_t wanted) {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < wanted) {
        // Root may go past the hard limit; others only up to it.
        rlimit const more{wanted, std::max<rlim_t>(limit.rlim_max, wanted)};
        rlimit const most{limit.rlim_max, limit.rlim_max};
        if (setrlimit(RLIMIT_NOFILE, &more) != 0) setrlimit(RLIMIT_NOFILE, &most);
        getrlimit(RLIMIT_NOFILE, &limit);
    }
    if (limit.rlim_cur >= wanted) return true;
    std::cerr << "only " << limit.rlim_cur << " open files are allowed, " << wanted
              << " are needed; raise the limit with: ulimit -n " << wanted << std::endl;
    return false;
}

void pin_thread(std::optional<unsigned> cpu) {
    if (!cpu) return;
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(*cpu, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0)
        give_up("no processor " + std::to_string(*cpu));
}

std::optional<unsigned> cpu_option(Arguments const& arguments, std::string const& name) {
    if (!arguments.has(name)) return std::nullopt;
    return static_cast<unsigned>(arguments.number(name, 0));
}

int connect_without_waiting(std::uint16_t port) {
    int const made = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (made < 0) return -1;
    int const yes = 1;
    setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    auto const address = loopback(port);
    auto const done = connect(made, reinterpret_cast<sockaddr const*>(&address), sizeof address);
    if (done == 0 || errno == EINPROGRESS) return made;
    close(made);
    return -1;
}

int connect_now(std::uint16_t port) {
    int const made = connect_without_waiting(port);
    pollfd waiting{made, POLLOUT, 0};
    constexpr int k_patience_ms = 10'000;
    if (made < 0 || poll(&waiting, 1, k_patience_ms) != 1 || !connection_made(made))
        give_up("cannot connect to port " + std::to_string(port));
    return made;
}

bool connection_made(int socket) {
    int error = 0;
    socklen_t size = sizeof error;
    return getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
}

Listener listen_on_loopback(int flags) {
    Listener made{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0)};
    auto address = loopback(0);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (bind(made.socket, generic, size) != 0 || listen(made.socket, SOMAXCONN) != 0 ||
        getsockname(made.socket, generic, &size) != 0)
        give_up("cannot listen on 127.0.0.1");
    made.port = ntohs(address.sin_port);
    return made;
}

void watch(int epoll, int operation, int socket, std::uint32_t events, std::uint64_t token) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = token;
    if (epoll_ctl(epoll, operation, socket, &event) != 0) give_up("epoll_ctl failed");
}

bool send_all(int socket, std::string_view bytes) {
    auto const sent = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    return sent == static_cast<ssize_t>(bytes.size());
}

void give_up(std::string const& why) {
    std::cerr << why << std::endl;
    _exit(1);
}

std::string format_text(char const* format, ...) {
    std::array<char, 1024> line{};
    va_list values;
    va_start(values, format);
    std::vsnprintf(line.data(), line.size(), format, values);
    va_end(values);
    return line.data();
}

} // namespace ds
