// Reading and replacing the settings of a project.
#include "http/config_routes.h"

#include "auth/projects.h"
#include "base/encoding.h"
#include "http/admission.h"
#include "http/refusals.h"
#include "protocol/headers.h"

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

Response show(Projects const& projects, std::string_view name, std::string_view query) {
    auto const known = projects.directory();
    auto const* const project = known->find(name);
    if (project == nullptr) return not_found();
    bool const shown = query == "include=signingSecrets";
    return json_response(
        200, write_settings(project->settings, shown ? Secrets::shown : Secrets::hidden));
}

Response replace(IoThread& io, std::string_view name, std::string_view body) {
    auto settings = parse_settings(body);
    if (!settings) return fault_response(settings.error());
    auto const created = io.options.auth.projects->put(name, *std::move(settings), io.clock.now());
    if (!created) return fault_response(created.error());
    return json_response(*created ? 201 : 200, R"({"ok":true})");
}

Response set_reader_key(IoThread& io, StreamName const& name) {
    auto const found = io.engine.find(name);
    if (auto const* refusal = std::get_if<Refusal>(&found)) return refusal_response(*refusal);
    auto const& stream = std::get<std::shared_ptr<Stream>>(found);
    if (auto changed = io.options.auth.projects->change_reader_key(name); !changed)
        return fault_response(changed.error());
    auto const key = io.gate.reader_key(name, stream->id);
    auto response = json_response(200, R"({"readerKey":")" + key + R"("})");
    return std::move(response.add(header::stream_reader_key, key));
}

} // namespace

void answer_config(Connection& connection, Request const& request, IoThread& io) {
    auto const name = percent_decode(request.path.substr(k_config_root.size()));
    if (!name || !check_project_name(*name))
        return connection.respond(error_response(400, "INVALID_PROJECT_ID",
                                                 "a project is 1 to 64 letters, digits, _ or -"));
    bool const puts = request.method == Method::put;
    if (!puts && request.method != Method::get && request.method != Method::head)
        return connection.respond(wrong_method_response("GET, HEAD, PUT, OPTIONS"));
    Errand const errand{Right::manage, *name, {}, false, true};
    if (!admitted(connection, request, io, errand)) return;
    connection.respond(puts ? replace(io, *name, request.body)
                            : show(*io.options.auth.projects, *name, request.query));
}

void answer_reader_key(Connection& connection, Request const& request, IoThread& io) {
    auto const path =
        std::string(k_stream_root) + std::string(request.path.substr(k_reader_key_root.size()));
    auto const name = parse_stream_path(path);
    if (!name)
        return connection.respond(
            error_response(400, "MISSING_PROJECT_OR_STREAM_ID", name.error().what));
    if (request.method != Method::post)
        return connection.respond(wrong_method_response("POST, OPTIONS"));
    Errand const errand{Right::manage, name->project(), name->stream(), false, true};
    if (!admitted(connection, request, io, errand)) return;
    connection.respond(set_reader_key(io, *name));
}

} // namespace ds::http
