// Listing the store, and asking of each object who wants it.
#include "upkeep/collector.h"

#include <algorithm>

namespace ds::upkeep {

namespace {

constexpr std::size_t k_keys_told = 1000;

} // namespace

std::string segment_folder(std::string const& key) {
    return key.substr(0, key.rfind('/') + 1);
}

Result<CollectTally> collect(Collection const& collection, Tick const& tick) {
    CollectTally tally;
    std::vector<std::string> orphans;
    auto const look = [&](ObjectEntry const& entry) -> Result<void> {
        if (!tick(++tally.looked_at, 0, entry.key)) return Error{Fault::busy, "stopped"};
        auto const key = parse_segment_key(entry.key);
        bool const ours =
            key && std::ranges::find(collection.homes, key->home) != collection.homes.end();
        if (!ours) {
            ++tally.foreign;
            return {};
        }
        bool const wanted = TRY(collection.is_wanted(*key, entry.key));
        if (wanted) return {};
        ++tally.orphans;
        tally.bytes += entry.bytes;
        if (tally.keys.size() < k_keys_told) tally.keys.push_back(entry.key);
        if (entry.modified_ms + collection.grace.count() > count_ms(collection.now))
            ++tally.young;
        else
            orphans.push_back(entry.key);
        return {};
    };
    TRY(collection.store.list("stream/", look));
    if (collection.run == Run::dry) return tally;
    for (auto const& key : orphans) {
        if (!tick(tally.removed, orphans.size(), key)) return Error{Fault::busy, "stopped"};
        // It may have been recorded since it was looked at.
        bool const wanted = TRY(collection.is_wanted(*parse_segment_key(key), key));
        if (wanted) continue;
        TRY(collection.store.remove(key));
        ++tally.removed;
    }
    return tally;
}

Result<bool> is_wanted(Referrers const& who, SegmentKey const& key, std::string const& object) {
    auto const project = key.name.substr(0, key.name.find('/'));
    auto& log = who.logs[lane_of_project(project, who.directory.lanes())];
    // Memory first: what is recorded meanwhile is then found on disk.
    auto const stream = who.catalog.find(key.name);
    bool const same = stream && stream->id == key.stream;
    if (!key.number) {
        if (same && stream->life() == Life::soft_deleted) return true;
        bool any = false; // being removed
        TRY(log.segments().each_segment_of(key.stream, [&](SegmentRecord const& segment) {
            any = any || segment_folder(segment.key) == segment_folder(object);
            return Result<void>();
        }));
        return any;
    }
    // It was put, or is being put, and will be recorded, or put once more.
    bool const coming = same && key.home == who.directory.identity() &&
                        *key.number >= stream->rotation()->waiting().first;
    if (coming) return true;
    auto const recorded = TRY(log.segments().segment(key.stream, *key.number));
    return recorded && recorded->key == object;
}

} // namespace ds::upkeep
