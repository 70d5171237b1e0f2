// The changes that can be asked of a stream, as values. (Protocol sections 4.2, 5.1 to 5.4)
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "model/content.h"
#include "model/estuary.h"
#include "model/exposure.h"
#include "model/lifetime.h"
#include "model/offset.h"
#include "model/producer.h"
#include "model/stream_name.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace ds {

struct Precondition; // model/precondition.h

// The append of a stream that holds a place, in absolute positions.
struct AppendSpan {
    std::uint64_t start = 0;
    std::uint64_t end = 0;
    std::uint64_t limit = 0; // where it stops to count: a fork sees its source up to the fork point
    std::uint64_t ordinal = 0; // messages of the stream before it
    std::uint64_t messages = 0;
    bool json = false;

    // Messages before `position`, from start to end. A cut through a message leaves its first part
    // behind: that part counts as a message.
    std::uint64_t ordinal_at(std::uint64_t position) const {
        if (json) return ordinal + (position - start);
        if (position >= end) return ordinal + messages;
        return ordinal + (position > start ? 1 : 0);
    }
};

struct ForkOf {
    // The append at a place that lies in the object store, looked up before the lane judges.
    struct LookedUp {
        std::int64_t stream = 0; // whose place it is
        std::uint64_t position = 0;
        AppendSpan append;
    };
    StreamName source;
    std::optional<Offset> at; // empty: the source's tail
    std::uint64_t sub_offset = 0;
    std::optional<LookedUp> looked_up{};
};

// PUT. The body is split once the content type is known, which for a fork may be its source's.
struct Create {
    StreamName name;
    std::optional<std::string> content_type;
    Lifetime lifetime = Forever{};
    std::optional<Exposure> exposure{}; // empty: not said
    bool closed = false;
    std::optional<ForkOf> fork;
    Bytes body;
    std::optional<ProducerClaim> producer;
    std::optional<std::string> stream_seq;
    std::shared_ptr<Precondition const> condition{}; // null: none
};

// POST. The messages are split by whoever received them; what was wrong with the body is told only
// when nothing weightier is (404, closed, wrong type and producer answers come first).
struct Append {
    StreamName name;
    std::optional<std::string> content_type;
    Result<Messages> messages = Messages{};
    bool body_was_empty = true; // no bytes at all, as opposed to the JSON body "[]"
    bool close = false;
    bool publishes = false; // the answer says what became of the copies
    std::optional<ProducerClaim> producer;
    std::optional<std::string> stream_seq;
    std::shared_ptr<Precondition const> condition{};
};

// DELETE
struct Remove {
    StreamName name;
    std::shared_ptr<Precondition const> condition{};
};

using Ask = std::variant<Create, Append, Remove, Subscribe, Unsubscribe, TouchEstuary,
                         LookAtEstuary, RemoveEstuary, ListEstuaries, Acknowledge>;

} // namespace ds
