// Binding, and what may be in the way.
#include "transport/listener.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>

namespace ds::transport {

namespace {

constexpr int k_backlog = 4096;
constexpr int k_flags = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
constexpr mode_t k_path_mode = 0660; // its owner and group may connect

Error system_error(int code) {
    return Error{Fault::io, std::generic_category().message(code)};
}

// What can be done about it, in words.
Error binding_error(int code, std::string const& host, std::uint16_t port) {
    auto error = system_error(code);
    constexpr std::uint16_t k_ordinary = 1024;
    auto const number = std::to_string(port);
    if (code == EADDRINUSE)
        error.what += "; who holds it: ss -ltnp 'sport = :" + number +
                      "'; or take a free port: --listen " + host + ":0";
    if (code == EACCES && port < k_ordinary)
        error.what += "; ports below 1024 take a right: AmbientCapabilities=CAP_NET_BIND_SERVICE "
                      "in its systemd unit, setcap cap_net_bind_service=+ep on the program, or "
                      "sysctl net.ipv4.ip_unprivileged_port_start=" +
                      number;
    return error;
}

sockaddr const* plain(void const* address) {
    return static_cast<sockaddr const*>(address);
}

struct FreeAddresses {
    void operator()(addrinfo* found) const { ::freeaddrinfo(found); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

Result<Addresses> resolve(std::string const& host, std::uint16_t port) {
    addrinfo hints{};
    hints.ai_flags = AI_PASSIVE;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    int const code = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
    if (code == EAI_SYSTEM) return system_error(errno);
    if (code != 0) return Error{Fault::invalid, ::gai_strerror(code)};
    return Addresses(found);
}

std::uint16_t bound_port(int socket) {
    sockaddr_storage own{};
    socklen_t size = sizeof own;
    void* const raw = &own;
    if (::getsockname(socket, static_cast<sockaddr*>(raw), &size) != 0) return 0;
    return ntohs(own.ss_family == AF_INET6 ? static_cast<sockaddr_in6 const*>(raw)->sin6_port
                                           : static_cast<sockaddr_in const*>(raw)->sin_port);
}

Result<sockaddr_un> unix_address(std::string const& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty()) return Error{Fault::invalid, "the path is missing"};
    if (path.size() >= sizeof address.sun_path)
        return Error{Fault::invalid, "the path is longer than " +
                                         std::to_string(sizeof address.sun_path - 1) + " bytes"};
    std::copy(path.begin(), path.end(), address.sun_path);
    return address;
}

// Removes what a dead server left at the path; an error when there is anything else.
Result<void> clear_path(std::string const& path, sockaddr_un const& address) {
    struct stat there {};
    if (::lstat(path.c_str(), &there) != 0)
        return errno == ENOENT ? Result<void>() : system_error(errno);
    if (!S_ISSOCK(there.st_mode)) return Error{Fault::invalid, "there is a file that is no socket"};
    Socket const probe(::socket(AF_UNIX, k_flags, 0));
    if (probe.descriptor() < 0) return system_error(errno);
    bool const answered = ::connect(probe.descriptor(), plain(&address), sizeof address) == 0;
    if (answered || errno == EAGAIN) return Error{Fault::busy, "another server listens there"};
    if (errno != ECONNREFUSED) return system_error(errno);
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return system_error(errno);
    return {};
}

} // namespace

Result<Listener> Listener::open(Place const& place) {
    if (!place.unix_path.empty()) {
        auto opened = open_path(place.unix_path);
        if (!opened) return std::move(opened).error().within("listen on unix:" + place.unix_path);
        return opened;
    }
    auto opened = open_port(place.host, place.port);
    if (!opened)
        return std::move(opened).error().within("listen on " + place.host + ":" +
                                                std::to_string(place.port));
    return opened;
}

Result<Listener> Listener::open_port(std::string const& host, std::uint16_t port) {
    auto const found = TRY(resolve(host, port));
    Listener listener(Socket(::socket(found->ai_family, k_flags, 0)), found->ai_family);
    int const socket = listener.socket_.descriptor();
    int const on = 1;
    if (socket < 0 || ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        ::bind(socket, found->ai_addr, found->ai_addrlen) != 0 || ::listen(socket, k_backlog) != 0)
        return binding_error(errno, host, port);
    listener.port_ = bound_port(socket);
    return listener;
}

Result<Listener> Listener::open_path(std::string const& path) {
    auto const address = TRY(unix_address(path));
    TRY(clear_path(path, address));
    Listener listener(Socket(::socket(AF_UNIX, k_flags, 0)), AF_UNIX);
    int const socket = listener.socket_.descriptor();
    // First on the socket, so that the path is never open to others; then on the path, as the umask
    // took its part.
    if (socket < 0 || ::fchmod(socket, k_path_mode) != 0 ||
        ::bind(socket, plain(&address), sizeof address) != 0)
        return system_error(errno);
    auto const made = mark_of(path);
    if (!made) return system_error(errno);
    listener.path_ = path; // from here on it is ours to remove
    listener.mark_ = *made;
    if (::chmod(path.c_str(), k_path_mode) != 0 || ::listen(socket, k_backlog) != 0)
        return system_error(errno);
    return listener;
}

void Listener::remove() {
    auto const path = std::exchange(path_, {});
    if (!path.empty() && mark_of(path) == mark_) ::unlink(path.c_str());
}

std::optional<Listener::Mark> Listener::mark_of(std::string const& path) {
    struct statx there {};
    if (::statx(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW, STATX_INO | STATX_BTIME, &there) != 0)
        return std::nullopt;
    constexpr std::int64_t k_second = 1'000'000'000;
    std::uint64_t const device = std::uint64_t{there.stx_dev_major} << 32 | there.stx_dev_minor;
    auto const born = (there.stx_mask & STATX_BTIME) != 0
                          ? there.stx_btime.tv_sec * k_second + there.stx_btime.tv_nsec
                          : 0;
    return Mark{device, there.stx_ino, born};
}

} // namespace ds::transport
