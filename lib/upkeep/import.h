// Segments as the hosted reference system keeps them (format/reference_segment.h), taken into a
// data directory that no server runs on.
//
// Each becomes a segment of ours with the same number and the same positions, sealed as by its age:
// the offsets that the other system handed out stay valid, also those at the end of a segment. A
// frame is a message.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "storage/data_directory.h"
#include "storage/object_store.h"
#include "upkeep/collector.h"

#include <cstdint>
#include <optional>
#include <string>

namespace ds::upkeep {

struct ImportOptions {
    std::string source;                // a folder that has stream/<name>/segment-<n>.seg at or
                                       // below it, or one such file
    std::optional<std::string> stream; // of a single file: which stream it is
    std::string content_type;
};

struct ImportTally {
    std::uint64_t streams = 0;
    std::uint64_t segments = 0;
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0; // of the messages
};

// One stream after another, each as a whole or not at all; objects of one that fails are orphans.
// Fault::invalid when a stream exists already, when its name or a message is not legal, or when a
// segment is missing; truncated or corrupt when a file is.
Result<ImportTally> import_segments(DataDirectory const& directory, ImportOptions const& options,
                                    ObjectStore& store, Clock const& clock, Tick const& tick);

} // namespace ds::upkeep
