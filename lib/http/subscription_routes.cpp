// Requests to commands, replies to responses.
#include "http/subscription_routes.h"

#include "base/encoding.h"
#include "http/admission.h"
#include "http/gate.h"
#include "http/stream_routes.h"
#include "jobs/webhooks/limits.h"
#include "jobs/webhooks/subscription_json.h"
#include "jobs/webhooks/subscriptions.h"
#include "model/stream_name.h"

#include <nlohmann/json.hpp>

#include <array>
#include <utility>

namespace ds::http {

namespace {

using webhooks::RequestOutcome;

constexpr std::string_view k_control = "__ds";
constexpr std::string_view k_subscriptions = "subscriptions/";

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

Response wrong_method(std::string_view allowed) {
    auto response = error_of(405, "METHOD_NOT_ALLOWED", "the method is not for this resource");
    response.add("Allow", allowed);
    return response;
}

// A path below a subscription, and what can be done there.
enum class SubscriptionPlace : std::uint8_t {
    itself,
    streams,
    stream,
    claim,
    callback,
    ack,
    release
};
struct Target {
    std::string id;
    SubscriptionPlace place = SubscriptionPlace::itself;
    std::string stream;
};

std::optional<Target> target_in(std::string_view rest) {
    if (!rest.starts_with(k_subscriptions)) return std::nullopt;
    rest.remove_prefix(k_subscriptions.size());
    Target target;
    target.id = rest.substr(0, rest.find('/'));
    if (target.id.size() == rest.size()) return target;
    auto const below = rest.substr(target.id.size() + 1);
    constexpr std::string_view k_stream = "streams/";
    if (below.starts_with(k_stream)) {
        target.place = SubscriptionPlace::stream;
        target.stream = below.substr(k_stream.size());
        return target;
    }
    constexpr std::array<std::pair<std::string_view, SubscriptionPlace>, 5> k_places{{
        {"streams", SubscriptionPlace::streams},
        {"claim", SubscriptionPlace::claim},
        {"callback", SubscriptionPlace::callback},
        {"ack", SubscriptionPlace::ack},
        {"release", SubscriptionPlace::release},
    }};
    for (auto const& [name, place] : k_places)
        if (below == name) {
            target.place = place;
            return target;
        }
    return std::nullopt;
}

// As strict as the name of a stream, and one segment.
bool is_id(std::string_view id) {
    return id.size() <= webhooks::k_id_bytes_max && id.find('/') == std::string_view::npos &&
           make_stream_name(k_default_project, id);
}

struct Rule {
    Method method;
    SubscriptionPlace place;
    std::optional<Right> right; // empty: the token of a wake says it
};
constexpr std::array<Rule, 9> k_rules{{
    {Method::get, SubscriptionPlace::itself, Right::read},
    {Method::put, SubscriptionPlace::itself, Right::manage},
    {Method::remove, SubscriptionPlace::itself, Right::manage},
    {Method::post, SubscriptionPlace::streams, Right::manage},
    {Method::remove, SubscriptionPlace::stream, Right::manage},
    {Method::post, SubscriptionPlace::claim, Right::write},
    {Method::post, SubscriptionPlace::callback, std::nullopt},
    {Method::post, SubscriptionPlace::ack, std::nullopt},
    {Method::post, SubscriptionPlace::release, std::nullopt},
}};

std::variant<Rule, Response> rule_of(Method method, SubscriptionPlace place) {
    if (method == Method::head) method = Method::get;
    for (auto const& rule : k_rules)
        if (rule.method == method && rule.place == place) return rule;
    if (place == SubscriptionPlace::itself) return wrong_method("GET, HEAD, PUT, DELETE, OPTIONS");
    return wrong_method(place == SubscriptionPlace::stream ? "DELETE, OPTIONS" : "POST, OPTIONS");
}

// The same refusals as everywhere, in this API's words.
std::optional<Response> refusal_in(std::variant<Pass, Response> const& passed) {
    auto const* const refused = std::get_if<Response>(&passed);
    if (refused == nullptr) return std::nullopt;
    auto const said = nlohmann::json::parse(refused->content().view(), nullptr, false);
    if (!said.is_object()) return error_of(refused->status(), "UNAUTHORIZED", "unauthorized");
    return error_of(refused->status(), said.value("code", ""), said.value("error", ""));
}

std::string token_in(Request const& request) {
    auto const value = request.find("Authorization");
    if (!value || request.count("Authorization") > 1) return {};
    return std::string(bearer_in(*value).value_or(""));
}

template <typename Read>
Result<webhooks::SubscriptionCommand> command_of(Result<Read> read) {
    if (!read) return std::move(read).error();
    return webhooks::SubscriptionCommand(*std::move(read));
}

Result<webhooks::SubscriptionCommand>
command_in(Request const& request, webhooks::SubscriptionScope const& scope, Target const& target) {
    switch (target.place) {
    case SubscriptionPlace::itself: {
        if (request.method == Method::remove)
            return webhooks::SubscriptionCommand(webhooks::DeleteSubscription{});
        if (request.method != Method::put)
            return webhooks::SubscriptionCommand(webhooks::ShowSubscription{});
        return webhooks::SubscriptionCommand(
            webhooks::CreateSubscription{TRY(webhooks::read_wanted(scope, request.body))});
    }
    case SubscriptionPlace::streams: return command_of(webhooks::read_streams(scope, request.body));
    case SubscriptionPlace::stream: {
        auto const name = TRY(webhooks::name_in(scope, target.stream));
        return webhooks::SubscriptionCommand(webhooks::RemoveStream{name.full()});
    }
    case SubscriptionPlace::claim: return command_of(webhooks::read_claim(request.body));
    case SubscriptionPlace::callback:
    case SubscriptionPlace::ack: {
        auto command = TRY(webhooks::read_acknowledge(scope, request.body));
        using By = webhooks::AcknowledgeWake::By;
        command.by = target.place == SubscriptionPlace::ack ? By::ack : By::callback;
        command.token = token_in(request);
        return webhooks::SubscriptionCommand(std::move(command));
    }
    case SubscriptionPlace::release: {
        auto command = TRY(webhooks::read_release(request.body));
        command.token = token_in(request);
        return webhooks::SubscriptionCommand(std::move(command));
    }
    }
    return Error{Fault::invalid, "there is no such place"};
}

Response keys_response(Method method, std::string document) {
    if (method != Method::get && method != Method::head) return wrong_method("GET, HEAD, OPTIONS");
    Response response(200);
    response.add("Content-Type", "application/jwk-set+json");
    response.add("Cache-Control", "public, max-age=300");
    return std::move(response.body(Bytes(std::move(document))));
}

// Whether the request may pass, or its token says so. False when it has its answer, or waits.
bool may_pass(Connection& connection, Request const& request, IoThread& io,
              webhooks::SubscriptionScope const& scope, std::optional<Right> right) {
    if (!right) {
        if (!token_in(request).empty()) return true;
        connection.respond(error_of(401, "TOKEN_INVALID", "the token is missing"));
        return false;
    }
    Errand errand{*right, scope.project, {}};
    errand.never_public = true;
    auto const passed = admission(connection, request, io, errand);
    if (!passed) return false;
    auto no = refusal_in(*passed);
    if (!no) return true;
    connection.respond(*std::move(no));
    return false;
}

std::optional<Response> wrong_request(Request const& request, Target const& target) {
    if (!is_id(target.id)) return invalid("an id is one segment of at most 256 bytes");
    if (request.body.size() > webhooks::k_request_bytes_max)
        return error_of(413, "PAYLOAD_TOO_LARGE", "the body is too large");
    return std::nullopt;
}

} // namespace

std::optional<ControlPath> control_path(std::string_view path) {
    // Nearly every path is a stream's, and is looked through once.
    if (path.find('%') == std::string_view::npos && path.find(k_control) == std::string_view::npos)
        return std::nullopt;
    auto const decoded = percent_decode(path.substr(k_stream_root.size()));
    if (!decoded) return std::nullopt;
    std::string_view rest = *decoded;
    ControlPath found;
    auto const first = rest.substr(0, rest.find('/'));
    if (first != k_control) {
        if (first.size() == rest.size() || !make_stream_name(first, k_control)) return std::nullopt;
        found.scope.project = first;
        rest.remove_prefix(first.size() + 1);
    }
    if (rest.substr(0, rest.find('/')) != k_control) return std::nullopt;
    rest.remove_prefix(std::min(rest.size(), k_control.size() + 1));
    found.rest = rest;
    return found;
}

void control(Connection& connection, Request& request, IoThread& io, ControlPath const& at) {
    auto* const subscriptions = io.options.subscriptions;
    auto target = target_in(at.rest);
    bool const is_keys = at.rest == "jwks.json";
    if (subscriptions == nullptr || (!target && !is_keys))
        return connection.respond(
            error_of(404, "SUBSCRIPTION_NOT_FOUND", "there is nothing at this path"));
    if (is_keys) return connection.respond(keys_response(request.method, subscriptions->jwks()));
    auto const rule = rule_of(request.method, target->place);
    if (auto const* const other = std::get_if<Response>(&rule)) return connection.respond(*other);
    if (!may_pass(connection, request, io, at.scope, std::get<Rule>(rule).right)) return;
    if (auto wrong = wrong_request(request, *target)) return connection.respond(*std::move(wrong));
    auto command = command_in(request, at.scope, *target);
    if (!command) return connection.respond(invalid(command.error().what));

    webhooks::SubscriptionRequest asked{
        at.scope, std::move(target->id), origin_seen(connection, request, io.options),
        *std::move(command),
        [&io, ticket = connection.ticket()](webhooks::SubscriptionReply reply) {
            io.respond_later(ticket, response_of(std::move(reply)));
        }};
    if (!subscriptions->submit(asked))
        connection.respond(error_of(503, "BUSY", "too many requests are waiting"));
    else
        connection.await_answer({}, {});
}

} // namespace ds::http
