// PUT, POST and DELETE of a stream.
#include "base/encoding.h"
#include "frontends/streams/conditions.h"
#include "frontends/streams/route.h"
#include "frontends/streams/routing.h"
#include "frontends/streams/stream_answers.h"
#include "frontends/streams/stream_requests.h"
#include "frontends/streams/waiting.h"
#include "protocol/headers.h"

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace ds::streams {

namespace {

// What came as bytes beyond ASCII is repeated as a URL says it (RFC 3986).
std::string ascii_path(std::string_view path) {
    std::string text;
    for (char const c : path)
        if (static_cast<unsigned char>(c) < 0x80)
            text.push_back(c);
        else
            text += percent_encode(std::string_view(&c, 1), "");
    return text;
}

void submit_conditioned(Exchange& exchange, Services& services, std::variant<Ask, Response> parsed,
                        Then then = {}) {
    parsed = conditioned(std::move(parsed), exchange.request(), services.engine.identity());
    if (auto* wrong = std::get_if<Response>(&parsed)) return exchange.respond(std::move(*wrong));
    submit(exchange, services, std::get<Ask>(std::move(parsed)), std::move(then));
}

// A fork shows what its source holds. Empty when it is refused, or has been asked of.
std::optional<StreamName> fork_source(Request const& request, Target const& target) {
    auto const from = request.find(header::stream_forked_from);
    if (!from) return std::nullopt;
    auto source = parse_stream_path(*from);
    if (!source || *source == target.name) return std::nullopt;
    return *std::move(source);
}

void create_stream(Exchange& exchange, Services& services, Call& call) {
    auto& request = exchange.request();
    auto const& granted = call.granted;
    auto& name = call.target.name;
    auto parsed = create_ask(request, name);
    std::optional<StreamName> keyed; // its reader key is told with it
    if (auto const* ask = std::get_if<Ask>(&parsed)) {
        auto const& wanted = std::get<Create>(*ask);
        // A fork shows what its source holds, which a token of one stream must not.
        if (granted.one_stream && wanted.fork && !(wanted.fork->source == name))
            return exchange.respond(
                error_response(403, "FORBIDDEN", "the token is for one stream"));
        bool const is_public = wanted.exposure && wanted.exposure->is_public;
        if (granted.by != access::Granted::By::nobody && !is_public) keyed = std::move(name);
    }
    auto location = origin_seen(exchange, services).append(ascii_path(request.path));
    submit_conditioned(
        exchange, services, std::move(parsed),
        [&services, at = std::move(location), named = std::move(keyed)](Answer const& answer) {
            auto response = answer_response(answer, at);
            auto const* const created = std::get_if<Created>(&answer);
            if (named && created != nullptr && !created->existed)
                response.add(header::stream_reader_key,
                             services.access.reader_key(*named, created->stream));
            return response;
        });
}

void append_to_stream(Exchange& exchange, Services& services, Call& call) {
    submit_conditioned(exchange, services,
                       append_ask(exchange.request(), std::move(call.target.name)));
}

void remove_stream(Exchange& exchange, Services& services, Call& call) {
    submit_conditioned(exchange, services, Ask(Remove{std::move(call.target.name)}));
}

} // namespace

std::vector<Route> write_routes() {
    constexpr char const* k_stream = "/v1/stream/{project}/{stream}";
    openapi::Names const facts{"Stream-Next-Offset", "Stream-Closed", "Stream-TTL",
                               "Stream-Expires-At"};
    auto created = facts;
    created.insert(created.end(), {"Location", "Stream-Reader-Key"});
    openapi::Names const written{"Stream-Next-Offset", "Stream-Closed", "Producer-Epoch",
                                 "Producer-Seq"};
    std::vector<int> const errors{404, 409, 410, 412, 415, 500, 507};
    return {{.method = Method::put,
             .pattern = k_stream,
             .access = for_stream(Right::write),
             .handler = &create_stream,
             .text = {.id = "create",
                      .summary = "Create a stream, or a fork of one",
                      .queries = {"public", "cache"},
                      .asked = {"Content-Type", "Stream-TTL", "Stream-Expires-At", "Stream-Closed",
                                "Stream-Seq", "Stream-Forked-From", "Stream-Fork-Offset",
                                "Stream-Fork-Sub-Offset", "Producer-Id", "Producer-Epoch",
                                "Producer-Seq", "If-Match", "If-None-Match"},
                      .body = openapi::k_any_type,
                      .good = {{200, "It was there already, as asked", facts},
                               {201, "Created", created}},
                      .errors = errors},
             .body_max = k_append_max,
             .overlap = http::Overlap::Kind::change,
             .also_shown = &fork_source},
            {.method = Method::post,
             .pattern = k_stream,
             .access = for_stream(Right::write),
             .handler = &append_to_stream,
             .text = {.id = "append",
                      .summary = "Append to a stream, or close it",
                      .asked = {"Content-Type", "Stream-Closed", "Stream-Seq", "Stream-Framing",
                                "Producer-Id", "Producer-Epoch", "Producer-Seq", "If-Match",
                                "If-None-Match"},
                      .body = openapi::k_any_type,
                      .good = {{200, "New data of a producer", written},
                               {204, "Appended, or a duplicate", written}},
                      .errors = errors},
             .body_max = k_append_max,
             .overlap = http::Overlap::Kind::change},
            {.method = Method::remove,
             .pattern = k_stream,
             .access = for_stream(Right::manage),
             .handler = &remove_stream,
             .text = {.id = "remove",
                      .summary = "Delete a stream",
                      .asked = {"If-Match", "If-None-Match"},
                      .good = {{204, "It is gone"}},
                      .errors = errors},
             .body_max = k_append_max,
             .overlap = http::Overlap::Kind::change}};
}

} // namespace ds::streams
