// What is sent for a wake.
#include "jobs/webhooks/wake_delivery.h"

#include "jobs/webhooks/subscription_json.h"

#include <algorithm>
#include <utility>

namespace ds::webhooks {

namespace {

// A receiver that answers later than its lease ends can no longer say that it is done.
constexpr std::chrono::milliseconds k_patience_most{60'000};

} // namespace

WakeDelivery delivery_of(Subscription const& subscription, SubscriptionSettings const& settings,
                         std::string_view secret, Millis now) {
    auto const& wanted = subscription.wanted;
    WakeDelivery delivery;
    delivery.number = subscription.number;
    delivery.wake = {subscription.generation, subscription.wake_id};
    delivery.scope = subscription.scope;
    delivery.wake_stream = wanted.wake_stream;
    if (wanted.kind == SubscriptionKind::pull_wake) {
        delivery.body = wake_event(subscription, now);
        return delivery;
    }
    auto shown = show_streams(subscription);
    auto const token = sign_token(secret, whose(delivery.scope, subscription.id), delivery.wake);
    delivery.body =
        webhook_body(subscription, settings.origin_of(subscription.origin), shown.json, token);
    delivery.url = wanted.webhook_url;
    // A URL that was allowed when the subscription was made need not be any more.
    if (auto target = check_webhook_url(wanted.webhook_url, settings.rules))
        delivery.target = *std::move(target);
    delivery.patience = std::min(wanted.lease_ttl, k_patience_most);
    delivery.shown = std::make_shared<std::vector<Shown> const>(std::move(shown.streams));
    return delivery;
}

} // namespace ds::webhooks
