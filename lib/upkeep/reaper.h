// Removes from the object store what is of no more use: the segments of streams that have ended,
// and those that retention has taken. Now and then it looks whether the store is still ours, and
// for objects that nothing refers to, and takes a backup if it is to.
//
// What it still has to do is on disk: segments that are recorded of a stream that is not, or that
// lie before a stream's beginning. A fault is tried again, for as long as it takes.
#pragma once

#include "base/backoff.h"
#include "engine/catalog.h"
#include "engine/engine.h"
#include "engine/removals.h"
#include "storage/data_directory.h"
#include "storage/hot_reader.h"
#include "storage/owned_store.h"
#include "upkeep/collector.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace ds::upkeep {

class Reaper {
public:
    struct Settings {
        std::chrono::milliseconds gc_grace = std::chrono::hours(24);
        std::chrono::milliseconds backup_every{0}; // 0: never
        unsigned backup_keep = 3;
        std::chrono::milliseconds retention_pause = std::chrono::seconds(5);
    };
    // Works for an engine until stop(); the engine outlives it, and has no other. Null when the
    // engine has no store.
    static Result<std::unique_ptr<Reaper>> start(Engine& engine, Settings const& settings);
    ~Reaper();
    Reaper(Reaper const&) = delete;
    Reaper& operator=(Reaper const&) = delete;

    // Nobody waits for the store any longer. What is left to remove is found after the next start.
    void stop();

private:
    using Steady = std::chrono::steady_clock;

    Reaper(Engine& engine, EngineParts const& parts, Settings const& settings);
    void run();
    Steady::time_point wake_at() const;
    Result<void> carry_out(Removal const& removal);
    Result<void> remove_segments(Removal const& removal,
                                 std::vector<SegmentRecord> const& segments);
    Result<void> keep_retention();
    Result<void> trim(std::shared_ptr<Stream> const& stream, Retention const& retention);
    void keep_times();
    void collect_orphans(Tick const& going_on);
    void take_backup(Tick const& going_on);
    bool ask(unsigned lane, Chore::Work work);
    void tell(Result<void> const& done);

    Engine& engine_;
    EngineParts const parts_;
    OwnedStore& store_;
    Removals& removals_;
    Settings const settings_;
    std::vector<HotReader> logs_; // of each lane
    Backoff backoff_ = Backoff::seeded();
    Steady::time_point retention_at_, collect_at_, backup_at_, look_at_;
    std::thread thread_;
};

} // namespace ds::upkeep
