// Subscriptions, changes, and their rows.
#include "jobs/webhooks/subscription_set.h"

#include "jobs/webhooks/subscription_rows.h"

#include <algorithm>
#include <utility>

namespace ds::webhooks {

void SubscriptionSet::clear() {
    subscriptions_.clear();
    by_id_.clear();
    sizes_.clear();
    floors_.clear();
    commit();
}

Result<void> SubscriptionSet::load(SubscriptionTable& table) {
    clear();
    TRY(table.each([&](SubscriptionRow const& row) { insert(subscription_of(row)); }));
    TRY(table.each_link([&](std::int64_t number, SubscriptionLink const& row) {
        auto const found = subscriptions_.find(number);
        if (found != subscriptions_.end()) found->second.links[row.stream] = link_of(row);
    }));
    return table.each_floor([&](std::string project, std::int64_t generation) {
        floors_[std::move(project)] = static_cast<std::uint64_t>(generation);
    });
}

Subscription& SubscriptionSet::insert(Subscription subscription) {
    auto const number = subscription.number;
    next_number_ = std::max(next_number_, number + 1);
    by_id_[{subscription.scope, subscription.id}] = number;
    ++sizes_[subscription.scope];
    return subscriptions_[number] = std::move(subscription);
}

std::size_t SubscriptionSet::size_of(SubscriptionScope const& scope) const {
    auto const found = sizes_.find(scope);
    return found == sizes_.end() ? 0 : found->second;
}

std::vector<std::int64_t> SubscriptionSet::numbers() const {
    std::vector<std::int64_t> all;
    for (auto const& [number, subscription] : subscriptions_)
        all.push_back(number);
    return all;
}

Subscription* SubscriptionSet::find(SubscriptionScope const& scope, std::string const& id) {
    auto const found = by_id_.find({scope, id});
    return found == by_id_.end() ? nullptr : &subscriptions_.at(found->second);
}

std::uint64_t SubscriptionSet::floor_of(std::string const& project) const {
    auto const found = floors_.find(project);
    return found == floors_.end() ? 0 : found->second;
}

Subscription& SubscriptionSet::edit(std::int64_t number) {
    auto& subscription = subscriptions_.at(number);
    if (!edited_.contains(number)) edited_.emplace(number, row_of(subscription));
    return subscription;
}

Subscription& SubscriptionSet::add(Subscription fresh) {
    fresh.number = next_number_;
    edited_.emplace(fresh.number, SubscriptionRow{}); // it was nothing
    return insert(std::move(fresh));
}

void SubscriptionSet::remove(Subscription& ended) {
    auto const number = ended.number;
    auto& floor = floors_[ended.scope.project];
    if (ended.generation > floor) {
        floor = ended.generation;
        edited_floors_.insert(ended.scope.project);
    }
    by_id_.erase({ended.scope, ended.id});
    auto const size = sizes_.find(ended.scope);
    if (--size->second == 0) sizes_.erase(size);
    edited_.erase(number);
    removed_.insert(number);
    subscriptions_.erase(number);
}

void SubscriptionSet::link_edited(std::int64_t number, std::string const& stream) {
    edited_links_.insert({number, stream});
}

void SubscriptionSet::each_edited(std::function<void(Subscription&)> const& visit) {
    for (auto const& [number, before] : edited_)
        visit(subscriptions_.at(number));
}

bool SubscriptionSet::has_changed() {
    std::erase_if(edited_, [&](auto const& edited) {
        return edited.second == row_of(subscriptions_.at(edited.first));
    });
    return !edited_.empty() || !removed_.empty() || !edited_links_.empty();
}

Result<void> SubscriptionSet::write(SubscriptionTable& table) {
    for (auto const number : removed_)
        TRY(table.remove(number));
    for (auto const& [number, before] : edited_)
        TRY(table.put(row_of(subscriptions_.at(number))));
    for (auto const& [number, stream] : edited_links_) {
        auto const found = subscriptions_.find(number);
        if (found == subscriptions_.end()) continue;
        auto const link = found->second.links.find(stream);
        if (link == found->second.links.end())
            TRY(table.remove_link(number, stream));
        else
            TRY(table.put_link(number, row_of(stream, link->second)));
    }
    for (auto const& project : edited_floors_)
        TRY(table.set_floor(project, static_cast<std::int64_t>(floors_.at(project))));
    return {};
}

void SubscriptionSet::commit() {
    edited_.clear();
    removed_.clear();
    edited_links_.clear();
    edited_floors_.clear();
}

} // namespace ds::webhooks
