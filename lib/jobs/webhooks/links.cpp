// Linking, matching and looking.
#include "jobs/webhooks/links.h"

#include "base/log.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace ds::webhooks {

namespace {

// What is kept of a link.
auto kept_of(Link const& link) {
    return std::tuple(link.is_explicit, link.by_pattern, link.stream_id, link.acked.position,
                      link.acks_from);
}

std::vector<std::string> streams_of(Subscription const& subscription) {
    std::vector<std::string> streams;
    for (auto const& [stream, link] : subscription.links)
        streams.push_back(stream);
    return streams;
}

// A wake stream that matches would wake its own subscription, for ever.
bool is_matched(Subscription const& subscription, std::string const& stream) {
    auto const& wanted = subscription.wanted;
    return stream != wanted.wake_stream && matches_in(subscription.scope, wanted.pattern, stream);
}

} // namespace

void Links::clear() {
    by_stream_.clear();
    by_wake_stream_.clear();
    with_pattern_.clear();
    counts_.clear();
}

void Links::add(Subscription const& subscription) {
    auto const number = subscription.number;
    auto const& wanted = subscription.wanted;
    for (auto const& [stream, link] : subscription.links)
        by_stream_[stream].insert(number);
    counts_[subscription.scope] += subscription.links.size();
    if (!wanted.pattern.empty()) with_pattern_.insert(number);
    if (!wanted.wake_stream.empty()) by_wake_stream_[wanted.wake_stream].insert(number);
}

void Links::remove(Subscription& subscription) {
    for (auto const& stream : streams_of(subscription))
        unlink(subscription, stream);
    if (counts_[subscription.scope] == 0) counts_.erase(subscription.scope);
    with_pattern_.erase(subscription.number);
    auto const waking = by_wake_stream_.find(subscription.wanted.wake_stream);
    if (waking == by_wake_stream_.end()) return;
    waking->second.erase(subscription.number);
    if (waking->second.empty()) by_wake_stream_.erase(waking);
}

std::size_t Links::room_of(Subscription const& subscription) const {
    auto const count = counts_.find(subscription.scope);
    auto const of_scope = count == counts_.end() ? 0 : count->second;
    auto const left = [](std::size_t most, std::size_t taken) {
        return most - std::min(most, taken);
    };
    return std::min(left(limits_.links, subscription.links.size()),
                    left(limits_.scope_links, of_scope));
}

std::optional<std::vector<std::string>> Links::matching(Subscription const& subscription,
                                                        std::size_t most) {
    std::vector<std::string> streams;
    if (subscription.wanted.pattern.empty()) return streams;
    bool fits = true;
    streams_.each([&](std::string const& stream) {
        if (!is_matched(subscription, stream)) return StreamsView::More::yes;
        fits = streams.size() < most;
        if (!fits) return StreamsView::More::no;
        streams.push_back(stream);
        return StreamsView::More::yes;
    });
    return fits ? std::optional(std::move(streams)) : std::nullopt;
}

Link& Links::link(Subscription& subscription, std::string const& stream, From from) {
    auto const found = subscription.links.find(stream);
    set_.link_edited(subscription.number, stream);
    if (found != subscription.links.end()) return found->second;
    auto& fresh = add_link(subscription, stream);
    by_stream_[stream].insert(subscription.number);
    ++counts_[subscription.scope];
    see(subscription, fresh, streams_.look(stream));
    if (from == From::tail) start_at_tail(subscription, fresh);
    return fresh;
}

void Links::unlink(Subscription& subscription, std::string const& stream) {
    remove_link(subscription, stream);
    set_.link_edited(subscription.number, stream);
    --counts_[subscription.scope];
    auto const found = by_stream_.find(stream);
    found->second.erase(subscription.number);
    if (!found->second.empty()) return;
    by_stream_.erase(found);
    streams_.forget(stream);
}

void Links::look(Subscription& subscription, std::string const& stream) {
    auto const found = subscription.links.find(stream);
    if (found == subscription.links.end()) return;
    auto& link = found->second;
    auto const before = kept_of(link);
    see(subscription, link, streams_.look(stream));
    if (link.stream_id == 0) link.by_pattern = false; // nothing is there that could match
    if (!link.by_pattern && !link.is_explicit) return unlink(subscription, stream);
    if (kept_of(link) != before) set_.link_edited(subscription.number, stream);
}

void Links::look_at_links(Subscription& subscription) {
    for (auto const& stream : streams_of(subscription))
        look(subscription, stream);
}

// Section 6.2: a stream that matches later is linked before its first append.
void Links::match(Subscription& subscription, std::string const& stream) {
    if (!is_matched(subscription, stream)) return;
    auto const found = subscription.links.find(stream);
    bool const is_linked = found != subscription.links.end();
    if (is_linked && found->second.by_pattern) return;
    if (!is_linked && room_of(subscription) == 0) {
        if (subscription.left_out++ == 0)
            log_event(Level::warn, "subscription.full",
                      {{"subscription", subscription.id},
                       {"effect", "further streams that match do not wake it"}});
        return;
    }
    link(set_.edit(subscription.number), stream, From::start).by_pattern = true;
}

void Links::on_created(std::string const& stream) {
    on_changed(stream);
    for (auto const number : with_pattern_)
        match(set_.at(number), stream);
    auto const found = by_wake_stream_.find(stream);
    if (found == by_wake_stream_.end()) return;
    for (auto const number : found->second)
        announce_again(set_.edit(number));
}

void Links::on_changed(std::string const& stream) {
    auto const found = by_stream_.find(stream);
    if (found == by_stream_.end()) return;
    auto const numbers = found->second; // a look may take links away
    for (auto const number : numbers)
        look(set_.edit(number), stream);
}

void Links::look_at_all() {
    for (auto const number : set_.numbers())
        look_at_links(set_.edit(number));
    if (with_pattern_.empty()) return;
    streams_.each([&](std::string const& stream) {
        for (auto const number : with_pattern_)
            match(set_.at(number), stream);
        return StreamsView::More::yes;
    });
}

} // namespace ds::webhooks
