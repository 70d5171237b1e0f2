// Subscriptions and their links as rows of storage/subscription_table, and back.
#pragma once

#include "jobs/webhooks/subscription.h"
#include "storage/subscription_table.h"

#include <string>

namespace ds::webhooks {

SubscriptionRow row_of(Subscription const& subscription);
Subscription subscription_of(SubscriptionRow const& row);

SubscriptionLink row_of(std::string const& stream, Link const& link);
// Without its tail, which is not kept.
Link link_of(SubscriptionLink const& row);

} // namespace ds::webhooks
