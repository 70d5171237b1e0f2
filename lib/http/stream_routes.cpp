// Dispatch by path and method, and the first half of every stream operation.
#include "http/stream_routes.h"

#include "http/admission.h"
#include "http/client_address.h"
#include "http/conditions.h"
#include "http/config_routes.h"
#include "http/estuary_routes.h"
#include "http/io_thread.h"
#include "http/openapi.h"
#include "http/read_routes.h"
#include "http/refusals.h"
#include "http/retention_routes.h"
#include "http/stream_answers.h"
#include "http/stream_requests.h"
#include "http/subscription_routes.h"
#include "model/stream_name.h"
#include "protocol/headers.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace ds::http {

namespace {

using Steady = std::chrono::steady_clock; // io.now() is too early to hold Retry-After to it

constexpr std::string_view k_methods = "GET, HEAD, PUT, POST, DELETE, OPTIONS";

Response plain(int status, std::string_view text) {
    Response response(status);
    response.add("Content-Type", "text/plain").add("Cache-Control", "no-store");
    return std::move(response.body(Bytes(std::string(text))));
}

Response nothing_here() {
    return error_response(
        404, "NOT_FOUND",
        "there is nothing at this path; streams are at /v1/stream/PROJECT/STREAM");
}

// A list of header names, of no unreasonable length.
bool is_header_list(std::string_view text) {
    constexpr std::size_t k_most = 1024;
    return text.size() <= k_most && std::ranges::all_of(text, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '_' || c == ',' || c == ' ';
           });
}

// Headers carry no right by themselves: a page that may use the server at all may send those that
// it asks for, such as what tracing libraries add, and what an external hook looks at.
Response preflight(Request const& request) {
    Response response(204);
    response.add("Access-Control-Allow-Methods", k_methods);
    auto const asked = request.find("Access-Control-Request-Headers");
    std::string const more = asked && !asked->empty() && is_header_list(*asked)
                                 ? ", " + std::string(*asked)
                                 : std::string();
    response.add("Access-Control-Allow-Headers",
                 "Content-Type, Authorization, If-Match, If-None-Match, Cache-Control, Stream-Seq, "
                 "Stream-TTL, "
                 "Stream-Expires-At, Stream-Closed, Stream-Forked-From, Stream-Fork-Offset, "
                 "Stream-Fork-Sub-Offset, Stream-Framing, Producer-Id, Producer-Epoch, "
                 "Producer-Seq, Last-Event-ID" +
                     more);
    response.add("Access-Control-Max-Age", "86400");
    return response;
}

// The answer to everything but a read, where there is only to read.
std::optional<Response> unless_read(Request const& request) {
    auto const method = request.method;
    if (method == Method::options) return preflight(request);
    if (method == Method::get || method == Method::head) return std::nullopt;
    return wrong_method_response("GET, HEAD, OPTIONS");
}

// Whether the server is well is everybody's affair; what ails it names paths, buckets and streams,
// and is the administrator's.
Response health(IoThread& io, Request const& request) {
    if (auto other = unless_read(request)) return *std::move(other);
    bool const told = io.gate.is_administrator(request);
    if (auto const why = io.engine.sickness())
        return plain(503, told ? "writes fail: " + *why + "\n" : std::string("writes fail\n"))
            .add("Retry-After", "1");
    // What is appended here goes on where the other copy left it: two histories of the same
    // streams.
    if (auto const why = io.engine.store_taken())
        return plain(503, told ? *why + "\n"
                               : std::string("the object store is another's, or has gone\n"))
            .add("Retry-After", "60");
    if (!told) return plain(200, "ok");
    // Appends are as safe as ever: whoever balances load need not look elsewhere.
    if (auto const why = io.engine.store_sickness())
        return plain(200, "ok, but the object store fails: " + *why + "\n");
    if (auto const what = io.engine.notice()) return plain(200, "ok, but " + *what + "\n");
    auto const* const hook = io.options.auth.hook;
    if (auto const why = hook != nullptr ? hook->sickness() : std::nullopt)
        return plain(200, "ok, but the auth hook fails: " + *why + "\n");
    if (auto const count = io.engine.fanout().set_aside.load(); count > 0)
        return plain(200, "ok, but copies for subscribers cannot be made, of streams: " +
                              std::to_string(count) + "\n");
    return plain(200, "ok");
}

