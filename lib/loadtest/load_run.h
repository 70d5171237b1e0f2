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
    // Looks the hosts up and starts. The streams are there. `clock_ahead`: by how much this
    // machine's clock is ahead of the writers'.
    static Result<std::unique_ptr<LoadRun>> start(LoadPlan plan, WithWriters with_writers,
                                                  std::chrono::nanoseconds clock_ahead = {});

    LoadPlan const& plan() const { return plan_; }
    LoadCounts progress() const;
    Steady::time_point began() const { return began_; }
    // When it is over by its plan.
    Steady::time_point end() const { return began_ + plan_.ramp_up + plan_.duration; }
    // How many messages each stream has, now that no more are written.
    std::vector<std::uint64_t> stop_writers();
    // The readers end as soon as they have seen these, or after a while.
    Tally finish(std::vector<std::uint64_t> const& written);

private:
    LoadRun(LoadPlan plan, Target read_target, Target write_target);

    LoadPlan plan_;
    std::vector<LoadPlan> parts_;
    Target read_target_;
    Target write_target_;
    Steady::time_point began_;
    std::vector<std::unique_ptr<LoadShard>> shards_;
};

} // namespace ds
