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
#include "engine/lane.h"
#include "engine/reader.h"
#include "storage/data_directory.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace ds {

struct EngineOptions {
    std::string data = "./ds-data";
    unsigned lanes = 1; // of a new directory
    Durability durability = Durability::full;
    bool reserve_log = true; // HotLog::reserve, where commits are synced
    SegmentLimits segment;
    std::chrono::milliseconds producer_retention = std::chrono::hours(7 * 24);
    std::size_t tail_cache_bytes = 64 * k_mib;
    std::size_t page_cache_bytes = page_cache_bytes_of_machine();
    unsigned reader_threads = 2;
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

    // Why writes are being refused; empty when all is well.
    std::optional<std::string> sickness() const;
    std::string const& identity() const { return directory_.identity(); }
    std::size_t streams() const { return catalog_.size(); }
    std::uint64_t recovered_rows() const { return recovered_rows_; }

    // Answers what has been asked, makes the logs ready for a quick start, and ends all threads.
    void stop();

private:
    Engine(DataDirectory directory, Clock const& clock);
    unsigned lane_of(StreamName const& name) const;

    DataDirectory directory_;
    Clock const& clock_;
    CourierTable couriers_;
    Catalog catalog_;
    std::vector<std::unique_ptr<TailCache>> tail_caches_;
    std::vector<std::unique_ptr<Lane>> lanes_;
    std::unique_ptr<Reader> reader_;
    std::uint64_t recovered_rows_ = 0;
};

} // namespace ds
