// Looking up a subscription.
#include "engine/fanout_source.h"

#include "base/ensure.h"

namespace ds {

Subscription& FanoutSource::find(std::int64_t subscription) {
    auto const found = std::ranges::lower_bound(subscriptions, subscription, {}, &Subscription::id);
    ENSURE(found != subscriptions.end() && found->id == subscription);
    return *found;
}

} // namespace ds
