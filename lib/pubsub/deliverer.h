// Sends webhooks: a few threads, each with one request at a time. (Protocol section 7.1)
//
// What waits is bounded by who puts it in: a subscription has one call under way. A receiver that
// is slow holds up itself: a host has two requests at once, and a project no more than three
// quarters of the threads.
#pragma once

#include "base/clock.h"
#include "base/guarded.h"
#include "net/fetch.h"
#include "pubsub/registry.h"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace ds::pubsub {

class Deliverer {
public:
    // What became of each call; on one of the threads, may only take note.
    using Tell = std::function<void(Registry::Ended)>;
    using Keys = std::function<std::shared_ptr<KeyRing const>()>;

    Deliverer(Fetch& fetch, Clock const& clock, Keys keys, Tell tell, std::size_t threads);
    ~Deliverer();
    Deliverer(Deliverer const&) = delete;
    Deliverer& operator=(Deliverer const&) = delete;

    void put(Outgoing call);
    // Cuts what is under way; of that, and of what waits, nobody is told.
    void stop();

    static constexpr std::size_t k_host_max = 2;

private:
    struct Work {
        std::deque<Outgoing> waiting;
        std::map<std::string, std::size_t> by_host; // under way
        std::map<std::string, std::size_t> by_project;
        bool stopping = false;
    };
    void run();
    std::optional<Outgoing> next(Work& work) const;
    CallEnd send(Outgoing const& call);

    Fetch& fetch_;
    Clock const& clock_;
    Keys const keys_;
    Tell const tell_;
    std::size_t const project_max_;
    Guarded<Work> work_;
    std::condition_variable changed_;
    std::atomic<bool> stopping_ = false;
    std::vector<std::thread> threads_; // last: everything above exists before they run
};

} // namespace ds::pubsub
