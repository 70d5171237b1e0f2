// Finds objects in the store that nothing refers to.
//
// A crash between a put and its recording leaves one behind; so does a stream that ends while a
// segment of it is on its way. They are removed once they are older than a grace time, in which
// whatever put them has recorded them or is gone.
#pragma once

#include "engine/catalog.h"
#include "format/segment_key.h"
#include "storage/data_directory.h"
#include "storage/hot_reader.h"
#include "storage/object_store.h"
#include "storage/segment_table.h"
#include "upkeep/report.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace ds::upkeep {

// How far a long operation has come. False: stop.
using Tick = std::function<bool(std::uint64_t done, std::uint64_t of, std::string const& what)>;

enum class Run : std::uint8_t { dry, real };

struct CollectTally {
    std::uint64_t looked_at = 0; // objects
    std::uint64_t orphans = 0;   // that nothing refers to
    std::uint64_t young = 0;     // of these, left alone until the grace time is over
    std::uint64_t foreign = 0;   // objects of other data directories, left alone
    std::uint64_t removed = 0;
    std::uint64_t bytes = 0;       // of the orphans
    std::vector<std::string> keys; // of the orphans, at most 1000
};

// Of the key of a segment: with the slash.
std::string segment_folder(std::string const& key);

struct Collection {
    ObjectStore& store;
    std::vector<std::string> homes; // whose objects are ours
    // Whether something refers to the object of this key.
    std::function<Result<bool>(SegmentKey const&, std::string const& key)> is_wanted;
    std::chrono::milliseconds grace;
    Run run = Run::dry;
    Millis now;
};

Result<CollectTally> collect(Collection const& collection, Tick const& tick);

// Who could refer to an object: memory, and the hot logs, one of each lane.
struct Referrers {
    Catalog const& catalog;
    DataDirectory const& directory;
    std::vector<HotReader>& logs;
};
Result<bool> is_wanted(Referrers const& who, SegmentKey const& key, std::string const& object);

} // namespace ds::upkeep
