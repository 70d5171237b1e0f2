// Where the segments of a stream begin: tokens to positions and back.
//
// Held for every stream, so it is a null pointer until there is something to hold.
#pragma once

#include "model/offset.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace ds {

class SegmentStarts {
public:
    // A stream begins with segment 0 at position 0. One that begins elsewhere (a fork, or a stream
    // that retention has trimmed): its first segment, and where position 0 of that would be.
    void begin_at(std::uint64_t first, std::uint64_t start);
    // A stream whose name another one had before begins with a number that the other had not.
    void be_born_at(std::uint64_t first);
    std::uint64_t born() const { return kept_ ? kept_->born : 0; }

    enum class Sealed : std::uint8_t {
        full, // the end of the segment before is spelled as this segment's position 0 alone
        aged, // it was handed out as an end before it was known to be one: both spellings hold
    };
    void add(std::uint64_t start, Sealed before);
    // Forgets the segments before `number`, which is one of these or the one after the last.
    void drop_before(std::uint64_t number, std::uint64_t start);

    std::uint64_t first() const { return kept_ ? kept_->first : 0; }
    std::uint64_t first_start() const { return kept_ ? kept_->first_start : 0; }
    std::uint64_t last() const { return kept_ ? kept_->first + kept_->more.size() : 0; }
    // first() <= number <= last()
    std::uint64_t start_of(std::uint64_t number) const;
    // The segment before `number` (which is not the first) was sealed by age.
    bool was_aged(std::uint64_t number) const;

    // Of a token from first() to last(), whose position in the last segment is not beyond the tail.
    // Empty for a place that was never handed out.
    std::optional<std::uint64_t> resolve(Offset token) const;
    // The same for a reader, who may ask for any place: beyond the end of a full segment stands its
    // last message, whose end is spelled higher; beyond that of an aged one the next segment.
    std::uint64_t read_from(Offset token) const;
    // The segment of a position from first_start() on.
    std::uint64_t segment_at(std::uint64_t position) const;
    Offset locate(std::uint64_t position) const;

private:
    struct Start {
        std::uint64_t position : 63;
        std::uint64_t aged : 1;
    };
    struct Kept {
        std::uint64_t first = 0;
        std::uint64_t first_start = 0;
        std::uint64_t born = 0;
        std::vector<Start> more; // after the first
    };
    Kept& kept();
    std::unique_ptr<Kept> kept_;
};

} // namespace ds
