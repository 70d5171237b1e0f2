// A wake on its way to its receiver: a webhook, or an event for a wake stream.
#pragma once

#include "base/clock.h"
#include "jobs/webhooks/limits.h"
#include "jobs/webhooks/subscription.h"
#include "jobs/webhooks/webhook_url.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ds::webhooks {

struct WakeDelivery {
    std::int64_t number = 0; // of the subscription
    WakeName wake;
    SubscriptionScope scope;
    std::string body;
    std::string wake_stream; // full name; empty: a webhook
    std::string url;
    WebhookTarget target; // without a host: the rules do not allow the URL any more
    std::chrono::milliseconds patience{0};
    std::shared_ptr<std::vector<Shown> const> shown;
};

struct EndedDelivery {
    std::int64_t number = 0; // of the subscription
    DeliveryEnd end;
};

// The delivery of the wake that `subscription` is in, with a token signed by `secret`.
WakeDelivery delivery_of(Subscription const& subscription, SubscriptionSettings const& settings,
                         std::string_view secret, Millis now);

} // namespace ds::webhooks
