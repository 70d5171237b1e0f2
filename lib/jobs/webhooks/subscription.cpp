// The rules of wakes, leases and acknowledgements.
#include "jobs/webhooks/subscription.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/varint.h"

#include <algorithm>
#include <utility>

namespace ds::webhooks {

namespace {

constexpr std::chrono::milliseconds k_retry_first{1'000};
constexpr std::chrono::milliseconds k_retry_most{60'000};
constexpr double k_retry_jitter = 0.2;

// Changes a link and keeps the count of what is pending.
template <typename Change>
void change(Subscription& subscription, Link& link, Change apply) {
    bool const before = link.is_pending();
    apply();
    if (before) --subscription.pending;
    if (link.is_pending()) ++subscription.pending;
}

void advance(Subscription& subscription, Link& link, StreamPosition const& to) {
    if (to.position <= link.acked.position) return;
    change(subscription, link, [&] { link.acked = to; });
}

void end_wake(Subscription& subscription) {
    subscription.phase = WakePhase::idle;
    subscription.wake_id.clear();
    subscription.holder.clear();
    subscription.lease_until = {};
}

void begin_wake(Subscription& subscription, Chance const& chance) {
    ++subscription.generation;
    subscription.heard = false;
    subscription.wake_id = chance.wake_id();
    subscription.phase = WakePhase::delivering;
    ++subscription.counts.wakes;
}

void renew_lease(Subscription& subscription, Millis now) {
    subscription.lease_until = now + subscription.wanted.lease_ttl;
}

void end_lease_if_over(Subscription& subscription, Millis now) {
    if (subscription.is_leased() && subscription.lease_until <= now) end_wake(subscription);
}

// Section 7.3: all of it has to be what is current.
bool is_current(Subscription const& subscription, WakeName const& token, WakeName const& asked) {
    WakeName const current{subscription.generation, subscription.wake_id};
    return subscription.is_leased() && token == current && asked == current;
}

void forget_failures(Subscription& subscription) {
    subscription.attempts = 0;
    subscription.next_attempt = {};
    subscription.trouble.clear();
}

std::optional<std::string> wrong_with(Subscription const& subscription, Ack const& ack,
                                      StreamPosition const& acked) {
    auto const found = subscription.links.find(ack.stream);
    if (found == subscription.links.end()) return "is not linked";
    if (!ack.place || found->second.stream_id == 0) return "has no such place";
    if (found->second.acks_from > subscription.generation)
        return "was deleted and made anew after this wake";
    if (ack.place->position < acked.position) return "is acknowledged further already";
    return std::nullopt;
}

} // namespace

std::string hash_of(Wanted const& wanted) {
    std::string text;
    put_number(text, static_cast<std::uint64_t>(wanted.kind));
    put_text(text, wanted.pattern);
    put_number(text, wanted.streams.size());
    for (auto const& stream : wanted.streams)
        put_text(text, stream);
    put_text(text, wanted.webhook_url);
    put_text(text, wanted.wake_stream);
    put_signed(text, wanted.lease_ttl.count());
    put_text(text, wanted.description);
    return hex_encode(sha256(text));
}

std::string whose(SubscriptionScope const& scope, std::string_view id) {
    return scope.project + "/" + std::string(id); // neither holds a slash
}

void see(Subscription& subscription, Link& link, Seen const& seen) {
    change(subscription, link, [&] {
        if (seen.stream_id != link.stream_id) {
            // Another stream of that name, or none: nothing of it is acknowledged. What a worker
            // has in its hands was about the one before.
            if (link.stream_id != 0) link.acks_from = subscription.generation + 1;
            link.acked = {};
            link.stream_id = seen.stream_id;
        }
        link.tail = seen.tail;
        // Only a crash without durable commits takes a tail back: what comes there now is new.
        if (link.acked.position > link.tail.position) link.acked = link.tail;
    });
}

Link& add_link(Subscription& subscription, std::string const& stream) {
    return subscription.links[stream];
}

void start_at_tail(Subscription& subscription, Link& link) {
    change(subscription, link, [&] { link.acked = link.tail; });
}

void remove_link(Subscription& subscription, std::string_view stream) {
    auto const found = subscription.links.find(stream);
    if (found == subscription.links.end()) return;
    if (found->second.is_pending()) --subscription.pending;
    subscription.links.erase(found);
}

Due advance_wake(Subscription& subscription, Millis now, Chance const& chance) {
    end_lease_if_over(subscription, now);
    if (subscription.in_flight || subscription.next_attempt > now) return Due::no;
    // Of a delivery that has not succeeded nothing may be left, as when its streams were deleted.
    if (subscription.phase == WakePhase::delivering && subscription.pending == 0)
        end_wake(subscription);
    if (subscription.phase == WakePhase::idle && subscription.pending > 0)
        begin_wake(subscription, chance);
    if (subscription.phase != WakePhase::delivering) return Due::no;
    subscription.in_flight = true;
    ++subscription.counts.deliveries;
    if (subscription.wanted.kind == SubscriptionKind::webhook) renew_lease(subscription, now);
    return Due::yes;
}

std::optional<Millis> next_due(Subscription const& subscription) {
    std::optional<Millis> due;
    if (subscription.is_leased()) due = subscription.lease_until;
    bool const has_to_deliver = subscription.phase == WakePhase::delivering ||
                                (subscription.phase == WakePhase::idle && subscription.pending > 0);
    if (has_to_deliver && !subscription.in_flight)
        due = std::min(due.value_or(Millis::max()), subscription.next_attempt);
    return due;
}

void announce_again(Subscription& subscription) {
    bool const waits = subscription.wanted.kind == SubscriptionKind::pull_wake &&
                       subscription.phase == WakePhase::delivered;
    if (waits) subscription.phase = WakePhase::delivering;
}

void end_delivery(Subscription& subscription, DeliveryEnd const& end, Millis now,
                  Chance const& chance) {
    subscription.in_flight = false;
    end_lease_if_over(subscription, now);
    WakeName const current{subscription.generation, subscription.wake_id};
    bool const counts = end.wake == current;
    if (end.how == DeliveryEnd::How::failed) {
        ++subscription.counts.failures;
        if (subscription.heard) return; // it has arrived, whatever became of the answer
        ++subscription.attempts;
        subscription.next_attempt = now + retry_after(subscription.attempts, chance.jitter());
        subscription.trouble = end.trouble;
        return;
    }
    forget_failures(subscription);
    if (!counts) return;
    if (subscription.phase == WakePhase::delivering) subscription.phase = WakePhase::delivered;
    if (end.how != DeliveryEnd::How::done || !end.shown) return;
    for (auto const& shown : *end.shown) {
        auto const found = subscription.links.find(shown.stream);
        if (found != subscription.links.end() && found->second.stream_id == shown.stream_id)
            advance(subscription, found->second, shown.tail);
    }
    end_wake(subscription);
}

std::variant<Claimed, AlreadyClaimed, NothingPending>
claim(Subscription& subscription, std::string_view worker, Millis now, Chance const& chance) {
    end_lease_if_over(subscription, now);
    if (subscription.phase == WakePhase::held) return AlreadyClaimed{};
    if (subscription.pending == 0) {
        // A wake that nothing is left of, as when its streams were deleted.
        end_wake(subscription);
        return NothingPending{};
    }
    if (subscription.phase == WakePhase::idle) begin_wake(subscription, chance);
    subscription.phase = WakePhase::held;
    subscription.holder = worker;
    renew_lease(subscription, now);
    return Claimed{};
}

std::variant<Acknowledged, Fenced, InvalidAck>
acknowledge(Subscription& subscription, WakeName const& token, WakeName const& asked,
            std::vector<Ack> const& acks, Done done, Millis now) {
    end_lease_if_over(subscription, now);
    if (!is_current(subscription, token, asked)) {
        ++subscription.counts.fenced;
        return Fenced{};
    }
    std::map<std::string_view, StreamPosition> reached;
    for (auto const& ack : acks) {
        auto const found = subscription.links.find(ack.stream);
        auto const before = reached.find(ack.stream);
        auto const acked = before != reached.end()             ? before->second
                           : found != subscription.links.end() ? found->second.acked
                                                               : StreamPosition{};
        if (auto wrong = wrong_with(subscription, ack, acked)) return InvalidAck{*wrong};
        reached[ack.stream] = *ack.place;
    }
    for (auto const& [stream, place] : reached)
        advance(subscription, subscription.links.find(stream)->second, place);
    if (subscription.wanted.kind == SubscriptionKind::webhook) {
        forget_failures(subscription);
        subscription.phase = WakePhase::delivered;
        subscription.heard = true;
    }
    if (done == Done::yes)
        end_wake(subscription);
    else
        renew_lease(subscription, now);
    return Acknowledged{};
}

std::variant<Acknowledged, Fenced> release(Subscription& subscription, WakeName const& token,
                                           WakeName const& asked, Millis now) {
    end_lease_if_over(subscription, now);
    if (!is_current(subscription, token, asked)) {
        ++subscription.counts.fenced;
        return Fenced{};
    }
    end_wake(subscription);
    return Acknowledged{};
}

std::chrono::milliseconds retry_after(std::uint32_t attempts, double jitter) {
    constexpr std::uint32_t k_doublings_max = 6; // 64 s is beyond the most
    auto const doublings = std::min(attempts == 0 ? 0 : attempts - 1, k_doublings_max);
    auto const step = std::min(k_retry_first * (1U << doublings), k_retry_most);
    auto const factor = 1 + k_retry_jitter * (2 * jitter - 1);
    return std::chrono::milliseconds(
        static_cast<std::int64_t>(static_cast<double>(step.count()) * factor));
}

} // namespace ds::webhooks
