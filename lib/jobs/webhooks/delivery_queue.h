// Which webhook is sent next: projects take turns, and so do hosts within one. No thread, no clock.
//
// What waits is bounded by who puts it in: a subscription has one delivery under way. What is under
// way is bounded three times over. A receiver that hangs holds up its own project's deliveries to
// its host, and a project whose receivers all hang holds up itself: half of all places are kept for
// projects that have few deliveries under way.
#pragma once

#include "jobs/webhooks/wake_delivery.h"

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>

namespace ds::webhooks {

// How many deliveries may be under way at once.
struct DeliveryLimits {
    std::size_t all = 512;
    std::size_t project = 64;
    std::size_t project_host = 4; // of one project to one host
    std::size_t host = 64;        // of all projects to one host
    // Of a project, once half of all places are taken.
    std::size_t few = 2;
};

class DeliveryQueue {
public:
    explicit DeliveryQueue(DeliveryLimits limits) : limits_(limits) {}

    void put(WakeDelivery delivery);
    // The next that may begin, and counts it as under way; empty if none may.
    std::optional<WakeDelivery> take();
    // A delivery to `host` that was taken has ended.
    void ended(std::string const& project, std::string const& host);

    std::size_t under_way() const { return under_way_; }

private:
    struct Project {
        std::deque<WakeDelivery> waiting;
        std::size_t under_way = 0;
        std::map<std::string, std::size_t> by_host; // under way
    };
    bool may_begin(Project const& project) const;
    std::deque<WakeDelivery>::iterator first_of(Project& project) const;

    DeliveryLimits const limits_;
    std::map<std::string, Project> projects_; // that have deliveries
    std::deque<std::string> turns_;           // of projects that have deliveries waiting
    std::map<std::string, std::size_t> by_host_;
    std::size_t under_way_ = 0;
};

} // namespace ds::webhooks
