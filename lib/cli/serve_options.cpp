// States the options of the server, group by group.
#include "cli/serve_options.h"

#include "base/encoding.h"
#include "cli/command_line.h"
#include "cli/operator_session.h"
#include "transport/tls.h"

#include <cstdint>
#include <string_view>

namespace ds {

namespace {

constexpr double k_time_max = 366.0 * 24 * 3600;

Takes takes_time() {
    return takes_measure(Measure::seconds, 0, k_time_max);
}

void state_durable_options(CommandLine& line, ServeOptions& options) {
    line.settings({
        {"--data", &options.engine.data, "The data directory; made when it is missing",
         takes("DIR").check(wrong_with_directory)},
        {"--durability", &options.durability,
         "full: an acknowledged append survives a power cut (fsync for each batch). os: it "
         "survives a crash of ds, but the last moments before a crash of the machine may "
         "be lost",
         takes_one_of("full|os")},
        {"--lanes", &options.engine.lanes,
         "Sequencers of a new data directory, each with a log of its own; projects are "
         "spread over them",
         takes_number(1, 64)},
        {"--tail-cache-bytes", &options.engine.tail_cache_bytes,
         "Recent appends kept in memory, for each lane", takes_measure(Measure::bytes)},
        {"--page-cache-bytes", &options.engine.page_cache_bytes,
         "Pages of history kept in memory; unless given, a sixteenth of the machine's, "
         "but 64 MiB to 1 GiB",
         takes_measure(Measure::bytes)},
        {"--producer-retention", &options.producer_retention,
         "An idempotent producer that was silent for this long is forgotten", takes_time()},
    });
}

void state_history_options(CommandLine& line, ServeOptions& options) {
    constexpr double k_most = 0x1p62;
    auto& rotate = options.engine.rotate;
    line.under("History").settings({
        {"--rotate-messages", &options.engine.segment.messages,
         "A segment is full with this many messages, and moves to the store",
         takes_number(1, 1'000'000'000)},
        {"--rotate-bytes", &options.engine.segment.bytes,
         "A segment is full with this many bytes, and moves to the store",
         takes_measure(Measure::bytes, 1, 0x1p40)},
        {"--rotate-age", &options.rotate_age,
         "A segment that was open for this long moves to the store as it is; 0: never",
         takes_time()},
        {"--keep-hot", &rotate.keep_hot, "Keep in the data directory what is in the store as well"},
        {"--rotate-compression", &options.rotate_compression,
         "How segments are stored; auto: zstd in S3 storage, none in a folder",
         takes_one_of("auto|none|zstd")},
        {"--segment-cache-bytes", &rotate.segment_cache_bytes, "Parts of segments kept in memory",
         takes_measure(Measure::bytes)},
        {"--retain-age", &options.retain_age,
         "Remove segments whose last message is older; 0: never. ds retention sets limits "
         "for a project or a stream",
         takes_time()},
        {"--retain-bytes", &rotate.retain.bytes,
         "Remove the oldest segments of a stream that has more; 0: never",
         takes_measure(Measure::bytes, 0, k_most)},
        {"--retain-messages", &rotate.retain.messages,
         "Remove the oldest segments of a stream that has more; 0: never", takes_number(0, k_most)},
        {"--gc-grace", &options.gc_grace,
         "Objects that nothing refers to are removed when they are this old", takes_time()},
        {"--backup-every", &options.backup_every,
         "Copy the hot log into the store this often; 0: never", takes_time()},
        {"--backup-keep", &options.reaping.backup_keep, "Backups kept in the store",
         takes_number(1, 1'000'000)},
    });
}

void state_listen_options(CommandLine& line, ServeOptions& options) {
    line.settings({
        {"--listen", &options.listen,
         "Where to listen: an address with a port, 0 for a free one; or unix:PATH, a "
         "socket for this machine; may be repeated",
         takes_list("HOST:PORT")},
        {"--tls-cert", &options.tls_cert,
         "Speak TLS with this certificate (PEM, with its chain); SIGHUP reads it anew",
         takes("FILE")},
        {"--tls-key", &options.tls_key, "The key of that certificate (PEM)", takes("FILE")},
        {"--trust-proxy", &options.trust_proxy,
         "Believe X-Forwarded-For, -Proto and -Host when they come from there: "
         "10.0.0.0/8, an address, or unix; may be repeated",
         takes_list("CIDR")},
        {"--public-url", &options.http.public_url,
         "What clients see, for Location headers: https://streams.example.com", takes("URL")},
        {"--long-poll-timeout", &options.long_poll_timeout, "How long a long-poll waits for data",
         takes_time()},
        {"--sse-keep-alive", &options.sse_keep_alive,
         "A comment goes to silent SSE readers this often; 0: never", takes_time()},
        {"--sse-lifetime", &options.sse_lifetime,
         "An SSE response ends after this long, and the reader comes back; 0: never", takes_time()},
        {"--header-timeout", &options.header_timeout,
         "A request's head must be whole, and its body must move, within this time", takes_time()},
        {"--idle-timeout", &options.idle_timeout,
         "A connection without a request is closed after this long", takes_time()},
        {"--write-timeout", &options.write_timeout,
         "A reader that takes nothing for this long is cut", takes_time()},
        {"--drain-timeout", &options.drain_timeout,
         "On SIGTERM, how long the end may take; what is still in flight then is cut",
         takes_time()},
    });
}

void state_request_limits(CommandLine& line, streams::FrontendOptions& http) {
    line.settings({
        // A row, with the lengths of its lines, has 1e9 bytes.
        {"--max-body", &http.session.request.body_bytes, "Largest request body",
         takes_measure(Measure::bytes, 1, 0x1p28)},
        {"--body-budget", &http.body_budget,
         "Memory for all bodies that have begun to arrive; beyond it they are answered 503",
         takes_measure(Measure::bytes, k_mib, 0x1p50)},
        {"--max-header-bytes", &http.session.request.header_bytes, "Largest request head",
         takes_measure(Measure::bytes, 256, 0x1p20)},
        {"--max-headers", &http.session.request.header_count, "Most header fields of a request",
         takes_number(8, 10'000)},
        {"--max-connections", &http.server.connections_max,
         "Connections served at once; further ones are answered 503. Fewer where the limit of "
         "open files is lower",
         takes_number(1, 10'000'000)},
        {"--io-threads", &http.server.threads, "Threads for connections; 0: one for each core",
         takes_number(0, k_couriers_max)},
        {"--server-timing", &http.session.server_timing,
         "Tell in a Server-Timing header how long each answer took"},
    });
}

void state_client_limits(CommandLine& line, ServeOptions& options) {
    auto const limit = [](char const* name, std::uint64_t& value, Measure measure,
                          std::string const& help) {
        return OptionSpec{name, &value, help + "; 0: no limit", takes_measure(measure, 0, 1e12)};
    };
    auto& project = options.http.project;
    auto& address = options.http.address;
    line.under("Limits").settings({
        limit("--limit-project-requests", project.requests, Measure::plain,
              "Requests of a project in a second; more are answered 429"),
        limit("--limit-project-bytes", project.bytes, Measure::bytes,
              "Bytes written to a project in a second"),
        limit("--limit-project-connections", project.connections, Measure::plain,
              "Connections that last asked for a project"),
        limit("--limit-project-readers", project.readers, Measure::plain,
              "Live readers of a project"),
        limit("--limit-project-streams", options.engine.project_streams_max, Measure::plain,
              "Streams of a project, forks included"),
        limit("--limit-stream-producers", options.engine.stream_producers_max, Measure::plain,
              "Idempotent producers that a stream remembers; more are answered 409"),
        limit("--limit-address-requests", address.requests, Measure::plain,
              "Requests from a client address (of IPv6: a /64) in a second"),
        limit("--limit-address-bytes", address.bytes, Measure::bytes,
              "Bytes written from a client address in a second"),
        limit("--limit-address-connections", address.connections, Measure::plain,
              "Connections from a client address"),
        limit("--limit-address-readers", address.readers, Measure::plain,
              "Live readers at a client address"),
    });
}

void state_estuary_options(CommandLine& line, ServeOptions& options) {
    line.under("Estuaries")
        .settings({
            {"--estuary-ttl", &options.estuary_ttl,
             "An estuary that is not used for this long ends; of new ones",
             takes_measure(Measure::seconds, 1, k_time_max)},
            {"--fanout-inline", &options.engine.fanout.inline_max,
             "Copies for so many subscribers are made along with an append, for more of them "
             "after it",
             takes_number(0, 10'000)},
            {"--fanout-backlog", &options.engine.fanout.backlog_bytes,
             "What is appended to a stream is announced to its subscribers instead of copied "
             "while copies of this size are still to be made of it",
             takes_measure(Measure::bytes, 1, 0x1p50)},
        });
}

void state_operator_options(CommandLine& line, ServeOptions& options) {
    line.settings({
        {"--admin-listen", &options.admin_listen,
         "Where the operator's port listens, for --online of other commands: a loopback "
         "address with a port, 0 for a free one; or none",
         takes("HOST:PORT")},
        {"--log-level", &options.log_level, "Least level that is logged",
         takes_one_of("debug|info|warn|error")},
        {"--access-log", &options.access_log,
         "A line in the log for each request, or for each that was refused or failed (100 at "
         "once, then one a second); no line has a token",
         takes_one_of("off|errors|all")},
        {"--log-format", &options.log_format, "auto: readable on a terminal, JSON lines elsewhere",
         takes_one_of("auto|json|text")},
    });
    line.options({
        {"--print-config", &options.print_config,
         "Show the configuration in effect, and do nothing else"},
    });
    line.add_config_file("DS_CONFIG");
    line.footer("Settings come from flags, then the environment, then the config file.\n\n"
                "Examples:\n"
                "  ds serve\n"
                "  ds serve --data /var/lib/ds --listen 0.0.0.0:4437\n"
                "  ds serve --listen 0.0.0.0:443 --tls-cert chain.pem --tls-key key.pem\n"
                "  ds serve --listen unix:/run/ds/ds.sock --trust-proxy unix\n"
                "  ds serve --listen 127.0.0.1:4437 --listen unix:/run/ds/ds.sock\n"
                "  ds serve --store s3://history/ds --backup-every 1h\n"
                "  ds serve --print-config > ds.toml && ds serve --config ds.toml");
}

struct ListeningAt {
    std::string host;
    std::uint16_t port = 0;
};

// "HOST:PORT", "[::1]:PORT", ":PORT"
Result<ListeningAt> split_listen(std::string const& option, std::string const& listen) {
    auto const colon = listen.rfind(':');
    auto const port = colon == std::string::npos
                          ? std::nullopt
                          : parse_decimal(std::string_view(listen).substr(colon + 1), 65535);
    if (!port)
        return Error{Fault::invalid,
                     option + " " + listen + ": want HOST:PORT, such as 127.0.0.1:4437"};
    auto host = listen.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    return ListeningAt{host, static_cast<std::uint16_t>(*port)};
}

Result<void> settle_listen(ServeOptions& options) {
    constexpr std::string_view k_unix = "unix:";
    auto& places = options.http.places;
    places.clear();
    for (auto const& listen : options.listen) {
        if (listen == k_unix)
            return Error{Fault::invalid,
                         "--listen unix: wants a path, such as unix:/run/ds/ds.sock"};
        if (listen.starts_with(k_unix)) {
            places.push_back({.unix_path = listen.substr(k_unix.size())});
            continue;
        }
        auto const at = TRY(split_listen("--listen", listen));
        places.push_back({at.host.empty() ? "0.0.0.0" : at.host, at.port});
    }
    return {};
}

Result<void> settle_tls(ServeOptions& options) {
    options.http.tls.reset();
    if (options.tls_cert.empty() && options.tls_key.empty()) return {};
    if (options.tls_key.empty()) return Error{Fault::invalid, "--tls-cert wants --tls-key as well"};
    if (options.tls_cert.empty())
        return Error{Fault::invalid, "--tls-key wants --tls-cert as well"};
    options.http.tls = TRY(transport::Tls::load(options.tls_cert, options.tls_key));
    return {};
}

Result<void> settle_proxies(ServeOptions& options) {
    options.http.session.trusted_proxies.clear();
    for (auto const& text : options.trust_proxy) {
        if (text.empty()) continue; // as a configuration says that there are none
        auto const network = transport::parse_network(text);
        if (!network)
            return Error{Fault::invalid, "--trust-proxy " + text +
                                             ": want an address, a network such as 10.0.0.0/8 "
                                             "with nothing behind its prefix, or unix"};
        options.http.session.trusted_proxies.push_back(*network);
    }
    return {};
}

Result<void> check_public_url(std::string const& url) {
    if (url.empty()) return {};
    auto const scheme = url.starts_with("https://")  ? std::string_view("https://")
                        : url.starts_with("http://") ? std::string_view("http://")
                                                     : std::string_view();
    if (!scheme.empty() && url.size() > scheme.size()) return {};
    return Error{Fault::invalid, "--public-url " + url +
                                     ": write it with its scheme, as in "
                                     "https://streams.example.com"};
}

Result<void> settle_admin(ServeOptions& options) {
    options.admin.reset();
    if (options.admin_listen == "none") return {};
    auto const at = TRY(split_listen("--admin-listen", options.admin_listen));
    options.admin = AdminOptions{options.engine.data, at.host, at.port};
    if (at.host.empty()) options.admin->host = "127.0.0.1";
    return {};
}

void settle_rotation(ServeOptions& options) {
    auto& rotate = options.engine.rotate;
    rotate.age = milliseconds_of(options.rotate_age);
    rotate.retain.age_ms = milliseconds_of(options.retain_age).count();
    options.reaping.gc_grace = milliseconds_of(options.gc_grace);
    options.reaping.backup_every = milliseconds_of(options.backup_every);
    rotate.compression.reset(); // auto
    if (options.rotate_compression == "none") rotate.compression = Compression::none;
    if (options.rotate_compression == "zstd") rotate.compression = Compression::zstd;
}

} // namespace

std::chrono::milliseconds milliseconds_of(double seconds) {
    return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

void add_serve_options(CommandLine& line, ServeOptions& options) {
    state_durable_options(line, options);
    state_listen_options(line, options);
    state_request_limits(line, options.http);
    add_cache_options(line, options.cache);
    state_client_limits(line, options);
    state_operator_options(line, options);
    state_history_options(line, options);
    add_store_options(line, options.store, Remembered::yes);
    line.under("Object store")
        .options({
            {"--store-takeover", &options.engine.take_over_store,
             "Take the store from another copy of this data directory, which has ended for good; "
             "this one gets a new identity, so that nothing is put twice under a key"},
        });
    line.options({
        {"--accept-loss", &options.engine.accept_loss,
         "Start although the database of a lane is missing, empty or older than it was: what "
         "was in it is lost, and the directory gets a new identity"},
    });
    add_auth_options(line, options.auth);
    add_webhook_options(line, options.webhooks);
    state_estuary_options(line, options);
}

Result<void> settle(ServeOptions& options) {
    TRY(settle_listen(options));
    TRY(settle_tls(options));
    TRY(settle_proxies(options));
    TRY(settle_admin(options));
    TRY(settled(options.webhooks, false)); // wrong ones are told before anything is made
    settle_rotation(options);
    TRY(settle(options.cache, options.http));
    TRY(check_public_url(options.http.public_url));
    auto& http = options.http;
    http.estuary_ttl = std::chrono::seconds(options.estuary_ttl);
    http.long_poll_timeout = milliseconds_of(options.long_poll_timeout);
    http.sse_keep_alive = milliseconds_of(options.sse_keep_alive);
    http.sse_lifetime = milliseconds_of(options.sse_lifetime);
    http.session.header_timeout = milliseconds_of(options.header_timeout);
    http.session.idle_timeout = milliseconds_of(options.idle_timeout);
    http.server.write_timeout = milliseconds_of(options.write_timeout);
    http.access_log = options.access_log == "all"      ? streams::AccessLogged::all
                      : options.access_log == "errors" ? streams::AccessLogged::errors
                                                       : streams::AccessLogged::off;
    while (http.public_url.ends_with('/'))
        http.public_url.pop_back();
    options.engine.durability = options.durability == "os" ? Durability::os : Durability::full;
    options.engine.producer_retention = milliseconds_of(options.producer_retention);
    return {};
}

} // namespace ds
