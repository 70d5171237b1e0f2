// Which segments of a lane's streams lie in the object store, and how far each stream has been
// rotated: tables beside the log, in the same database and the same transactions.
//
//     segment    one row for each object that was adopted; a row whose stream is gone, or that lies
//                before the earliest segment of its stream, names an object that is to be removed
//     rotated    one row for each stream that has or had segments: what its rows that left the hot
//                log said, so that recovery goes on from there; and where retention lets it begin
//     ledger_part  what has changed in the ledger of `rotated` since it was kept there as a whole
//     retention  how much history to keep, for a project or a single stream
#pragma once

#include "base/result.h"
#include "format/ledger.h"
#include "format/segment.h"
#include "model/offset.h"
#include "storage/sqlite.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

struct SegmentRecord {
    std::int64_t stream = 0;
    Offset at;               // token of its first place
    std::uint64_t start = 0; // absolute positions
    std::uint64_t end = 0;
    std::uint64_t ordinal = 0; // messages of the stream before it
    std::uint64_t messages = 0;
    std::uint64_t rows = 0;
    std::uint64_t bytes = 0; // of the rows' bodies
    std::uint64_t object_bytes = 0;
    std::int64_t first_ms = 0;
    std::int64_t last_ms = 0;
    Seal seal = Seal::full;
    std::string key;
    std::string checksum; // as in the object's trailer
    Stripes stripes;
};

// What the segments of a stream say of it, up to where the hot log goes on.
struct RotatedRecord {
    std::int64_t stream = 0;
    std::uint64_t until = 0;   // absolute position: all before it lies in segments
    std::uint64_t ordinal = 0; // messages before it
    Offset next;               // its token
    bool closed = false;
    // Read, it is whole. Written, it may be a part of what follows what is there already.
    Ledger ledger;
    std::size_t ledger_parts_bytes = 0; // read only: as in LedgerThere
    Offset earliest;                    // token of the first place that retention has left
    std::uint64_t earliest_start = 0;   // the same as an absolute position
};

// The record of what a segment says of itself.
SegmentRecord record_of(SegmentFacts const& facts, std::string key, std::uint64_t object_bytes,
                        std::string checksum, Stripes stripes);

// How much history is kept. Zero: no limit.
struct Retention {
    std::int64_t age_ms = 0;
    std::uint64_t bytes = 0;
    std::uint64_t messages = 0;

    bool any() const { return age_ms != 0 || bytes != 0 || messages != 0; }
    friend bool operator==(Retention const&, Retention const&) = default;
};

// Statements over these tables on a connection that outlives it. One thread at a time.
class SegmentTable {
public:
    static Result<SegmentTable> open(sqlite::Database& database, sqlite::Open mode);

    // Reading. Segments come by stream and number.
    using VisitSegment = std::function<Result<void>(SegmentRecord const&)>;
    Result<void> each_segment(VisitSegment const& visit);
    Result<void> each_segment_of(std::int64_t stream, VisitSegment const& visit);
    Result<void> each_rotated(std::function<Result<void>(RotatedRecord const&)> const& visit);
    Result<std::optional<SegmentRecord>> segment(std::int64_t stream, std::uint64_t number);
    Result<std::optional<RotatedRecord>> rotated(std::int64_t stream);
    // By scope: a project, or "project/stream".
    Result<void>
    each_retention(std::function<Result<void>(std::string_view, Retention const&)> const& visit);

    // Changing, inside the lane's transaction.
    Result<void> insert_segment(SegmentRecord const& record);
    Result<void> remove_segment(std::int64_t stream, std::uint64_t number);
    Result<void> set_rotated(RotatedRecord const& record);
    Result<void> set_earliest(std::int64_t stream, Offset earliest, std::uint64_t start);
    Result<void> remove_rotated(std::int64_t stream);
    // Without any limit it is forgotten.
    Result<void> set_retention(std::string_view scope, Retention const& retention);

private:
    Result<void> move_rotated(RotatedRecord const& record);

    sqlite::Statement segments_, segments_of_, segment_, rotateds_, rotated_, retentions_;
    sqlite::Statement parts_, parts_of_;
    sqlite::Statement insert_segment_, remove_segment_, set_rotated_, move_rotated_, set_earliest_;
    sqlite::Statement remove_rotated_, insert_part_, remove_parts_;
    sqlite::Statement set_retention_, remove_retention_;
};

} // namespace ds
