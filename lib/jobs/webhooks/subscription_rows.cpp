// Fields to columns, and columns to fields.
#include "jobs/webhooks/subscription_rows.h"

namespace ds::webhooks {

namespace {

constexpr std::int64_t k_explicit = 1;
constexpr std::int64_t k_by_pattern = 2;

} // namespace

SubscriptionRow row_of(Subscription const& subscription) {
    auto const& wanted = subscription.wanted;
    SubscriptionRow row;
    row.number = subscription.number;
    row.project = subscription.scope.project;
    row.id = subscription.id;
    row.kind = static_cast<std::int64_t>(wanted.kind);
    row.pattern = wanted.pattern;
    row.webhook_url = wanted.webhook_url;
    row.wake_stream = wanted.wake_stream;
    row.lease_ttl_ms = wanted.lease_ttl.count();
    row.description = wanted.description;
    row.hash = subscription.hash;
    row.origin = subscription.origin;
    row.created_ms = count_ms(subscription.created);
    row.generation = static_cast<std::int64_t>(subscription.generation);
    row.phase = static_cast<std::int64_t>(subscription.phase);
    row.wake_id = subscription.wake_id;
    row.holder = subscription.holder;
    row.lease_until_ms = count_ms(subscription.lease_until);
    row.attempts = subscription.attempts;
    row.next_attempt_ms = count_ms(subscription.next_attempt);
    row.trouble = subscription.trouble;
    return row;
}

Subscription subscription_of(SubscriptionRow const& row) {
    Subscription subscription;
    subscription.number = row.number;
    subscription.scope = {row.project};
    subscription.id = row.id;
    subscription.wanted = {static_cast<SubscriptionKind>(row.kind),
                           row.pattern,
                           {},
                           row.webhook_url,
                           row.wake_stream,
                           std::chrono::milliseconds(row.lease_ttl_ms),
                           row.description};
    subscription.hash = row.hash;
    subscription.origin = row.origin;
    subscription.created = from_count_ms(row.created_ms);
    subscription.generation = static_cast<std::uint64_t>(row.generation);
    subscription.phase = static_cast<WakePhase>(row.phase);
    subscription.wake_id = row.wake_id;
    subscription.holder = row.holder;
    subscription.lease_until = from_count_ms(row.lease_until_ms);
    subscription.attempts = static_cast<std::uint32_t>(row.attempts);
    subscription.next_attempt = from_count_ms(row.next_attempt_ms);
    subscription.trouble = row.trouble;
    return subscription;
}

SubscriptionLink row_of(std::string const& stream, Link const& link) {
    return {stream,
            (link.is_explicit ? k_explicit : 0) | (link.by_pattern ? k_by_pattern : 0),
            link.stream_id,
            static_cast<std::int64_t>(link.acked.position),
            link.acked.token ? format_offset(*link.acked.token) : "",
            static_cast<std::int64_t>(link.acks_from)};
}

Link link_of(SubscriptionLink const& row) {
    Link link;
    link.is_explicit = (row.kinds & k_explicit) != 0;
    link.by_pattern = (row.kinds & k_by_pattern) != 0;
    link.stream_id = row.stream_id;
    link.acked.position = static_cast<std::uint64_t>(row.acked_position);
    if (auto const token = parse_offset(row.acked)) link.acked.token = *token;
    link.acks_from = static_cast<std::uint64_t>(row.acks_from);
    // Until it is looked at: nothing is pending.
    link.tail = link.acked;
    return link;
}

} // namespace ds::webhooks
