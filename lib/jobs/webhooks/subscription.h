// A subscription and how it changes: pure functions of what it is, what happened and when.
// (Protocol sections 6, 7 and 7.3)
//
//     idle ── pending work ──> delivering ── the receiver has it ──> delivered
//                                  │                                     │
//                                  └───────── a worker claims ───────────┴──> held
//     the lease of a webhook runs from delivering on, that of pull-wake while it is held
//     done, released, or the lease is over: idle, and on if there is still pending work
//
// Each way out of idle is a new generation with a new wake id: what was handed out before is void.
// Work is pending while a linked stream goes on behind what is acknowledged. Nothing else is kept
// of it, so no wake can be forgotten.
//
// A delivery is under way once at most. While deliveries fail, the next one waits for its time: a
// lease that ends meanwhile, or a new generation, does not shorten that.
#pragma once

#include "base/clock.h"
#include "jobs/webhooks/lease_token.h"
#include "jobs/webhooks/scope.h"
#include "model/offset.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ds::webhooks {

// As they are kept: numbers never change their meaning.
enum class SubscriptionKind : std::uint8_t { webhook = 0, pull_wake = 1 };
enum class WakePhase : std::uint8_t { idle = 0, delivering = 1, delivered = 2, held = 3 };

// A place of a stream. Without a token: before its first message ("-1").
struct StreamPosition {
    std::uint64_t position = 0;
    std::optional<Offset> token{};
};

// A stream of a subscription.
struct Link {
    bool is_explicit = false;   // named by somebody
    bool by_pattern = false;    // matched
    std::int64_t stream_id = 0; // which stream of that name; 0: there is none
    StreamPosition acked;
    std::uint64_t acks_from = 0; // acknowledgements of older generations mean another stream
    StreamPosition tail;         // as it was last seen; not kept

    bool is_pending() const { return tail.position > acked.position; }
};

// What was asked for.
struct Wanted {
    SubscriptionKind kind = SubscriptionKind::webhook;
    std::string pattern;              // empty: none
    std::vector<std::string> streams; // full names, in order, each once
    std::string webhook_url;
    std::string wake_stream; // full name
    std::chrono::milliseconds lease_ttl{30'000};
    std::string description;
};
// The same for equal wishes: which a subscription is confirmed by.
std::string hash_of(Wanted const& wanted);

struct SubscriptionCounts {
    std::uint64_t wakes = 0;
    std::uint64_t deliveries = 0;
    std::uint64_t failures = 0;
    std::uint64_t fenced = 0;
};

struct Subscription {
    std::int64_t number = 0;
    SubscriptionScope scope;
    std::string id;
    Wanted wanted; // but for its streams, which are links
    std::string hash;
    std::string origin;
    Millis created{};

    std::uint64_t generation = 0;
    WakePhase phase = WakePhase::idle;
    std::string wake_id;
    std::string holder;
    Millis lease_until{};
    std::uint32_t attempts = 0; // that failed in a row
    Millis next_attempt{};
    std::string trouble; // why the last one failed

    std::map<std::string, Link, std::less<>> links;
    std::size_t pending = 0;   // links with work
    bool in_flight = false;    // a delivery is under way; not kept
    bool heard = false;        // the webhook has called back in this wake; not kept
    std::size_t left_out = 0;  // streams that matched when there was no room for more; not kept
    SubscriptionCounts counts; // since the start; not kept

    bool is_leased() const {
        return phase == WakePhase::held ||
               (wanted.kind == SubscriptionKind::webhook && phase != WakePhase::idle);
    }
};

// What its tokens are signed for: no other subscription has the same.
std::string whose(SubscriptionScope const& scope, std::string_view id);

// Where chance comes from, so that tests can do without.
struct Chance {
    std::function<std::string()> wake_id;
    std::function<double()> jitter; // 0 to 1
};

// What a subscription sees of a stream: replaces tail, and starts over when it is another one.
struct Seen {
    std::int64_t stream_id = 0; // 0: there is no such stream
    StreamPosition tail{};
};
void see(Subscription& subscription, Link& link, Seen const& seen);
// Links are made and taken away through these, which count what is pending.
Link& add_link(Subscription& subscription, std::string const& stream);
void start_at_tail(Subscription& subscription, Link& link);
void remove_link(Subscription& subscription, std::string_view stream);

enum class Due : std::uint8_t { no, yes };
// Does what follows from the time and from what is pending: ends a lease that is over, and begins a
// wake that is due. Due::yes: a delivery is to be made, and counts as under way from here on.
Due advance_wake(Subscription& subscription, Millis now, Chance const& chance);
// When to advance the wake again though nothing happened; empty: never.
std::optional<Millis> next_due(Subscription const& subscription);
// The wake stream is not the one that was written to: what waits for a claim is announced again.
void announce_again(Subscription& subscription);

// A delivery has ended. `acked` are the tails that the receiver was shown and says it is done with.
struct Shown {
    std::string stream;
    std::int64_t stream_id = 0;
    StreamPosition tail;
};
struct DeliveryEnd {
    enum class How : std::uint8_t { failed, taken, done };
    WakeName wake;
    How how = How::failed;
    std::string trouble{};
    std::shared_ptr<std::vector<Shown> const> shown{};
};
void end_delivery(Subscription& subscription, DeliveryEnd const& end, Millis now,
                  Chance const& chance);

// POST .../claim
struct Claimed {};
struct AlreadyClaimed {};
struct NothingPending {};
std::variant<Claimed, AlreadyClaimed, NothingPending>
claim(Subscription& subscription, std::string_view worker, Millis now, Chance const& chance);

// POST .../callback, .../ack and .../release. The token has been read already.
struct Ack {
    std::string stream;
    std::optional<StreamPosition> place; // empty: the stream has no such place
};
enum class Done : std::uint8_t { no, yes };
struct Fenced {};
struct InvalidAck {
    std::string why;
};
struct Acknowledged {};
// All of the acks, or none. `done` ends the wake, else the lease is renewed.
std::variant<Acknowledged, Fenced, InvalidAck>
acknowledge(Subscription& subscription, WakeName const& token, WakeName const& asked,
            std::vector<Ack> const& acks, Done done, Millis now);
std::variant<Acknowledged, Fenced> release(Subscription& subscription, WakeName const& token,
                                           WakeName const& asked, Millis now);

// How long to wait after so many failures: 1 s, doubling up to 60 s, give or take a fifth.
std::chrono::milliseconds retry_after(std::uint32_t attempts, double jitter);

} // namespace ds::webhooks
