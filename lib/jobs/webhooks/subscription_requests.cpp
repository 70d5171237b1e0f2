// Requests, one kind after another.
#include "jobs/webhooks/subscription_requests.h"

#include "base/overloaded.h"
#include "jobs/webhooks/subscription_json.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ds::webhooks {

namespace {

constexpr char const* k_too_many_links = "these are more streams than a subscription may have";

std::string shown(RequestContext const& in, SubscriptionRequest const& request,
                  Subscription const& subscription) {
    return show(subscription, in.settings.origin_of(request.origin), in.keys.ring()->active().kid);
}

// Section 6.2
SubscriptionReply create(RequestContext const& in, SubscriptionRequest& request, Millis now) {
    auto& wanted = std::get<CreateSubscription>(request.command).wanted;
    auto const& limits = in.settings.limits;
    auto const hash = hash_of(wanted);
    if (auto* const found = in.set.find(request.scope, request.id)) {
        if (found->hash != hash) return {RequestOutcome::exists_otherwise};
        auto& confirmed = in.set.edit(found->number);
        confirmed.origin = request.origin; // where the server is seen now
        return {RequestOutcome::ok, shown(in, request, confirmed)};
    }
    if (wanted.kind == SubscriptionKind::webhook)
        if (auto const target = check_webhook_url(wanted.webhook_url, in.settings.rules); !target)
            return {RequestOutcome::url_refused, target.error().what};
    if (in.set.size() >= limits.subscriptions ||
        in.set.size_of(request.scope) >= limits.scope_subscriptions)
        return {RequestOutcome::too_many, "there are as many subscriptions as there may be"};

    Subscription fresh;
    fresh.scope = request.scope;
    fresh.id = request.id;
    auto const streams = std::exchange(wanted.streams, {});
    fresh.wanted = std::move(wanted);
    fresh.hash = hash;
    fresh.origin = request.origin;
    fresh.created = now;
    // A generation never comes again, also not under an id that was deleted.
    fresh.generation = in.set.floor_of(fresh.scope.project);
    auto const room = in.links.room_of(fresh);
    auto const matched =
        streams.size() > room ? std::nullopt : in.links.matching(fresh, room - streams.size());
    if (!matched) return {RequestOutcome::too_many, k_too_many_links};

    auto& made = in.set.add(std::move(fresh));
    in.links.add(made);
    for (auto const& stream : streams)
        in.links.link(made, stream, Links::From::tail).is_explicit = true;
    for (auto const& stream : *matched)
        in.links.link(made, stream, Links::From::tail).by_pattern = true;
    return {RequestOutcome::created, shown(in, request, made)};
}

std::optional<WakeName> token_of(RequestContext const& in, SubscriptionRequest const& request,
                                 std::string_view token) {
    return read_token(in.secret, whose(request.scope, request.id), token);
}

bool has_valid_token(RequestContext const& in, SubscriptionRequest const& request) {
    if (auto const* const command = std::get_if<AcknowledgeWake>(&request.command))
        return token_of(in, request, command->token).has_value();
    if (auto const* const command = std::get_if<ReleaseWake>(&request.command))
        return token_of(in, request, command->token).has_value();
    return true; // none is needed
}

// Applies a command to the subscription that it is for. Its token, if it needs one, is valid.
struct ApplyCommand {
    RequestContext const& in;
    SubscriptionRequest const& request;
    Subscription& found;
    Millis now;

    SubscriptionReply operator()(CreateSubscription const&) const { return {RequestOutcome::ok}; }

    SubscriptionReply operator()(ShowSubscription const&) const {
        return {RequestOutcome::ok, shown(in, request, found)};
    }

    // Section 6.3
    SubscriptionReply operator()(DeleteSubscription const&) const {
        in.links.remove(found);
        in.set.remove(found);
        return {RequestOutcome::nothing_to_say};
    }

    // Section 6.4
    SubscriptionReply operator()(AddStreams const& command) const {
        auto const& streams = command.streams;
        if (std::ranges::find(streams, found.wanted.wake_stream) != streams.end())
            return {RequestOutcome::wrong_kind, "the wake stream of a subscription cannot wake it"};
        auto const more = std::ranges::count_if(
            streams, [&](std::string const& stream) { return !found.links.contains(stream); });
        if (static_cast<std::size_t>(more) > in.links.room_of(found))
            return {RequestOutcome::too_many, k_too_many_links};
        for (auto const& stream : streams)
            in.links.link(found, stream, Links::From::tail).is_explicit = true;
        return {RequestOutcome::nothing_to_say};
    }

