// What a restore makes of what it has found: which streams come back, how far, and which do not.
//
// Segments bring a stream up to its last message that was moved. A backup adds what its hot log had
// beyond that, the streams that had no segments yet, and which streams had been deleted before it;
// what happened after the backup is seen in the segments. Nobody is asked, so the rules are strict:
//   1. The newest directory is believed. An older one's stream stays out if its name or its id is
//      taken; so does an older life of a name.
//   2. A stream that was deleted comes back only for the forks that need it, and as deleted.
//   3. A fork comes back only with its source, and with all of it that the fork inherits.
//   4. Where something does not follow, the stream ends.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "upkeep/saved_log.h"
#include "upkeep/segment_survey.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ds::upkeep {

struct PlannedStream {
    StreamRecord record;
    std::string fork_source; // name; empty unless it is a fork
    std::vector<SegmentRecord> segments;
    std::optional<RotatedRecord> rotated;
    std::int64_t age_ms = 0; // when its directory wrote last
    bool deleted = false;
    bool json = false;
    std::string note;

    // Where it ends, with the rows of the log that follow its segments.
    Offset tail;
    std::uint64_t end = 0;
    std::uint64_t ordinal = 0;
    bool closed = false;
    std::uint64_t hot_messages = 0;
    std::uint64_t hot_bytes = 0;
    std::uint64_t lost_rows = 0; // of the backup, that do not follow
};

// A row of the backup that comes back.
struct PlannedRow {
    unsigned lane = 0; // of the backup
    std::int64_t seq = 0;
    std::int64_t stream = 0;
};

struct RestorePlan {
    std::vector<PlannedStream> streams; // by id
    std::vector<PlannedRow> rows;       // in their order
    std::vector<std::pair<std::string, Retention>> retentions;
    std::vector<std::string> left_out;
    bool incomplete = false;        // some of it should have come back
    std::vector<std::string> homes; // whose segments they are, the newest first
    std::int64_t last_id = 0;       // the largest that was ever given, as far as is known
    // Nothing stays in the store that is not a part of what comes back, or was deleted.
    bool whole = true;
};

// `saved` may be null. `project` may be empty: all. Reads the store only for ends of segments.
Result<RestorePlan> plan_restore(ObjectStore& store, Survey const& survey, SavedLog* saved,
                                 std::string const& project, Millis now);

} // namespace ds::upkeep
