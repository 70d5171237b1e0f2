// Limits are read from memory; a change waits for the commit of its lane, as an append does.
#include "http/retention_routes.h"

#include "auth/projects.h"
#include "base/encoding.h"
#include "engine/chore.h"
#include "http/admission.h"
#include "http/refusals.h"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <utility>

namespace ds::http {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t k_body_bytes_max = 1024;

// "project" or "project/stream" of what stands behind the path; empty: all.
std::optional<std::string> scope_in(std::string_view rest) {
    if (rest.empty() || rest == "/") return "";
    rest.remove_prefix(1);
    if (rest.find('/') == std::string_view::npos) {
        auto const name = percent_decode(rest);
        return name && check_project_name(*name) ? name : std::nullopt;
    }
    auto const name = parse_stream_path(std::string(k_stream_root).append(rest));
    return name ? std::optional(name->full()) : std::nullopt;
}

Response shown(IoThread& io, std::string const& scope) {
    auto list = Json::array();
    for (auto const& [of, limits] : io.engine.parts().retentions.all())
        if (scope.empty() || of == scope)
            list.push_back({{"scope", of},
                            {"ageMs", limits.age_ms},
                            {"bytes", limits.bytes},
                            {"messages", limits.messages}});
    return json_response(200, Json{{"retention", std::move(list)}}.dump());
}

Result<Retention> limits_in(std::string_view body) {
    auto const said = body.size() > k_body_bytes_max ? Json() : Json::parse(body, nullptr, false);
    if (!said.is_object()) return Error{Fault::invalid, "the limits must be a JSON object"};
    Retention limits;
    for (auto const& [name, value] : said.items()) {
        auto const number = value.is_number_unsigned() ? value.get<std::uint64_t>() : UINT64_MAX;
        if (number > k_max_safe_integer)
            return Error{Fault::invalid, "a limit is a number, 0 or more"};
        if (name == "ageMs")
            limits.age_ms = static_cast<std::int64_t>(number);
        else if (name == "bytes")
            limits.bytes = number;
        else if (name == "messages")
            limits.messages = number;
        else
            return Error{Fault::invalid, "the limits are ageMs, bytes and messages"};
    }
    return limits;
}

void set(Connection& connection, IoThread& io, std::string const& scope, Retention limits) {
    Chore chore{SetRetention{scope, limits},
                [&io, ticket = connection.ticket(), scope, limits](Chore::Outcome outcome) {
                    if (outcome != Chore::Outcome::done)
                        return io.respond_later(
                            ticket,
                            error_response(503, "STORAGE_FAILING", "the change could not be kept"));
                    io.engine.parts().retentions.set(scope, limits);
                    io.respond_later(ticket, shown(io, scope));
                }};
    auto const project = std::string_view(scope).substr(0, scope.find('/'));
    auto const lane = io.engine.lane_of(project);
    if (!io.engine.submit(lane, chore)) return connection.respond(refusal_response(Refusal::busy));
    connection.await_answer({}, {});
}

} // namespace

bool answer_retention(Connection& connection, Request const& request, IoThread& io) {
    if (!request.path.starts_with(k_retention_path)) return false;
    auto const rest = request.path.substr(k_retention_path.size());
    if (!rest.empty() && rest.front() != '/') return false;
    auto const scope = scope_in(rest);
    bool const puts = request.method == Method::put;
    if (!scope || (puts && scope->empty())) {
        connection.respond(error_response(400, "MISSING_PROJECT_OR_STREAM_ID",
                                          "limits are set for a project or a stream"));
        return true;
    }
    if (!puts && request.method != Method::get && request.method != Method::head) {
        connection.respond(wrong_method_response("GET, HEAD, PUT, OPTIONS"));
        return true;
    }
    Errand errand{
        Right::manage, std::string_view(*scope).substr(0, scope->find('/')), {}, false, true};
    errand.admin_only = true;
    if (!admitted(connection, request, io, errand)) return true;
    if (!puts) {
        connection.respond(shown(io, *scope));
        return true;
    }
    auto const limits = limits_in(request.body);
    if (limits)
        set(connection, io, *scope, *limits);
    else
        connection.respond(error_response(400, "INVALID_CONFIG", limits.error().what));
    return true;
}

} // namespace ds::http
