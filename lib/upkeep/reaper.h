// Removes from the object store what is of no more use: the segments of streams that have ended,
// and those that retention has taken. Now and then it looks whether the store is still ours, and
// for objects that nothing refers to, and takes a backup if it is to.
//
// What it still has to do is on disk: segments that are recorded of a stream that is not, or that
// lie before a stream's beginning. A fault is tried again, for as long as it takes.
#pragma once

#include "base/backoff.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "engine/catalog.h"
#include "engine/chore.h"
#include "engine/recovery.h"
#include "engine/retention.h"
#include "storage/data_directory.h"
#include "storage/hot_reader.h"
#include "storage/owned_store.h"
#include "upkeep/collector.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace ds {

// Who could refer to an object: memory, and the hot logs, one of each lane.
struct Referrers {
    Catalog const& catalog;
    DataDirectory const& directory;
    std::vector<HotReader>& logs;
};
Result<bool> is_wanted(Referrers const& who, SegmentKey const& key, std::string const& object);

class Reaper {
public:
    struct Parts {
        OwnedStore& store;
        DataDirectory const& directory;
        Catalog const& catalog;
        Retentions const& retentions;
        Clock const& clock;
        std::function<bool(unsigned lane, Chore&)> submit; // to a lane; false: not now
    };
    struct Settings {
        std::chrono::milliseconds gc_grace = std::chrono::hours(24);
        std::chrono::milliseconds backup_every{0}; // 0: never
        unsigned backup_keep = 3;
        std::chrono::milliseconds retention_pause = std::chrono::seconds(5);
    };
    static Result<std::unique_ptr<Reaper>> open(Parts parts, Settings settings);
    ~Reaper();
    Reaper(Reaper const&) = delete;
    Reaper& operator=(Reaper const&) = delete;

    // What recovery found left to do. Before start().
    void note(unsigned lane, Recovered const& recovered);
    void start();
    // A stream with segments has ended, or was soft-deleted. From any thread, never waits for long.
    void note_gone(unsigned lane, std::shared_ptr<Stream> const& stream);
    void stop();

    std::optional<std::string> sickness() const { return *sickness_.lock(); }
    std::uint64_t removed() const { return removed_.load(std::memory_order_relaxed); }

private:
    using Steady = std::chrono::steady_clock;
    // A stream whose objects are to be removed, all or some; or that is only to be marked.
    struct Task {
        unsigned lane = 0;
        std::int64_t stream = 0;
        std::vector<std::uint64_t> numbers; // empty: all
        bool gone = false;                  // the stream is no more
        bool mark = false;                  // it is soft-deleted
    };
    struct State {
        std::deque<Task> tasks;
        bool stopping = false;
    };

    Reaper(Parts parts, Settings settings);
    void run();
    void put(Task task);
    bool wait_for(std::chrono::milliseconds pause);
    Result<void> carry_out(Task const& task);
    Result<void> remove_segments(Task const& task, std::vector<SegmentRecord> const& segments);
    Result<void> keep_retention();
    Result<void> trim(std::shared_ptr<Stream> const& stream, Retention const& retention);
    void keep_times();
    bool ask(unsigned lane, Chore::Work work);
    void tell(Result<void> const& done);

    Parts parts_;
    Settings settings_;
    std::vector<HotReader> logs_; // of each lane
    Guarded<State> state_;
    std::condition_variable changed_;
    Guarded<std::optional<std::string>> sickness_;
    std::atomic<std::uint64_t> removed_ = 0;
    Backoff backoff_ = Backoff::seeded();
    Steady::time_point retention_at_, collect_at_, backup_at_, look_at_;
    std::thread thread_;
};

} // namespace ds
