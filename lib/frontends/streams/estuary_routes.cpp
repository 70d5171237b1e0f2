// Estuaries: subscribe, unsubscribe, publish, look, touch, acknowledge, delete.
#include "frontends/streams/estuary_requests.h"
#include "frontends/streams/route.h"
#include "frontends/streams/stream_requests.h"
#include "frontends/streams/waiting.h"

#include <utility>
#include <variant>

namespace ds::streams {

namespace {

void submit_parsed(Exchange& exchange, Services& services, std::variant<Ask, Response> parsed) {
    if (auto* wrong = std::get_if<Response>(&parsed)) return exchange.respond(std::move(*wrong));
    submit(exchange, services, std::get<Ask>(std::move(parsed)));
}

void subscribe_estuary(Exchange& exchange, Services& services, Call& call) {
    auto const* const project = services.access.project(call.target.project_name());
    auto parsed = subscribe_ask(exchange.request(), std::move(call.target.name),
                                services.options.estuary_ttl);
    if (auto* const ask = std::get_if<Ask>(&parsed))
        std::get<Subscribe>(*ask).estuaries_max =
            project != nullptr ? project->settings.estuaries_max : k_any_estuaries;
    submit_parsed(exchange, services, std::move(parsed));
}

void unsubscribe_estuary(Exchange& exchange, Services& services, Call& call) {
    submit_parsed(exchange, services,
                  unsubscribe_ask(exchange.request(), std::move(call.target.name)));
}

void publish(Exchange& exchange, Services& services, Call& call) {
    auto parsed = append_ask(exchange.request(), std::move(call.target.name));
    if (auto* const ask = std::get_if<Ask>(&parsed)) std::get<Append>(*ask).publishes = true;
    submit_parsed(exchange, services, std::move(parsed));
}

void list_estuaries(Exchange& exchange, Services& services, Call& call) {
    auto any = make_stream_name(call.target.project, "any"); // of the project, whose shard knows
    submit_parsed(exchange, services, list_ask(exchange.request(), *std::move(any)));
}

void look_at_estuary(Exchange& exchange, Services& services, Call& call) {
    submit(exchange, services, Ask(LookAtEstuary{std::move(call.target.name)}));
}

void touch_estuary(Exchange& exchange, Services& services, Call& call) {
    submit(exchange, services, Ask(TouchEstuary{std::move(call.target.name)}));
}

void remove_estuary(Exchange& exchange, Services& services, Call& call) {
    submit(exchange, services, Ask(RemoveEstuary{std::move(call.target.name)}));
}

void acknowledge_estuary(Exchange& exchange, Services& services, Call& call) {
    submit_parsed(exchange, services,
                  acknowledge_ask(exchange.request(), std::move(call.target.name)));
}

// A subscription is about two streams and a list about all, so that a token of one is not enough.
constexpr AccessRule for_project(Right right) {
    return {.of = AccessRule::Of::project, .right = right};
}

// A row whose answer is JSON.
Route estuary_row(Method method, char const* pattern, AccessRule const& access, Handler handler,
                  openapi::Text text) {
    return {.method = method,
            .pattern = pattern,
            .access = access,
            .handler = handler,
            .text = std::move(text),
            .conditions = Conditions::refused,
            .overlap =
                method == Method::get ? http::Overlap::Kind::read : http::Overlap::Kind::change};
}

std::vector<Route> routes_of_sources() {
    constexpr char const* k_subscribe = "/v1/estuary/subscribe/{project}/{stream}";
    openapi::Names const published{"Stream-Next-Offset",     "Stream-Closed",
                                   "Producer-Epoch",         "Producer-Seq",
                                   "Stream-Fanout-Count",    "Stream-Fanout-Successes",
                                   "Stream-Fanout-Failures", "Stream-Fanout-Mode"};
    std::vector<int> const errors{404, 409, 410, 415, 507};
    auto rows = std::vector<Route>{
        estuary_row(Method::post, k_subscribe, for_project(Right::join), &subscribe_estuary,
                    {.id = "subscribeEstuary",
                     .summary = "Copy what is appended to a stream into an estuary, from now on",
                     .asked = {"Content-Type"},
                     .body = openapi::k_json,
                     .good = {{200,
                               "Subscribed, and the estuary was made unless it was there",
                               {},
                               openapi::k_json}},
                     .errors = errors}),
        estuary_row(
            Method::remove, k_subscribe, for_project(Right::write), &unsubscribe_estuary,
            {.id = "unsubscribeEstuary",
             .summary = "Copy no more; what was appended before has been copied when this is "
                        "answered",
             .asked = {"Content-Type"},
             .body = openapi::k_json,
             .good = {{200, "It is not subscribed, whether or not it was", {}, openapi::k_json}},
             .errors = errors}),
        estuary_row(Method::post, "/v1/estuary/publish/{project}/{stream}",
                    for_stream(Right::write), &publish,
                    {.id = "publish",
                     .summary = "Append to a stream, and be told of the copies",
                     .asked = {"Content-Type", "Stream-Closed", "Stream-Seq", "Stream-Framing",
                               "Producer-Id", "Producer-Epoch", "Producer-Seq"},
                     .body = openapi::k_any_type,
                     .good = {{200, "New data of a producer", published},
                              {204, "Appended, or a duplicate", published}},
                     .errors = errors})};
    rows.back().body_max = k_append_max;
    return rows;
}

std::vector<Route> routes_of_estuaries() {
    constexpr char const* k_estuary = "/v1/estuary/{project}/{estuary}";
    std::vector<int> const errors{404, 409, 415, 507};
    auto const text = [&](char const* id, char const* summary, char const* good) {
        return openapi::Text{.id = id,
                             .summary = summary,
                             .good = {{200, good, {}, openapi::k_json}},
                             .errors = errors};
    };
    auto list = text("listEstuaries", "The estuaries of a project by their ids, a thousand at most",
                     "Some of them; with more, go on after the last one");
    list.queries = {"after"};
    auto acknowledge =
        text("acknowledgeEstuary",
             "Keep how far the reader of an estuary has come with its sources; never backwards",
             "The subscriptions as they are now");
    acknowledge.asked = {"Content-Type"};
    acknowledge.body = openapi::k_json;
    // What a reader does of its own any token may, but nobody without one, even where anyone may
    // read. To delete is to write.
    auto const own = for_stream(Right::join);
    return {estuary_row(Method::get, "/v1/estuary/{project}", for_project(Right::join),
                        &list_estuaries, std::move(list)),
            estuary_row(Method::get, k_estuary, own, &look_at_estuary,
                        text("lookAtEstuary",
                             "What an estuary subscribes to, how far its reader has come, and "
                             "where copies may be missing",
                             "Its subscriptions, in the order in which they were made")),
            estuary_row(Method::post, k_estuary, own, &touch_estuary,
                        text("touchEstuary", "Let an estuary live on", "Until when it lives")),
            estuary_row(Method::remove, k_estuary, for_stream(Right::write), &remove_estuary,
                        text("removeEstuary", "Delete an estuary, with its subscriptions",
                             "It is gone, whether or not it was there")),
            estuary_row(Method::post, "/v1/estuary/{project}/{estuary}/ack", own,
                        &acknowledge_estuary, std::move(acknowledge))};
}

} // namespace

std::vector<Route> estuary_routes() {
    auto all = routes_of_sources();
    for (auto& row : routes_of_estuaries())
        all.push_back(std::move(row));
    return all;
}

} // namespace ds::streams
