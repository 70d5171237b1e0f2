// The options of `ds serve`, and what they come to.
#pragma once

#include "admin/admin_server.h"
#include "base/result.h"
#include "cli/auth_options.h"
#include "cli/cache_options.h"
#include "cli/store_options.h"
#include "cli/webhook_options.h"
#include "engine/engine.h"
#include "frontends/streams/options.h"
#include "upkeep/reaper.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace ds {

class CommandLine;

struct ServeOptions {
    std::vector<std::string> listen{"127.0.0.1:4437"};
    std::string durability = "full";
    std::string log_level = "info";
    std::string log_format = "auto";
    std::string access_log = "errors";
    double long_poll_timeout = 4;
    double sse_keep_alive = 15;
    double sse_lifetime = 60;
    double drain_timeout = 10;
    double header_timeout = 10;
    double idle_timeout = 60;
    double write_timeout = 30;
    double producer_retention = 7 * 24 * 3600;
    double rotate_age = 0;
    std::string rotate_compression = "auto";
    double retain_age = 0;
    double gc_grace = 24 * 3600;
    double backup_every = 0;
    std::uint64_t estuary_ttl = std::uint64_t{24} * 3600; // seconds
    std::string tls_cert;
    std::string tls_key;
    std::vector<std::string> trust_proxy;
    std::string admin_listen = "127.0.0.1:0";
    bool print_config = false;
    EngineOptions engine;
    upkeep::Reaper::Settings reaping;
    streams::FrontendOptions http;
    StoreChoice store;
    AuthChoice auth;
    CacheChoice cache;
    WebhookChoice webhooks;
    std::optional<AdminOptions> admin; // none: no operator's port
};

std::chrono::milliseconds milliseconds_of(double seconds);

void add_serve_options(CommandLine& line, ServeOptions& options);

// Fills `engine`, `reaping`, `http` and `admin` from what was said. Fault::invalid when that cannot
// be.
Result<void> settle(ServeOptions& options);

} // namespace ds
