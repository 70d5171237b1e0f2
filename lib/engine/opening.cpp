// Lanes looked at and opened, and the store wrapped.
#include "engine/opening.h"

#include "base/log.h"
#include "storage/lane_births.h"

#include <utility>

namespace ds {

namespace {

// True when it may be gone on with all the same.
Result<bool> was_lost(Result<void> const& checked, bool accept_loss) {
    if (checked) return false;
    if (!accept_loss || !is_damage(checked.error().fault)) return checked.error();
    log_event(Level::warn, "lane.loss_accepted", {{"error", checked.error().what}});
    return true;
}

} // namespace

Result<OpenedLanes> open_lanes(DataDirectory const& directory, Durability durability,
                               bool accept_loss) {
    OpenedLanes opened;
    for (unsigned lane = 0; lane < directory.lanes(); ++lane)
        if (TRY(was_lost(check_lane_file(directory, lane), accept_loss))) opened.any_lost = true;
    for (unsigned lane = 0; lane < directory.lanes(); ++lane) {
        auto log = HotLog::open(directory.lane_path(lane), durability);
        if (!log) return std::move(log).error().within(directory.lane_path(lane));
        if (TRY(was_lost(check_birth(directory, lane, *log), accept_loss))) opened.any_lost = true;
        opened.logs.push_back(*std::move(log));
    }
    return opened;
}

Result<void> count_starts(DataDirectory const& directory, std::vector<HotLog>& logs) {
    for (unsigned lane = 0; lane < logs.size(); ++lane) {
        auto const counted = count_start(directory, lane, logs[lane]);
        if (counted) continue;
        if (counted.error().fault != Fault::full) return counted.error();
        log_event(Level::warn, "lane.start_not_counted", {{"error", counted.error().what}});
    }
    return {};
}

Result<std::unique_ptr<OwnedStore>> own_store(std::unique_ptr<ObjectStore> inner,
                                              DataDirectory& directory, bool becomes_another,
                                              Clock const& clock) {
    if (becomes_another) {
        auto const before = directory.identity();
        if (inner) TRY(end_ownership(*inner, directory, clock));
        TRY(directory.become_another());
        log_event(Level::warn, "directory.renamed",
                  {{"data", directory.path()},
                   {"identity", directory.identity()},
                   {"before", before},
                   {"effect", "new segments get keys of their own; what lies in the store under "
                              "the old identity is left as it is"}});
    }
    if (!inner) return std::unique_ptr<OwnedStore>();
    return std::make_unique<OwnedStore>(std::move(inner), directory, clock);
}

} // namespace ds
