// Checks what a data directory and its object store hold against each other, and against what must
// always be true. Changes nothing.
//
// Holds beside a running server: each lane is read as it is at one moment.
#pragma once

#include "base/result.h"
#include "storage/object_store.h"
#include "upkeep/collector.h"
#include "upkeep/report.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ds::upkeep {

struct VerifyTally {
    std::uint64_t streams = 0;
    std::uint64_t hot_rows = 0;
    std::uint64_t segments = 0; // read whole, and checked
    std::uint64_t bytes = 0;    // of their objects
};

// `store` may be null: then segments are only checked against each other. The first lie ends it:
// Fault::corrupt, missing or truncated, with the stream, the place and the object.
Result<VerifyTally> verify_lanes(std::vector<std::string> const& lane_paths, ObjectStore* store,
                                 Scope const& scope, Tick const& tick);

} // namespace ds::upkeep
