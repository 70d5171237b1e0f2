// What a person says of a proxy in front of a server, and what that comes to once it is checked.
//
// All of it goes into a configuration as it is, so nothing is let through that could end a word or
// a block there.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ds::proxy {

enum class Kind : std::uint8_t { nginx, varnish, caddy };
std::optional<Kind> parse_kind(std::string_view name);

enum class Caching : std::uint8_t {
    automatic, // unless it is behind a CDN, which caches, or cannot
    on,
    off,
};

struct Settings {
    std::string origin = "http://127.0.0.1:4437"; // or "unix:/run/ds/ds.sock"
    std::string server_name;                      // what clients ask for
    std::string listen;                           // "127.0.0.1:8080"; empty: the usual port
    std::string tls_cert;
    std::string tls_key;

    bool behind_cdn = false;
    std::vector<std::string> cdn_networks; // whose word on the client's address counts
    std::string cdn_header = "CF-Connecting-IP";

    Caching caching = Caching::automatic;
    std::string cache_dir = "/var/cache/nginx-ds";
    std::uint64_t cache_mib = 1'024;

    // As the server has them.
    double long_poll_timeout = 4;
    double sse_keep_alive = 15;
    std::uint64_t max_body = 33'554'432;
};

struct Origin {
    std::string unix_path; // empty: a port
    std::string host;      // without brackets
    std::uint16_t port = 80;

    // "127.0.0.1:4437", "[::1]:4437", "unix:/run/ds/ds.sock"
    std::string text() const;
};

// Settings that can be written down.
struct Site {
    Kind kind;
    Settings said;
    Origin origin;
    bool caches;
    std::uint64_t lock_seconds; // how long equal requests wait for one: longer than a long-poll
    std::uint64_t read_seconds; // of silence from the server: longer than between two comments
};

Result<Site> check(Kind kind, Settings settings);

} // namespace ds::proxy
