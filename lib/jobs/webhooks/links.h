// Which streams belong to which subscription, and how far each has come. (Protocol section 6.2)
//
// Each stream that is linked is watched through the StreamsView, until its last link is taken away.
// One thread at a time.
#pragma once

#include "jobs/webhooks/limits.h"
#include "jobs/webhooks/streams_view.h"
#include "jobs/webhooks/subscription.h"
#include "jobs/webhooks/subscription_set.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace ds::webhooks {

class Links {
public:
    Links(SubscriptionSet& set, StreamsView& streams, SubscriptionLimits const& limits)
        : set_(set),
          streams_(streams),
          limits_(limits) {}

    // Nothing is known of any subscription; what is watched stays watched.
    void clear();
    // Learns the pattern, the wake stream and the links of a subscription.
    void add(Subscription const& subscription);
    // Takes away its links, and forgets it.
    void remove(Subscription& subscription);

    // How many links more the subscription may have.
    std::size_t room_of(Subscription const& subscription) const;
    // The streams that match its pattern now. Empty when there are more than `most`: not all of
    // them are looked for.
    std::optional<std::vector<std::string>> matching(Subscription const& subscription,
                                                     std::size_t most);
    // The link of a stream, made when there is none. Whoever makes it says why it is there: by
    // name, by pattern, or both.
    enum class From : std::uint8_t { tail, start };
    Link& link(Subscription& subscription, std::string const& stream, From from);
    void unlink(Subscription& subscription, std::string const& stream);

    // Looks at a stream, or at all that are linked, and sees what has changed. A link of which
    // nothing is left is taken away.
    void look(Subscription& subscription, std::string const& stream);
    void look_at_links(Subscription& subscription);
    // The same for all subscriptions, and new streams that match are linked.
    void look_at_all();
    void on_created(std::string const& stream);
    void on_changed(std::string const& stream);

private:
    using Numbers = std::set<std::int64_t>;

    void match(Subscription& subscription, std::string const& stream);

    SubscriptionSet& set_;
    StreamsView& streams_;
    SubscriptionLimits const limits_;

    std::unordered_map<std::string, Numbers> by_stream_;
    std::unordered_map<std::string, Numbers> by_wake_stream_;
    Numbers with_pattern_;
    std::map<SubscriptionScope, std::size_t> counts_; // links of a scope
};

} // namespace ds::webhooks
