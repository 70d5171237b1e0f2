// Which streams belong to which subscription, and how far each has come.
#include "base/log.h"
#include "jobs/webhooks/registry.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace ds::webhooks {

namespace {

// What is kept of a link.
auto kept(Link const& link) {
    return std::tuple(link.is_explicit, link.by_pattern, link.stream_id, link.acked.position,
                      link.acks_from);
}

} // namespace

std::size_t Registry::room_of(Subscription const& subscription) const {
    auto const usage = usage_.find(subscription.realm.project);
    auto const of_realm = usage == usage_.end() ? 0 : usage->second.links;
    auto const left = [](std::size_t most, std::size_t taken) {
        return most - std::min(most, taken);
    };
    return std::min(left(settings_.limits.links, subscription.links.size()),
                    left(settings_.limits.realm_links, of_realm));
}

// The new link is not one of anything yet: its maker says of what.
Link& Registry::link(Subscription& subscription, std::string const& stream, From from) {
    auto const found = subscription.links.find(stream);
    edited_links_.insert({subscription.number, stream});
    if (found != subscription.links.end()) return found->second;
    auto& fresh = add_link(subscription, stream);
    by_link_[stream].insert(subscription.number);
    ++usage_[subscription.realm.project].links;
    see(subscription, fresh, streams_.look(stream));
    if (from == From::tail) start_at_tail(subscription, fresh);
    return fresh;
}

void Registry::unlink(Subscription& subscription, std::string const& stream) {
    remove_link(subscription, stream);
    edited_links_.insert({subscription.number, stream});
    --usage_[subscription.realm.project].links;
    auto const found = by_link_.find(stream);
    found->second.erase(subscription.number);
    if (!found->second.empty()) return;
    by_link_.erase(found);
    streams_.forget(stream);
}

void Registry::look(Subscription& subscription, std::string const& stream) {
    auto const found = subscription.links.find(stream);
    if (found == subscription.links.end()) return;
    auto& seen = found->second;
    auto const before = kept(seen);
    see(subscription, seen, streams_.look(stream));
    if (seen.stream_id == 0) seen.by_pattern = false; // nothing is there that could match
    if (!seen.by_pattern && !seen.is_explicit) return unlink(subscription, stream);
    if (kept(seen) != before) edited_links_.insert({subscription.number, stream});
}

// Section 6.2: a stream that matches later is linked before its first append.
void Registry::match(Subscription& subscription, std::string const& stream) {
    auto const& wanted = subscription.wanted;
    if (stream == wanted.wake_stream) return; // it would wake itself, for ever
    if (!matches_in(subscription.realm, wanted.pattern, stream)) return;
    auto const found = subscription.links.find(stream);
    if (found != subscription.links.end() && found->second.by_pattern) return;
    if (found == subscription.links.end() && room_of(subscription) == 0) {
        if (subscription.left_out++ == 0)
            log_event(Level::warn, "subscription.full",
                      {{"subscription", subscription.id},
                       {"effect", "further streams that match do not wake it"}});
        return;
    }
    link(edit(subscription.number), stream, From::start).by_pattern = true;
}

void Registry::on_created(std::string const& stream) {
    on_changed(stream);
    for (auto const number : with_pattern_)
        match(subscriptions_.at(number), stream);
    auto const found = by_wake_stream_.find(stream);
    if (found == by_wake_stream_.end()) return;
    for (auto const number : found->second)
        announce_again(edit(number));
}

void Registry::on_changed(std::string const& stream) {
    auto const found = by_link_.find(stream);
    if (found == by_link_.end()) return;
    auto const numbers = found->second; // links may go
    for (auto const number : numbers)
        look(edit(number), stream);
}

void Registry::look_at_all() {
    for (auto const& [number, subscription] : subscriptions_) {
        auto& looked_at = edit(number);
        std::vector<std::string> streams;
        for (auto const& [stream, link] : looked_at.links)
            streams.push_back(stream);
        for (auto const& stream : streams)
            look(looked_at, stream);
    }
    if (with_pattern_.empty()) return;
    streams_.each([&](std::string const& stream) {
        for (auto const number : with_pattern_)
            match(subscriptions_.at(number), stream);
        return StreamsView::More::yes;
    });
}

std::optional<std::vector<std::string>> Registry::matching(Subscription const& subscription,
                                                           std::size_t most) {
    std::vector<std::string> streams;
    auto const& wanted = subscription.wanted;
    if (wanted.pattern.empty()) return streams;
    bool fits = true;
    streams_.each([&](std::string const& stream) {
        if (stream == wanted.wake_stream || !matches_in(subscription.realm, wanted.pattern, stream))
            return StreamsView::More::yes;
        fits = streams.size() < most;
        if (!fits) return StreamsView::More::no;
        streams.push_back(stream);
        return StreamsView::More::yes;
    });
    return fits ? std::optional(std::move(streams)) : std::nullopt;
}

} // namespace ds::webhooks
