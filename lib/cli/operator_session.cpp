// Operations on a directory that was opened here, or on one that a server holds.
#include "cli/operator_session.h"

#include "admin/admin_client.h"
#include "admin/console.h"
#include "base/log.h"
#include "cli/command_line.h"
#include "cli/environment.h"
#include "cli/remote_session.h"
#include "cli/session.h"
#include "cli/terminal.h"
#include "engine/engine.h"
#include "net/curl_fetch.h"
#include "upkeep/reaper.h"

#include <nlohmann/json.hpp>

#include <unistd.h>

#include <filesystem>
#include <optional>
#include <utility>

namespace ds {
namespace {

class OnlineSession final : public OperatorSession {
public:
    static Result<std::unique_ptr<OperatorSession>> open(std::string const& data) {
        std::unique_ptr<OnlineSession> session(new OnlineSession);
        auto client = TRY(AdminClient::open(session->fetch_, data));
        session->client_.emplace(std::move(client));
        return std::unique_ptr<OperatorSession>(std::move(session));
    }

private:
    OnlineSession() = default;
    Result<void> send(std::string_view operation, std::string_view arguments,
                      LineSink const& sink) override {
        return client_->operate(operation, arguments, sink);
    }

    CurlFetch fetch_;
    std::optional<AdminClient> client_;
};

// Clients' commands take the server out of DS_URL; those of operators do not.
Error or_elsewhere(Error error, RemoteOptions const& remote) {
    auto const url = environment_value("DS_URL");
    if (remote.offered && !url.empty())
        error.what += ", or the server with --url (DS_URL is not read for that)";
    return error;
}

class OfflineSession final : public OperatorSession {
public:
    static Result<std::unique_ptr<OperatorSession>> open(OperatorOptions const& options,
                                                         Rotation rotation) {
        if (auto there = check_data_directory(options.data); !there)
            return or_elsewhere(std::move(there).error(), options.remote);
        std::unique_ptr<OfflineSession> session(new OfflineSession);
        EngineOptions engine;
        engine.data = options.data;
        engine.reserve_log = false;
        engine.tail_cache_bytes = k_mib;
        engine.page_cache_bytes = k_mib;
        engine.reader_threads = 1;
        engine.rotate.on = rotation == Rotation::on;
        if (options.needs_store)
            engine.open_store = store_opener(options.store, session->fetch_, session->clock_);
        auto opened = Engine::open(engine, session->clock_);
        if (!opened) return when_held(std::move(opened).error(), options.data);
        session->engine_ = *std::move(opened);
        session->reaper_ = TRY(upkeep::Reaper::start(*session->engine_, {}));
        session->projects_ = TRY(Projects::open(options.data));
        session->console_ = std::make_unique<EngineConsole>(*session->engine_, *session->projects_);
        return std::unique_ptr<OperatorSession>(std::move(session));
    }

private:
    OfflineSession() = default;
    Result<void> send(std::string_view operation, std::string_view arguments,
                      LineSink const& sink) override {
        operate(*console_, operation, arguments, sink);
        return {};
    }

    SystemClock clock_;
    CurlFetch fetch_;
    std::unique_ptr<Engine> engine_;
    std::unique_ptr<upkeep::Reaper> reaper_;
    std::unique_ptr<Projects> projects_;
    std::unique_ptr<EngineConsole> console_;
};

} // namespace

void add_data_option(CommandLine& line, OperatorOptions& options) {
    line.settings({
        {"--data", &options.data, "The data directory", takes("DIR").check(wrong_with_directory)},
    });
}

void add_operator_options(CommandLine& line, OperatorOptions& options) {
    add_storeless_options(line, options);
    options.needs_store = true;
    add_store_options(line, options.store, Remembered::yes);
}

void add_storeless_options(CommandLine& line, OperatorOptions& options) {
    options.needs_store = false;
    add_data_option(line, options);
    line.options({
        {"--online", &options.online,
         "Ask the server that runs on the data directory; without it the directory is "
         "opened, which no server may hold"},
        {"--json", &options.json, "Print JSON, for programs"},
    });
}

Result<std::unique_ptr<OperatorSession>> OperatorSession::open(OperatorOptions const& options,
                                                               Rotation rotation) {
    // What the engine has to say besides its results.
    set_log(Level::warn, LogForm::text);
    if (!options.remote.url.empty() && options.online)
        return Error{Fault::invalid, "--url and --online name two servers; leave out one of them"};
    auto const& store = options.store.settings.where;
    if (options.online && options.needs_store && !store.empty() &&
        store != environment_value("DS_STORE"))
        return Error{Fault::invalid,
                     "--online asks the server, which has its store; leave out --store"};
    if (!options.remote.url.empty()) return open_remote(options.remote);
    if (!options.online) return OfflineSession::open(options, rotation);
    TRY(check_data_directory(options.data));
    return OnlineSession::open(options.data);
}

Result<Outcome> OperatorSession::run(std::string_view operation, std::string_view arguments) {
    SystemClock const clock;
    Progress progress(STDERR_FILENO, clock);
    Gathering gathering([&](Progressed const& told) {
        progress.show(progress_line(told.done, told.of, told.what));
    });
    TRY(send(operation, arguments, [&](std::string_view line) { return gathering.take(line); }));
    return gathering.finish();
}

Result<bool> OperatorSession::has_project(std::string const& name) {
    if (!TRY(run("streams", scope_arguments(name))).items.empty()) return true;
    auto const shown = run("project", nlohmann::json{{"name", name}, {"do", "show"}}.dump());
    if (!shown && shown.error().fault != Fault::missing) return shown.error();
    return shown.has_value();
}

Result<bool> OperatorSession::has(std::string const& scope) {
    if (scope.find('/') == std::string::npos) return true;
    auto const outcome = TRY(run("inspect", scope_arguments(scope)));
    return !nlohmann::json::parse(outcome.result).at("stream").is_null();
}

std::string scope_arguments(std::string const& scope) {
    return nlohmann::json{{"scope", scope}}.dump();
}

std::string wrong_with_directory(std::string const& path) {
    return path.empty() ? std::string("is empty; name a folder") : std::string();
}

Result<void> check_data_directory(std::string const& path) {
    std::error_code failed;
    if (std::filesystem::exists(path + "/ds.db", failed)) return {};
    if (failed == std::errc::permission_denied)
        return Error{Fault::invalid, path + " may not be read by you; its owner may"};
    return Error{Fault::invalid, "there is no data directory at " + path +
                                     (failed ? " (" + failed.message() + ")" : "") +
                                     "; name it with --data"};
}

Error when_held(Error error, std::string const& data) {
    if (error.fault != Fault::busy) return error;
    error.what = data + " is in use by a running server; ask that with --online, or stop it first";
    return error;
}

ExitCode print_result(OperatorOptions const& options, std::string const& json,
                      std::string const& text) {
    write_all(STDOUT_FILENO, options.json ? json + "\n" : text);
    return ExitCode::done;
}

ExitCode fail_absent(std::string const& scope) {
    return fail(ExitCode::not_found,
                "there is nothing called " + scope + "; see what there is with: ds inspect");
}

TickProgress::TickProgress() : progress_(STDERR_FILENO, clock_) {}

upkeep::Tick TickProgress::tick() {
    return [this](std::uint64_t done, std::uint64_t of, std::string const& what) {
        progress_.show(progress_line(done, of, what));
        return true;
    };
}

} // namespace ds
