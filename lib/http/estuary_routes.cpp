// Estuaries: subscribe, unsubscribe, publish, look, touch, acknowledge, delete.
#include "http/estuary_routes.h"

#include "http/admission.h"
#include "http/io_thread.h"
#include "http/refusals.h"
#include "http/stream_requests.h"

#include <optional>
#include <utility>
#include <variant>

namespace ds::http {

namespace {

using Kind = EstuaryPath::Kind;

std::string_view methods_of(Kind kind) {
    switch (kind) {
    case Kind::subscribe: return "POST, DELETE, OPTIONS";
    case Kind::estuary: return "GET, HEAD, POST, DELETE, OPTIONS";
    case Kind::list: return "GET, HEAD, OPTIONS";
    case Kind::publish:
    case Kind::acknowledge: break;
    }
    return "POST, OPTIONS";
}

bool takes(Kind kind, Method method) {
    if (method == Method::post) return kind != Kind::list;
    if (method == Method::remove) return kind == Kind::subscribe || kind == Kind::estuary;
    bool const is_shown = kind == Kind::estuary || kind == Kind::list;
    return is_shown && (method == Method::get || method == Method::head);
}

// To publish, to unsubscribe and to delete is to write. What a reader does of its own (subscribe,
// look, touch, acknowledge) any token may, but nobody without one, even where anyone may read.
Errand errand_of(EstuaryPath const& path, Method method) {
    bool const writes = path.kind == Kind::publish || method == Method::remove;
    // A subscription is about two streams and a list about all, so that a token of one is not
    // enough.
    bool const of_project = path.kind == Kind::subscribe || path.kind == Kind::list;
    return {writes ? Right::write : Right::join, path.name.project(),
            of_project ? std::string_view() : path.name.stream()};
}

std::variant<Ask, Response> ask_of(Request& request, EstuaryPath path, HttpOptions const& options) {
    auto& name = path.name;
    bool const removes = request.method == Method::remove;
    switch (path.kind) {
    case Kind::subscribe:
        return removes ? unsubscribe_ask(request, std::move(name))
                       : subscribe_ask(request, std::move(name), options.estuary_ttl);
    case Kind::publish: {
        auto parsed = append_ask(request, std::move(name));
        if (auto* ask = std::get_if<Ask>(&parsed)) std::get<Append>(*ask).publishes = true;
        return parsed;
    }
    case Kind::acknowledge: return acknowledge_ask(request, std::move(name));
    case Kind::list: return list_ask(request, std::move(name));
    case Kind::estuary: break;
    }
    if (removes) return Ask(RemoveEstuary{std::move(name)});
    if (request.method == Method::post) return Ask(TouchEstuary{std::move(name)});
    return Ask(LookAtEstuary{std::move(name)});
}

} // namespace

void route_estuary(Connection& connection, Request& request, IoThread& io, EstuaryPath path) {
    if (!takes(path.kind, request.method))
        return connection.respond(wrong_method_response(methods_of(path.kind)));
    if (!admitted(connection, request, io, errand_of(path, request.method))) return;
    auto parsed = ask_of(request, std::move(path), io.options);
    if (auto* wrong = std::get_if<Response>(&parsed)) return connection.respond(std::move(*wrong));
    if (auto* const subscribe = std::get_if<Subscribe>(&std::get<Ask>(parsed)))
        subscribe->estuaries_max = io.gate.estuaries_max(subscribe->name.project());
    if (!io.engine.submit(std::get<Ask>(parsed), {&io, connection.ticket()}))
        return connection.respond(refusal_response(Refusal::busy));
    connection.await_answer({}, {});
}

} // namespace ds::http
