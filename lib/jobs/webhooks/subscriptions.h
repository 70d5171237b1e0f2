// Subscriptions at work: one thread that alone changes them, between the engine, those who ask, and
// those who are woken. (Protocol sections 6 and 7)
//
//     io threads ── requests ──┐
//     lanes ── what changed ───┤ box ── registry: decides ── COMMIT ── replies, wakes
//     webhooks ── their ends ──┘  bounded, or busy; of requests, each scope has its turn
//
// A notice of a change is only a hint to look: it may be lost with a crash, as everything is looked
// at after a start. When there are too many of them, everything is looked at, too.
#pragma once

#include "base/clock.h"
#include "base/guarded.h"
#include "base/result.h"
#include "engine/courier.h"
#include "engine/engine.h"
#include "jobs/webhooks/deliverer.h"
#include "jobs/webhooks/engine_streams.h"
#include "jobs/webhooks/registry.h"
#include "jobs/webhooks/request_turns.h"
#include "net/async_fetch.h"

#include <condition_variable>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

namespace ds::webhooks {

class Subscriptions final : public Courier, public Newcomers {
public:
    struct Settings {
        SubscriptionSettings registry{};
        DeliveryLimits deliveries{};
        unsigned mailbox = 0; // its number in the engine, which nobody else has
    };
    // The engine must be stopped before this ends, and outlive it; `fetch` is used for nothing
    // else, and is stopped with this.
    static Result<std::unique_ptr<Subscriptions>> open(Engine& engine, AsyncFetch& fetch,
                                                       Settings settings);
    ~Subscriptions() override;

    // False when too many are waiting: then nothing has happened, and nobody is replied to.
    [[nodiscard]] bool submit(SubscriptionRequest& request);
    [[nodiscard]] bool rotate_key(Registry::Rotated rotated);
    // The JSON Web Key Set of webhooks.
    std::string jwks() const;

    // Replies to those who wait, and ends the threads.
    void stop();

    // The engine's side: any of its threads.
    void deliver(Parcel parcel) override;
    void on_created(std::shared_ptr<Stream> const& stream) override;

private:
    struct Box {
        std::unordered_set<std::string> created;
        std::unordered_set<std::string> changed;
        bool look_at_all = false;
        std::vector<EndedDelivery> ended;
        std::vector<Parcel::Answered> answers;
        RequestTurns requests;
        std::vector<Registry::Rotated> rotations;
        bool closed = false;

        bool empty() const {
            return created.empty() && changed.empty() && !look_at_all && ended.empty() &&
                   answers.empty() && requests.empty() && rotations.empty();
        }
    };

    Subscriptions(Engine& engine, AsyncFetch& fetch, Settings const& settings);
    void run();
    std::chrono::steady_clock::time_point wake_at() const;
    Registry::News news_in(Box& box, std::vector<SubscriptionRequest> requests);
    void publish(Registry::Outcome outcome);
    void tell_fault(std::optional<Error> const& fault);
    void announce(WakeDelivery delivery);
    void put_end(EndedDelivery ended);
    template <typename Change>
    void put(Change change);

    Engine& engine_;
    Clock const& clock_;
    EngineStreams streams_;
    std::unique_ptr<Registry> registry_;
    Guarded<std::shared_ptr<KeyRing const>> keys_;
    Guarded<Box> box_;
    std::condition_variable arrived_;
    // Of the thread.
    std::map<Ticket, WakeDelivery> announced_;
    Ticket next_ticket_ = 1;
    bool sick_ = false;
    std::unique_ptr<Deliverer> deliverer_;
    std::thread thread_; // last: everything above exists before it runs
};

} // namespace ds::webhooks
