// Each operation as requests, and what was answered as the document of the operation.
#include "cli/remote_session.h"

#include "admin/lines.h"
#include "admin/project_operation.h"
#include "auth/project.h"
#include "base/encoding.h"
#include "cli/auth_options.h"
#include "cli/command_line.h"
#include "cli/environment.h"
#include "cli/explain.h"
#include "cli/session.h"
#include "client/recognize.h"
#include "client/stream_client.h"
#include "net/curl_fetch.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ds {

namespace {

using Json = nlohmann::ordered_json;
using Done = Result<Json>;

class RemoteSession final : public OperatorSession {
public:
    RemoteSession(std::string url, std::string const& token, std::string const& ca_file)
        : fetch_(trusted_by(ca_file)),
          client_(fetch_, std::move(url), token),
          has_token_(!token.empty()) {}

    std::optional<ExitCode> code() const override { return code_; }

private:
    Result<void> send(std::string_view operation, std::string_view arguments,
                      LineSink const& sink) override {
        auto const parsed = Json::parse(arguments);
        auto const done = operation == "retention" ? retention(parsed) : project(parsed);
        sink(
            write_line(done ? OperationLine(Finished{done->dump()}) : OperationLine(done.error())));
        return {};
    }

    Done ask(std::string method, std::string const& path, std::string const& body = {},
             HeaderMap const& more = {}) {
        auto request = client_.request(std::move(method), path);
        if (!body.empty()) request.headers.add("Content-Type", "application/json");
        for (auto const& [name, value] : more)
            request.headers.add(name, value);
        request.body = body;
        auto const reply = client_.exchange(request);
        if (!reply) {
            auto const why = explain(reply.error(), client_.url());
            code_ = why.code;
            return Error{reply.error().fault, why.text};
        }
        if (!is_success(*reply)) return refused(client_.denial(request, *reply));
        if (reply->body.empty() && bears_marks(*reply)) return Json::object();
        auto document = Json::parse(reply->body, nullptr, false);
        if (document.is_object()) return document;
        return Error{Fault::io, client_.url() + " does not answer as a ds server does"};
    }

    Error refused(Denial const& denial) {
        auto const who = client_.url() + ": ";
        if (!denial.moved_to.empty())
            return {Fault::io, who + "the server has moved; use --url " + denial.moved_to};
        if (denial.code.empty() || denial.status == 405)
            return {Fault::io, who + "what answers there is no ds server, or one that is too old"};
        if (denial.status == 404) return {Fault::missing, denial.message};
        if (denial.status == 409 || denial.status == 412) return {Fault::busy, denial.message};
        if (denial.status == 400) return {Fault::invalid, denial.message};
        code_ = ExitCode::refused;
        if (denial.status == 401 && !has_token_)
            return {Fault::invalid, who +
                                        "the server asks for a token; give the administrator's in "
                                        "DS_ADMIN_TOKEN, or with --admin-token-file"};
        if (denial.status == 401)
            return {Fault::invalid, who +
                                        "the server refused the token; this takes the "
                                        "administrator's, in DS_ADMIN_TOKEN or with "
                                        "--admin-token-file, or what a manager of the project has"};
        if (denial.status == 403)
            return {Fault::invalid, who + "that takes the administrator's token; give it in "
                                          "DS_ADMIN_TOKEN, or with --admin-token-file"};
        return {Fault::io, who + denial.message};
    }

    static std::string path_of(std::string const& name) {
        return "/v1/config/" + percent_encode(name);
    }

    Done show(std::string const& name) { return ask("GET", path_of(name) + "?include=keys"); }

    Done create(std::string const& name, Json const& arguments) {
        ProjectSettings settings;
        std::string secret;
        if (auto const record = arguments.find("import"); record != arguments.end()) {
            settings = TRY(import_settings(record->dump()));
        } else {
            secret = new_secret();
            auto const wanted = arguments.value("settings", Json::object());
            settings = TRY(change_settings({{secret}, {}}, wanted.dump()));
        }
        TRY(ask("PUT", path_of(name), write_settings(settings, Secrets::shown),
                {{"If-None-Match", "*"}}));
        auto document = TRY(show(name));
        if (!secret.empty()) document["secret"] = secret;
        return document;
    }

    Done set(std::string const& name, Json const& settings) {
        return ask("POST", path_of(name), settings.dump());
    }

    // Two who do this at once may take each other's change back; the last one is shown what is set.
    Done change_origins(std::string const& name, std::string const& origin, bool adds) {
        auto const before = TRY(ask("GET", path_of(name)));
        auto origins = before.value("corsOrigins", std::vector<std::string>());
        auto const found = std::ranges::find(origins, origin);
        if (adds && found == origins.end()) origins.push_back(origin);
        if (!adds && found == origins.end())
            return Error{Fault::missing, "the project does not name " + origin};
        if (!adds) origins.erase(found);
        return set(name, {{"corsOrigins", origins}});
    }

