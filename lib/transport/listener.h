// Where a server is to be found: a TCP port, or a path of the Unix domain.
//
// A path that a killed server left behind is taken over; one where somebody answers is not. It is
// removed when the listener goes, unless another server has put its own there meanwhile.
#pragma once

#include "base/result.h"
#include "transport/poller.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace ds::transport {

// Where to listen.
struct Place {
    std::string host = "127.0.0.1";
    std::uint16_t port = 4437;
    std::string unix_path{}; // of a socket, instead of a port
};

class Listener {
public:
    // Bound and listening: who connects from now on waits to be accepted.
    static Result<Listener> open(Place const& place);
    ~Listener() { remove(); }
    Listener(Listener&& other) noexcept
        : socket_(std::move(other.socket_)),
          family_(other.family_),
          port_(other.port_),
          path_(std::exchange(other.path_, {})),
          mark_(other.mark_) {}
    Listener& operator=(Listener&&) = delete;

    int family() const { return family_; }
    std::uint16_t port() const { return port_; } // 0: none, it is a path
    // Hands the socket on; the listener keeps the path.
    int release() { return socket_.release(); }
    // Takes the path away: nobody finds the server any more.
    void remove();

private:
    // Which file lies at a path. The number alone would not do: it is soon given to another.
    struct Mark {
        std::uint64_t device = 0;
        std::uint64_t inode = 0;
        std::int64_t born = 0; // nanoseconds; 0 where the file system does not say
        friend bool operator==(Mark const&, Mark const&) = default;
    };
    static std::optional<Mark> mark_of(std::string const& path);
    Listener(Socket socket, int family) : socket_(std::move(socket)), family_(family) {}
    static Result<Listener> open_port(std::string const& host, std::uint16_t port);
    static Result<Listener> open_path(std::string const& path);

    Socket socket_;
    int family_;
    std::uint16_t port_ = 0;
    std::string path_; // empty: none, or it was moved on
    Mark mark_;
};

} // namespace ds::transport
