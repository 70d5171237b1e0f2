// What the segments in an object store say of the streams they belong to, without any database.
//
// Each segment's end is read, several at once. What belongs to one life of a stream is put
// together: the same name, id and time of creation. Its segments may come from several data
// directories, one restored from the other; a directory that is restored keeps the ids.
//
// The list is not believed where it leaves off: the segments that would come next to those that it
// names are asked for, too.
#pragma once

#include "base/result.h"
#include "format/segment_key.h"
#include "storage/object_store.h"
#include "storage/segment_table.h"
#include "upkeep/collector.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace ds::upkeep {

// A segment that is in the store.
struct FoundSegment {
    std::string home;
    std::int64_t created_ms = 0; // of its stream
    SegmentRecord record;
    Offset next;                         // token of its end
    std::unique_ptr<SegmentFacts> facts; // of the last one in its folder
};

// One life of a stream: which one it is, and what there is of it.
struct LifeKey {
    std::string name;
    std::int64_t id = 0;
    std::int64_t created_ms = 0;
    // The check takes the comparison for one with 0. NOLINTNEXTLINE(modernize-use-nullptr)
    friend auto operator<=>(LifeKey const&, LifeKey const&) = default;
};
struct FoundLife {
    std::multimap<std::uint64_t, FoundSegment> segments; // by number
    bool deleted = false; // a marker says so; what is left of it may be on its way out
};

struct Survey {
    std::map<LifeKey, FoundLife> lives;
    std::map<std::string, std::int64_t> homes; // when each wrote its last segment
    // Streams of which a marker says that they were deleted, by name and id.
    std::set<std::pair<std::string, std::int64_t>> deleted;
    std::int64_t last_id = 0;
    std::vector<std::string> damaged; // segments that cannot be read, and why
};

// Fails when the store does, and with Fault::corrupt when its list leaves out what is there; a
// segment that is damaged is one that is not there.
Result<Survey> survey_segments(ObjectStore& store, Tick const& tick);

// What a segment says of itself, by one or two gets. Empty when it is not there.
Result<std::optional<SegmentFooter>> fetch_footer(ObjectStore& store, std::string const& key,
                                                  std::uint64_t& object_bytes);

// Fault::corrupt when there is an object that a list of the store leaves out, also one that is made
// now: a list of this kind makes less of everything.
Result<void> check_absent(ObjectStore& store, std::string const& key);

// The segments of a life from `first` on, one after another, the newest home's where several have
// one; and what comes after the place where they no longer follow.
struct Chain {
    std::vector<FoundSegment const*> segments;
    std::uint64_t beyond = 0; // segments after a hole
};
Chain chain_of(FoundLife const& life, std::uint64_t first,
               std::map<std::string, std::int64_t> const& homes);

} // namespace ds::upkeep
