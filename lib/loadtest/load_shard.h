// One thread of a load test with its part of the readers, and of the writers if it has any.
#pragma once

#include "base/guarded.h"
#include "loadtest/load_reader.h"
#include "loadtest/load_writer.h"
#include "loadtest/world.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace ds {

// How far a run is, as often as somebody looks.
struct LoadCounts {
    std::uint64_t readers = 0; // connected
    std::uint64_t messages = 0;
    std::uint64_t appends = 0;
    std::uint64_t errors = 0;
    std::uint64_t hits = 0; // of answers that say whether they came out of a cache
    std::uint64_t answers = 0;
    void add(LoadCounts const& other);
};

class LoadShard {
public:
    // `plan`: its own clients, and the stream of each writer that it has. All must outlive it.
    LoadShard(LoadPlan const& plan, std::vector<std::uint64_t> written_streams,
              Endpoint const& read_endpoint, Endpoint const& write_endpoint,
              Steady::time_point began);
    ~LoadShard();
    LoadShard(LoadShard const&) = delete;
    LoadShard& operator=(LoadShard const&) = delete;

    LoadCounts progress() const;
    // Ends the writers, for good: what each of its streams has. From another thread; waits at most
    // until then for the answers that are missing.
    using Written = std::vector<std::pair<std::uint64_t, StreamEnd>>; // stream, what it has
    Written stop_writers(Steady::time_point until);
    // Ends the readers, at the latest then, as soon as each has seen all of its stream's messages.
    // `written`: of each stream.
    Tally finish(std::vector<StreamEnd> const& written, Steady::time_point until);

private:
    void start_due_readers();
    void let_due_writers_write();
    void look_around();
    void note_progress();
    void wait_for(std::function<bool()> const& all_done, Steady::time_point until);
    // Runs `deed` on the shard's thread, and waits for it.
    void on_thread(std::function<void()> const& deed);

    LoadPlan const& plan_;
    LoadWorld world_;
    std::vector<std::unique_ptr<LoadReader>> readers_;
    std::uint64_t started_ = 0;
    bool starting_ = true;
    std::vector<std::uint64_t> written_streams_;
    std::vector<std::unique_ptr<LoadWriter>> writers_;
    std::uint64_t written_turns_ = 0; // how often a writer's time has come, of all together
    bool writing_ = true;
    Guarded<LoadCounts> progress_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    boost::asio::steady_timer reader_alarm_;
    boost::asio::steady_timer writer_alarm_;
    boost::asio::steady_timer tick_;
    std::thread thread_;
};

} // namespace ds
