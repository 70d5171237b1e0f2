// What can be asked of subscriptions, and what comes back: values that cross from one thread to
// another. (Protocol sections 6 and 7)
#pragma once

#include "jobs/webhooks/lease_token.h"
#include "jobs/webhooks/scope.h"
#include "jobs/webhooks/subscription.h"

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace ds::webhooks {

struct CreateSubscription {
    Wanted wanted;
};
struct ShowSubscription {};
struct DeleteSubscription {};
struct AddStreams {
    std::vector<std::string> streams; // full names
};
struct RemoveStream {
    std::string stream;
};
struct ClaimWake {
    std::string worker;
};
// The token is the text that the asker shows: it is read where the secret is.
struct AcknowledgeWake {
    struct Of {
        std::string stream;
        std::string offset;
    };
    enum class By : std::uint8_t { callback, ack };
    By by = By::ack;
    std::string token;
    WakeName wake;
    std::vector<Of> acks;
    Done done = Done::no;
};
struct ReleaseWake {
    std::string token;
    WakeName wake;
};
using SubscriptionCommand =
    std::variant<CreateSubscription, ShowSubscription, DeleteSubscription, AddStreams, RemoveStream,
                 ClaimWake, AcknowledgeWake, ReleaseWake>;

enum class RequestOutcome : std::uint8_t {
    ok,
    created,
    nothing_to_say,
    not_found,
    exists_otherwise,
    url_refused,
    wrong_kind,
    already_claimed,
    nothing_pending,
    token_invalid,
    fenced,
    invalid_offset,
    too_many,
    storage_failing,
    storage_full,
};
struct SubscriptionReply {
    RequestOutcome outcome = RequestOutcome::ok;
    std::string text{};   // the JSON document, or a text for people
    std::string holder{}; // already_claimed
    std::uint64_t generation = 0;
};

struct SubscriptionRequest {
    SubscriptionScope scope;
    std::string id;
    std::string origin; // what the asker's URLs begin with
    SubscriptionCommand command;
    // Once, on another thread: may only pass it on.
    std::function<void(SubscriptionReply)> reply;
};

} // namespace ds::webhooks