    Done token(std::string const& name, Json const& arguments) {
        auto const settings = TRY(ask("GET", path_of(name) + "?include=signingSecrets"));
        auto const secrets = settings.value("signingSecrets", std::vector<std::string>());
        if (secrets.empty()) return Error{Fault::io, "the server shows no secret of " + name};
        return Json::parse(TRY(mint_token(arguments.dump(), secrets.front(), SystemClock().now())));
    }

    Done project(Json const& arguments) {
        if (!arguments.contains("name")) return ask("GET", "/v1/config");
        auto const name = arguments.value("name", std::string());
        auto const what = arguments.value("do", std::string());
        auto const text = [&](char const* member) {
            return arguments.value(member, std::string());
        };
        if (what == "show") return show(name);
        if (what == "create") return create(name, arguments);
        if (what == "set") return set(name, arguments.value("settings", Json::object()));
        if (what == "token") return token(name, arguments);
        if (what == "remove") {
            TRY(ask("DELETE", path_of(name)));
            return Json{{"removed", name}};
        }
        if (what == "add-key") {
            auto const secret = text("secret");
            return ask("POST", path_of(name) + "/keys",
                       secret.empty() ? "" : Json{{"secret", secret}}.dump());
        }
        if (what == "remove-key")
            return ask("DELETE", path_of(name) + "/keys/" + percent_encode(text("key")));
        if (what == "add-origin" || what == "remove-origin")
            return change_origins(name, text("origin"), what == "add-origin");
        if (what == "reader-key") {
            auto const stream = TRY(make_stream_name(name, text("stream")));
            return ask("POST",
                       "/v1/reader-key/" + stream_path(stream).substr(k_stream_root.size()));
        }
        return Error{Fault::invalid, "'" + what + "' cannot be done over --url"};
    }

    Done retention(Json const& arguments) {
        auto const scope = arguments.value("scope", std::string());
        std::string path = "/v1/retention";
        auto const slash = scope.find('/');
        if (slash != std::string::npos) {
            auto const stream =
                TRY(make_stream_name(scope.substr(0, slash), scope.substr(slash + 1)));
            path += "/" + stream_path(stream).substr(k_stream_root.size());
        } else if (!scope.empty()) {
            path += "/" + percent_encode(scope);
        }
        auto document = Json::object();
        if (auto const set = arguments.find("set"); set != arguments.end())
            document = TRY(ask("PUT", path,
                               Json{{"ageMs", set->value("age_ms", std::uint64_t{0})},
                                    {"bytes", set->value("bytes", std::uint64_t{0})},
                                    {"messages", set->value("messages", std::uint64_t{0})}}
                                   .dump()));
        else
            document = TRY(ask("GET", path));
        auto list = Json::array();
        for (auto const& row : document.value("retention", Json::array()))
            list.push_back({{"scope", row.value("scope", std::string())},
                            {"age_ms", row.value("ageMs", std::uint64_t{0})},
                            {"bytes", row.value("bytes", std::uint64_t{0})},
                            {"messages", row.value("messages", std::uint64_t{0})}});
        return Json{{"retention", std::move(list)}};
    }

    CurlFetch fetch_;
    StreamClient client_;
    bool has_token_;
    std::optional<ExitCode> code_; // of what has gone wrong, where its fault says too little
};

} // namespace

void add_remote_options(CommandLine& line, RemoteOptions& options) {
    options.offered = true;
    auto const group = line.under("Server");
    group.options({
        {"--url", &options.url,
         "Ask the server there, over HTTP, as its administrator: http://HOST:PORT, "
         "https://HOST, or unix:PATH, its socket",
         takes("URL").check(wrong_with_url)},
    });
    group.settings({
        {"--admin-token-file", &options.admin_token_file,
         "The administrator's token is in this file; else DS_ADMIN_TOKEN is it. A project's "
         "manager may give a token in DS_TOKEN instead",
         takes("FILE")},
    });
    line.also_reads("DS_ADMIN_TOKEN");
    line.also_reads("DS_TOKEN");
    add_ca_option(line, options.ca_file);
}

Result<std::unique_ptr<OperatorSession>> open_remote(RemoteOptions const& options) {
    auto token = TRY(admin_token(options.admin_token_file));
    if (token.empty()) token = environment_value("DS_TOKEN");
    return std::unique_ptr<OperatorSession>(
        std::make_unique<RemoteSession>(options.url, token, options.ca_file));
}

} // namespace ds
