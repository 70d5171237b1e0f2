// What is asked of subscriptions, one after another. (Protocol sections 6.2 to 6.4, 7.1, 7.2)
#include "base/crypto.h"
#include "base/overloaded.h"
#include "jobs/webhooks/registry.h"
#include "jobs/webhooks/subscription_json.h"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace ds::webhooks {

namespace {

constexpr char const* k_too_many_links = "these are more streams than a subscription may have";

} // namespace

std::size_t Registry::weigh(Request const& request) const {
    auto const known = by_id_.find({request.realm, request.id});
    bool const is_known = known != by_id_.end();
    auto const links = is_known ? subscriptions_.at(known->second).links.size() : 0;
    auto const shown = std::min(links, k_streams_told);
    Overloaded const looked_at{
        [&](Create const& deed) {
            if (is_known) return shown;
            return deed.wanted.streams.size() +
                   (deed.wanted.pattern.empty() ? 0 : streams_.count());
        },
        [&](Show const&) { return shown; },
        [&](Delete const&) { return links; },
        [&](Claim const&) { return links; },
        [](AddStreams const& deed) { return deed.streams.size(); },
        [](Acknowledge const& deed) { return deed.acks.size(); },
        [](RemoveStream const&) { return std::size_t{0}; },
        [](Release const&) { return std::size_t{0}; },
    };
    return 1 + std::visit(looked_at, request.deed);
}

Reply Registry::answer(Request& request, Millis now) {
    if (auto* const deed = std::get_if<Create>(&request.deed))
        return on_create(request, *deed, now);
    // Before anything is said of whether there is such a subscription.
    if (!shows_good_token(request)) return {Verdict::token_invalid};
    auto* const found = find(request.realm, request.id);
    if (found != nullptr) return on_found(request, edit(found->number), now);
    // It is gone already, which is what was wanted.
    return {std::holds_alternative<Delete>(request.deed) ? Verdict::nothing_to_say
                                                         : Verdict::not_found};
}

bool Registry::shows_good_token(Request const& request) const {
    if (auto const* const deed = std::get_if<Acknowledge>(&request.deed))
        return token_of(request, deed->token).has_value();
    if (auto const* const deed = std::get_if<Release>(&request.deed))
        return token_of(request, deed->token).has_value();
    return true; // none is needed
}

Reply Registry::on_found(Request const& request, Subscription& found, Millis now) {
    return std::visit(
        [&](auto const& deed) -> Reply {
            if constexpr (std::is_same_v<std::decay_t<decltype(deed)>, Create>)
                return {Verdict::ok};
            else
                return take(request, found, deed, now);
        },
        request.deed);
}

// Section 6.2
Reply Registry::on_create(Request& request, Create& deed, Millis now) {
    auto const hash = hash_of(deed.wanted);
    auto const origin = origin_of(request.origin);
    if (auto* const found = find(request.realm, request.id)) {
        if (found->hash != hash) return {Verdict::exists_otherwise};
        auto& confirmed = edit(found->number);
        confirmed.origin = request.origin; // where the server is seen now
        return {Verdict::ok, show(confirmed, origin, keys_->active().kid)};
    }
    auto& wanted = deed.wanted;
    if (wanted.kind == Kind::webhook)
        if (auto const target = check_webhook_url(wanted.webhook_url, settings_.rules); !target)
            return {Verdict::url_refused, target.error().what};
    auto const usage = usage_.find(request.realm.project);
    bool const is_full = subscriptions_.size() >= settings_.limits.subscriptions ||
                         (usage != usage_.end() &&
                          usage->second.subscriptions >= settings_.limits.realm_subscriptions);
    if (is_full) return {Verdict::too_many, "there are as many subscriptions as there may be"};

    Subscription fresh;
    fresh.number = next_number_;
    fresh.realm = request.realm;
    fresh.id = request.id;
    auto const streams = std::exchange(wanted.streams, {});
    fresh.wanted = std::move(wanted);
    fresh.hash = hash;
    fresh.origin = request.origin;
    fresh.created = now;
    // A generation never comes again, also not under an id that was deleted.
    if (auto const floor = floors_.find(fresh.realm.project); floor != floors_.end())
        fresh.generation = floor->second;
    auto const room = room_of(fresh);
    auto const matched =
        streams.size() > room ? std::nullopt : matching(fresh, room - streams.size());
    if (!matched) return {Verdict::too_many, k_too_many_links};

    auto const number = next_number_++;
    auto& made = subscriptions_[number] = std::move(fresh);
    index(made);
    edited_.emplace(number, SubscriptionRow{}); // it was nothing
    for (auto const& stream : streams)
        link(made, stream, From::tail).is_explicit = true;
    for (auto const& stream : *matched)
        link(made, stream, From::tail).by_pattern = true;
    return {Verdict::created, show(made, origin, keys_->active().kid)};
}

Reply Registry::take(Request const& request, Subscription& found, Show const&, Millis) {
    return {Verdict::ok, show(found, origin_of(request.origin), keys_->active().kid)};
}

