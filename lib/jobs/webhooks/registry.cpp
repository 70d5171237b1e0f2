// The batch: news in, one commit, and what follows from it.
#include "jobs/webhooks/registry.h"

#include "base/crypto.h"
#include "jobs/webhooks/subscription_json.h"
#include "jobs/webhooks/subscription_rows.h"

#include <algorithm>
#include <utility>

namespace ds::webhooks {

namespace {

// A receiver that answers later than its lease ends can no longer say that it is done.
constexpr std::chrono::milliseconds k_patience_most{60'000};

} // namespace

Registry::Registry(SubscriptionTable table, Settings settings, StreamsView& streams, Chance chance)
    : table_(std::move(table)),
      settings_(std::move(settings)),
      streams_(streams),
      chance_(std::move(chance)) {}

Result<std::unique_ptr<Registry>> Registry::open(SubscriptionTable table, Settings settings,
                                                 StreamsView& streams, Chance chance, Millis now) {
    std::unique_ptr<Registry> registry(
        new Registry(std::move(table), std::move(settings), streams, std::move(chance)));
    TRY(registry->load(now));
    return registry;
}

void Registry::forget_all() {
    subscriptions_.clear();
    by_id_.clear();
    by_link_.clear();
    by_wake_stream_.clear();
    with_pattern_.clear();
    floors_.clear();
    usage_.clear();
    due_.clear();
    due_at_.clear();
    unseen_ = true;
}

Result<void> Registry::load(Millis now) {
    forget_all();
    TRY(table_.each([&](SubscriptionRow const& row) {
        auto& subscription = subscriptions_[row.number] = subscription_of(row);
        next_number_ = std::max(next_number_, row.number + 1);
        subscription.in_flight = in_flight_.contains(row.number);
        // Whether the event got there, and whether the stream is still that one, is not known.
        if (!subscription.in_flight) announce_again(subscription);
    }));
    TRY(table_.each_link([&](std::int64_t number, SubscriptionLink const& row) {
        auto const found = subscriptions_.find(number);
        if (found != subscriptions_.end()) found->second.links[row.stream] = link_of(row);
    }));
    TRY(table_.each_floor([&](std::string project, std::int64_t generation) {
        floors_[std::move(project)] = static_cast<std::uint64_t>(generation);
    }));
    for (auto& [number, subscription] : subscriptions_)
        index(subscription);
    return load_keys(now);
}

Result<void> Registry::load_keys(Millis now) {
    std::vector<SigningKeyRow> keys;
    TRY(table_.each_key([&](SigningKeyRow key) { keys.push_back(std::move(key)); }));
    for (auto const& key : keys)
        if (key.retired_ms == 0 && key.seed.size() != k_ed25519_seed_bytes)
            return Error{Fault::corrupt, "the webhook key " + key.kid + " is not whole"};
    if (std::ranges::none_of(keys, [](auto const& key) { return key.retired_ms == 0; })) {
        keys.push_back(make_key(random_bytes(k_ed25519_seed_bytes), now));
        TRY(table_.begin());
        auto written = table_.put_key(keys.back());
        if (written) written = table_.commit();
        if (!written) {
            table_.rollback();
            return written;
        }
    }
    keys_ = std::make_shared<KeyRing const>(std::move(keys));
    return {};
}

void Registry::index(Subscription& subscription) {
    auto const number = subscription.number;
    auto const& wanted = subscription.wanted;
    by_id_[{subscription.realm, subscription.id}] = number;
    auto& usage = usage_[subscription.realm.project];
    ++usage.subscriptions;
    usage.links += subscription.links.size();
    for (auto const& [stream, link] : subscription.links)
        by_link_[stream].insert(number);
    if (!wanted.pattern.empty()) with_pattern_.insert(number);
    if (!wanted.wake_stream.empty()) by_wake_stream_[wanted.wake_stream].insert(number);
    schedule(subscription);
}

Subscription* Registry::find(Realm const& realm, std::string const& id) {
    auto const found = by_id_.find({realm, id});
    return found == by_id_.end() ? nullptr : &subscriptions_.at(found->second);
}

Subscription& Registry::edit(std::int64_t number) {
    auto& subscription = subscriptions_.at(number);
    if (!edited_.contains(number)) edited_.emplace(number, row_of(subscription));
    return subscription;
}

// Nothing is known: nothing can be decided, and nothing may be answered but that.
Registry::Outcome Registry::refuse_all(News& news, Error const& fault) {
    Outcome outcome;
    outcome.fault = fault;
    for (auto const& ended : news.ended)
        in_flight_.erase(ended.number);
    for (auto& request : news.requests)
        outcome.replies.emplace_back(std::move(request.reply), Reply{Verdict::storage_failing});
    for (auto& rotated : news.rotations)
        outcome.rotated.emplace_back(std::move(rotated), fault);
    return outcome;
}

void Registry::undo(Millis now) {
    auto again = load(now);
    unreadable_.reset();
    if (again) return;
    forget_all();
    unreadable_ = std::move(again).error();
}

Registry::Outcome Registry::run(News news, Millis now) {
    if (unreadable_) undo(now);
    if (unreadable_) return refuse_all(news, *unreadable_);
    Outcome outcome;
    if (std::exchange(unseen_, false) || news.look_at_all) look_at_all();
    for (auto const& stream : news.created)
        on_created(stream);
    for (auto const& stream : news.changed)
        on_changed(stream);
    for (auto const& ended : news.ended)
        on_ended(ended, now);
    while (!due_.empty() && due_.begin()->first <= now) {
        auto const number = due_.begin()->second;
        due_.erase(due_.begin());
        due_at_.erase(number);
        edit(number);
    }
    for (auto& request : news.requests)
        outcome.replies.emplace_back(std::move(request.reply), answer(request, now));
    for (auto& rotated : news.rotations)
        outcome.rotated.emplace_back(std::move(rotated), rotate_key(now));
    settle_edited(now, outcome);

    auto const written = write();
    if (written) {
        if (new_keys_) keys_ = std::move(new_keys_);
        for (auto const& call : outcome.calls)
            in_flight_.insert(call.number);
    } else {
        outcome.fault = written.error();
        outcome.calls.clear();
        bool const full = written.error().fault == Fault::full;
        for (auto& [reply, with] : outcome.replies)
            with = {full ? Verdict::storage_full : Verdict::storage_failing};
        for (auto& [rotated, with] : outcome.rotated)
            with = written.error();
    }
    edited_.clear();
    removed_.clear();
    edited_links_.clear();
    edited_floors_.clear();
    new_keys_.reset();
    if (!written) undo(now);
    return outcome;
}

void Registry::settle_edited(Millis now, Outcome& outcome) {
    for (auto const& [number, before] : edited_) {
        auto const found = subscriptions_.find(number);
        if (found == subscriptions_.end()) continue;
        auto& subscription = found->second;
        if (settle(subscription, now, chance_) == Call::due)
            outcome.calls.push_back(outgoing(subscription, now));
        schedule(subscription);
    }
}

void Registry::schedule(Subscription const& subscription) {
    auto const number = subscription.number;
    if (auto const known = due_at_.find(number); known != due_at_.end()) {
        due_.erase({known->second, number});
        due_at_.erase(known);
    }
    auto const due = ds::webhooks::next_due(subscription);
    if (!due) return;
    due_.insert({*due, number});
    due_at_[number] = *due;
}

std::optional<Millis> Registry::next_due() const {
    if (due_.empty()) return std::nullopt;
    return due_.begin()->first;
}

std::string Registry::origin_of(std::string const& seen) const {
    return settings_.public_url.empty() ? seen : settings_.public_url;
}

Outgoing Registry::outgoing(Subscription const& subscription, Millis now) const {
    auto const& wanted = subscription.wanted;
    Outgoing call;
    call.number = subscription.number;
    call.wake = {subscription.generation, subscription.wake_id};
    call.realm = subscription.realm;
    call.wake_stream = wanted.wake_stream;
    if (wanted.kind == Kind::pull_wake) {
        call.body = wake_event(subscription, now);
        return call;
    }
    auto told = tell_streams(subscription);
    auto const token = sign_token(table_.secret(), whose(call.realm, subscription.id), call.wake);
    call.body = webhook_body(subscription, origin_of(subscription.origin), told.json, token);
    call.url = wanted.webhook_url;
    // What was allowed when it was asked for need not be any more.
    if (auto target = check_webhook_url(wanted.webhook_url, settings_.rules))
        call.target = *std::move(target);
    call.patience = std::min(wanted.lease_ttl, k_patience_most);
    call.shown = std::make_shared<std::vector<Shown> const>(std::move(told.shown));
    return call;
}

Result<void> Registry::write() {
    std::erase_if(edited_, [&](auto const& edited) {
        auto const found = subscriptions_.find(edited.first);
        return found != subscriptions_.end() && same(edited.second, row_of(found->second));
    });
    if (edited_.empty() && removed_.empty() && edited_links_.empty() && !new_keys_) return {};
    TRY(table_.begin());
    auto written = write_changes();
    if (written) written = table_.commit();
    if (!written) table_.rollback();
    return written;
}

Result<void> Registry::write_changes() {
    for (auto const number : removed_)
        TRY(table_.remove(number));
    for (auto const& [number, before] : edited_) {
        auto const found = subscriptions_.find(number);
        if (found != subscriptions_.end()) TRY(table_.put(row_of(found->second)));
    }
    for (auto const& [number, stream] : edited_links_) {
        auto const found = subscriptions_.find(number);
        if (found == subscriptions_.end()) continue;
        auto const link = found->second.links.find(stream);
        if (link == found->second.links.end())
            TRY(table_.remove_link(number, stream));
        else
            TRY(table_.put_link(number, row_of(stream, link->second)));
    }
    for (auto const& project : edited_floors_)
        TRY(table_.set_floor(project, static_cast<std::int64_t>(floors_.at(project))));
    if (!new_keys_) return {};
    return write_keys(table_, keys_->keys(), new_keys_->keys());
}

} // namespace ds::webhooks
