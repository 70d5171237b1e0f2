// Sends webhooks: many at once, and none of them holds a thread. (Protocol section 7.1)
//
// DeliveryQueue decides which one is next. Any thread may call put().
#pragma once

#include "base/clock.h"
#include "base/guarded.h"
#include "jobs/webhooks/delivery_queue.h"
#include "jobs/webhooks/signing.h"
#include "jobs/webhooks/wake_delivery.h"
#include "net/async_fetch.h"

#include <functional>
#include <memory>

namespace ds::webhooks {

class Deliverer {
public:
    // How each delivery ended. Called on a thread of `fetch`, or of the caller of put(): the
    // function may only pass the end on.
    using Tell = std::function<void(EndedDelivery)>;
    using Keys = std::function<std::shared_ptr<KeyRing const>()>;

    // `fetch` is used for nothing else, and is stopped with this.
    Deliverer(AsyncFetch& fetch, Clock const& clock, Keys keys, Tell tell, DeliveryLimits limits);
    ~Deliverer();
    Deliverer(Deliverer const&) = delete;
    Deliverer& operator=(Deliverer const&) = delete;

    void put(WakeDelivery delivery);
    // Cuts what is under way; of that, and of what waits, nobody is told.
    void stop();

private:
    void begin_what_may();
    void begin(WakeDelivery delivery);
    void ended(WakeDelivery const& delivery, DeliveryEnd end);

    AsyncFetch& fetch_;
    Clock const& clock_;
    Keys const keys_;
    Tell const tell_;
    Guarded<DeliveryQueue> queue_;
};

} // namespace ds::webhooks
