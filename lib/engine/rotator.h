// Moves sealed segments from the hot log to the object store, in the background.
//
// Of these nothing is ever given up, wherever it is killed:
//   1. A segment is recorded only after the store has confirmed it and its end was read back.
//   2. Rows leave the hot log only with the transaction that records their segment.
//   3. One key, one content: the same rows give the same bytes, so a repeated put changes nothing.
//      An object that says something else is never replaced: its stream's segments wait.
//   4. A stream's segments are recorded in order. Where open segments are sealed by their age, a
//      fork's come after what it inherits: all that is in the store can be made into streams again.
//
// Several segments are under way at once, also of one stream. What fails is tried again, later and
// later, for as long as it takes; the rows stay where they are meanwhile.
//
// It has two kinds of threads. The calm ones take their time, and get what nobody else wants of the
// processor and the disk: those who append do not notice them, but where others want everything
// they get nowhere. So when segments begin to queue up, or come in faster than calm work could
// follow, the hasty threads do it, and do again what a calm one has not finished.
#pragma once

#include "base/backoff.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "engine/chore.h"
#include "engine/history.h"
#include "engine/segment_build.h"
#include "engine/stuck_segments.h"
#include "storage/object_store.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace ds {

class Rotator {
public:
    struct Parts {
        ObjectStore& store;
        History& history;
        std::vector<std::string> lane_paths;
        std::function<unsigned(Stream const&)> lane_of;
        std::function<bool(unsigned lane, Chore&)> submit; // to a lane; false: not now
    };
    struct Settings {
        SegmentBuild build;
        unsigned threads = 4;
        bool keep_rows = false;
        bool after_source = false; // what a fork inherits goes to the store before it does
    };
    // Opens its connections; works once there is something to do.
    static Result<std::unique_ptr<Rotator>> open(Parts parts, Settings settings);
    ~Rotator();
    Rotator(Rotator const&) = delete;
    Rotator& operator=(Rotator const&) = delete;

    // There may be something to rotate. From any thread, never waits for long.
    // `sealed` bytes have been added to what waits.
    void note(std::shared_ptr<Stream> const& stream, std::uint64_t sealed = 0);
    // Takes up nothing more, and ends the threads. The store's waits must have been ended.
    void stop();

    // Why segments do not get to the store; empty when the last one did, and none is stuck: its
    // rows are damaged, or its key holds something else.
    std::optional<std::string> sickness() const {
        auto why = *sickness_.lock();
        return why ? why : stuck_.why();
    }
    struct Counts {
        std::atomic<std::uint64_t> segments = 0;
        std::atomic<std::uint64_t> bytes = 0;
        std::atomic<std::uint64_t> faults = 0;
    };
    Counts const& counts() const { return counts_; }

private:
    using Steady = std::chrono::steady_clock;
    // A stream with segments to rotate.
    struct Work {
        std::shared_ptr<Stream> stream;
        unsigned lane = 0;
        std::uint64_t next = 0;    // segment to be built next
        std::uint64_t adopted = 0; // segment to be recorded next
        std::optional<LedgerThere>
            ledger; // where `next` begins; read from the log when it is missing
        std::map<std::uint64_t, BuiltSegment> ready; // in the store, not yet recorded
        unsigned under_way = 0;                      // segments that are being put
        std::uint64_t life = 0;                      // counts how often it began anew after a fault
        bool queued = false;                         // in the queue, or waiting for its time
        bool building = false;                       // a worker is at it
        bool calm = false;                           // what is under way may get nowhere
        bool adopting = false;                       // a lane has been asked
        bool noted = false;                          // since a worker found nothing to build
        Backoff backoff = Backoff::seeded();

        bool may_be_recorded() const { return !adopting && ready.contains(adopted); }
    };
    using WorkPtr = std::shared_ptr<Work>;
    struct State {
        std::unordered_map<Stream const*, WorkPtr> works;
        std::deque<WorkPtr> queue;
        std::multimap<Steady::time_point, WorkPtr> later;
        // What was sealed since an instant; the rate of the time before.
        struct Inflow {
            Steady::time_point since = Steady::now();
            std::uint64_t bytes = 0;
            Steady::time_point fast_until{};
        } inflow;
        bool stopping = false;
    };
    enum class Manner { calm, hasty };
    struct Turn {
        WorkPtr work;
        std::uint64_t number = 0; // to be built
        std::uint64_t life = 0;
        bool adopt = false; // instead: to be recorded, what is ready
        Manner manner = Manner::hasty;
    };

    Rotator(Parts parts, Settings settings);
    Result<void> start(Manner manner);
    void run(Manner manner, std::vector<HotReader>& connections);
    std::optional<Turn> take(Manner manner);
    static void take_note(State::Inflow& inflow, std::uint64_t sealed);
    static bool hurries(State const& state, Work const& work);
    static Steady::time_point next_look(State const& state);
    static std::optional<Turn> find_turn(State& state, Manner manner);
    static std::optional<Turn> turn_of(WorkPtr const& work, Manner manner);
    static void begin_anew(Work& work);
    void rotate(Turn const& turn, HotReader& log);
    std::optional<LedgerThere> ledger_for(Turn const& turn);
    // Whether what a fork inherits is in the store, if that has to come first.
    bool source_is_there(Stream const& stream) const;
    Result<std::optional<BuiltSegment>> build(Turn const& turn, std::optional<LedgerThere> before,
                                              StreamRotation::SealedSegment const& sealed,
                                              HotReader& log);
    Result<void> put(BuiltSegment& built);
    void found_nothing(Turn const& turn);
    void built(Turn const& turn, BuiltSegment& segment);
    void finish(Turn const& turn, Result<void> const& done, BuiltSegment segment);
    void adopt(WorkPtr const& work);
    void settled(WorkPtr const& work, std::uint64_t number, Chore::Outcome outcome);
    void drop(WorkPtr const& work);
    void retry(Turn const& turn, Error const& error);
    void enqueue(State& state, WorkPtr const& work);
    void enqueue_later(State& state, WorkPtr const& work, std::chrono::milliseconds delay);

    Parts parts_;
    Settings settings_;
    Guarded<State> state_;
    std::condition_variable changed_;
    Guarded<std::optional<std::string>> sickness_;
    StuckSegments stuck_;
    Counts counts_;
    struct Worker {
        std::vector<HotReader> connections;
        std::thread thread;
    };
    std::vector<std::unique_ptr<Worker>> workers_;
};

} // namespace ds
