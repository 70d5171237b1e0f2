// What the protocol can say to an ask, one type per thing. (Protocol sections 4.2, 5, 8)
//
// No status codes here: frontends/streams/refusals maps each to one, and another face would map
// them otherwise.
#pragma once

#include "model/estuary.h"
#include "model/lifetime.h"
#include "model/offset.h"
#include "model/producer.h"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace ds {

// Why an ask is refused. Each changes nothing.
enum class Refusal : std::uint8_t {
    stream_not_found,
    stream_gone, // soft-deleted: forks still hold its data
    stream_closed,
    content_type_mismatch,
    content_type_required,
    closed_status_mismatch,
    lifetime_mismatch,
    exposure_mismatch,
    fork_mismatch,
    stream_seq_regression,
    precondition_failed, // If-Match or If-None-Match
    empty_body,
    empty_json_array,
    invalid_json,
    stale_producer_epoch,
    producer_sequence_gap,
    producer_must_start_at_zero,
    name_soft_deleted, // PUT on a soft-deleted name
    fork_source_gone,  // the source is soft-deleted
    fork_source_not_found,
    fork_across_projects,
    fork_too_deep,
    fork_offset_beyond_tail,
    fork_offset_invalid,
    fork_sub_offset_invalid,
    estuary_not_found,
    not_an_estuary,       // a stream of that name is there, and is an ordinary one
    estuary_cycle,        // the source is fed by the estuary
    subscribed_otherwise, // as plain instead of in envelopes, or the other way round
    fanout_behind,        // what is to end waits for its copies, and takes in nothing more
    too_many_estuaries,   // the project has as many as it may, or as many subscriptions
    estuary_chain,        // an append would go too many steps, or make too many copies
    too_many_streams,     // the project has as many as it may
    too_many_producers,   // the stream remembers as many as it may
    invalid_offset,
    offset_beyond_tail,
    offset_of_predecessor, // of a stream that had this name before
    offset_trimmed,        // retention has taken what was there
    history_unavailable,   // it lies in the object store, which does not answer
    history_damaged,       // it lies in the object store, where it is not what it was
    busy,                  // a queue is full
    storage_full,          // no space left
    storage_failing,       // writes are refused until a commit succeeds again
    draining,              // the server is going down
};

// The facts of a stream that answers carry.
struct StreamFacts {
    std::string content_type;
    Lifetime lifetime;
    Offset tail;
    bool closed = false;
};

struct Created {
    StreamFacts facts;
    bool existed = false;    // the stream was there already, with the same configuration
    std::int64_t stream = 0; // its identity
};
struct Appended {
    Offset next;
    bool closed = false;
    std::optional<ProducerMark> producer; // echoed to idempotent producers
    bool wrote = true;                    // false for a close without data
    std::optional<FanoutTold> fanout{};   // if it was asked for
};
// A producer's retry of what is already in the log.
struct Duplicate {
    Offset next;
    bool closed = false;
    ProducerMark producer;
    std::optional<FanoutTold> fanout{};
};
struct Removed {};
struct Refused {
    Refusal why;
    std::string detail{};                         // for people; empty: the catalogue's text
    std::optional<Offset> next{};                 // stream_closed, precondition_failed
    std::optional<std::uint64_t> current_epoch{}; // stale_producer_epoch
    std::optional<SequenceGap> gap{};             // producer_sequence_gap
    std::optional<Offset> earliest{};             // offset_trimmed: where the stream begins
};

using Answer = std::variant<Created, Appended, Duplicate, Removed, Refused, Subscribed,
                            Unsubscribed, Touched, EstuaryRemoved, EstuaryFacts, EstuariesListed>;

} // namespace ds
