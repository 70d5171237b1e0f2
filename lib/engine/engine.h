// The front door of the engine: asks and reads in, answers and pages out. It owns every part below
// it.
//
// All methods may be called from any thread. What cannot be answered at once comes back through the
// courier that asked.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "engine/catalog.h"
#include "engine/courier.h"
#include "engine/history.h"
#include "engine/lane.h"
#include "engine/parts.h"
#include "engine/reader.h"
#include "engine/removals.h"
#include "engine/retention.h"
#include "engine/rotator.h"
#include "engine/stream_limit.h"
#include "storage/data_directory.h"
#include "storage/object_store.h"
#include "storage/owned_store.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ds {

// How sealed segments get to the object store, and how they are read there.
struct RotateOptions {
    bool on = true;                   // else only what is in the store already is read
    std::chrono::milliseconds age{0}; // an open segment is sealed when it is so old; 0: never
    bool keep_hot = false;            // rows stay in the hot log as well
    std::optional<Compression> compression{}; // else none in a near store, zstd elsewhere
    unsigned concurrency = 4;                 // segments under way at once
    Retention retain{};                       // unless a project or a stream says otherwise
    std::size_t segment_cache_bytes = 64 * k_mib;
};

struct EngineOptions {
    std::string data = "./ds-data";
    unsigned lanes = 1; // of a new directory
    Durability durability = Durability::full;
    bool reserve_log = true; // HotLog::reserve, where commits are synced
    SegmentLimits segment;
    std::chrono::milliseconds producer_retention = std::chrono::hours(7 * 24);
    // That a stream remembers: one a minute for a week is half of it. 0: no limit.
    std::uint64_t stream_producers_max = 20'000;
    std::uint64_t project_streams_max = 0; // forks and soft-deleted ones included; 0: no limit
    FanoutSettings fanout{};
    std::size_t tail_cache_bytes = 64 * k_mib;
    std::size_t page_cache_bytes = page_cache_bytes_of_machine();
    unsigned reader_threads = 2;
    unsigned history_threads = 8; // they wait for the object store
    // Opens the object store, once the directory is ours. Empty, or gives null: there is none.
    std::function<Result<std::unique_ptr<ObjectStore>>(DataDirectory const&)> open_store{};
    // Takes the store before anything is changed in it, and says so when another copy of the
    // directory has it; else it is taken with the first change.
    bool claim_store = false;
    bool take_over_store = false; // though another copy has it
    bool accept_loss = false;     // lanes that are missing, or older than they were
    RotateOptions rotate{};
};

class Engine {
public:
    // Takes the directory, recovers what is in it, and starts the lanes.
    static Result<std::unique_ptr<Engine>> open(EngineOptions const& options, Clock const& clock);
    ~Engine();
    Engine(Engine const&) = delete;
    Engine& operator=(Engine const&) = delete;

    // Before a courier asks for anything. It must outlive stop().
    void enrol(Courier& courier) { couriers_.enrol(courier); }

    // From now on it is told of streams that are created. It must outlive stop().
    void tell_of_newcomers(Newcomers& whom) { newcomers_.store(&whom); }

    // Hands a change to the stream's lane. False when too many are waiting: then nothing has
    // happened.
    [[nodiscard]] bool submit(Ask& ask, ReplyTo reply_to);

    // The stream of a name, if it can be read: else stream_not_found or stream_gone.
    std::variant<std::shared_ptr<Stream>, Refusal> find(StreamName const& name) const;
    // A read renews the lifetime.
    void touch(std::shared_ptr<Stream> const& stream);

    // The page of at most `limit` messages at `from`, if it is in memory; else ask for it. A
    // fetched page that fails with Fault::invalid means that the stream ended meanwhile.
    std::optional<Page> page_now(Stream const& stream, std::uint64_t from, std::uint64_t limit);
    [[nodiscard]] bool page_later(std::shared_ptr<Stream> const& stream, std::uint64_t from,
                                  std::uint64_t limit, ReplyTo reply_to);

    // Where the last `count` messages begin, if that is known without a look at a row; else the
    // page there can be asked for.
    static std::optional<std::uint64_t> begin_of_last(Stream const& stream, std::uint64_t count);
    [[nodiscard]] bool last_page_later(std::shared_ptr<Stream> const& stream, std::uint64_t count,
                                       std::uint64_t limit, ReplyTo reply_to);

    // Why writes are being refused; empty when all is well.
    std::optional<std::string> sickness() const;
    // Who has the store instead of this data directory; empty when nobody has.
    std::optional<std::string> store_taken() const;
    // Why segments do not get to the store or cannot be read from it; empty when all is well.
    std::optional<std::string> store_sickness() const;
    // What an operator should know though all is served: damaged rows, a log that cannot be cut.
    std::optional<std::string> notice() const;
    std::string const& identity() const { return directory_.identity(); }
    Clock const& clock() const { return clock_; }
    LimitRefusals const& refused_by_limit() const { return refused_by_limit_; }
    FanoutCounts const& fanout() const { return fanout_; }
    // What operators and the clock work with; appends and reads need none of it.
    EngineParts parts();
    // The lane that alone changes the streams of this project.
    unsigned lane_of(std::string_view project) const;
    // Hands a chore to a lane. False when too much is waiting.
    [[nodiscard]] bool submit(unsigned lane, Chore& chore);

    // Answers what has been asked, makes the logs ready for a quick start, and ends all threads.
    void stop();

private:
    Engine(DataDirectory directory, EngineOptions const& options, Clock const& clock);
    Result<void> open_store(EngineOptions const& options, bool becomes_another);
    Result<void> open_history(EngineOptions const& options);
    // A lane's log and what it says after a start.
    struct Opened {
        HotLog log;
        Recovered recovered;
    };
    void open_lane(unsigned number, Opened opened, EngineOptions const& options);
    Lane::Listener listener_of(unsigned lane);
    // Whether a fork's place lies in a segment: then it is looked up before the lane is asked.
    std::optional<std::uint64_t> place_in_segment(Ask const& ask,
                                                  std::shared_ptr<Stream>& source) const;
    bool submit_looked_up(Ask& ask, ReplyTo reply_to, std::shared_ptr<Stream> const& source,
                          std::uint64_t position);

    DataDirectory directory_;
    Clock const& clock_;
    std::chrono::milliseconds const producer_retention_;
    CourierTable couriers_;
    std::atomic<Newcomers*> newcomers_ = nullptr;
    Catalog catalog_;
    LimitRefusals refused_by_limit_;
    FanoutCounts fanout_;
    Retentions retentions_;
    std::unique_ptr<OwnedStore> store_;
    std::unique_ptr<History> history_;
    std::unique_ptr<Rotator> rotator_;
    std::unique_ptr<Removals> removals_;
    std::vector<std::unique_ptr<TailCache>> tail_caches_;
    std::vector<std::unique_ptr<Lane>> lanes_;
    std::unique_ptr<Reader> reader_;
    std::uint64_t recovered_rows_ = 0;
};

} // namespace ds
