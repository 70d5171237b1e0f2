// How much history is kept, over HTTP. For the administrator alone, or who has the one token for
// everything: what a project may keep is the operator's affair. Limits are read from memory; a
// change waits for the commit of its lane, as an append does.
//
//     GET   {"retention":[{"scope","ageMs","bytes","messages"}]}: of a scope one, or none
//     PUT   {"ageMs"?,"bytes"?,"messages"?}: replaces what was set; all 0 or left out: no limit
#include "engine/chore.h"
#include "frontends/streams/refusals.h"
#include "frontends/streams/route.h"
#include "frontends/streams/waiting.h"

#include <nlohmann/json.hpp>

#include <string>
#include <utility>

namespace ds::streams {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t k_limits_bytes_max = 1024;

// "project" or "project/stream"; empty: all.
std::string scope_of(Target const& target) {
    return target.name.full().empty() ? target.project : target.name.full();
}

Response limits_response(Services& services, std::string const& scope) {
    auto list = Json::array();
    for (auto const& [of, limits] : services.engine.parts().retentions.all())
        if (scope.empty() || of == scope)
            list.push_back({{"scope", of},
                            {"ageMs", limits.age_ms},
                            {"bytes", limits.bytes},
                            {"messages", limits.messages}});
    return json_response(200, Json{{"retention", std::move(list)}}.dump());
}

Result<Retention> limits_in(std::string_view body) {
    auto const said = body.size() > k_limits_bytes_max ? Json() : Json::parse(body, nullptr, false);
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

void show_retention(Exchange& exchange, Services& services, Call& call) {
    exchange.respond(limits_response(services, scope_of(call.target)));
}

void set_retention(Exchange& exchange, Services& services, Call& call) {
    auto const limits = limits_in(exchange.request().body);
    if (!limits)
        return exchange.respond(error_response(400, "INVALID_CONFIG", limits.error().what));
    auto const scope = scope_of(call.target);
    Chore chore{
        SetRetention{scope, *limits},
        [&services, ticket = exchange.ticket(), scope, set = *limits](Chore::Outcome outcome) {
            if (outcome != Chore::Outcome::done)
                return services.respond_later(
                    ticket, error_response(503, "STORAGE_FAILING", "the change could not be kept"));
            services.engine.parts().retentions.set(scope, set);
            services.respond_later(ticket, limits_response(services, scope));
        }};
    auto const lane = services.engine.lane_of(call.target.project_name());
    if (!services.engine.submit(lane, chore))
        return exchange.respond(refusal_response(Refusal::busy));
    await_visit(exchange);
}

Route retention_row(Method method, char const* pattern, Handler handler, char const* id) {
    bool const sets = method == Method::put;
    return {.method = method,
            .pattern = pattern,
            .access = {.of = AccessRule::Of::project,
                       .right = Right::manage,
                       .always = true,
                       .admin_only = true},
            .handler = handler,
            .text = {.id = id,
                     .summary = sets ? "Replace them: ageMs, bytes and messages; without any there "
                                       "is no limit"
                                     : "The limits of history that are set, as the administrator",
                     .body = sets ? openapi::k_json : nullptr,
                     .good = {{200, "The limits", {"Cache-Control"}, openapi::k_json}}},
            .counted = Counted::address};
}

} // namespace

std::vector<Route> retention_routes() {
    constexpr char const* k_project = "/v1/retention/{project}";
    constexpr char const* k_stream = "/v1/retention/{project}/{stream}";
    return {retention_row(Method::get, "/v1/retention", &show_retention, "retentions"),
            retention_row(Method::get, k_project, &show_retention, "projectRetention"),
            retention_row(Method::put, k_project, &set_retention, "limitProject"),
            retention_row(Method::get, k_stream, &show_retention, "streamRetention"),
            retention_row(Method::put, k_stream, &set_retention, "limitStream")};
}

} // namespace ds::streams
