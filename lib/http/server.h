// The HTTP face: listeners and the io threads behind it.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "engine/engine.h"
#include "http/options.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

namespace ds::http {

class Server {
public:
    // Binds, listens and serves. The engine must outlive the server's drain() and be stopped before
    // the server is destroyed, because lanes deliver to its io threads.
    static Result<std::unique_ptr<Server>> start(Engine& engine, Clock const& clock,
                                                 HttpOptions options);
    ~Server();
    Server(Server const&) = delete;
    Server& operator=(Server const&) = delete;

    // The ports that were bound, in the order of the places: of interest when port 0 was asked for.
    // 0: a socket of the Unix domain.
    std::vector<std::uint16_t> ports() const;

    // Stops accepting, lets what is in flight be answered, ends live responses cleanly. True when
    // all connections were gone in time.
    bool drain(std::chrono::milliseconds within);

private:
    struct Parts;
    explicit Server(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

} // namespace ds::http
