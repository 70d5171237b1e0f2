// What was decided when a stream was created: a row of the hot log's stream table, and part of what
// each of its segments says of itself.
#pragma once

#include "model/exposure.h"
#include "model/lifetime.h"
#include "model/offset.h"

#include <cstdint>
#include <optional>
#include <string>

namespace ds {

// Where a fork left its source, and what was asked for (compared by an idempotent re-PUT).
struct ForkRecord {
    std::int64_t source = 0;
    std::uint64_t point = 0;   // absolute position
    std::uint64_t ordinal = 0; // messages before the point
    Offset at;                 // the point as a token
    std::optional<Offset> asked_at;
    std::uint64_t asked_sub_offset = 0;
};

struct StreamRecord {
    std::int64_t id = 0; // never reused: the generation of a name
    std::string name;
    std::string content_type;
    std::int64_t created_ms = 0;
    std::int64_t touched_ms = 0;
    Lifetime lifetime;
    Exposure exposure;
    std::optional<ForkRecord> fork;
    // Of its first segment, unless it is a fork: more than any number that a stream of this name
    // had before, so that no offset of that one is taken for one of this.
    std::uint64_t first_segment = 0;
    bool soft_deleted = false;
};

} // namespace ds
