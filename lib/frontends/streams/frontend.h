// The frontend for streams: where it listens, and all that stands behind it.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "engine/engine.h"
#include "frontends/streams/options.h"
#include "service/quota/quota.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

namespace ds::streams {

class Frontend {
public:
    // Binds, listens and serves. The engine must outlive the frontend's drain() and be stopped
    // before the frontend is destroyed, because shards deliver to its event loops. The quota
    // outlives it.
    static Result<std::unique_ptr<Frontend>> start(Engine& engine, Clock const& clock,
                                                   quota::Quota& quota, FrontendOptions options);
    ~Frontend();
    Frontend(Frontend const&) = delete;
    Frontend& operator=(Frontend const&) = delete;

    // In the order of the places, see transport::Server.
    std::vector<std::uint16_t> ports() const;

    // Stops accepting, lets what is in flight be answered, ends live responses cleanly. True when
    // all connections were gone in time.
    bool drain(std::chrono::milliseconds within);

private:
    struct Parts;
    explicit Frontend(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

} // namespace ds::streams
