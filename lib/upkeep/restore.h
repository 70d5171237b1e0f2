// A data directory out of an object store: from segments, and from a backup of the hot log if there
// is one. Nothing in the store is changed.
//
// Streams keep their ids, names, positions and tokens, so every offset that was handed out stays
// valid up to where its stream ends. The directory gets a new identity, because ETags of what was
// lost must not answer for what comes instead; it remembers the old ones as homes when all of their
// segments came back, so that what is left over is collected as garbage. It takes the streams over:
// whatever it deletes, trims or lets expire, it removes from the store.
//
// All is made in "<data>.restoring" and renamed at the end: a restore that is killed leaves nothing
// that could be served, and the next one clears it away. There are as many lanes as in the backup,
// or one.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "model/offset.h"
#include "storage/object_store.h"
#include "upkeep/collector.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ds::upkeep {

struct RestoreOptions {
    std::string data{};          // must not be there, or be an empty folder
    std::string project{};       // empty: all
    bool list = false;           // only say what would come back
    bool without_backup = false; // segments alone
};

struct RestoreTally {
    std::string identity; // of the new directory; of the newest home when nothing was made
    std::string backup;   // its folder in the store; empty: none was used
    struct Line {
        std::string name;
        std::int64_t id = 0;
        std::uint64_t segments = 0;
        std::uint64_t messages = 0;
        std::uint64_t bytes = 0;
        Offset tail;
        bool closed = false;
        std::string note;
    };
    std::vector<Line> streams;         // by name
    std::vector<std::string> left_out; // what does not come back, and why
    bool incomplete = false;           // some of it should have come back
};

// Fault::invalid when the directory is not empty, or when there is nothing to restore.
Result<RestoreTally> restore(RestoreOptions const& options, ObjectStore& store, Clock const& clock,
                             Tick const& tick);

} // namespace ds::upkeep
