// Sends webhooks: many at once, and none of them holds a thread. (Protocol section 7.1)
//
// Whose turn it is says jobs/webhooks/delivery_queue.
#pragma once

#include "base/clock.h"
#include "base/guarded.h"
#include "jobs/webhooks/delivery_queue.h"
#include "jobs/webhooks/registry.h"
#include "net/async_fetch.h"

#include <functional>
#include <memory>

namespace ds::webhooks {

class Deliverer {
public:
    // What became of each call; on a thread of `fetch`, or of who puts calls. May only take note.
    using Tell = std::function<void(Registry::Ended)>;
    using Keys = std::function<std::shared_ptr<KeyRing const>()>;

    // `fetch` is used for nothing else, and is stopped with this.
    Deliverer(AsyncFetch& fetch, Clock const& clock, Keys keys, Tell tell, DeliveryLimits limits);
    ~Deliverer();
    Deliverer(Deliverer const&) = delete;
    Deliverer& operator=(Deliverer const&) = delete;

    void put(Outgoing call);
    // Cuts what is under way; of that, and of what waits, nobody is told.
    void stop();

private:
    void begin_what_may();
    void begin(Outgoing call);
    void ended(Outgoing const& call, CallEnd end);

    AsyncFetch& fetch_;
    Clock const& clock_;
    Keys const keys_;
    Tell const tell_;
    Guarded<DeliveryQueue> queue_;
};

} // namespace ds::webhooks
