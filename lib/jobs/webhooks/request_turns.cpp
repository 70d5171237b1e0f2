// A request of each scope, and round again.
#include "jobs/webhooks/request_turns.h"

#include <utility>

namespace ds::webhooks {

void RequestTurns::put(SubscriptionRequest request) {
    auto const& project = request.scope.project;
    auto& waiting = waiting_[project];
    if (waiting.empty()) turns_.push_back(project);
    waiting.push_back(std::move(request));
    ++size_;
}

// What does not fit any more is the first of the next batch: nobody's turn is passed over.
std::vector<SubscriptionRequest> RequestTurns::take(Weigh const& weigh, std::size_t most) {
    std::vector<SubscriptionRequest> batch;
    std::size_t taken = 0;
    while (!turns_.empty()) {
        auto const found = waiting_.find(turns_.front());
        auto& waiting = found->second;
        auto const weight = weigh(waiting.front());
        if (!batch.empty() && weight > most - taken) break;
        batch.push_back(std::move(waiting.front()));
        waiting.pop_front();
        --size_;
        if (waiting.empty())
            waiting_.erase(found);
        else
            turns_.push_back(turns_.front());
        turns_.pop_front();
        if (weight >= most - taken) break;
        taken += weight;
    }
    return batch;
}

} // namespace ds::webhooks
