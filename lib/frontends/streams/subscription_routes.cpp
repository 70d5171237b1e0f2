// Subscriptions, below the reserved prefix. (Protocol section 6)
//
//     <root> := /v1/stream/__ds/               paths are "project/stream"; for the administrator
//            |  /v1/stream/<project>/__ds/     paths are the project's own
//
// A claim takes work from others and so needs the scope write; callbacks, acks and releases have
// tokens of their own.
#include "base/encoding.h"
#include "frontends/streams/credentials.h"
#include "frontends/streams/route.h"
#include "frontends/streams/routing.h"
#include "frontends/streams/waiting.h"
#include "jobs/webhooks/limits.h"
#include "jobs/webhooks/subscription_json.h"
#include "jobs/webhooks/subscriptions.h"
#include "model/stream_name.h"

#include <nlohmann/json.hpp>

#include <array>
#include <utility>

namespace ds::streams {

namespace {

using webhooks::RequestOutcome;

struct Told {
    RequestOutcome outcome;
    int status;
    char const* code;
    char const* message;
};
constexpr std::array k_told{
    Told{RequestOutcome::not_found, 404, "SUBSCRIPTION_NOT_FOUND", "there is no such subscription"},
    Told{RequestOutcome::exists_otherwise, 409, "SUBSCRIPTION_ALREADY_EXISTS",
         "the subscription exists, and was asked for otherwise"},
    Told{RequestOutcome::url_refused, 400, "WEBHOOK_URL_REJECTED", ""},
    Told{RequestOutcome::wrong_kind, 400, "INVALID_REQUEST", ""},
    Told{RequestOutcome::already_claimed, 409, "ALREADY_CLAIMED", "another worker holds the lease"},
    Told{RequestOutcome::nothing_pending, 409, "NO_PENDING_WORK", "there is nothing to do"},
    Told{RequestOutcome::token_invalid, 401, "TOKEN_INVALID",
         "the token is missing, or not of a wake"},
    Told{RequestOutcome::fenced, 409, "FENCED", "the wake is over"},
    Told{RequestOutcome::invalid_offset, 409, "INVALID_OFFSET", ""},
    Told{RequestOutcome::too_many, 409, "SUBSCRIPTION_LIMIT_REACHED", ""},
    Told{RequestOutcome::storage_failing, 503, "STORAGE_FAILING", "the change could not be kept"},
    Told{RequestOutcome::storage_full, 507, "STORAGE_QUOTA_EXCEEDED", "the disk is full"},
};

Response error_of(int status, std::string_view code, std::string_view message,
                  nlohmann::ordered_json const& more = nlohmann::ordered_json::object()) {
    nlohmann::ordered_json error{{"code", code}, {"message", message}};
    error.update(more);
    auto response = json_response(status, nlohmann::ordered_json{{"error", error}}.dump());
    if (status == 401) response.add("WWW-Authenticate", "Bearer");
    if (status == 503) response.add("Retry-After", "1");
    return response;
}

Response invalid(std::string_view why) {
    return error_of(400, "INVALID_REQUEST", why);
}

Response response_of(webhooks::SubscriptionReply reply) {
    switch (reply.outcome) {
    case RequestOutcome::ok: return json_response(200, std::move(reply.text));
    case RequestOutcome::created: return json_response(201, std::move(reply.text));
    case RequestOutcome::nothing_to_say: return Response(204);
    default: break;
    }
    for (auto const& told : k_told) {
        if (told.outcome != reply.outcome) continue;
        auto more = nlohmann::ordered_json::object();
        if (reply.outcome == RequestOutcome::already_claimed)
            more = {{"current_holder", reply.holder}, {"generation", reply.generation}};
        return error_of(told.status, told.code, reply.text.empty() ? told.message : reply.text,
                        more);
    }
    return error_of(503, "BUSY", "not now");
}

// The token of a wake or of a claim; empty when there is none.
std::string wake_token(Request const& request) {
    auto const shown = credentials_of(request);
    return std::string(shown.shown == 1 ? shown.token.value_or("") : "");
}

// As strict as the name of a stream, and one segment.
bool is_subscription_id(std::string_view id) {
    return id.size() <= webhooks::k_id_bytes_max && make_stream_name(k_default_project, id);
}

std::optional<Response> wrong_request(Request const& request, Target const& target) {
    if (!is_subscription_id(target.id)) return invalid("an id is one segment of at most 256 bytes");
    if (request.body.size() > webhooks::k_request_bytes_max)
        return error_of(413, "PAYLOAD_TOO_LARGE", "the body is too large");
    return std::nullopt;
}

// What a request asks for, of a scope's subscription.
struct Asked {
    Request const& request;
    webhooks::SubscriptionScope const& scope;
    Target const& target;
};
using CommandRead = Result<webhooks::SubscriptionCommand>;

CommandRead show_command(Asked const&) {
    return webhooks::SubscriptionCommand(webhooks::ShowSubscription{});
}

CommandRead create_command(Asked const& asked) {
    return webhooks::SubscriptionCommand(
        webhooks::CreateSubscription{TRY(webhooks::read_wanted(asked.scope, asked.request.body))});
}

CommandRead delete_command(Asked const&) {
    return webhooks::SubscriptionCommand(webhooks::DeleteSubscription{});
}

CommandRead add_streams_command(Asked const& asked) {
    return webhooks::SubscriptionCommand(
        TRY(webhooks::read_streams(asked.scope, asked.request.body)));
}

CommandRead remove_stream_command(Asked const& asked) {
    auto const name = TRY(webhooks::name_in(asked.scope, asked.target.stream));
    return webhooks::SubscriptionCommand(webhooks::RemoveStream{name.full()});
}

CommandRead claim_command(Asked const& asked) {
    return webhooks::SubscriptionCommand(TRY(webhooks::read_claim(asked.request.body)));
}

template <webhooks::AcknowledgeWake::By by>
CommandRead acknowledge_command(Asked const& asked) {
    auto command = TRY(webhooks::read_acknowledge(asked.scope, asked.request.body));
    command.by = by;
    command.token = wake_token(asked.request);
    return webhooks::SubscriptionCommand(std::move(command));
}

CommandRead release_command(Asked const& asked) {
    auto command = TRY(webhooks::read_release(asked.request.body));
    command.token = wake_token(asked.request);
    return webhooks::SubscriptionCommand(std::move(command));
}

Response no_subscriptions() {
    return error_of(404, "SUBSCRIPTION_NOT_FOUND", "there is nothing at this path");
}

template <CommandRead (*read)(Asked const&)>
void ask_subscription(Exchange& exchange, Services& services, Call& call) {
    auto* const subscriptions = services.options.subscriptions;
    if (subscriptions == nullptr) return exchange.respond(no_subscriptions());
    auto const& request = exchange.request();
    auto& target = call.target;
    if (auto wrong = wrong_request(request, target)) return exchange.respond(*std::move(wrong));
    webhooks::SubscriptionScope const scope{target.project};
    auto command = read({request, scope, target});
    if (!command) return exchange.respond(invalid(command.error().what));
    webhooks::SubscriptionRequest asked{
        scope, std::move(target.id), origin_seen(exchange, services), *std::move(command),
        [&services, ticket = exchange.ticket()](webhooks::SubscriptionReply reply) {
            services.respond_later(ticket, response_of(std::move(reply)));
        }};
    if (!subscriptions->submit(asked))
        return exchange.respond(error_of(503, "BUSY", "too many requests are waiting"));
    await_visit(exchange);
}

// For who shows the token of a wake or of a claim, which is looked at where it is known.
template <CommandRead (*read)(Asked const&)>
void ask_with_token(Exchange& exchange, Services& services, Call& call) {
    if (wake_token(exchange.request()).empty())
        return exchange.respond(error_of(401, "TOKEN_INVALID", "the token is missing"));
    ask_subscription<read>(exchange, services, call);
}

void show_webhook_keys(Exchange& exchange, Services& services, Call&) {
    auto* const subscriptions = services.options.subscriptions;
    if (subscriptions == nullptr) return exchange.respond(no_subscriptions());
    Response response(200);
    response.add("Content-Type", "application/jwk-set+json");
    response.add("Cache-Control", "public, max-age=300");
    exchange.respond(std::move(response.body(Bytes(subscriptions->jwks()))));
}

// An acknowledgement names up to a thousand streams. The handler refuses more than 1 MiB, in the
// form of this API.
constexpr std::uint64_t k_control_max = 2 * k_mib;

Route subscription_row(Method method, char const* pattern, AccessRule const& access,
                       Handler handler, openapi::Text text) {
    text.errors = {404, 409, 507};
    if (access.of == AccessRule::Of::nobody) text.errors.push_back(401); // its own token
    return {.method = method,
            .pattern = pattern,
            .access = access,
            .handler = handler,
            .text = std::move(text),
            .body_max = k_control_max,
            .conditions = Conditions::refused};
}

// That a project is public does not make its subscriptions so.
constexpr AccessRule for_subscribers(Right right) {
    return {.of = AccessRule::Of::project, .right = right, .never_public = true};
}

std::vector<Route> routes_of_workers() {
    using By = webhooks::AcknowledgeWake::By;
    openapi::Good const done{204, "Done"};
    openapi::Good const acknowledged{200, "Acknowledged", {}, openapi::k_json};
    return {subscription_row(Method::post, "/v1/stream/{project}/__ds/subscriptions/{id}/claim",
                             for_subscribers(Right::write), &ask_subscription<&claim_command>,
                             {.id = "claim",
                              .summary = "Claim the work of a pull-wake subscription",
                              .body = openapi::k_json,
                              .good = {{200, "The lease", {}, openapi::k_json}}}),
            subscription_row(Method::post, "/v1/stream/{project}/__ds/subscriptions/{id}/ack",
                             k_anybody, &ask_with_token<&acknowledge_command<By::ack>>,
                             {.id = "acknowledge",
                              .summary = "Acknowledge, renew the lease, or end it",
                              .body = openapi::k_json,
                              .good = {acknowledged}}),
            subscription_row(Method::post, "/v1/stream/{project}/__ds/subscriptions/{id}/release",
                             k_anybody, &ask_with_token<&release_command>,
                             {.id = "release",
                              .summary = "Give a claim back",
                              .body = openapi::k_json,
                              .good = {done}}),
            subscription_row(Method::post, "/v1/stream/{project}/__ds/subscriptions/{id}/callback",
                             k_anybody, &ask_with_token<&acknowledge_command<By::callback>>,
                             {.id = "callBack",
                              .summary = "Acknowledge what a webhook told of",
                              .body = openapi::k_json,
                              .good = {acknowledged}})};
}

} // namespace

std::vector<Route> subscription_routes() {
    constexpr char const* k_one = "/v1/stream/{project}/__ds/subscriptions/{id}";
    openapi::Good const done{204, "Done"};
    std::vector<Route> all{
        subscription_row(
            Method::get, k_one, for_subscribers(Right::read), &ask_subscription<&show_command>,
            {.id = "subscription",
             .summary = "A subscription and its cursors",
             .good = {{200,
                       "What is known of it: in streams its first 1,000 links, by name; "
                       "link_count says how many there are",
                       {},
                       openapi::k_json}}}),
        subscription_row(Method::put, k_one, for_subscribers(Right::manage),
                         &ask_subscription<&create_command>,
                         {.id = "subscribe",
                          .summary = "Ask to be woken when streams grow",
                          .body = openapi::k_json,
                          .good = {{200, "It was there already, as asked", {}, openapi::k_json},
                                   {201, "Created", {}, openapi::k_json}}}),
        subscription_row(Method::remove, k_one, for_subscribers(Right::manage),
                         &ask_subscription<&delete_command>,
                         {.id = "unsubscribe", .summary = "Delete a subscription", .good = {done}}),
        subscription_row(Method::post, "/v1/stream/{project}/__ds/subscriptions/{id}/streams",
                         for_subscribers(Right::manage), &ask_subscription<&add_streams_command>,
                         {.id = "link",
                          .summary = "Add streams to a subscription",
                          .body = openapi::k_json,
                          .good = {done}}),
        subscription_row(
            Method::remove, "/v1/stream/{project}/__ds/subscriptions/{id}/streams/{stream}",
            for_subscribers(Right::manage), &ask_subscription<&remove_stream_command>,
            {.id = "unlink", .summary = "Take a stream from a subscription", .good = {done}}),
        {.method = Method::get,
         .pattern = "/v1/stream/{project}/__ds/jwks.json",
         .access = k_anybody,
         .handler = &show_webhook_keys,
         .text =
             {.id = "webhookKeys",
              .summary = "The keys that sign webhooks",
              .good = {{200, "A JSON Web Key Set", {"Cache-Control"}, "application/jwk-set+json"}},
              .errors = {404}},
         .body_max = k_control_max,
         .conditions = Conditions::refused}};
    for (auto& row : routes_of_workers())
        all.push_back(std::move(row));
    return all;
}

} // namespace ds::streams