// Section 6.3
Reply Registry::take(Request const&, Subscription& found, Delete const&, Millis) {
    auto const number = found.number;
    auto const project = found.realm.project;
    auto& floor = floors_[project];
    if (found.generation > floor) {
        floor = found.generation;
        edited_floors_.insert(project);
    }
    std::vector<std::string> streams;
    for (auto const& [stream, link] : found.links)
        streams.push_back(stream);
    for (auto const& stream : streams)
        unlink(found, stream);
    if (auto const due = due_at_.find(number); due != due_at_.end()) {
        due_.erase({due->second, number});
        due_at_.erase(due);
    }
    if (auto const waking = by_wake_stream_.find(found.wanted.wake_stream);
        waking != by_wake_stream_.end()) {
        waking->second.erase(number);
        if (waking->second.empty()) by_wake_stream_.erase(waking);
    }
    with_pattern_.erase(number);
    by_id_.erase({found.realm, found.id});
    auto const usage = usage_.find(project);
    if (--usage->second.subscriptions == 0) usage_.erase(usage);
    removed_.insert(number);
    edited_.erase(number);
    subscriptions_.erase(number);
    return {Verdict::nothing_to_say};
}

// Section 6.4
Reply Registry::take(Request const&, Subscription& found, AddStreams const& deed, Millis) {
    auto const is_new = [&](std::string const& stream) { return !found.links.contains(stream); };
    if (std::ranges::find(deed.streams, found.wanted.wake_stream) != deed.streams.end())
        return {Verdict::wrong_kind, "the wake stream of a subscription cannot wake it"};
    auto const more = static_cast<std::size_t>(std::ranges::count_if(deed.streams, is_new));
    if (more > room_of(found)) return {Verdict::too_many, k_too_many_links};
    for (auto const& stream : deed.streams)
        link(found, stream, From::tail).is_explicit = true;
    return {Verdict::nothing_to_say};
}

Reply Registry::take(Request const&, Subscription& found, RemoveStream const& deed, Millis) {
    auto const at = found.links.find(deed.stream);
    if (at == found.links.end() || !at->second.is_explicit) return {Verdict::nothing_to_say};
    at->second.is_explicit = false;
    edited_links_.insert({found.number, deed.stream});
    if (!at->second.by_pattern) unlink(found, deed.stream);
    return {Verdict::nothing_to_say};
}

// Section 7.2
Reply Registry::take(Request const&, Subscription& found, Claim const& deed, Millis now) {
    if (found.wanted.kind != Kind::pull_wake)
        return {Verdict::wrong_kind, "only a pull-wake subscription is claimed"};
    // At this moment, not as of the last notice: a worker may know of an append before we do.
    std::vector<std::string> streams;
    for (auto const& [stream, link] : found.links)
        streams.push_back(stream);
    for (auto const& stream : streams)
        look(found, stream);
    auto const claimed = claim(found, deed.worker, now, chance_);
    if (std::holds_alternative<NothingPending>(claimed)) return {Verdict::nothing_pending};
    if (std::holds_alternative<AlreadyClaimed>(claimed))
        return {Verdict::already_claimed, {}, found.holder, found.generation};
    auto const token = sign_token(table_.secret(), whose(found.realm, found.id),
                                  {found.generation, found.wake_id});
    return {Verdict::ok, claim_body(found, tell_streams(found).json, token)};
}

std::optional<WakeName> Registry::token_of(Request const& request, std::string_view token) const {
    return read_token(table_.secret(), whose(request.realm, request.id), token);
}

// Sections 7.1 and 7.2
Reply Registry::take(Request const& request, Subscription& found, Acknowledge const& deed,
                     Millis now) {
    bool const fits =
        (deed.by == Acknowledge::By::callback) == (found.wanted.kind == Kind::webhook);
    if (!fits)
        return {Verdict::wrong_kind, "webhooks call back, and pull-wake workers acknowledge"};
    auto const token = token_of(request, deed.token);
    std::vector<Ack> acks;
    for (auto const& [stream, offset] : deed.acks) {
        look(found, stream);
        acks.push_back({stream, streams_.place(stream, offset)});
        edited_links_.insert({found.number, stream});
    }
    auto const done = acknowledge(found, *token, deed.wake, acks, deed.done, now);
    if (std::holds_alternative<Fenced>(done)) return {Verdict::fenced};
    if (auto const* const invalid = std::get_if<InvalidAck>(&done))
        return {Verdict::invalid_offset, invalid->why};
    bool const wakes_again = deed.done == Done::yes && found.pending > 0;
    return {Verdict::ok, acknowledged_body(wakes_again ? NextWake::yes : NextWake::no)};
}

Reply Registry::take(Request const& request, Subscription& found, Release const& deed, Millis now) {
    if (found.wanted.kind != Kind::pull_wake)
        return {Verdict::wrong_kind, "only a pull-wake subscription is released"};
    auto const token = token_of(request, deed.token);
    bool const is_fenced = std::holds_alternative<Fenced>(release(found, *token, deed.wake, now));
    return {is_fenced ? Verdict::fenced : Verdict::nothing_to_say};
}

void Registry::on_ended(Ended const& ended, Millis now) {
    in_flight_.erase(ended.number);
    if (!subscriptions_.contains(ended.number)) return; // deleted meanwhile
    auto& called = edit(ended.number);
    if (ended.end.how == CallEnd::How::done && ended.end.shown)
        for (auto const& shown : *ended.end.shown) {
            auto const link = called.links.find(shown.stream);
            if (link != called.links.end() && link->second.acked.position != shown.tail.position)
                edited_links_.insert({ended.number, shown.stream});
        }
    end_call(called, ended.end, now, chance_);
}

// Section 6.5
Result<std::string> Registry::rotate_key(Millis now) {
    auto keys = TRY(replace_key((new_keys_ ? new_keys_ : keys_)->keys(),
                                random_bytes(k_ed25519_seed_bytes), now));
    auto kid = keys.back().kid;
    new_keys_ = std::make_shared<KeyRing const>(std::move(keys));
    return kid;
}

} // namespace ds::webhooks
