// What can be set of the frontend for streams, and of what it stands on.
#pragma once

#include "base/bytes.h"
#include "http/session_context.h"
#include "protocol/caching.h"
#include "service/access/options.h"
#include "service/quota/limits.h"
#include "transport/listener.h"
#include "transport/server.h"
#include "transport/tls.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ds::webhooks {
class Subscriptions;
}

namespace ds::streams {

enum class AccessLogged : std::uint8_t { off, errors, all };

// Besides those that pages may always see.
inline constexpr std::string_view k_exposed_headers =
    "Stream-Next-Offset, Stream-Up-To-Date, Stream-Closed, "
    "Stream-Cursor, Stream-TTL, Stream-Expires-At, Stream-SSE-Data-Encoding, "
    "Stream-Write-Timestamp, Stream-Earliest-Offset, Producer-Epoch, Producer-Seq, "
    "Producer-Expected-Seq, "
    "Producer-Received-Seq, Stream-Reader-Key, ETag, Location, Content-Type, Retry-After, "
    "Server-Timing, X-Cache";
inline http::SessionOptions stream_sessions() {
    http::SessionOptions sessions;
    sessions.exposed_headers = k_exposed_headers;
    return sessions;
}

struct FrontendOptions {
    std::vector<transport::Place> places{transport::Place{}}; // it listens at all of them
    std::shared_ptr<transport::Tls> tls;                      // null: plain
    transport::ServerOptions server;
    http::SessionOptions session = stream_sessions();
    std::size_t body_budget = 256 * k_mib;     // of bodies that have begun to arrive, all together
    std::size_t edge_cache_bytes = 64 * k_mib; // 0: none
    CacheAges cache_ages;                      // what other caches are told
    quota::ScopeLimits project;
    quota::ScopeLimits address;

    std::chrono::milliseconds long_poll_timeout{4'000};
    // Equal long-polls are woken over this time, after a first one.
    std::chrono::milliseconds wake_stagger{0};
    std::chrono::milliseconds sse_keep_alive{15'000}; // 0: no comments
    std::chrono::milliseconds sse_lifetime{60'000};   // 0: no end

    std::chrono::seconds estuary_ttl{24 * 3600}; // after it was last used

    access::AuthOptions auth;
    webhooks::Subscriptions* subscriptions = nullptr; // outlive the frontend; null: there are none
    std::string public_url; // what Location begins with; empty: scheme and host of the request
    AccessLogged access_log = AccessLogged::off;
};

} // namespace ds::streams
