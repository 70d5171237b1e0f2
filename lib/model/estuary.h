// Estuaries: inboxes, streams into which the appends of other streams of their project are copied.
// What can be asked of one, and what is answered, as values.
//
// A subscription counts from the source's tail at the moment it was made until it is taken back:
// the estuary holds exactly what was appended in between, in the source's order.
#pragma once

#include "model/offset.h"
#include "model/stream_name.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

// [A-Za-z0-9_.:-], 1 to 256 of them, and not "." or "..": an estuary is one part of a path.
bool is_estuary_id(std::string_view text);

enum class CopyMode : std::uint8_t {
    plain,    // as it is: source and estuary have the same content type
    envelope, // JSON that says which source it is of (model/envelope.h)
};

// How what a source takes in gets to an estuary.
struct CopyForm {
    CopyMode mode = CopyMode::plain;
    std::uint64_t notify_above = 0; // envelopes of larger messages have no payload; 0: all have one

    friend bool operator==(CopyForm const&, CopyForm const&) = default;
};

// Estuaries of a project, unless it is set otherwise: who may only read makes them, and each is
// kept. An append makes as many copies at most, along chains of estuaries as well.
inline constexpr std::uint64_t k_estuaries_max = 1'000;
inline constexpr std::uint64_t k_any_estuaries = 100'000; // where no project is set up
// So many subscriptions for each estuary that there may be.
inline constexpr std::uint64_t k_subscriptions_for_each = 100;

// Makes the estuary unless it is there, and lets it live for `ttl` after it was last used.
struct Subscribe {
    StreamName name; // the source
    StreamName estuary;
    CopyForm form{};
    std::chrono::seconds ttl{};
    std::uint64_t estuaries_max = k_estuaries_max; // that the project may have
};
struct Unsubscribe {
    StreamName name; // the source
    StreamName estuary;
    std::optional<std::uint64_t> until{}; // copies are owed up to here; the lane waits for them
};
struct TouchEstuary {
    StreamName name;
};
struct LookAtEstuary {
    StreamName name;
};
struct RemoveEstuary {
    StreamName name;
};
// The estuaries of a project by their ids, from the first one after `after` on.
struct ListEstuaries {
    StreamName name; // any of the project
    std::string after;
};
inline constexpr std::size_t k_estuaries_listed_max = 1'000;
// How far the reader of an estuary has come with each of its sources.
struct Acknowledge {
    struct Pointer {
        StreamName source;
        Offset offset;
    };
    StreamName name;
    std::vector<Pointer> pointers;
};

struct Subscribed {
    StreamName source;
    StreamName estuary;
    Offset since; // the first that is copied
    std::int64_t expires_ms = 0;
    bool is_new = false; // the estuary
};
struct Unsubscribed {
    StreamName source;
    StreamName estuary;
};
struct Touched {
    StreamName estuary;
    std::int64_t expires_ms = 0;
};
struct EstuaryRemoved {
    StreamName estuary;
};
struct EstuaryFacts {
    struct Subscription {
        StreamName source;
        CopyForm form;
        Offset since;
        std::optional<Offset> acknowledged;
        std::optional<Offset> missed{}; // copies of what is before may have been left out
    };
    StreamName estuary;
    std::string content_type;
    std::int64_t expires_ms = 0;
    std::vector<Subscription> subscriptions; // in the order in which they were made
};

struct EstuariesListed {
    struct Estuary {
        StreamName name;
        std::string content_type;
        std::int64_t expires_ms = 0;
        std::uint64_t subscriptions = 0;
    };
    std::vector<Estuary> estuaries;
    bool more = false; // there are
};

// What became of the copies of an append by the time it was answered.
struct FanoutTold {
    enum class Mode : std::uint8_t {
        skipped,      // there are no subscribers
        made,         // along with the append
        queued,       // they follow
        circuit_open, // they follow when the fan-out of this source is tried again
    };
    Mode mode = Mode::skipped;
    std::uint64_t subscribers = 0;
    std::uint64_t copies = 0; // that are there
};

} // namespace ds
