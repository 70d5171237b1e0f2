// Reading and writing the JSON of subscriptions.
#include "jobs/webhooks/subscription_json.h"

#include "base/encoding.h"
#include "base/json_text.h"
#include "jobs/webhooks/glob.h"
#include "jobs/webhooks/limits.h"
#include "model/content.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace ds::webhooks {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::chrono::milliseconds k_lease_least{1'000};
constexpr std::chrono::milliseconds k_lease_most{600'000};

Error wrong(std::string what) {
    return Error{Fault::invalid, std::move(what)};
}

// An object; no body at all is an empty one.
Result<Json> object_in(std::string_view body) {
    if (body.empty()) return Json::object();
    // First without building anything: what nests too deep would cost more than it is worth.
    if (!scan_json(body, k_json_depth_max)) return wrong("the body must be a JSON object");
    auto document = Json::parse(body, nullptr, false);
    if (document.is_discarded() || !document.is_object())
        return wrong("the body must be a JSON object");
    return document;
}

// Null counts as absent, as we write it ourselves.
Json const* field(Json const& object, char const* name) {
    auto const found = object.find(name);
    return found == object.end() || found->is_null() ? nullptr : &*found;
}

Result<std::string> text_in(Json const& object, char const* name, std::size_t most) {
    auto const* found = field(object, name);
    if (found == nullptr) return std::string();
    if (!found->is_string()) return wrong(std::string(name) + " must be a string");
    auto text = found->get<std::string>();
    if (text.size() > most) return wrong(std::string(name) + " is too long");
    return text;
}

// Everywhere else a stream is called by its project, too: taken literally it would be a stream that
// nobody means. One that is called so all the same can be matched, and its wakes acknowledged.
Result<void> check_relative(SubscriptionScope const& scope, std::string_view path,
                            std::string const& what) {
    if (scope.is_all() || !path.starts_with(scope.project + "/")) return {};
    auto const rest = path.substr(scope.project.size() + 1);
    return wrong(what + ": paths of a project's subscription leave out the project: write \"" +
                 std::string(rest) + "\"");
}

Result<std::string> full_name_in(SubscriptionScope const& scope, std::string_view path,
                                 std::string const& what) {
    auto name = name_in(scope, path);
    if (!name) return std::move(name).error().within(what);
    return name->full();
}

// In order, each once.
Result<std::vector<std::string>> streams_in(SubscriptionScope const& scope, Json const& object) {
    std::vector<std::string> streams;
    auto const* found = field(object, "streams");
    if (found == nullptr) return streams;
    if (!found->is_array()) return wrong("streams must be an array of strings");
    if (found->size() > k_streams_asked) return wrong("streams has more than 1000 elements");
    for (auto const& element : *found) {
        if (!element.is_string()) return wrong("streams must be an array of strings");
        auto const path = element.get<std::string>();
        TRY(check_relative(scope, path, "streams"));
        streams.push_back(TRY(full_name_in(scope, path, "streams")));
    }
    std::ranges::sort(streams);
    streams.erase(std::unique(streams.begin(), streams.end()), streams.end());
    return streams;
}

Result<std::chrono::milliseconds> lease_in(Json const& object) {
    auto const* found = field(object, "lease_ttl_ms");
    if (found == nullptr) return Wanted{}.lease_ttl;
    auto const fits = found->is_number_integer() && *found >= k_lease_least.count() &&
                      *found <= k_lease_most.count();
    if (!fits) return wrong("lease_ttl_ms must be an integer from 1000 to 600000");
    return std::chrono::milliseconds(found->get<std::int64_t>());
}

Result<void> read_webhook(Json const& object, Wanted& wanted) {
    auto const* found = field(object, "webhook");
    if (found == nullptr || !found->is_object()) return wrong("a webhook needs webhook.url");
    wanted.webhook_url = TRY(text_in(*found, "url", k_request_bytes_max));
    if (wanted.webhook_url.empty()) return wrong("a webhook needs webhook.url");
    return {};
}

Result<void> read_wake_stream(SubscriptionScope const& scope, Json const& object, Wanted& wanted) {
    auto const path = TRY(text_in(object, "wake_stream", k_request_bytes_max));
    if (path.empty()) return wrong("pull-wake needs wake_stream");
    TRY(check_relative(scope, path, "wake_stream"));
    wanted.wake_stream = TRY(full_name_in(scope, path, "wake_stream"));
    // It would wake itself, for ever.
    if (std::ranges::find(wanted.streams, wanted.wake_stream) != wanted.streams.end())
        return wrong("wake_stream is one of streams");
    return {};
}

Result<WakeName> wake_in(Json const& object) {
    auto const* generation = field(object, "generation");
    if (generation == nullptr || !generation->is_number_unsigned())
        return wrong("generation must be a whole number");
    auto wake_id = TRY(text_in(object, "wake_id", k_request_bytes_max));
    if (wake_id.empty()) return wrong("wake_id must be a string");
    return WakeName{generation->get<std::uint64_t>(), std::move(wake_id)};
}

std::string offset_text(StreamPosition const& place) {
    return place.token ? format_offset(*place.token) : "-1";
}

Json link_json(Subscription const& subscription, std::string const& stream, Link const& link) {
    return {{"path", path_in(subscription.scope, stream)},
            {"link_type", link.is_explicit ? "explicit" : "glob"},
            {"acked_offset", offset_text(link.acked)}};
}

Json text_or_null(std::string const& text) {
    return text.empty() ? Json(nullptr) : Json(text);
}

std::string subscription_url(Subscription const& subscription, std::string_view origin) {
    return std::string(origin) + control_root(subscription.scope) + "subscriptions/" +
           percent_encode(subscription.id);
}

} // namespace

