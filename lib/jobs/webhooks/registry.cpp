// The batch: news in, one commit, and what follows from it.
#include "jobs/webhooks/registry.h"

#include <utility>

namespace ds::webhooks {

Registry::Registry(SubscriptionTable table, SubscriptionSettings settings, StreamsView& streams,
                   Chance chance)
    : table_(std::move(table)),
      settings_(std::move(settings)),
      chance_(std::move(chance)),
      links_(set_, streams, settings_.limits),
      context_{set_, links_, streams, keys_, settings_, chance_, table_.secret()} {}

Result<std::unique_ptr<Registry>> Registry::open(SubscriptionTable table,
                                                 SubscriptionSettings settings,
                                                 StreamsView& streams, Chance chance, Millis now) {
    std::unique_ptr<Registry> registry(
        new Registry(std::move(table), std::move(settings), streams, std::move(chance)));
    TRY(registry->load(now));
    return registry;
}

Result<void> Registry::load(Millis now) {
    unseen_ = true;
    links_.clear();
    due_.clear();
    TRY(set_.load(table_));
    for (auto const number : set_.numbers()) {
        auto& subscription = set_.at(number);
        subscription.in_flight = in_flight_.contains(number);
        // Whether the event got there, and whether the stream is still that one, is not known.
        if (!subscription.in_flight) announce_again(subscription);
        links_.add(subscription);
        due_.set(number, webhooks::next_due(subscription));
    }
    return keys_.load(table_, now);
}

void Registry::load_again(Millis now) {
    auto loaded = load(now);
    unreadable_.reset();
    if (loaded) return;
    set_.clear();
    links_.clear();
    due_.clear();
    unreadable_ = std::move(loaded).error();
}

// Nothing is known: nothing can be decided, and nothing may be answered but that.
Registry::Outcome Registry::refuse_all(News& news, Error const& fault) {
    Outcome outcome;
    outcome.fault = fault;
    for (auto const& ended : news.ended)
        in_flight_.erase(ended.number);
    for (auto& request : news.requests)
        outcome.replies.emplace_back(std::move(request.reply),
                                     SubscriptionReply{RequestOutcome::storage_failing});
    for (auto& rotated : news.rotations)
        outcome.rotated.emplace_back(std::move(rotated), fault);
    return outcome;
}

Registry::Outcome Registry::run(News news, Millis now) {
    if (unreadable_) load_again(now);
    if (unreadable_) return refuse_all(news, *unreadable_);
    Outcome outcome;
    apply(news, outcome, now);
    wake_edited(outcome, now);
    if (auto const written = write(); !written) {
        outcome.fault = written.error();
        outcome.deliveries.clear();
        bool const full = written.error().fault == Fault::full;
        for (auto& [reply, with] : outcome.replies)
            with = {full ? RequestOutcome::storage_full : RequestOutcome::storage_failing};
        for (auto& [rotated, with] : outcome.rotated)
            with = written.error();
        load_again(now);
        return outcome;
    }
    keys_.adopt();
    set_.commit();
    for (auto const& delivery : outcome.deliveries)
        in_flight_.insert(delivery.number);
    return outcome;
}

void Registry::apply(News& news, Outcome& outcome, Millis now) {
    if (std::exchange(unseen_, false) || news.look_at_all) links_.look_at_all();
    for (auto const& stream : news.created)
        links_.on_created(stream);
    for (auto const& stream : news.changed)
        links_.on_changed(stream);
    for (auto const& ended : news.ended)
        end(ended, now);
    while (auto const number = due_.take(now))
        set_.edit(*number);
    for (auto& request : news.requests)
        outcome.replies.emplace_back(std::move(request.reply), decide(context_, request, now));
    for (auto& rotated : news.rotations)
        outcome.rotated.emplace_back(std::move(rotated), keys_.replace(now));
}

void Registry::end(EndedDelivery const& ended, Millis now) {
    in_flight_.erase(ended.number);
    if (!set_.contains(ended.number)) return; // deleted meanwhile
    auto& subscription = set_.edit(ended.number);
    if (ended.end.how == DeliveryEnd::How::done && ended.end.shown)
        for (auto const& shown : *ended.end.shown) {
            auto const link = subscription.links.find(shown.stream);
            bool const moves = link != subscription.links.end() &&
                               link->second.acked.position != shown.tail.position;
            if (moves) set_.link_edited(ended.number, shown.stream);
        }
    end_delivery(subscription, ended.end, now, chance_);
}

void Registry::wake_edited(Outcome& outcome, Millis now) {
    set_.each_edited([&](Subscription& subscription) {
        if (advance_wake(subscription, now, chance_) == Due::yes)
            outcome.deliveries.push_back(
                delivery_of(subscription, settings_, table_.secret(), now));
        due_.set(subscription.number, webhooks::next_due(subscription));
    });
    for (auto const number : set_.removed())
        due_.set(number, std::nullopt);
}

Result<void> Registry::write() {
    bool const has_changed = set_.has_changed() || keys_.has_changed();
    if (!has_changed) return {};
    return table_.change([&]() -> Result<void> {
        TRY(set_.write(table_));
        return keys_.write(table_);
    });
}

} // namespace ds::webhooks
