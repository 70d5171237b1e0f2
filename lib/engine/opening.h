// What is settled before an engine works on a data directory: that its lanes are those it knows,
// and whose the object store is.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "storage/data_directory.h"
#include "storage/hot_log.h"
#include "storage/object_store.h"
#include "storage/owned_store.h"

#include <memory>
#include <vector>

namespace ds {

struct OpenedLanes {
    std::vector<HotLog> logs;
    bool any_lost = false; // a lane is not what the directory knew, and the operator accepts it
};
// Without `accept_loss` a lane that is missing, empty, another's or older than it was is an error,
// and nothing is made.
Result<OpenedLanes> open_lanes(DataDirectory const& directory, Durability durability,
                               bool accept_loss);
// Counts a start of each lane. A disk without room for it is no reason not to serve.
Result<void> count_starts(DataDirectory const& directory, std::vector<HotLog>& logs);

// The store as its owner has it; null when `inner` is. A directory that `becomes_another`, as
// something of it was lost or the store is taken over, gets a new identity: what lies in the store
// under its old one is neither put again nor collected, and whoever still has that one loses the
// store.
Result<std::unique_ptr<OwnedStore>> own_store(std::unique_ptr<ObjectStore> inner,
                                              DataDirectory& directory, bool becomes_another,
                                              Clock const& clock);

} // namespace ds
