// How a stream's own part changes: what follows from a commit, and what recovery reads back. Only
// the stream's lane, and recovery before there is one, may ask for it.
#pragma once

#include "engine/stream_part.h"
#include "storage/hot_log.h"
#include "storage/segment_table.h"

#include <cstdint>
#include <vector>

namespace ds {

class StreamChange {
public:
    // The stream's lock is held as long as this lives.
    explicit StreamChange(StreamPart& state) : state_(state) {}

    struct NewSegment {
        std::uint64_t start;
        SegmentStarts::Sealed before;
    };
    // Rows that were committed, the segments that they begin, and the head after them.
    void adopt(Head const& head, std::vector<RowPlace> const& rows,
               std::vector<NewSegment> const& segments);
    // What lies before `next` is in the store. The rows that are no longer needed, unless they are
    // kept.
    std::vector<RowPlace> adopt_rotation(RotatedRecord const& rotated, bool keep_rows);
    // Retention has taken what is before. The rows that were kept all the same.
    std::vector<RowPlace> adopt_earliest(Offset earliest, std::uint64_t start);
    // All rows; the index is empty afterwards.
    std::vector<RowPlace> release_rows();

    // Recovery, in this order: what was rotated, the segments that are in the store, whether they
    // are all (StreamRotation::is_whole), the rows of the log. False when something does not follow
    // what was before it.
    void recover(RotatedRecord const& rotated);
    bool recover(SegmentRecord const& segment);
    enum class Recovered : std::uint8_t {
        taken,
        kept,       // its segment is in the store, and such rows are kept
        not_needed, // its segment is in the store
        misplaced,
    };
    Recovered recover(LogRecord const& row, bool keep_rows);
    // After the last row: kept rows with a gap before the rows that follow.
    std::vector<RowPlace> finish_recovery();

private:
    std::vector<RowPlace> release(std::vector<RowPlace>::iterator end);

    StreamPart& state_;
};

} // namespace ds
