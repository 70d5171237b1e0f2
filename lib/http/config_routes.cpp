// Reading and replacing the settings of a project.
#include "http/config_routes.h"

#include "auth/project_keys.h"
#include "auth/projects.h"
#include "base/encoding.h"
#include "http/admission.h"
#include "http/refusals.h"
#include "protocol/headers.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace ds::http {

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

// A change is a commit, for which no io thread waits.
void answer_later(Connection& connection, IoThread& io, std::string const& project,
                  SettingsWorker::Work change) {
    if (!io.settings.submit(io, connection.ticket(), project, std::move(change)))
        return connection.respond(refusal_response(Refusal::busy));
    connection.await_answer({}, {});
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
    constexpr std::size_t k_body_bytes_max = 2 * k_secret_bytes_max;
    if (body.empty()) return new_secret();
    if (body.size() > k_body_bytes_max) return Error{Fault::invalid, "the secret is too long"};
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

Errand of_manager(std::string_view name) {
    return {Right::manage, name, {}, false, true};
}

Errand of_admin(std::string_view name) {
    auto errand = of_manager(name);
    errand.admin_only = true;
    return errand;
}

void answer_projects(Connection& connection, Request const& request, IoThread& io) {
    if (request.method != Method::get && request.method != Method::head)
        return connection.respond(wrong_method_response("GET, HEAD, OPTIONS"));
    if (!admitted(connection, request, io, of_admin({}))) return;
    connection.respond(json_response(200, describe(*io.options.auth.projects->directory())));
}

void answer_keys(Connection& connection, Request const& request, IoThread& io,
                 std::string_view name, std::string_view key) {
    bool const adds = key.empty();
    if (request.method != (adds ? Method::post : Method::remove))
        return connection.respond(
            wrong_method_response(adds ? "POST, OPTIONS" : "DELETE, OPTIONS"));
    if (!admitted(connection, request, io, of_manager(name))) return;
    answer_later(connection, io, std::string(name),
                 [&projects = *io.options.auth.projects, project = std::string(name), adds,
                  fingerprint = std::string(key), body = std::string(request.body)] {
                     return adds ? add_key(projects, project, body)
                                 : remove_key(projects, project, fingerprint);
                 });
}

void answer_project(Connection& connection, Request const& request, IoThread& io,
                    std::string const& name) {
    auto& projects = *io.options.auth.projects;
    switch (request.method) {
    case Method::put: {
        bool const only_new = request.find("If-None-Match") == "*";
        return answer_later(connection, io, name,
                            [&projects, wanted = Replacement{name, std::string(request.body),
                                                             only_new, io.clock.now()}] {
                                return replace(projects, wanted);
                            });
    }
    case Method::post:
        return answer_later(connection, io, name,
                            [&projects, name, body = std::string(request.body)] {
                                return change(projects, name, body);
                            });
    case Method::remove:
        return answer_later(connection, io, name,
                            [&projects, name] { return remove(projects, name); });
    default: return connection.respond(show(projects, name, request.query));
    }
}

} // namespace

Result<StreamName> reader_key_stream(std::string_view path) {
    return parse_stream_path(
        std::string(k_stream_root).append(path.substr(k_reader_key_root.size())));
}

void answer_config(Connection& connection, Request const& request, IoThread& io) {
    if (request.path == k_projects_path) return answer_projects(connection, request, io);
    auto rest = request.path.substr(k_config_root.size());
    auto const name = percent_decode(rest.substr(0, rest.find('/')));
    if (!name || !check_project_name(*name))
        return connection.respond(error_response(400, "INVALID_PROJECT_ID",
                                                 "a project is 1 to 64 letters, digits, _ or -"));
    if (auto const slash = rest.find('/'); slash != std::string_view::npos) {
        constexpr std::string_view k_keys = "/keys";
        rest.remove_prefix(slash);
        bool const of_keys =
            rest == k_keys || (rest.starts_with(k_keys) && rest[k_keys.size()] == '/');
        if (!of_keys)
            return connection.respond(
                error_response(404, "KEY_NOT_FOUND", "a project has settings and keys"));
        rest.remove_prefix(std::min(rest.size(), k_keys.size() + 1));
        return answer_keys(connection, request, io, *name, rest);
    }
    if (request.method == Method::other || request.method == Method::options)
        return connection.respond(wrong_method_response("GET, HEAD, PUT, POST, DELETE, OPTIONS"));
    bool const removes = request.method == Method::remove;
    if (!admitted(connection, request, io, removes ? of_admin(*name) : of_manager(*name))) return;
    answer_project(connection, request, io, *name);
}

void answer_reader_key(Connection& connection, Request const& request, IoThread& io) {
    auto const name = reader_key_stream(request.path);
    if (!name)
        return connection.respond(
            error_response(400, "MISSING_PROJECT_OR_STREAM_ID", name.error().what));
    if (request.method != Method::post)
        return connection.respond(wrong_method_response("POST, OPTIONS"));
    Errand const errand{Right::manage, name->project(), name->stream(), false, true};
    if (!admitted(connection, request, io, errand)) return;
    auto const found = io.engine.find(*name);
    if (auto const* refusal = std::get_if<Refusal>(&found))
        return connection.respond(refusal_response(*refusal));
    answer_later(connection, io, std::string(name->project()),
                 [&projects = *io.options.auth.projects, name = *name,
                  stream = std::get<std::shared_ptr<Stream>>(found)->id] {
                     return set_reader_key(projects, name, stream);
                 });
}

} // namespace ds::http
