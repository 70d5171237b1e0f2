// All subscriptions as the table keeps them, and what a batch changes of them.
//
// The set remembers each change until commit() or load(): write() puts exactly these into the
// table, within the caller's transaction. When that fails, load() reads again what is kept, and
// nothing has to be undone by hand. One thread at a time.
#pragma once

#include "base/result.h"
#include "jobs/webhooks/subscription.h"
#include "storage/subscription_table.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace ds::webhooks {

class SubscriptionSet {
public:
    // Replaces all that is here by what the table keeps. No tail has been looked at then.
    Result<void> load(SubscriptionTable& table);
    void clear();

    std::size_t size() const { return subscriptions_.size(); }
    // How many there are in a scope.
    std::size_t size_of(SubscriptionScope const& scope) const;
    std::vector<std::int64_t> numbers() const;
    bool contains(std::int64_t number) const { return subscriptions_.contains(number); }
    Subscription& at(std::int64_t number) { return subscriptions_.at(number); }
    // Null when there is none.
    Subscription* find(SubscriptionScope const& scope, std::string const& id);
    // No subscription of the project that was deleted had a higher generation.
    std::uint64_t floor_of(std::string const& project) const;

    // The subscription, for a change.
    Subscription& edit(std::int64_t number);
    // Gives it its number, which never comes again. Its id must be free.
    Subscription& add(Subscription fresh);
    // Ends the subscription, which must have no links any more.
    void remove(Subscription& ended);
    // Must be called for each change of what is kept of a link.
    void link_edited(std::int64_t number, std::string const& stream);

    // Visits each that was edited or added, and is still there.
    void each_edited(std::function<void(Subscription&)> const& visit);
    std::set<std::int64_t> const& removed() const { return removed_; }

    // Whether anything is to be written.
    bool has_changed();
    Result<void> write(SubscriptionTable& table);
    // The changes are on the disk.
    void commit();

private:
    Subscription& insert(Subscription subscription);

    std::map<std::int64_t, Subscription> subscriptions_;
    std::map<std::pair<SubscriptionScope, std::string>, std::int64_t> by_id_;
    std::map<SubscriptionScope, std::size_t> sizes_;
    std::map<std::string, std::uint64_t> floors_; // by project
    std::int64_t next_number_ = 1;

    // Changes.
    std::map<std::int64_t, SubscriptionRow> edited_; // as they were
    std::set<std::int64_t> removed_;
    std::set<std::pair<std::int64_t, std::string>> edited_links_;
    std::set<std::string> edited_floors_;
};

} // namespace ds::webhooks
