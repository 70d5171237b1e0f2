// Sockets, limits, percentiles.
#include "bench/load.h"

#include "support/http_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
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
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto const done = connect(made, reinterpret_cast<sockaddr const*>(&address), sizeof address);
    if (done == 0 || errno == EINPROGRESS) return made;
    close(made);
    return -1;
}

bool send_all(int socket, std::string const& bytes) {
    auto const sent = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    return sent == static_cast<ssize_t>(bytes.size());
}

Percentiles percentiles(std::vector<std::chrono::nanoseconds>& times) {
    if (times.empty()) return {};
    std::ranges::sort(times);
    auto const at = [&](std::size_t hundredths) {
        auto const which = std::min(times.size() - 1, times.size() * hundredths / 100);
        return std::chrono::duration<double, std::milli>(times[which]).count();
    };
    return {at(50), at(99), at(100)};
}

std::unique_ptr<ServerProcess> serve(Arguments const& arguments, std::string const& directory,
                                     std::vector<std::string> flags) {
    auto server = std::make_unique<ServerProcess>(ServerSettings{
        .binary = arguments.server_binary(),
        .data_dir = directory,
        .flags = std::move(flags),
        .cpu = cpu_option(arguments, "--server-cpu"),
    });
    if (!server->wait_until_listening()) give_up("the server " + server->problem());
    return server;
}

void create_stream(std::uint16_t port, std::string const& name, std::string const& content_type) {
    HttpClient client(port);
    auto const got =
        client.send({"PUT", "/v1/stream/" + encode_path(name), {{"Content-Type", content_type}}});
    if (!got || got->status != 201)
        give_up("PUT " + name + ": " + (got ? std::to_string(got->status) : client.problem()));
}

void give_up(std::string const& why) {
    std::cerr << "benchmark: " << why << std::endl;
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
