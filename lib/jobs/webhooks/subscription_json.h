// The JSON of subscriptions: bodies of requests, read strictly, and the documents that we write.
// (Protocol sections 6.2 to 6.4, 7.1, 7.2)
//
// A reader returns Fault::invalid, with a text for people, for what is not as the protocol says;
// fields that it does not know are left alone.
#pragma once

#include "base/result.h"
#include "jobs/webhooks/subscription.h"
#include "jobs/webhooks/subscription_request.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace ds::webhooks {

Result<Wanted> read_wanted(SubscriptionScope const& scope, std::string_view body);
Result<AddStreams> read_streams(SubscriptionScope const& scope, std::string_view body);
Result<ClaimWake> read_claim(std::string_view body);
Result<AcknowledgeWake> read_acknowledge(SubscriptionScope const& scope, std::string_view body);
Result<ReleaseWake> read_release(std::string_view body);

// What is told of a subscription: of its links the first, by name, and how many there are. `kid` is
// the key that signs now.
std::string show(Subscription const& subscription, std::string_view origin, std::string_view kid);

// The streams of a wake: all, or those with work where there are too many; and what was shown.
struct ShownStreams {
    std::string json; // an array
    std::vector<Shown> streams;
};
ShownStreams show_streams(Subscription const& subscription);
std::string webhook_body(Subscription const& subscription, std::string_view origin,
                         std::string_view streams, std::string_view token);
std::string claim_body(Subscription const& subscription, std::string_view streams,
                       std::string_view token);
std::string wake_event(Subscription const& subscription, Millis now);
enum class NextWake : std::uint8_t { no, yes };
std::string acknowledged_body(NextWake next_wake);

} // namespace ds::webhooks
