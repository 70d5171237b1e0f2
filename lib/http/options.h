// What can be set of the HTTP face.
#pragma once

#include "auth/hook.h"
#include "auth/projects.h"
#include "base/bytes.h"
#include "http/address.h"
#include "http/request_parser.h"
#include "protocol/caching.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace ds::webhooks {
class Subscriptions;
}

namespace ds::http {

using Duration = std::chrono::milliseconds;

class Tls;

enum class AuthMode : std::uint8_t {
    automatic, // tokens of projects, as soon as there is a project or others can reach the server
    projects,  // tokens of projects
    token,     // one token for everything
    hook,      // an external hook is asked
    none,      // nobody is asked
};

enum class AccessLogged : std::uint8_t { off, errors, all };

struct AuthOptions {
    AuthMode mode = AuthMode::none;
    bool open_without_projects = true; // what `automatic` says until there is one
    // Where everybody is let in: only under names of this machine, and from its pages.
    bool only_here = false;
    bool any_host = false;                 // of a Unix socket, where no browser is led
    Projects* projects = nullptr;          // outlives the server
    Hook* hook = nullptr;                  // of AuthMode::hook; stopped before the server goes
    std::string token;                     // of AuthMode::token
    std::string admin_token;               // may do everything; empty: there is none
    std::vector<std::string> cors_origins; // for all projects; empty: what a project says, or any
    std::string public_url;                // its host counts as this machine's
};

// The most that one project, or one client address, may have. 0: no limit.
struct ScopeLimits {
    std::uint64_t requests = 0; // in a second
    std::uint64_t bytes = 0;    // of bodies, in a second
    std::uint64_t connections = 0;
    std::uint64_t readers = 0; // live ones

    bool any() const { return (requests | bytes | connections | readers) != 0; }
};

// Where to listen.
struct Place {
    std::string host = "127.0.0.1";
    std::uint16_t port = 4437;
    std::string unix_path{}; // of a socket, instead of a port
};

struct HttpOptions {
    std::vector<Place> places{Place{}}; // at all of them
    std::shared_ptr<Tls> tls;           // null: plain
    Networks trusted_proxies;           // whose X-Forwarded headers are believed
    unsigned io_threads = 0;            // 0: one for each core
    unsigned mailboxes = 1; // of the engine, from number 0: as many io threads there may be
    RequestLimits request;
    std::size_t connections_max = 50'000;
    std::size_t body_budget = 256 * k_mib;     // of bodies that have begun to arrive, all together
    std::size_t edge_cache_bytes = 64 * k_mib; // 0: none
    CacheAges cache_ages;                      // what other caches are told
    ScopeLimits project;
    ScopeLimits address;

    Duration long_poll_timeout{4'000};
    Duration wake_stagger{0};        // equal long-polls are woken over this time, after a first one
    Duration sse_keep_alive{15'000}; // 0: no comments
    Duration sse_lifetime{60'000};   // 0: no end
    Duration header_timeout{10'000}; // first byte of a request to its last
    Duration idle_timeout{60'000};   // a kept connection without a request
    Duration write_timeout{30'000};  // a peer that takes nothing

    std::chrono::seconds estuary_ttl{24 * 3600}; // after it was last used

    AuthOptions auth;
    webhooks::Subscriptions* subscriptions = nullptr; // outlive the server; null: there are none
    std::string public_url; // what Location begins with; empty: scheme and host of the request
    bool server_timing = false;
    AccessLogged access_log = AccessLogged::off;
};

} // namespace ds::http
