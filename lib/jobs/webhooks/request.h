// What can be asked of subscriptions, and what comes back: values that cross from one thread to
// another. (Protocol sections 6 and 7)
#pragma once

#include "jobs/webhooks/lease_token.h"
#include "jobs/webhooks/realm.h"
#include "jobs/webhooks/subscription.h"

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace ds::webhooks {

struct Create {
    Wanted wanted;
};
struct Show {};
struct Delete {};
struct AddStreams {
    std::vector<std::string> streams; // full names
};
struct RemoveStream {
    std::string stream;
};
struct Claim {
    std::string worker;
};
// A token is read where the secret is.
struct Acknowledge {
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
struct Release {
    std::string token;
    WakeName wake;
};
using Deed =
    std::variant<Create, Show, Delete, AddStreams, RemoveStream, Claim, Acknowledge, Release>;

enum class Verdict : std::uint8_t {
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
    ending,
};
struct Reply {
    Verdict verdict = Verdict::ok;
    std::string text{};   // the JSON document, or what is told to people
    std::string holder{}; // already_claimed
    std::uint64_t generation = 0;
};

struct Request {
    Realm realm;
    std::string id;
    std::string origin; // what the asker's URLs begin with
    Deed deed;
    // Once, on another thread: may only pass it on.
    std::function<void(Reply)> reply;
};

} // namespace ds::webhooks