Response openapi(Request const& request) {
    if (auto other = unless_read(request)) return *std::move(other);
    Response response(200);
    response.add("Content-Type", "application/json").add("Cache-Control", "public, max-age=60");
    return std::move(response.body(openapi_document()));
}

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

std::string absolute_url(Connection const& connection, Request const& request,
                         HttpOptions const& options) {
    return origin_seen(connection, request, options).append(ascii_path(request.path));
}

void submit(Connection& connection, IoThread& io, std::variant<Ask, Response> parsed,
            std::string location, std::optional<StreamName> keyed) {
    if (auto* wrong = std::get_if<Response>(&parsed)) return connection.respond(std::move(*wrong));
    if (!io.engine.submit(std::get<Ask>(parsed), {&io, connection.ticket()}))
        return connection.respond(refusal_response(Refusal::busy));
    connection.await_answer(std::move(location), std::move(keyed));
}

// A fork shows what its source holds: the hook is asked of that as well, as if it were read.
bool may_read_source(Connection& connection, Request const& request, IoThread& io,
                     StreamName const& name) {
    auto const from = request.find(header::stream_forked_from);
    if (!from) return true;
    auto const source = parse_stream_path(*from);
    if (!source || *source == name) return true; // it is refused, or has been asked of
    auto const found = io.engine.find(*source);
    auto const* const stream = std::get_if<std::shared_ptr<Stream>>(&found);
    bool const is_public = stream != nullptr && (*stream)->exposure.is_public;
    auto const path = stream_path(*source);
    Errand errand{Right::read, source->project(), source->stream(), is_public};
    errand.source = path;
    return admitted(connection, request, io, errand).has_value();
}

void create(Connection& connection, Request& request, IoThread& io, StreamName name) {
    auto const pass =
        admitted(connection, request, io, {Right::write, name.project(), name.stream()});
    if (!pass || (pass->by_hook && !may_read_source(connection, request, io, name))) return;
    auto parsed = create_ask(request, name);
    std::optional<StreamName> keyed;
    if (auto const* ask = std::get_if<Ask>(&parsed)) {
        auto const& wanted = std::get<Create>(*ask);
        // A fork shows what its source holds, which a token of one stream must not.
        if (pass->one_stream && wanted.fork && !(wanted.fork->source == name))
            return connection.respond(
                error_response(403, "FORBIDDEN", "the token is for one stream"));
        bool const is_public = wanted.exposure && wanted.exposure->is_public;
        if (pass->by != Pass::By::nobody && !is_public) keyed = std::move(name);
    }
    parsed = conditioned(std::move(parsed), request, io.engine.identity());
    submit(connection, io, std::move(parsed), absolute_url(connection, request, io.options),
           std::move(keyed));
}

void change(Connection& connection, Request& request, IoThread& io, StreamName name) {
    bool const removes = request.method == Method::remove;
    auto const right = removes ? Right::manage : Right::write;
    if (!admitted(connection, request, io, {right, name.project(), name.stream()})) return;
    auto parsed = removes ? std::variant<Ask, Response>(Ask(Remove{std::move(name)}))
                          : append_ask(request, std::move(name));
    submit(connection, io, conditioned(std::move(parsed), request, io.engine.identity()), {}, {});
}

// Where pages of all origins may read there is nothing to say.
void tell_origin(Connection& connection, Request const& request, IoThread& io,
                 std::string_view project) {
    if (auto told = io.gate.cross_origin(request, project)) connection.tell_origin(std::move(told));
}

