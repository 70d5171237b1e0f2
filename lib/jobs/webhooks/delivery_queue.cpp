// Taking turns.
#include "jobs/webhooks/delivery_queue.h"

#include <algorithm>
#include <utility>

namespace ds::webhooks {

namespace {

std::size_t count_of(std::map<std::string, std::size_t> const& counts, std::string const& host) {
    auto const found = counts.find(host);
    return found == counts.end() ? 0 : found->second;
}

void take_one(std::map<std::string, std::size_t>& counts, std::string const& host) {
    auto const found = counts.find(host);
    if (found != counts.end() && --found->second == 0) counts.erase(found);
}

} // namespace

void DeliveryQueue::put(WakeDelivery delivery) {
    auto const& name = delivery.scope.project;
    auto& project = projects_[name];
    if (project.waiting.empty()) turns_.push_back(name);
    project.waiting.push_back(std::move(delivery));
}

bool DeliveryQueue::may_begin(Project const& project) const {
    bool const crowded = under_way_ >= limits_.all / 2;
    return project.under_way < (crowded ? std::min(limits_.few, limits_.project) : limits_.project);
}

// The first that is not held up by others of its host.
std::deque<WakeDelivery>::iterator DeliveryQueue::first_of(Project& project) const {
    return std::ranges::find_if(project.waiting, [&](WakeDelivery const& delivery) {
        return count_of(project.by_host, delivery.target.host) < limits_.project_host &&
               count_of(by_host_, delivery.target.host) < limits_.host;
    });
}

std::optional<WakeDelivery> DeliveryQueue::take() {
    if (under_way_ >= limits_.all) return std::nullopt;
    for (auto left = turns_.size(); left > 0; --left) {
        auto name = std::move(turns_.front());
        turns_.pop_front();
        auto& project = projects_.at(name);
        auto const found = may_begin(project) ? first_of(project) : project.waiting.end();
        if (found == project.waiting.end()) {
            turns_.push_back(std::move(name));
            continue;
        }
        auto delivery = std::move(*found);
        project.waiting.erase(found);
        if (!project.waiting.empty()) turns_.push_back(std::move(name));
        ++project.under_way;
        ++project.by_host[delivery.target.host];
        ++by_host_[delivery.target.host];
        ++under_way_;
        return delivery;
    }
    return std::nullopt;
}

void DeliveryQueue::ended(std::string const& project, std::string const& host) {
    auto const found = projects_.find(project);
    if (found == projects_.end()) return;
    --under_way_;
    --found->second.under_way;
    take_one(found->second.by_host, host);
    take_one(by_host_, host);
    if (found->second.under_way == 0 && found->second.waiting.empty()) projects_.erase(found);
}

} // namespace ds::webhooks
