// Routes of the server itself: how it is, and what can be asked of it.
#include "frontends/streams/credentials.h"
#include "frontends/streams/openapi.h"
#include "frontends/streams/route.h"
#include "frontends/streams/route_table.h"

#include <string>
#include <string_view>
#include <utility>

namespace ds::streams {

namespace {

Response plain(int status, std::string_view text) {
    Response response(status);
    response.add("Content-Type", "text/plain").add("Cache-Control", "no-store");
    return std::move(response.body(Bytes(std::string(text))));
}

// Whether the server is well is everybody's affair; what ails it names paths, buckets and streams,
// and is the administrator's.
Response health(Services& services, bool told) {
    auto const& engine = services.engine;
    if (auto const why = engine.sickness())
        return plain(503, told ? "writes fail: " + *why + "\n" : std::string("writes fail\n"))
            .add("Retry-After", "1");
    // What is appended here goes on where the other copy left it: two histories of the same
    // streams.
    if (auto const why = engine.store_taken())
        return plain(503, told ? *why + "\n"
                               : std::string("the object store is another's, or has gone\n"))
            .add("Retry-After", "60");
    if (!told) return plain(200, "ok");
    // Appends are as safe as ever: whoever balances load need not look elsewhere.
    if (auto const why = engine.store_sickness())
        return plain(200, "ok, but the object store fails: " + *why + "\n");
    if (auto const what = engine.notice()) return plain(200, "ok, but " + *what + "\n");
    auto const* const hook = services.options.auth.hook;
    if (auto const why = hook != nullptr ? hook->sickness() : std::nullopt)
        return plain(200, "ok, but the auth hook fails: " + *why + "\n");
    if (auto const count = engine.fanout().set_aside.load(); count > 0)
        return plain(200, "ok, but copies for subscribers cannot be made, of streams: " +
                              std::to_string(count) + "\n");
    return plain(200, "ok");
}

void show_health(Exchange& exchange, Services& services, Call&) {
    auto const shown = credentials_of(exchange.request());
    exchange.respond(health(services, services.access.is_administrator(shown)));
}

void show_openapi(Exchange& exchange, Services&, Call&) {
    static Bytes const document = openapi_document(route_table());
    Response response(200);
    response.add("Content-Type", "application/json").add("Cache-Control", "public, max-age=60");
    exchange.respond(std::move(response.body(document)));
}

} // namespace

std::vector<Route> server_routes() {
    return {{.method = Method::get,
             .pattern = "/health",
             .access = k_anybody,
             .handler = &show_health,
             .text = {.id = "health",
                      .summary = "Whether writes work",
                      .good = {{200, "They do", {"Cache-Control"}, "text/plain"}}},
             .counted = Counted::nobody,
             .shown = Shown::to_all},
            {.method = Method::get,
             .pattern = "/openapi.json",
             .access = k_anybody,
             .handler = &show_openapi,
             .text = {.id = "openapi",
                      .summary = "This document",
                      .good = {{200, "OpenAPI 3.1", {"Cache-Control"}, openapi::k_json}}},
             .counted = Counted::address,
             .shown = Shown::to_all}};
}

} // namespace ds::streams
