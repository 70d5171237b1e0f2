// A consistent copy of the hot log in the object store, taken beside a running server.
//
// Each lane is copied as it is at one moment, without holding up its writer, to a file in the data
// directory that is gone afterwards, and from there in parts to the store. What lies in segments is
// not copied: they are in the store already. A backup is whole once its manifest is there
// (upkeep/backup_manifest.h); one that was broken off is removed by the next.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "storage/data_directory.h"
#include "storage/object_store.h"
#include "upkeep/collector.h"

#include <cstdint>
#include <string>

namespace ds::upkeep {

struct BackupTally {
    std::string name;        // folder in the store
    std::uint64_t bytes = 0; // as they lie there
    std::uint64_t parts = 0;
    unsigned removed = 0; // older backups
};

// The newest `keep` backups of this directory stay, this one among them. Fault::busy when another
// backup of the directory is being taken.
Result<BackupTally> back_up(DataDirectory const& directory, ObjectStore& store, Millis now,
                            unsigned keep, Tick const& tick);

} // namespace ds::upkeep
