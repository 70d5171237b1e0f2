// Listening: rows of places with the protocol that is spoken there, the event loops behind them,
// and draining.
#pragma once

#include "base/result.h"
#include "transport/event_loop.h"
#include "transport/listener.h"
#include "transport/tls.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace ds::transport {

struct ServerOptions {
    unsigned threads = 0; // event loops; 0: one for each core
    unsigned threads_max = 64;
    std::size_t connections_max = 50'000;
    std::chrono::milliseconds write_timeout{30'000}; // a peer that takes nothing
};

// A place with what is spoken there.
struct Row {
    Place place;
    std::shared_ptr<Tls const> tls; // null: plain
    SessionFactory make;
    // What a protocol says to those who are turned away before they have a session; over TLS it
    // would take a handshake to say it.
    std::string_view overloaded{};
    std::string_view over_limit{};
};

// Whether a new connection from an address is let in, asked on the thread that accepts. Empty: it
// is over a limit of its address. What is returned, or null, goes with the connection.
using Admission = std::function<std::optional<std::unique_ptr<Admitted>>(Address const& peer)>;

class Server {
public:
    // Makes the event loops; nothing runs yet. Without `admission` everybody is let in.
    explicit Server(ServerOptions const& options, Admission admission = {});
    // Ends what is left.
    ~Server();
    Server(Server const&) = delete;
    Server& operator=(Server const&) = delete;

    unsigned loops() const;
    EventLoop& loop(unsigned number);

    // Binds and listens: who connects from now on waits.
    Result<void> open(Row row);
    // Serves all rows.
    void start();

    // The ports that were bound, in the order of the rows: of interest when port 0 was asked for.
    // 0: a socket of the Unix domain.
    std::vector<std::uint16_t> ports() const;

    // Stops accepting, lets what is in flight be finished, ends live answers cleanly. True when all
    // connections were gone in time.
    bool drain(std::chrono::milliseconds within);

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

} // namespace ds::transport
