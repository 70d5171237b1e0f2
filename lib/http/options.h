// What can be set of the HTTP face.
#pragma once

#include "http/address.h"
#include "http/request_parser.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace ds::http {

using Duration = std::chrono::milliseconds;

class Tls;

struct HttpOptions {
    std::string host = "127.0.0.1";
    std::uint16_t port = 4437;
    std::string unix_path;    // where to listen instead, when it is given
    std::shared_ptr<Tls> tls; // null: plain
    Networks trusted_proxies; // whose X-Forwarded headers are believed
    unsigned io_threads = 0;  // 0: one for each core
    RequestLimits request;
    std::size_t connections_max = 50'000;

    Duration long_poll_timeout{4'000};
    Duration sse_keep_alive{15'000}; // 0: no comments
    Duration sse_lifetime{60'000};   // 0: no end
    Duration header_timeout{10'000}; // first byte of a request to its last
    Duration idle_timeout{60'000};   // a kept connection without a request
    Duration write_timeout{30'000};  // a peer that takes nothing

    std::string public_url; // what Location begins with; empty: scheme and host of the request
    bool server_timing = false;
};

} // namespace ds::http