void stream(Connection& connection, Request& request, IoThread& io) {
    if (auto const at = control_path(request.path)) {
        tell_origin(connection, request, io, at->scope.project);
        if (request.method == Method::options) return connection.respond(preflight(request));
        if (auto refused = refused_condition(request))
            return connection.respond(*std::move(refused));
        return control(connection, request, io, *at);
    }
    auto name = parse_stream_path(request.path);
    tell_origin(connection, request, io, name ? name->project() : std::string_view());
    if (request.method == Method::options) return connection.respond(preflight(request));
    if (!name)
        return connection.respond(
            error_response(400, "MISSING_PROJECT_OR_STREAM_ID", name.error().what));
    if (is_reserved(*name)) return connection.respond(nothing_here());
    switch (request.method) {
    case Method::get: return answer_read(connection, request, io, *name);
    case Method::head: return answer_head(connection, request, io, *name);
    case Method::put: return create(connection, request, io, *std::move(name));
    case Method::post:
    case Method::remove: return change(connection, request, io, *std::move(name));
    case Method::options:
    case Method::other: return connection.respond(wrong_method_response(k_methods));
    }
}

void estuary(Connection& connection, Request& request, IoThread& io) {
    auto path = parse_estuary_path(request.path);
    auto* const wrong = std::get_if<Response>(&path);
    tell_origin(connection, request, io,
                wrong != nullptr ? std::string_view() : std::get<EstuaryPath>(path).name.project());
    if (request.method == Method::options) return connection.respond(preflight(request));
    if (wrong != nullptr) return connection.respond(std::move(*wrong));
    if (auto refused = refused_condition(request)) return connection.respond(*std::move(refused));
    if (is_reserved(std::get<EstuaryPath>(path).name)) return connection.respond(nothing_here());
    route_estuary(connection, request, io, std::get<EstuaryPath>(std::move(path)));
}

// Settings of projects, where there can be any.
bool settings(Connection& connection, Request& request, IoThread& io) {
    if (request.path.starts_with(k_retention_path) && request.method == Method::options) {
        connection.respond(preflight(request));
        return true;
    }
    if (answer_retention(connection, request, io)) return true;
    bool const is_config =
        request.path == k_projects_path || request.path.starts_with(k_config_root);
    bool const is_key = request.path.starts_with(k_reader_key_root);
    if ((!is_config && !is_key) || io.options.auth.projects == nullptr) return false;
    auto const root = is_config ? k_config_root : k_reader_key_root;
    auto const rest = request.path.substr(std::min(root.size(), request.path.size()));
    tell_origin(connection, request, io, rest.substr(0, rest.find('/')));
    if (request.method == Method::options)
        connection.respond(preflight(request));
    else if (is_config)
        answer_config(connection, request, io);
    else
        answer_reader_key(connection, request, io);
    return true;
}

} // namespace

std::string origin_seen(Connection const& connection, Request const& request,
                        HttpOptions const& options) {
    if (!options.public_url.empty()) return options.public_url;
    auto const client = connection.client_of(request);
    return std::string(client.scheme).append("://").append(client.host);
}

void route(Connection& connection, Request& request, IoThread& io) {
    if (request.path == "/health") return connection.respond(health(io, request));
    if (auto refused = io.gate.refuse_foreigner(request))
        return connection.respond(*std::move(refused));
    if (io.limits.on()) {
        auto& guest = *connection.guest();
        if (!io.options.trusted_proxies.empty())
            guest.address = client_address(connection.client_of(request).address);
        if (auto refused = io.limits.refuse_address(guest, request, Steady::now()))
            return connection.respond(*std::move(refused));
    }
    route_again(connection, request, io);
}

void route_again(Connection& connection, Request& request, IoThread& io) {
    bool const is_stream =
        request.path.starts_with(k_stream_root) && request.path.size() > k_stream_root.size();
    if (is_stream) return stream(connection, request, io);
    if (request.path.starts_with(k_estuary_root)) return estuary(connection, request, io);
    if (settings(connection, request, io)) return;
    if (request.path == k_openapi_path) return connection.respond(openapi(request));
    connection.respond(nothing_here());
}

} // namespace ds::http