Result<Wanted> read_wanted(SubscriptionScope const& scope, std::string_view body) {
    auto const object = TRY(object_in(body));
    Wanted wanted;
    auto const type = TRY(text_in(object, "type", k_request_bytes_max));
    if (type != "webhook" && type != "pull-wake")
        return wrong("type must be \"webhook\" or \"pull-wake\"");
    wanted.kind = type == "webhook" ? SubscriptionKind::webhook : SubscriptionKind::pull_wake;
    wanted.pattern = TRY(text_in(object, "pattern", k_pattern_bytes_max));
    if (!wanted.pattern.empty()) TRY(check_pattern(wanted.pattern));
    TRY(check_relative(scope, wanted.pattern, "pattern"));
    wanted.streams = TRY(streams_in(scope, object));
    if (wanted.pattern.empty() && wanted.streams.empty())
        return wrong("pattern or streams is needed");
    wanted.lease_ttl = TRY(lease_in(object));
    wanted.description = TRY(text_in(object, "description", k_description_bytes_max));
    if (wanted.kind == SubscriptionKind::webhook)
        TRY(read_webhook(object, wanted));
    else
        TRY(read_wake_stream(scope, object, wanted));
    return wanted;
}

Result<AddStreams> read_streams(SubscriptionScope const& scope, std::string_view body) {
    auto const object = TRY(object_in(body));
    auto streams = TRY(streams_in(scope, object));
    if (streams.empty()) return wrong("streams must name at least one stream");
    return AddStreams{std::move(streams)};
}

Result<ClaimWake> read_claim(std::string_view body) {
    auto const object = TRY(object_in(body));
    auto worker = TRY(text_in(object, "worker", k_worker_bytes_max));
    if (worker.empty()) return wrong("worker must be a string that is not empty");
    return ClaimWake{std::move(worker)};
}

Result<AcknowledgeWake> read_acknowledge(SubscriptionScope const& scope, std::string_view body) {
    auto const object = TRY(object_in(body));
    AcknowledgeWake asked;
    asked.wake = TRY(wake_in(object));
    if (auto const* done = field(object, "done")) {
        if (!done->is_boolean()) return wrong("done must be true or false");
        asked.done = done->get<bool>() ? Done::yes : Done::no;
    }
    auto const* acks = field(object, "acks");
    if (acks == nullptr) return asked;
    if (!acks->is_array() || acks->size() > k_streams_told)
        return wrong("acks must be an array of at most 1000 elements");
    for (auto const& ack : *acks) {
        if (!ack.is_object()) return wrong("acks must be an array of objects");
        auto const path = TRY(text_in(ack, "stream", k_request_bytes_max));
        auto offset = TRY(text_in(ack, "offset", k_request_bytes_max));
        if (path.empty() || offset.empty()) return wrong("an ack has a stream and an offset");
        asked.acks.push_back({TRY(full_name_in(scope, path, "acks")), std::move(offset)});
    }
    return asked;
}

Result<ReleaseWake> read_release(std::string_view body) {
    auto const object = TRY(object_in(body));
    return ReleaseWake{{}, TRY(wake_in(object))};
}

