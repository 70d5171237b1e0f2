// Durable Streams behind the HTTP sessions of an event loop. (that event loop)
#pragma once

#include "frontends/streams/services.h"
#include "http/handler.h"

namespace ds::streams {

class StreamHandler final : public http::Handler {
public:
    explicit StreamHandler(Services& services) : services_(services) {}

    std::optional<http::Response> refuse_head(http::Request const& request) override;
    std::uint64_t body_limit(http::Request const& request) override;
    // Reads may be worked on together; changes of streams may where one shard keeps them in order;
    // all else has consequences that others could see.
    http::Overlap overlap_of(http::Request const& request) override;
    void handle(http::Exchange& exchange) override;
    void on_answer(http::Exchange const& exchange, int status, std::uint64_t bytes) override;

private:
    Services& services_;
};

} // namespace ds::streams
