// The settings of a project over HTTP, for who holds a manage token of it, or the administrator's;
// their list and their end are the administrator's alone.
//
//     GET   ?include=signingSecrets   the settings with the secrets, else without
//           ?include=keys             with fingerprints of them, and the project's name
//     PUT   replaces them: {"ok":true}. Where there is no project it creates it, which only the
//           administrator can; with "If-None-Match: *" it replaces none (reference section 5.5)
//     POST  changes the members that are given, but never the secrets
#include "auth/project_keys.h"
#include "auth/projects.h"
#include "frontends/streams/refusals.h"
#include "frontends/streams/route.h"
#include "frontends/streams/settings_worker.h"
#include "frontends/streams/waiting.h"
#include "protocol/headers.h"

#include <nlohmann/json.hpp>

#include <string>
#include <utility>
#include <variant>

namespace ds::streams {

namespace {

Response not_found() {
    return error_response(404, "PROJECT_NOT_FOUND", "there is no such project");
}

Response fault_response(Error const& error) {
    switch (error.fault) {
    case Fault::invalid: return error_response(400, "INVALID_CONFIG", error.what);
    case Fault::missing: return not_found();
    case Fault::full: return error_response(507, "STORAGE_QUOTA_EXCEEDED", "the disk is full");
    default: return error_response(503, "STORAGE_FAILING", "the change could not be kept");
    }
}

Response conflict(Error const& error) {
    return error_response(409, "PROJECT_CONFLICT", error.what);
}

Response described(Projects const& projects, std::string_view name) {
    auto const project = projects.get(name);
    return project ? json_response(200, describe(**project)) : not_found();
}

Response show(Projects const& projects, std::string_view name, std::string_view query) {
    auto const known = projects.directory();
    auto const* const project = known->find(name);
    if (project == nullptr) return not_found();
    if (query == "include=keys") return json_response(200, describe(*project));
    bool const shown = query == "include=signingSecrets";
    return json_response(
        200, write_settings(project->settings, shown ? Secrets::shown : Secrets::hidden));
}

// A change is a commit, for which no event loop waits.
void answer_later(Exchange& exchange, Services& services, std::string const& project,
                  SettingsWorker::Work change) {
    if (!services.settings.submit(services, exchange.ticket(), project, std::move(change)))
        return exchange.respond(refusal_response(Refusal::busy));
    await_visit(exchange);
}

// What a project of the name `name` is to be; `only_new` replaces none.
struct Replacement {
    std::string name;
    std::string body;
    bool only_new;
    Millis now;
};

Response replace(Projects& projects, Replacement const& wanted) {
    auto const& [name, body, only_new, now] = wanted;
    auto settings = parse_settings(body);
    if (!settings) return fault_response(settings.error());
    if (only_new) {
        auto const made = projects.create(name, *std::move(settings), now);
        if (made) return json_response(201, R"({"ok":true})");
        if (made.error().fault != Fault::busy) return fault_response(made.error());
        return error_response(412, "PRECONDITION_FAILED", made.error().what);
    }
    auto const created = projects.put(name, *std::move(settings), now);
    if (!created) return fault_response(created.error());
    return json_response(*created ? 201 : 200, R"({"ok":true})");
}

// Those members that are given.
Response change(Projects& projects, std::string_view name, std::string_view body) {
    auto const changed = projects.change(name, [&](ProjectSettings& settings) -> Result<void> {
        settings = TRY(change_settings(settings, body));
        return {};
    });
    return changed ? described(projects, name) : fault_response(changed.error());
}

Response remove(Projects& projects, std::string_view name) {
    if (auto const removed = projects.remove(name); !removed)
        return fault_response(removed.error());
    return Response(204);
}

// The secret that the body says, or a new one.
Result<std::string> secret_in(std::string_view body) {
    constexpr std::size_t k_key_bytes_max = 2 * k_secret_bytes_max;
    if (body.empty()) return new_secret();
    if (body.size() > k_key_bytes_max) return Error{Fault::invalid, "the secret is too long"};
    auto const said = nlohmann::json::parse(body, nullptr, false);
    if (!said.is_object()) return Error{Fault::invalid, "the body must be a JSON object"};
    if (said.empty()) return new_secret();
    if (said.size() > 1 || !said.contains("secret") || !said["secret"].is_string())
        return Error{Fault::invalid, "the body has a member secret, a text, and no other"};
    return said["secret"].get<std::string>();
}

Response add_key(Projects& projects, std::string_view name, std::string_view body) {
    auto const secret = secret_in(body);
    if (!secret) return fault_response(secret.error());
    auto const added = projects.change(
        name, [&](ProjectSettings& settings) { return add_secret(settings, *secret); });
    if (!added)
        return added.error().fault == Fault::busy ? conflict(added.error())
                                                  : fault_response(added.error());
    auto const project = projects.get(name);
    if (!project) return not_found();
    auto document = nlohmann::ordered_json::parse(describe(**project));
    document["secret"] = *secret;
    return json_response(201, document.dump());
}

Response remove_key(Projects& projects, std::string_view name, std::string_view key) {
    if (!projects.get(name)) return not_found();
    auto const removed = projects.change(
        name, [&](ProjectSettings& settings) { return remove_secret(settings, key); });
    if (removed) return described(projects, name);
    auto const& error = removed.error();
    if (error.fault == Fault::busy) return conflict(error);
    if (error.fault == Fault::missing) return error_response(404, "KEY_NOT_FOUND", error.what);
    return fault_response(error);
}

Response set_reader_key(Projects& projects, StreamName const& name, std::int64_t stream) {
    if (auto changed = projects.change_reader_key(name); !changed)
        return fault_response(changed.error());
    auto const key = projects.reader_key(*projects.directory(), name, stream);
    auto response = json_response(200, R"({"readerKey":")" + key + R"("})");
    return std::move(response.add(header::stream_reader_key, key));
}

// Everybody's settings are there for who manages them, also where nobody is asked for anything.
constexpr AccessRule for_manager(bool admin_only = false) {
    return {.of = AccessRule::Of::project,
            .right = Right::manage,
            .always = true,
            .admin_only = admin_only};
}

void list_projects(Exchange& exchange, Services& services, Call&) {
    exchange.respond(json_response(200, describe(*services.options.auth.projects->directory())));
}

void show_settings(Exchange& exchange, Services& services, Call& call) {
    exchange.respond(
        show(*services.options.auth.projects, call.target.project, exchange.request().query));
}

void replace_settings(Exchange& exchange, Services& services, Call& call) {
    auto const& request = exchange.request();
    bool const only_new = request.find("If-None-Match") == "*";
    answer_later(
        exchange, services, call.target.project,
        [&projects = *services.options.auth.projects,
         wanted = Replacement{call.target.project, request.body, only_new, services.clock.now()}] {
            return replace(projects, wanted);
        });
}

// A change of the project by what the body says.
template <Response (*make)(Projects&, std::string_view, std::string_view)>
void change_project(Exchange& exchange, Services& services, Call& call) {
    answer_later(exchange, services, call.target.project,
                 [&projects = *services.options.auth.projects, name = call.target.project,
                  body = exchange.request().body] { return make(projects, name, body); });
}

void remove_project(Exchange& exchange, Services& services, Call& call) {
    answer_later(exchange, services, call.target.project,
                 [&projects = *services.options.auth.projects, name = call.target.project] {
                     return remove(projects, name);
                 });
}

void remove_project_key(Exchange& exchange, Services& services, Call& call) {
    answer_later(
        exchange, services, call.target.project,
        [&projects = *services.options.auth.projects, name = call.target.project,
         fingerprint = call.target.id] { return remove_key(projects, name, fingerprint); });
}

void change_reader_key(Exchange& exchange, Services& services, Call& call) {
    auto const& name = call.target.name;
    auto const found = services.engine.find(name);
    if (auto const* refusal = std::get_if<Refusal>(&found))
        return exchange.respond(refusal_response(*refusal));
    answer_later(exchange, services, std::string(name.project()),
                 [&projects = *services.options.auth.projects, name,
                  stream = std::get<std::shared_ptr<Stream>>(found)->id] {
                     return set_reader_key(projects, name, stream);
                 });
}

constexpr std::uint64_t k_settings_max = 256 * k_kib;

Route settings_row(Method method, char const* pattern, AccessRule const& access, Handler handler,
                   openapi::Text text) {
    for (int const status : {404, 410, 507})
        text.errors.push_back(status);
    return {.method = method,
            .pattern = pattern,
            .access = access,
            .handler = handler,
            .text = std::move(text),
            .body_max = k_settings_max,
            .counted = Counted::address};
}

std::vector<Route> routes_of_settings() {
    constexpr char const* k_one = "/v1/config/{project}";
    return {settings_row(Method::get, k_one, for_manager(), &show_settings,
                         {.id = "settings",
                          .summary = "The settings of a project",
                          .queries = {"include"},
                          .good = {{200, "Its settings", {"Cache-Control"}, openapi::k_json}}}),
            settings_row(Method::put, k_one, for_manager(), &replace_settings,
                         {.id = "configure",
                          .summary = "Replace them, or create the project; with If-None-Match: * "
                                     "only create it",
                          .asked = {"If-None-Match"},
                          .body = openapi::k_json,
                          .good = {{200, "Replaced", {}, openapi::k_json},
                                   {201, "The project was created", {}, openapi::k_json}},
                          .errors = {412}}),
            settings_row(Method::post, k_one, for_manager(), &change_project<&change>,
                         {.id = "changeSettings",
                          .summary = "Change the settings that are given; never the secrets",
                          .body = openapi::k_json,
                          .good = {{200, "The project as it is now", {}, openapi::k_json}}}),
            settings_row(
                Method::remove, k_one, for_manager(true), &remove_project,
                {.id = "removeProject",
                 .summary = "Forget a project and its keys, as the administrator; its streams stay",
                 .good = {{204, "It is forgotten"}}})};
}

} // namespace

std::vector<Route> config_routes() {
    auto all = routes_of_settings();
    all.push_back(settings_row(
        Method::post, "/v1/config/{project}/keys", for_manager(), &change_project<&add_key>,
        {.id = "addKey",
         .summary =
             "Add the secret of the body, or a new one, told this once: it signs from now on",
         .body = openapi::k_json,
         .good = {{201, "The project as it is now, and the secret", {}, openapi::k_json}},
         .errors = {409}}));
    all.push_back(settings_row(Method::remove, "/v1/config/{project}/keys/{fingerprint}",
                               for_manager(), &remove_project_key,
                               {.id = "removeKey",
                                .summary = "Remove a secret: what it signed is worthless at once",
                                .good = {{200, "The project as it is now", {}, openapi::k_json}},
                                .errors = {409}}));
    all.push_back(
        settings_row(Method::get, "/v1/config", for_manager(true), &list_projects,
                     {.id = "projects",
                      .summary = "All projects with their settings, as the administrator",
                      .good = {{200, "The projects", {"Cache-Control"}, openapi::k_json}}}));
    auto of_stream = for_manager();
    of_stream.of = AccessRule::Of::stream;
    all.push_back(settings_row(
        Method::post, "/v1/reader-key/{project}/{stream}", of_stream, &change_reader_key,
        {.id = "changeReaderKey",
         .summary = "Give a stream another reader key",
         .good = {{200, "The new key", {"Stream-Reader-Key"}, openapi::k_json}}}));
    all.back().body_max = k_document_max;
    return all;
}

} // namespace ds::streams
