// Asking pages, limits and access in their order, and the hook where access leaves it to it.
#include "frontends/streams/routing.h"

#include "base/encoding.h"
#include "frontends/streams/conditions.h"
#include "frontends/streams/credentials.h"
#include "frontends/streams/refusals.h"
#include "frontends/streams/waiting.h"
#include "transport/client_address.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

namespace ds::streams {

namespace {

using Steady = std::chrono::steady_clock; // the loop's time is too early to hold Retry-After to it
using access::AccessRequest;
using access::Decision;

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
    response.add("Access-Control-Allow-Methods", "GET, HEAD, PUT, POST, DELETE, OPTIONS");
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

ErrorForm form_of(RouteTable::Found const& found) {
    bool const nested = found.resource != nullptr && found.resource->is_reserved;
    return nested ? ErrorForm::nested : ErrorForm::flat;
}

ErrorForm form_of(Route const& route) {
    bool const nested = std::string_view(route.pattern).find("/__ds/") != std::string_view::npos;
    return nested ? ErrorForm::nested : ErrorForm::flat;
}

// Answered whoever asks, under whatever name.
bool is_for_strangers(RouteTable::Found const& found) {
    return found.resource != nullptr && found.resource->any().counted == Counted::nobody;
}

// What is wrong with it for any method, and for this one.
std::optional<Response> wrong_in(Request const& request, RouteTable::Found& found) {
    if (found.wrong) return std::move(*found.wrong);
    if (found.resource->any().conditions == Conditions::refused)
        if (auto refused = refused_condition(request)) return refused;
    if (found.route == nullptr) return wrong_method_response(form_of(found), found.resource->allow);
    return std::nullopt;
}

bool is_public(Services& services, Call& call) {
    call.found = services.engine.find(call.target.name);
    auto const* const stream = std::get_if<std::shared_ptr<Stream>>(&*call.found);
    return stream != nullptr && (*stream)->exposure.is_public;
}

// The names are the call's.
AccessRequest access_request(AccessRule const& rule, Call const& call) {
    AccessRequest wanted{rule.right, call.target.project_name()};
    if (rule.of != AccessRule::Of::project) wanted.stream = call.target.name.stream();
    wanted.always = rule.always;
    wanted.never_public = rule.never_public;
    wanted.admin_only = rule.admin_only;
    return wanted;
}

// A page elsewhere can make a browser send a change with somebody's cookies. They count for a
// change only when the page is ours, or of an origin that was named.
Cookies cookies_of(Request const& request, http::Client const& client, Services& services,
                   AccessRequest const& wanted) {
    if (wanted.right == Right::read) return Cookies::count;
    auto const origin = request.find("Origin");
    if (!origin) {
        auto const site = request.find("Sec-Fetch-Site");
        bool const by_page = site && *site != "same-origin" && *site != "none";
        return by_page ? Cookies::left_out : Cookies::count;
    }
    // What streams hold is shown in an origin of its own (Origin: null), which is never ours.
    auto const ours = std::string(client.scheme).append("://").append(client.host);
    if (equals_ignoring_case(*origin, ours)) return Cookies::count;
    auto const told = services.pages.cross_origin(request, wanted.project);
    return told && !told->allowed.empty() ? Cookies::count : Cookies::left_out;
}

// A part of the way. It is taken once for each request, at once or when the hook has spoken.
using Step = void (*)(Exchange&, Services&, Route const&, Call&, Decision const&);

// Takes `next` with what is decided. `source` is the path of a stream that is shown besides; empty:
// it is about what the request itself names.
void decide(Exchange& exchange, Services& services, Route const& route, Call& call,
            AccessRequest const& wanted, std::string_view source, Step next) {
    auto const& request = exchange.request();
    auto const decision = services.access.decide(credentials_of(request), wanted);
    if (!std::holds_alternative<access::AskHook>(decision))
        return next(exchange, services, route, call, decision);
    auto const client = exchange.client();
    auto const cookies = cookies_of(request, client, services, wanted);
    auto question = hook_question(wanted, caller_of(request, client, cookies, source));
    auto const by = shown_to_hook(request);
    auto& hook = *services.options.auth.hook;
    if (auto const verdict = hook.remembered(question))
        return next(exchange, services, route, call, access::judged(*verdict, by));
    call.found.reset(); // it may be another one when the verdict is there
    auto const resume = [&services, &route, call, by, next](Exchange& waiting,
                                                            Verdict const& verdict) {
        auto resumed = call;
        next(waiting, services, route, resumed, access::judged(verdict, by));
    };
    auto const told = [&services, ticket = exchange.ticket(), resume](Verdict const& verdict) {
        services.visit_later(ticket,
                             [resume, verdict](Exchange& waiting) { resume(waiting, verdict); });
    };
    if (!hook.ask(std::move(question), told))
        return exchange.respond(refusal_response(Refusal::busy));
    await_visit(exchange);
}

void handle(Exchange& exchange, Services& services, Route const& route, Call& call,
            Decision const& decision) {
    if (auto const* denied = std::get_if<access::Denied>(&decision))
        return exchange.respond(denial_response(form_of(route), *denied));
    route.handler(exchange, services, call);
}

// It may pass; does it fit into the limits, and does it show something else as well?
void admit(Exchange& exchange, Services& services, Route const& route, Call& call,
           Decision const& decision) {
    if (auto const* denied = std::get_if<access::Denied>(&decision))
        return exchange.respond(denial_response(form_of(route), *denied));
    call.granted = std::get<access::Granted>(decision);
    auto const& request = exchange.request();
    auto* const client = route.counted == Counted::project ? client_of(exchange) : nullptr;
    if (client != nullptr)
        if (auto const over = services.quota.take_of_project(*client, call.target.project_name(),
                                                             request.body.size(), Steady::now()))
            return exchange.respond(exceeded_response(form_of(route), *over));
    // A hook that looks at the URI would never learn of the other stream.
    auto const also = route.also_shown != nullptr && call.granted.by_hook
                          ? route.also_shown(request, call.target)
                          : std::nullopt;
    if (!also) return route.handler(exchange, services, call);
    Call other;
    other.target.name = *also;
    AccessRequest wanted{Right::read, also->project(), also->stream(), is_public(services, other)};
    decide(exchange, services, route, call, wanted, stream_path(*also), &handle);
}

void enter(Exchange& exchange, Services& services, Route const& route, Call& call) {
    if (route.access.of == AccessRule::Of::nobody) return route.handler(exchange, services, call);
    auto wanted = access_request(route.access, call);
    if (route.access.of == AccessRule::Of::readable) wanted.is_public = is_public(services, call);
    decide(exchange, services, route, call, wanted, {}, &admit);
}

std::optional<Response> over_address(Exchange& exchange, Services& services) {
    auto* const client = client_of(exchange);
    if (client == nullptr) return std::nullopt;
    if (!services.options.session.trusted_proxies.empty())
        client->address = transport::client_address(exchange.client().address);
    auto const over =
        services.quota.take_of_address(*client, exchange.request().body.size(), Steady::now());
    if (!over) return std::nullopt;
    return exceeded_response(ErrorForm::flat, *over);
}

} // namespace

std::string origin_seen(Exchange const& exchange, Services const& services) {
    if (!services.options.public_url.empty()) return services.options.public_url;
    auto const client = exchange.client();
    return std::string(client.scheme).append("://").append(client.host);
}

void dispatch(Exchange& exchange, Services& services, RouteTable const& routes) {
    auto const& request = exchange.request();
    auto found = routes.find(request.method, request.path);
    if (!is_for_strangers(found)) {
        if (auto refused = services.pages.refuse_foreigner(request))
            return exchange.respond(*std::move(refused));
        if (auto over = over_address(exchange, services)) return exchange.respond(*std::move(over));
    }
    if (found.is_nowhere()) return exchange.respond(nothing_here());
    if (found.resource == nullptr || found.resource->any().shown == Shown::by_project)
        if (auto told = services.pages.cross_origin(request, found.target.project_name()))
            exchange.tell_origin(std::move(told));
    if (request.method == Method::options) return exchange.respond(preflight(request));
    if (auto wrong = wrong_in(request, found)) return exchange.respond(*std::move(wrong));
    Call call{std::move(found.target)};
    enter(exchange, services, *found.route, call);
}

std::optional<Response> refused_by_head(Request const& request, Services& services,
                                        RouteTable const& routes) {
    auto found = routes.find(request.method, request.path);
    if (is_for_strangers(found)) return std::nullopt;
    if (auto refused = services.pages.refuse_foreigner(request)) return refused;
    // What is wrong with it is told when the body is there.
    if (found.is_nowhere() || request.method == Method::options || wrong_in(request, found))
        return std::nullopt;
    auto const& rule = found.route->access;
    // Whether a stream is public is known to its route.
    if (rule.of == AccessRule::Of::nobody || rule.of == AccessRule::Of::readable)
        return std::nullopt;
    Call const call{std::move(found.target)};
    auto const decision =
        services.access.decide(credentials_of(request), access_request(rule, call));
    auto const* const denied = std::get_if<access::Denied>(&decision);
    if (denied == nullptr) return std::nullopt;
    return denial_response(form_of(*found.route), *denied);
}

std::uint64_t body_limit_of(Request const& request, std::uint64_t of_appends,
                            RouteTable const& routes) {
    auto const found = routes.find(request.method, request.path);
    auto const most = found.resource != nullptr ? found.resource->body_max : k_document_max;
    return std::min(most, of_appends);
}

} // namespace ds::streams
