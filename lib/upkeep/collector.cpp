// Listing the store, and asking of each object who wants it.
#include "upkeep/collector.h"

#include <algorithm>

namespace ds {

namespace {

constexpr std::size_t k_keys_told = 1000;

} // namespace

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

} // namespace ds
