// Which requests are decided next: scopes take turns, so that one whose requests are heavy holds up
// itself. No thread, no clock.
//
// A batch takes as much as is done in a moment, counted in weights; a request that is heavier than
// that is a batch by itself. Within a scope the order stays as it was.
#pragma once

#include "jobs/webhooks/subscription_request.h"

#include <cstddef>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <vector>

namespace ds::webhooks {

// In links that are looked at, a few microseconds each: a batch is done in about ten milliseconds.
inline constexpr std::size_t k_batch_weight = 4096;
inline constexpr std::size_t k_any_weight = std::numeric_limits<std::size_t>::max();

class RequestTurns {
public:
    void put(SubscriptionRequest request);
    // The next batch: at least one request, if there is any, and of no more weight than `most`
    // unless it is only one.
    using Weigh = std::function<std::size_t(SubscriptionRequest const&)>;
    std::vector<SubscriptionRequest> take(Weigh const& weigh, std::size_t most);

    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }

private:
    std::map<std::string, std::deque<SubscriptionRequest>> waiting_; // by project
    std::deque<std::string> turns_; // of projects that have requests
    std::size_t size_ = 0;
};

} // namespace ds::webhooks