std::string show(Subscription const& subscription, std::string_view origin, std::string_view kid) {
    auto const& wanted = subscription.wanted;
    bool const is_webhook = wanted.kind == SubscriptionKind::webhook;
    Json streams = Json::array();
    for (auto const& [stream, link] : subscription.links) {
        if (streams.size() == k_streams_told) break;
        streams.push_back(link_json(subscription, stream, link));
    }
    Json all{{"id", subscription.id},
             {"subscription_id", subscription.id},
             {"type", is_webhook ? "webhook" : "pull-wake"},
             {"pattern", text_or_null(wanted.pattern)},
             {"streams", std::move(streams)},
             {"link_count", subscription.links.size()}};
    if (is_webhook) {
        auto const jwks = std::string(origin) + control_root(subscription.scope) + "jwks.json";
        all["webhook"] = {{"url", wanted.webhook_url},
                          {"signing", {{"alg", "ed25519"}, {"kid", kid}, {"jwks_url", jwks}}}};
    }
    all["wake_stream"] =
        is_webhook ? Json(nullptr) : Json(path_in(subscription.scope, wanted.wake_stream));
    all["lease_ttl_ms"] = wanted.lease_ttl.count();
    all["created_at"] = format_rfc3339(subscription.created);
    all["status"] = subscription.attempts > 0 ? "failed" : "active";
    all["description"] = text_or_null(wanted.description);
    all["generation"] = subscription.generation;
    if (subscription.attempts > 0) {
        all["failed_attempts"] = subscription.attempts;
        all["next_attempt_at"] = format_rfc3339(subscription.next_attempt);
        all["last_error"] = subscription.trouble;
    }
    if (subscription.left_out > 0) all["streams_left_out"] = subscription.left_out;
    auto const& counts = subscription.counts;
    all["counts"] = {{"wakes", counts.wakes},
                     {"calls", counts.deliveries},
                     {"failures", counts.failures},
                     {"fenced", counts.fenced}};
    // What failed may have said anything.
    return all.dump(-1, ' ', false, Json::error_handler_t::replace);
}

ShownStreams show_streams(Subscription const& subscription) {
    ShownStreams shown;
    Json all = Json::array();
    bool const fits = subscription.links.size() <= k_streams_told;
    for (auto const& [stream, link] : subscription.links) {
        if (!fits && !link.is_pending()) continue;
        auto one = link_json(subscription, stream, link);
        one["tail_offset"] = offset_text(link.tail);
        one["has_pending"] = link.is_pending();
        all.push_back(std::move(one));
        shown.streams.push_back({stream, link.stream_id, link.tail});
        if (all.size() == k_streams_told) break;
    }
    shown.json = all.dump();
    return shown;
}

std::string webhook_body(Subscription const& subscription, std::string_view origin,
                         std::string_view streams, std::string_view token) {
    Json const head{{"subscription_id", subscription.id},
                    {"wake_id", subscription.wake_id},
                    {"generation", subscription.generation}};
    Json const tail{{"callback_url", subscription_url(subscription, origin) + "/callback"},
                    {"callback_token", token}};
    auto body = head.dump();
    body.back() = ',';
    body.append("\"streams\":").append(streams).append(",").append(tail.dump(), 1);
    return body;
}

std::string claim_body(Subscription const& subscription, std::string_view streams,
                       std::string_view token) {
    Json const head{{"wake_id", subscription.wake_id},
                    {"generation", subscription.generation},
                    {"token", token},
                    {"lease_ttl_ms", subscription.wanted.lease_ttl.count()}};
    auto body = head.dump();
    body.back() = ',';
    return body.append("\"streams\":").append(streams).append("}");
}

std::string wake_event(Subscription const& subscription, Millis now) {
    auto const pending = std::ranges::find_if(
        subscription.links, [](auto const& link) { return link.second.is_pending(); });
    Json const event{{"type", "wake"},
                     {"subscription_id", subscription.id},
                     {"stream", pending == subscription.links.end()
                                    ? std::string()
                                    : path_in(subscription.scope, pending->first)},
                     {"generation", subscription.generation},
                     {"ts", count_ms(now)}};
    return event.dump();
}

std::string acknowledged_body(NextWake next_wake) {
    return next_wake == NextWake::yes ? R"({"ok":true,"next_wake":true})"
                                      : R"({"ok":true,"next_wake":false})";
}

} // namespace ds::webhooks