    SubscriptionReply operator()(RemoveStream const& command) const {
        auto const at = found.links.find(command.stream);
        if (at == found.links.end() || !at->second.is_explicit)
            return {RequestOutcome::nothing_to_say};
        at->second.is_explicit = false;
        in.set.link_edited(found.number, command.stream);
        if (!at->second.by_pattern) in.links.unlink(found, command.stream);
        return {RequestOutcome::nothing_to_say};
    }

    // Section 7.2
    SubscriptionReply operator()(ClaimWake const& command) const {
        if (found.wanted.kind != SubscriptionKind::pull_wake)
            return {RequestOutcome::wrong_kind, "only a pull-wake subscription is claimed"};
        // As the streams are now, not as of the last notice: a worker may know of a later append.
        in.links.look_at_links(found);
        auto const claimed = claim(found, command.worker, now, in.chance);
        if (std::holds_alternative<NothingPending>(claimed))
            return {RequestOutcome::nothing_pending};
        if (std::holds_alternative<AlreadyClaimed>(claimed))
            return {RequestOutcome::already_claimed, {}, found.holder, found.generation};
        auto const token =
            sign_token(in.secret, whose(found.scope, found.id), {found.generation, found.wake_id});
        return {RequestOutcome::ok, claim_body(found, show_streams(found).json, token)};
    }

    // Sections 7.1 and 7.2
    SubscriptionReply operator()(AcknowledgeWake const& command) const {
        bool const is_callback = command.by == AcknowledgeWake::By::callback;
        if (is_callback != (found.wanted.kind == SubscriptionKind::webhook))
            return {RequestOutcome::wrong_kind,
                    "webhooks call back, and pull-wake workers acknowledge"};
        auto const token = token_of(in, request, command.token);
        std::vector<Ack> acks;
        for (auto const& [stream, offset] : command.acks) {
            in.links.look(found, stream);
            acks.push_back({stream, in.streams.position_of(stream, offset)});
            in.set.link_edited(found.number, stream);
        }
        auto const done = acknowledge(found, *token, command.wake, acks, command.done, now);
        if (std::holds_alternative<Fenced>(done)) return {RequestOutcome::fenced};
        if (auto const* const invalid = std::get_if<InvalidAck>(&done))
            return {RequestOutcome::invalid_offset, invalid->why};
        bool const wakes_again = command.done == Done::yes && found.pending > 0;
        return {RequestOutcome::ok, acknowledged_body(wakes_again ? NextWake::yes : NextWake::no)};
    }

    SubscriptionReply operator()(ReleaseWake const& command) const {
        if (found.wanted.kind != SubscriptionKind::pull_wake)
            return {RequestOutcome::wrong_kind, "only a pull-wake subscription is released"};
        auto const token = token_of(in, request, command.token);
        auto const released = release(found, *token, command.wake, now);
        return {std::holds_alternative<Fenced>(released) ? RequestOutcome::fenced
                                                         : RequestOutcome::nothing_to_say};
    }
};

} // namespace

SubscriptionReply decide(RequestContext const& in, SubscriptionRequest& request, Millis now) {
    if (std::holds_alternative<CreateSubscription>(request.command))
        return create(in, request, now);
    // Before anything is said of whether there is such a subscription.
    if (!has_valid_token(in, request)) return {RequestOutcome::token_invalid};
    if (auto* const found = in.set.find(request.scope, request.id))
        return std::visit(ApplyCommand{in, request, in.set.edit(found->number), now},
                          request.command);
    // It is gone already, which is what a deletion asks for.
    return {std::holds_alternative<DeleteSubscription>(request.command)
                ? RequestOutcome::nothing_to_say
                : RequestOutcome::not_found};
}

std::size_t weigh(RequestContext const& in, SubscriptionRequest const& request) {
    auto const* const known = in.set.find(request.scope, request.id);
    auto const links = known != nullptr ? known->links.size() : 0;
    auto const in_reply = std::min(links, k_streams_told);
    Overloaded const looked_at{
        [&](CreateSubscription const& command) {
            if (known != nullptr) return in_reply;
            return command.wanted.streams.size() +
                   (command.wanted.pattern.empty() ? 0 : in.streams.count());
        },
        [&](ShowSubscription const&) { return in_reply; },
        [&](DeleteSubscription const&) { return links; },
        [&](ClaimWake const&) { return links; },
        [](AddStreams const& command) { return command.streams.size(); },
        [](AcknowledgeWake const& command) { return command.acks.size(); },
        [](RemoveStream const&) { return std::size_t{0}; },
        [](ReleaseWake const&) { return std::size_t{0}; },
    };
    return 1 + std::visit(looked_at, request.command);
}

} // namespace ds::webhooks
