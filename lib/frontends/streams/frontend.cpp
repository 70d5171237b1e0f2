// A server with HTTP sessions, and for each of its event loops services and a handler.
#include "frontends/streams/frontend.h"

#include "frontends/streams/services.h"
#include "frontends/streams/stream_handler.h"
#include "http/session_context.h"
#include "transport/client_address.h"
#include "transport/server.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

namespace ds::streams {

namespace {

constexpr std::string_view k_overloaded =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 1\r\n"
    "Cache-Control: no-store\r\nConnection: close\r\nContent-Length: 63\r\n\r\n"
    "{\"code\":\"TOO_MANY_CONNECTIONS\",\"error\":\"too many connections\"}\n";

constexpr std::string_view k_over_address_limit =
    "HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\nRetry-After: 1\r\n"
    "Cache-Control: no-store\r\nConnection: close\r\nContent-Length: 73\r\n\r\n"
    "{\"code\":\"RATE_LIMITED\",\"error\":\"too many connections from this address\"}\n";

// What serves the connections of one event loop.
struct Desk {
    Desk(transport::EventLoop& loop, SharedServices const& shared, http::BodyBudget& bodies)
        : services(loop, shared),
          handler(services),
          sessions(handler, shared.options.session, bodies, shared.clock) {
        services.serve(sessions);
    }

    Services services;
    StreamHandler handler;
    http::SessionContext sessions;
};

} // namespace

struct Frontend::Parts {
    Parts(Engine& engine, Clock const& clock, quota::Quota& limits, FrontendOptions chosen)
        : options(std::move(chosen)),
          quota(limits),
          edge(options.edge_cache_bytes),
          bodies(options.body_budget) {
        server = std::make_unique<transport::Server>(options.server, admission());
        SharedServices const shared{engine, clock, options, quota, edge, settings};
        for (unsigned number = 0; number < server->loops(); ++number)
            desks.push_back(std::make_unique<Desk>(server->loop(number), shared, bodies));
    }

    transport::Admission admission() {
        if (!quota.on()) return {};
        return [this](transport::Address const& peer) { return admit(peer); };
    }

    // Who comes through a trusted proxy is known with each request; the proxy itself may connect as
    // often as it likes.
    std::optional<std::unique_ptr<transport::Admitted>> admit(transport::Address const& peer) {
        auto address = transport::client_address(peer);
        if (contains(options.session.trusted_proxies, peer))
            return std::make_unique<StreamClient>(quota::Client{std::move(address), {}, {}, {}});
        auto client = quota.welcome(std::move(address), std::chrono::steady_clock::now());
        if (!client) return std::nullopt;
        return std::make_unique<StreamClient>(std::move(*client));
    }

    transport::Row row_of(transport::Place const& place) {
        return {place, options.tls,
                [this](transport::EventLoop& loop, transport::Link& link) {
                    return desks[loop.number()]->sessions.make_session(link);
                },
                k_overloaded, k_over_address_limit};
    }

    FrontendOptions options;
    quota::Quota& quota;
    EdgeCache edge;
    http::BodyBudget bodies;
    SettingsWorker settings;
    std::vector<std::unique_ptr<Desk>> desks;
    std::unique_ptr<transport::Server> server; // goes first
};

Frontend::Frontend(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Frontend::~Frontend() {
    parts_->settings.stop(); // it speaks to the services
}

Result<std::unique_ptr<Frontend>> Frontend::start(Engine& engine, Clock const& clock,
                                                  quota::Quota& quota, FrontendOptions options) {
    auto parts = std::make_unique<Parts>(engine, clock, quota, std::move(options));
    for (auto const& place : parts->options.places)
        TRY(parts->server->open(parts->row_of(place)));
    parts->server->start();
    return std::unique_ptr<Frontend>(new Frontend(std::move(parts)));
}

std::vector<std::uint16_t> Frontend::ports() const {
    return parts_->server->ports();
}

bool Frontend::drain(std::chrono::milliseconds within) {
    return parts_->server->drain(within);
}

} // namespace ds::streams
