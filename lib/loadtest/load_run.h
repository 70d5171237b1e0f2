// A load test on this machine: its threads, from the first reader to the tally of all.
#pragma once

#include "loadtest/load_plan.h"
#include "loadtest/load_shard.h"
#include "loadtest/tally.h"

#include <chrono>
#include <memory>
#include <vector>

namespace ds {

enum class WithWriters : bool { no, yes };

// Room for so many connections, as far as the system lets a program go. Fault::full, with how many
// there may be, when that is not enough.
Result<void> make_room_for(std::uint64_t connections);

class LoadRun {
public:
    // Looks the hosts up and starts. The streams are there.
    static Result<std::unique_ptr<LoadRun>> start(LoadPlan plan, WithWriters with_writers);

    LoadPlan const& plan() const { return plan_; }
    LoadCounts progress() const;
    Steady::time_point began() const { return began_; }
    // When it is over by its plan.
    Steady::time_point end() const { return began_ + plan_.ramp_up + plan_.duration; }
    // What each stream has, now that no more is written.
    std::vector<StreamEnd> stop_writers();
    // The readers end as soon as they have seen that, or after a while.
    Tally finish(std::vector<StreamEnd> const& written);

private:
    LoadRun(LoadPlan plan, Endpoint read_endpoint, Endpoint write_endpoint);

    LoadPlan plan_;
    std::vector<LoadPlan> parts_;
    Endpoint read_endpoint_;
    Endpoint write_endpoint_;
    Steady::time_point began_;
    std::vector<std::unique_ptr<LoadShard>> shards_;
};

} // namespace ds
