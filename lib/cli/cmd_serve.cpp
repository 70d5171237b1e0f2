// ds serve: the whole server, from the data directory to the port, until it is told to stop.
#include "base/clock.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/config_file.h"
#include "engine/engine.h"
#include "http/server.h"

#include <CLI/CLI.hpp>

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>
#include <string>

namespace ds {

namespace {

struct ServeOptions {
    std::string listen = "127.0.0.1:4437";
    std::string durability = "full";
    std::string log_level = "info";
    std::string log_format = "auto";
    double long_poll_timeout = 4;
    double sse_keep_alive = 15;
    double sse_lifetime = 60;
    double drain_timeout = 10;
    double header_timeout = 10;
    double idle_timeout = 60;
    double write_timeout = 30;
    double producer_retention = 7 * 24 * 3600;
    bool print_config = false;
    EngineOptions engine;
    http::HttpOptions http;
};

std::chrono::milliseconds milliseconds_of(double seconds) {
    return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

CLI::Option* add_seconds(CLI::App& app, std::string const& name, double& value,
                         std::string const& help, char const* environment) {
    constexpr double k_year = 366.0 * 24 * 3600;
    return app.add_option(name, value, help)
        ->type_name("SECONDS")
        ->envname(environment)
        ->check(CLI::Range(0.0, k_year));
}

void state_durable_options(CLI::App& app, ServeOptions& options) {
    app.add_option("--data", options.engine.data, "The data directory; made when it is missing")
        ->type_name("DIR")
        ->envname("DS_DATA");
    app.add_option(
           "--durability", options.durability,
           "full: an acknowledged append survives a power cut (fsync for each batch). os: it "
           "survives a crash of ds, but the last moments before a crash of the machine may "
           "be lost")
        ->type_name("full|os")
        ->envname("DS_DURABILITY")
        ->check(CLI::IsMember({"full", "os"}));
    app.add_option("--segment-messages", options.engine.segment.messages,
                   "A segment is full with this many messages")
        ->type_name("N")
        ->envname("DS_SEGMENT_MESSAGES")
        ->check(CLI::Range(1U, 1'000'000'000U));
    app.add_option("--segment-bytes", options.engine.segment.bytes,
                   "A segment is full with this many bytes")
        ->type_name("BYTES")
        ->envname("DS_SEGMENT_BYTES")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 40));
    app.add_option("--lanes", options.engine.lanes,
                   "Sequencers of a new data directory, each with a log of its own; projects are "
                   "spread over them")
        ->type_name("N")
        ->envname("DS_LANES")
        ->check(CLI::Range(1U, 64U));
    app.add_option("--tail-cache-bytes", options.engine.tail_cache_bytes,
                   "Recent appends kept in memory, for each lane")
        ->type_name("BYTES")
        ->envname("DS_TAIL_CACHE_BYTES");
    app.add_option("--page-cache-bytes", options.engine.page_cache_bytes,
                   "Pages of history kept in memory; unless given, a sixteenth of the machine's, "
                   "but 64 MiB to 1 GiB")
        ->type_name("BYTES")
        ->envname("DS_PAGE_CACHE_BYTES");
    add_seconds(app, "--producer-retention", options.producer_retention,
                "An idempotent producer that was silent for this long is forgotten",
                "DS_PRODUCER_RETENTION");
}

void state_http_options(CLI::App& app, ServeOptions& options) {
    auto& http = options.http;
    app.add_option("--listen", options.listen, "Where to listen; port 0 picks a free one")
        ->type_name("HOST:PORT")
        ->envname("DS_LISTEN");
    app.add_option("--public-url", http.public_url,
                   "What clients see, for Location headers: https://streams.example.com")
        ->type_name("URL")
        ->envname("DS_PUBLIC_URL");
    add_seconds(app, "--long-poll-timeout", options.long_poll_timeout,
                "How long a long-poll waits for data", "DS_LONG_POLL_TIMEOUT");
    add_seconds(app, "--sse-keep-alive", options.sse_keep_alive,
                "A comment goes to silent SSE readers this often; 0: never", "DS_SSE_KEEP_ALIVE");
    add_seconds(app, "--sse-lifetime", options.sse_lifetime,
                "An SSE response ends after this long, and the reader comes back; 0: never",
                "DS_SSE_LIFETIME");
    add_seconds(app, "--header-timeout", options.header_timeout,
                "A request's head must be whole, and its body must move, within this time",
                "DS_HEADER_TIMEOUT");
    add_seconds(app, "--idle-timeout", options.idle_timeout,
                "A connection without a request is closed after this long", "DS_IDLE_TIMEOUT");
    add_seconds(app, "--write-timeout", options.write_timeout,
                "A reader that takes nothing for this long is cut", "DS_WRITE_TIMEOUT");
    add_seconds(app, "--drain-timeout", options.drain_timeout,
                "On SIGTERM, how long to wait for what is in flight", "DS_DRAIN_TIMEOUT");
    app.add_option("--max-body", http.request.body_bytes, "Largest request body")
        ->type_name("BYTES")
        ->envname("DS_MAX_BODY")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 30));
    app.add_option("--max-header-bytes", http.request.header_bytes, "Largest request head")
        ->type_name("BYTES")
        ->envname("DS_MAX_HEADER_BYTES")
        ->check(CLI::Range(std::size_t{256}, std::size_t{1} << 20));
    app.add_option("--max-headers", http.request.header_count, "Most header fields of a request")
        ->type_name("N")
        ->envname("DS_MAX_HEADERS")
        ->check(CLI::Range(std::size_t{8}, std::size_t{10'000}));
    app.add_option("--max-connections", http.connections_max,
                   "Connections served at once; further ones are answered 503")
        ->type_name("N")
        ->envname("DS_MAX_CONNECTIONS")
        ->check(CLI::Range(std::size_t{1}, std::size_t{10'000'000}));
    app.add_option("--io-threads", http.io_threads, "Threads for connections; 0: one for each core")
        ->type_name("N")
        ->envname("DS_IO_THREADS")
        ->check(CLI::Range(0U, k_couriers_max));
    app.add_flag("--server-timing", http.server_timing,
                 "Tell in a Server-Timing header how long each answer took")
        ->envname("DS_SERVER_TIMING");
}

void state_operator_options(CLI::App& app, ServeOptions& options) {
    app.add_option("--log-level", options.log_level, "Least level that is logged")
        ->type_name("debug|info|warn|error")
        ->envname("DS_LOG_LEVEL")
        ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
    app.add_option("--log-format", options.log_format,
                   "auto: readable on a terminal, JSON lines elsewhere")
        ->type_name("auto|json|text")
        ->envname("DS_LOG_FORMAT")
        ->check(CLI::IsMember({"auto", "json", "text"}));
    app.add_flag("--print-config", options.print_config,
                 "Show the configuration in effect, and do nothing else")
        ->configurable(false);
    add_config_file(app, "DS_CONFIG");
    app.footer("Settings come from flags, then the environment, then the config file.\n\n"
               "Examples:\n"
               "  ds serve\n"
               "  ds serve --data /var/lib/ds --listen 0.0.0.0:4437\n"
               "  ds serve --print-config > ds.toml && ds serve --config ds.toml");
}

// "HOST:PORT", "[::1]:PORT", ":PORT"
Result<void> split_listen(std::string const& listen, http::HttpOptions& http) {
    auto const colon = listen.rfind(':');
    auto const port = colon == std::string::npos
                          ? std::nullopt
                          : parse_decimal(std::string_view(listen).substr(colon + 1), 65535);
    if (!port)
        return Error{Fault::invalid,
                     "--listen " + listen + ": want HOST:PORT, such as 127.0.0.1:4437"};
    auto host = listen.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    http.host = host.empty() ? "0.0.0.0" : host;
    http.port = static_cast<std::uint16_t>(*port);
    return {};
}

Result<void> settle(ServeOptions& options) {
    TRY(split_listen(options.listen, options.http));
    auto& http = options.http;
    http.long_poll_timeout = milliseconds_of(options.long_poll_timeout);
    http.sse_keep_alive = milliseconds_of(options.sse_keep_alive);
    http.sse_lifetime = milliseconds_of(options.sse_lifetime);
    http.header_timeout = milliseconds_of(options.header_timeout);
    http.idle_timeout = milliseconds_of(options.idle_timeout);
    http.write_timeout = milliseconds_of(options.write_timeout);
    while (http.public_url.ends_with('/'))
        http.public_url.pop_back();
    options.engine.durability = options.durability == "os" ? Durability::os : Durability::full;
    options.engine.producer_retention = milliseconds_of(options.producer_retention);
    return {};
}

void set_up_log(ServeOptions const& options) {
    auto const level = options.log_level == "debug"   ? Level::debug
                       : options.log_level == "warn"  ? Level::warn
                       : options.log_level == "error" ? Level::error
                                                      : Level::info;
    bool const text = options.log_format == "text" ||
                      (options.log_format == "auto" && ::isatty(STDERR_FILENO) == 1);
    set_log(level, text ? LogForm::text : LogForm::json);
}

// Every connection is a descriptor: take as many as the system lets us have.
void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
}

std::string url_of(http::HttpOptions const& http, std::uint16_t port) {
    bool const v6 = http.host.find(':') != std::string::npos;
    return "http://" + (v6 ? "[" + http.host + "]" : http.host) + ":" + std::to_string(port);
}

ExitCode serve(ServeOptions& options) {
    if (auto settled = settle(options); !settled)
        return fail(ExitCode::misused, settled.error().what);
    set_up_log(options);
    raise_descriptor_limit();
    // Blocked before any thread starts, so that only this one ever takes them.
    sigset_t stops;
    sigemptyset(&stops);
    sigaddset(&stops, SIGTERM);
    sigaddset(&stops, SIGINT);
    pthread_sigmask(SIG_BLOCK, &stops, nullptr);
    // A write beyond a file size limit is an error to be told, not the end of the server.
    std::signal(SIGXFSZ, SIG_IGN);
    std::signal(SIGPIPE, SIG_IGN);

    SystemClock const clock;
    auto const began = std::chrono::steady_clock::now();
    auto engine = Engine::open(options.engine, clock);
    if (!engine) return fail(ExitCode::failed, engine.error().what);
    std::chrono::duration<double> const took = std::chrono::steady_clock::now() - began;
    log_event(Level::info, "engine.ready",
              {{"data", options.engine.data},
               {"durability", options.durability},
               {"streams", std::to_string((*engine)->streams())},
               {"hot_rows", std::to_string((*engine)->recovered_rows())},
               {"seconds", std::to_string(took.count())}});

    auto server = http::Server::start(**engine, clock, options.http);
    if (!server) return fail(ExitCode::failed, server.error().what);
    auto const url = url_of(options.http, (*server)->port());
    std::printf("listening on %s\n", url.c_str());
    std::fflush(stdout);
    log_event(Level::info, "serve.listening", {{"url", url}});

    int signal = 0;
    sigwait(&stops, &signal);
    log_event(Level::info, "serve.draining", {{"signal", std::to_string(signal)}});
    bool const drained = (*server)->drain(milliseconds_of(options.drain_timeout));
    (*engine)->stop();
    log_event(Level::info, "serve.stopped", {{"drained", drained ? "true" : "false"}});
    return ExitCode::done;
}

} // namespace

Action add_serve(CLI::App& app, Session&) {
    auto options = std::make_shared<ServeOptions>();
    state_durable_options(app, *options);
    state_http_options(app, *options);
    state_operator_options(app, *options);
    return [options, &app] {
        if (!options->print_config) return serve(*options);
        std::fputs(effective_config(app).c_str(), stdout);
        return ExitCode::done;
    };
}

} // namespace ds
