// What a stream holds of its own, without what a fork inherits: its end, where its rows lie in the
// hot log, where its segments begin, and how far it lies in the object store.
//
// Guarded by the stream's lock. It is looked at and changed through the classes that have a subject
// each: StreamIndex, StreamRotation and StreamChange.
#pragma once

#include "engine/head.h"
#include "engine/row.h"
#include "engine/segment_starts.h"
#include "model/stream_record.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace ds {

class Stream;

enum class Life : std::uint8_t {
    live,
    soft_deleted, // deleted, but forks still read its data
    ended,        // gone; only readers that hold it still see this object
};

struct StreamPart {
    // Where a fork came from. Never changes, so that it may be read without the lock.
    struct Origin {
        ForkRecord fork;
        std::shared_ptr<Stream> source;
        unsigned depth;
    };
    // How far the stream has been rotated.
    struct Rotated {
        std::uint64_t until = 0;
        Offset next;             // token of `until`
        bool all = false;        // the stream is closed, and its last segment is in the store
        std::uint64_t first = 0; // number of the first segment that is in the store
        bool trimmed = false;    // retention has taken what was before it
    };

    StreamPart(StreamRecord const& record, bool is_json, std::unique_ptr<Origin const> from);

    Head head() const;
    void set_head(Head const& head);
    std::uint64_t own_start() const { return origin ? origin->fork.point : 0; }
    // From here on there are rows: what is before lies in segments of the store.
    std::uint64_t hot_from() const;
    bool lies_in_segment(std::uint64_t position) const {
        return rotated && position < hot_from() && position < rotated->until;
    }
    bool is_trimmed() const { return rotated && rotated->trimmed; }
    std::uint64_t length_of(RowPlace const& place) const {
        return json ? place.count : place.bytes;
    }

    std::unique_ptr<Origin const> const origin; // of a fork
    // The token of the tail is not kept: it follows from the segments.
    std::uint64_t end = 0;
    std::uint64_t ordinal = 0;
    std::uint64_t segment_bytes = 0;
    std::uint32_t segment_messages = 0;
    bool const json;
    bool closed = false;
    Life life;
    std::vector<RowPlace> rows;
    SegmentStarts starts;
    std::unique_ptr<Rotated> rotated; // once something is in the store
};

} // namespace ds
