// How a stream is divided between the hot log and the object store: what waits to be rotated, and
// what lies where.
#pragma once

#include "engine/stream_part.h"
#include "storage/segment_table.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace ds {

class StreamRotation {
public:
    // The stream's lock is held as long as this lives.
    explicit StreamRotation(StreamPart const& state) : state_(state) {}

    // A sealed segment that is not in the store yet, with its rows.
    struct SealedSegment {
        Offset at; // of its first place
        std::uint64_t start = 0;
        std::uint64_t end = 0;
        Seal seal = Seal::full;
        Offset next; // token after it
        std::vector<RowPlace> rows;
    };
    // Segment `number`, if it is sealed and all of it is in the hot log.
    std::optional<SealedSegment> sealed(std::uint64_t number) const;
    // Which segments are sealed and not in the store yet: [first, first + count).
    struct Waiting {
        std::uint64_t first = 0;
        std::uint64_t count = 0;
    };
    Waiting waiting() const;
    // Everything before it is in the store.
    std::uint64_t until() const {
        return state_.rotated ? state_.rotated->until : state_.own_start();
    }
    bool has_segments() const { return state_.rotated != nullptr; } // in the store
    // Of the stream as it stands: for operators.
    struct Holdings {
        Offset earliest; // where its own data begins, and the same as an absolute position
        std::uint64_t earliest_start = 0;
        std::uint64_t hot_rows = 0;
        std::uint64_t hot_bytes = 0;
        std::uint64_t only_hot_bytes = 0; // of rows that are nowhere else
        std::uint64_t only_hot_messages = 0;
        std::uint64_t segments = 0; // in the store
        Waiting waiting;
    };
    Holdings holdings() const;
    // Whether the segments that recovery has found are all that there should be.
    bool is_whole() const;

private:
    bool closed_by_filling() const;

    StreamPart const& state_;
};

} // namespace ds
