// Decides what is asked of subscriptions. (Protocol sections 6.2 to 6.4, 7.1, 7.2)
//
// A reply holds when the changes of its batch are on the disk. One thread at a time.
#pragma once

#include "base/clock.h"
#include "jobs/webhooks/limits.h"
#include "jobs/webhooks/links.h"
#include "jobs/webhooks/signing_keys.h"
#include "jobs/webhooks/streams_view.h"
#include "jobs/webhooks/subscription.h"
#include "jobs/webhooks/subscription_request.h"
#include "jobs/webhooks/subscription_set.h"

#include <cstddef>
#include <string>

namespace ds::webhooks {

// What a decision looks at and changes.
struct RequestContext {
    SubscriptionSet& set;
    Links& links;
    StreamsView& streams;
    SigningKeys const& keys;
    SubscriptionSettings const& settings;
    Chance const& chance;
    std::string const& secret; // of tokens
};

SubscriptionReply decide(RequestContext const& in, SubscriptionRequest& request, Millis now);
// How much there is to do for a request, about: links and streams to be looked at.
std::size_t weigh(RequestContext const& in, SubscriptionRequest const& request);

} // namespace ds::webhooks
