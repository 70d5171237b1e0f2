// How much of subscriptions there may be, and what is allowed: each bound has an answer for when it
// is reached.
#pragma once

#include "jobs/webhooks/webhook_url.h"

#include <cstddef>
#include <string>

namespace ds::webhooks {

struct SubscriptionLimits {
    std::size_t subscriptions = 10'000;      // of the server
    std::size_t scope_subscriptions = 1'000; // of a project, or over all streams
    std::size_t links = 20'000;              // of a subscription
    std::size_t scope_links = 100'000;
};

struct SubscriptionSettings {
    WebhookRules rules;
    std::string public_url; // of the server; empty: as the subscriber saw it
    SubscriptionLimits limits{};

    // What the URLs of a subscription begin with.
    std::string const& origin_of(std::string const& seen) const {
        return public_url.empty() ? seen : public_url;
    }
};

// Streams that a wake or a claim tells of: more have their turn in the next one. So many links are
// shown of a subscription.
inline constexpr std::size_t k_streams_told = 1'000;
// Streams of one request, and acknowledgements.
inline constexpr std::size_t k_streams_asked = 1'000;
inline constexpr std::size_t k_id_bytes_max = 256;
inline constexpr std::size_t k_worker_bytes_max = 256;
inline constexpr std::size_t k_description_bytes_max = 4096;
inline constexpr std::size_t k_request_bytes_max = std::size_t{1} << 20;

} // namespace ds::webhooks
