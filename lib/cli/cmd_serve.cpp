// ds serve: the whole server, from the data directory to the port, until it is told to stop.
#include "admin/admin_file.h"
#include "admin/admin_server.h"
#include "base/clock.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/descriptors.h"
#include "cli/serve_options.h"
#include "cli/stop_signals.h"
#include "cli/terminal.h"
#include "engine/courier.h"
#include "engine/engine.h"
#include "engine/stream_clock.h"
#include "frontends/streams/frontend.h"
#include "jobs/webhooks/subscriptions.h"
#include "net/curl_async_fetch.h"
#include "net/curl_fetch.h"
#include "net/reach.h"
#include "service/access/options.h"
#include "service/quota/quota.h"
#include "storage/store_location.h"
#include "transport/listener.h"
#include "transport/tls.h"
#include "upkeep/reaper.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace ds {

namespace {

// Who has which mailbox of the engine: io threads those from 0 on, subscriptions the last.
constexpr unsigned k_io_mailboxes = k_couriers_max - 1;
constexpr unsigned k_subscriptions_mailbox = k_couriers_max - 1;

void set_up_log(ServeOptions const& options) {
    auto const level = options.log_level == "debug"   ? Level::debug
                       : options.log_level == "warn"  ? Level::warn
                       : options.log_level == "error" ? Level::error
                                                      : Level::info;
    bool const text = options.log_format == "text" ||
                      (options.log_format == "auto" && ::isatty(STDERR_FILENO) == 1);
    set_log(level, text ? LogForm::text : LogForm::json);
}

// More connections than there are descriptors for would be refused by the system, with no answer.
// `limit`: of descriptors.
void bound_connections(streams::FrontendOptions& http, std::uint64_t limit) {
    auto const most = connections_within(limit, open_descriptors());
    if (http.server.connections_max <= most) return;
    log_event(Level::warn, "connections.bounded",
              {{"max_connections", http.server.connections_max},
               {"bound", most},
               {"open_files_limit", limit},
               {"hint", "raise the limit (ulimit -n, or LimitNOFILE= of its systemd unit), or "
                        "lower --max-connections"}});
    http.server.connections_max = static_cast<std::size_t>(most);
}

std::string url_of(transport::Place const& place, bool tls, std::uint16_t port) {
    if (!place.unix_path.empty()) return "unix:" + place.unix_path;
    bool const v6 = place.host.find(':') != std::string::npos;
    return (tls ? "https://" : "http://") + (v6 ? "[" + place.host + "]" : place.host) + ":" +
           std::to_string(port);
}

bool reaches_only_this_machine(streams::FrontendOptions const& http) {
    return std::ranges::all_of(http.places, [](transport::Place const& place) {
        return !place.unix_path.empty() || is_loopback(place.host);
    });
}

Reachable reachable_by(streams::FrontendOptions const& http) {
    bool const ports =
        std::ranges::any_of(http.places, [](auto const& at) { return at.unix_path.empty(); });
    return {reaches_only_this_machine(http), !http.session.trusted_proxies.empty(), ports,
            http.public_url};
}

// What can be told before anything is made, and who is let in.
Result<void> settle_before(ServeOptions& options) {
    options.http.auth = TRY(settled(options.auth, reachable_by(options.http)));
    TRY(check_store_kind(options.store.settings.where));
    for (auto const& place : options.http.places) {
        auto const folder = std::filesystem::path(place.unix_path).parent_path();
        std::error_code failed;
        if (!folder.empty() && !std::filesystem::is_directory(folder, failed))
            return Error{Fault::invalid, "--listen unix:" + place.unix_path +
                                             ": there is no folder " + folder.string()};
    }
    return {};
}

// Before a new data directory is made for a server that cannot be reached. Of one that is there it
// is told first who holds it.
Result<void> check_ports(ServeOptions const& options) {
    std::error_code failed;
    if (std::filesystem::exists(options.engine.data, failed) || failed) return {};
    for (auto const& place : options.http.places)
        if (place.unix_path.empty() && place.port != 0) TRY(transport::Listener::open(place));
    return {};
}

// Null when none was asked for, or the disk has no room to say where it is: reads go on then.
Result<std::unique_ptr<AdminServer>> start_admin(Console& console, ServeOptions const& options) {
    remove_admin_file(options.engine.data); // of a server that was killed
    if (!options.admin) return std::unique_ptr<AdminServer>();
    auto admin = AdminServer::start(console, *options.admin);
    if (admin)
        log_event(Level::info, "admin.listening", {{"url", (*admin)->url()}});
    else if (admin.error().fault == Fault::full) {
        log_event(Level::error, "admin.none",
                  {{"error", admin.error().what},
                   {"effect", "no operations on this server until it is started with room"}});
        return std::unique_ptr<AdminServer>();
    }
    return admin;
}

Result<std::unique_ptr<webhooks::Subscriptions>>
open_subscriptions(Engine& engine, AsyncFetch& fetch, ServeOptions const& options) {
    auto const& http = options.http;
    bool const alone = !is_reached_from_elsewhere(reachable_by(http));
    webhooks::Subscriptions::Settings settings;
    settings.registry.rules = TRY(settled(options.webhooks, alone));
    settings.registry.public_url = http.public_url;
    settings.mailbox = k_subscriptions_mailbox;
    return webhooks::Subscriptions::open(engine, fetch, std::move(settings));
}

// Before that which the lanes tell ends.
class StopAtEnd {
public:
    StopAtEnd(Engine& engine, upkeep::Reaper* reaper) : engine_(engine), reaper_(reaper) {}
    ~StopAtEnd() { stop(); }
    StopAtEnd(StopAtEnd const&) = delete;
    StopAtEnd& operator=(StopAtEnd const&) = delete;
    void stop() {
        if (reaper_ != nullptr) reaper_->stop();
        engine_.stop();
    }

private:
    Engine& engine_;
    upkeep::Reaper* reaper_; // null without a store
};

void tell_of_project(access::AuthOptions const& auth, std::string_view name, Projects::News news) {
    log_event(Level::info, news == Projects::News::removed ? "project.removed" : "project.created",
              {{"project", name}});
    if (news == Projects::News::first && auth.mode == access::AuthMode::automatic &&
        auth.open_without_projects)
        log_event(Level::warn, "auth.closed",
                  {{"effect", "from now on every request needs a token; streams of other projects "
                              "answer 401 until their project is made"}});
}

// `auth` outlives the projects' use of it.
void tell_who_is_let_in(access::AuthOptions const& auth, Projects& projects) {
    projects.on_news(
        [&auth](std::string_view name, Projects::News news) { tell_of_project(auth, name, news); });
    auto const known = projects.directory();
    if (access::lets_everybody_in(auth, known.get()))
        log_event(Level::warn, "auth.open",
                  {{"effect", "everybody who reaches this server may read, write and delete"},
                   {"remedy", "make a project: ds create-project NAME --online"}});
    else if (auth.mode == access::AuthMode::automatic && known->projects.empty())
        log_event(Level::warn, "auth.nobody",
                  {{"effect", "every request needs a token, and there is no project to sign one"},
                   {"remedy", "make a project: ds create-project NAME --online; or let everybody "
                              "in: --auth none"}});
}

// Scripts wait for the lines on standard output. Where a person sees both, the log says it.
void tell_start(ServeOptions const& options, Engine& engine,
                std::vector<std::uint16_t> const& ports) {
    auto const& http = options.http;
    bool const logged = options.log_level == "debug" || options.log_level == "info";
    bool const seen_twice = logged && is_terminal(STDOUT_FILENO) && is_terminal(STDERR_FILENO);
    auto const* const store = engine.parts().store;
    for (std::size_t at = 0; at < ports.size(); ++at) {
        auto const url = url_of(http.places[at], http.tls != nullptr, ports[at]);
        log_event(Level::info, "serve.listening",
                  {{"url", url},
                   {"version", DS_VERSION},
                   {"auth", name_of(http.auth.mode)},
                   {"tls", http.tls != nullptr},
                   {"data", options.engine.data},
                   {"store", store != nullptr ? store->where() : "none"}});
        if (!seen_twice) write_all(STDOUT_FILENO, "listening on " + url + "\n");
    }
}

// A directory keeps the number of lanes that it was made with.
void tell_lanes(unsigned kept, unsigned asked) {
    if (kept == asked) return;
    log_event(Level::warn, "lanes.kept",
              {{"lanes", kept},
               {"asked", asked},
               {"effect", "--lanes counts for a new data directory; this one keeps its own"}});
}

// For what "ds create-project --online" shows.
void tell_clients_url(AdminServer& admin, streams::FrontendOptions const& http,
                      std::vector<std::uint16_t> const& ports) {
    auto const first = url_of(http.places.front(), http.tls != nullptr, ports.front());
    auto const told = admin.tell_clients_url(http.public_url.empty() ? first : http.public_url);
    if (!told) log_event(Level::warn, "admin.not_told", {{"error", told.error().what}});
}

void reload(transport::Tls& tls) {
    if (auto const loaded = tls.reload(); !loaded)
        log_event(Level::error, "tls.reload_failed",
                  {{"error", loaded.error().what}, {"effect", "the certificate stays as it was"}});
    else
        log_event(Level::info, "tls.reloaded");
}

// What SIGHUP asks for.
void read_anew(streams::FrontendOptions const& http) {
    if (http.tls) return reload(*http.tls);
    log_event(Level::info, "serve.hangup",
              {{"effect", "none: only a TLS certificate is read anew; SIGTERM ends the server"}});
}

// Of the time that the end may take, what is left to those who are served; the rest is for all that
// ends after them.
std::chrono::milliseconds time_to_drain(std::chrono::milliseconds all) {
    constexpr std::chrono::milliseconds k_rest_max{2'000};
    return all - std::min(k_rest_max, all / 4);
}

ExitCode serve(ServeOptions& options, CommandLine const& line) {
    StopSignals const signals;
    if (auto settled = settle(options); !settled)
        return fail(ExitCode::misused, line.as_said(settled.error().what));
    if (auto fine = settle_before(options); !fine)
        return fail({fine.error().fault, line.as_said(fine.error().what)});
    if (auto bound = check_ports(options); !bound) return fail(bound.error());
    set_up_log(options);
    auto const descriptors = raise_descriptor_limit();
    // A write beyond a file size limit is an error to be told, not the end of the server.
    std::signal(SIGXFSZ, SIG_IGN);
    std::signal(SIGPIPE, SIG_IGN);

    SystemClock const clock;
    CurlFetch fetch;
    options.engine.open_store = store_opener(options.store, fetch, clock);
    options.engine.claim_store = true;
    auto const began = std::chrono::steady_clock::now();
    StreamClock const stream_clock;
    auto engine = Engine::open(options.engine, stream_clock);
    if (!engine) return fail(engine.error());
    auto const parts = (*engine)->parts();
    std::chrono::duration<double> const took = std::chrono::steady_clock::now() - began;
    log_event(Level::info, "engine.ready",
              {{"data", options.engine.data},
               {"durability", options.durability},
               {"streams", parts.catalog.size()},
               {"hot_rows", parts.recovered_rows},
               {"seconds", took.count()}});

    auto const projects = Projects::open(options.engine.data);
    if (!projects) return fail(projects.error());
    options.http.auth.projects = projects->get();
    tell_who_is_let_in(options.http.auth, **projects);
    CurlFetch hook_fetch; // of its own: connections to the hook stay warm
    std::optional<Hook> hook;
    if (auto const wanted = hook_options(options.auth))
        options.http.auth.hook = &hook.emplace(*wanted, hook_fetch, clock);
    CurlAsyncFetch webhook_fetch;
    auto const subscriptions = open_subscriptions(**engine, webhook_fetch, options);
    if (!subscriptions) return fail(subscriptions.error());
    auto const reaper = upkeep::Reaper::start(**engine, options.reaping);
    if (!reaper) return fail(reaper.error());
    StopAtEnd stopped(**engine, reaper->get());
    options.http.subscriptions = subscriptions->get();
    quota::Quota quota(options.http.project, options.http.address);
    EngineConsole console(**engine, **projects, subscriptions->get(), &quota.refused());
    if (line.given("--lanes")) tell_lanes(parts.directory.lanes(), options.engine.lanes);
    auto admin = start_admin(console, options);
    if (!admin) return fail(admin.error());
    bound_connections(options.http, descriptors);
    options.http.server.threads_max = k_io_mailboxes;
    auto server = streams::Frontend::start(**engine, clock, quota, options.http);
    if (!server) return fail(ExitCode::failed, server.error().what);
    tell_start(options, **engine, (*server)->ports());
    if (*admin) tell_clients_url(**admin, options.http, (*server)->ports());

    int const signal = signals.wait([&] { read_anew(options.http); });
    log_event(Level::info, "serve.draining", {{"signal", signal}});
    auto const within = milliseconds_of(options.drain_timeout);
    LastCall const last_call(signals, within, [&] { remove_admin_file(options.engine.data); });
    bool const drained = (*server)->drain(time_to_drain(within));
    if (hook) hook->stop(); // it speaks to the server's threads
    admin->reset();
    (*subscriptions)->stop(); // while the event loops can still answer
    stopped.stop();
    log_event(Level::info, "serve.stopped", {{"drained", drained}});
    return ExitCode::done;
}

} // namespace

Action add_serve(CommandLine& line, Session&) {
    auto options = std::make_shared<ServeOptions>();
    add_serve_options(line, *options);
    return [options, &line] {
        if (!options->print_config) return serve(*options, line);
        write_all(STDOUT_FILENO, line.effective_config());
        return ExitCode::done;
    };
}

} // namespace ds
