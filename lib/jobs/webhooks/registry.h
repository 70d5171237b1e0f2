// All subscriptions of a server: what happened goes in, replies and deliveries come out, and
// between the two lies one commit.
//
//     auto outcome = registry.run(std::move(news), now);   // decided, and on the disk
//     for (auto& [reply, with] : outcome.replies) reply(with);
//     for (auto& delivery : outcome.deliveries) ...         // and its end is news again
//
//     SubscriptionSet       the subscriptions, and what the batch changes of them
//     Links                 which streams belong to them
//     SigningKeys           the keys of webhooks
//     RequestContext        what decide() works on when something is asked
//
// One thread at a time. When the commit fails nothing has happened: what is kept is read again, and
// whoever asked is told so.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "jobs/webhooks/due_times.h"
#include "jobs/webhooks/limits.h"
#include "jobs/webhooks/links.h"
#include "jobs/webhooks/signing_keys.h"
#include "jobs/webhooks/streams_view.h"
#include "jobs/webhooks/subscription.h"
#include "jobs/webhooks/subscription_request.h"
#include "jobs/webhooks/subscription_requests.h"
#include "jobs/webhooks/subscription_set.h"
#include "jobs/webhooks/wake_delivery.h"
#include "storage/subscription_table.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace ds::webhooks {

class Registry {
public:
    static Result<std::unique_ptr<Registry>> open(SubscriptionTable table,
                                                  SubscriptionSettings settings,
                                                  StreamsView& streams, Chance chance, Millis now);
    Registry(Registry const&) = delete;
    Registry& operator=(Registry const&) = delete;

    using Rotated = std::function<void(Result<std::string> kid)>;
    struct News {
        bool look_at_all = false; // streams may have changed unnoticed
        std::vector<std::string> created;
        std::vector<std::string> changed;
        std::vector<EndedDelivery> ended;
        std::vector<SubscriptionRequest> requests;
        std::vector<Rotated> rotations; // of the key that signs
    };
    struct Outcome {
        std::vector<std::pair<std::function<void(SubscriptionReply)>, SubscriptionReply>> replies;
        std::vector<std::pair<Rotated, Result<std::string>>> rotated;
        std::vector<WakeDelivery> deliveries;
        std::optional<Error> fault; // of the commit
    };
    Outcome run(News news, Millis now);
    // How much there is to do for a request, about: links and streams to be looked at.
    std::size_t weigh(SubscriptionRequest const& request) const {
        return webhooks::weigh(context_, request);
    }
    // When to run without news; empty: never.
    std::optional<Millis> next_due() const { return due_.next(); }

    std::size_t size() const { return set_.size(); }
    std::shared_ptr<KeyRing const> keys() const { return keys_.ring(); }

private:
    Registry(SubscriptionTable table, SubscriptionSettings settings, StreamsView& streams,
             Chance chance);
    Result<void> load(Millis now);
    void load_again(Millis now);
    Outcome refuse_all(News& news, Error const& fault);
    void apply(News& news, Outcome& outcome, Millis now);
    void end(EndedDelivery const& ended, Millis now);
    void wake_edited(Outcome& outcome, Millis now);
    Result<void> write();

    SubscriptionTable table_;
    SubscriptionSettings const settings_;
    Chance const chance_;
    SubscriptionSet set_;
    Links links_;
    SigningKeys keys_;
    RequestContext const context_;
    DueTimes due_;
    std::set<std::int64_t> in_flight_; // deliveries whose end has not been news yet
    bool unseen_ = true;               // nothing has been looked at since the start
    std::optional<Error> unreadable_;  // what is kept could not be read again
};

} // namespace ds::webhooks
