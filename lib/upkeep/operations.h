// What an operator asks of an engine, whether it serves or was opened for this alone.
//
// May be called from any thread but those of the engine; each call may take as long as its work.
#pragma once

#include "engine/engine.h"
#include "engine/parts.h"
#include "upkeep/collector.h"
#include "upkeep/report.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace ds::upkeep {

struct RotateTally {
    std::uint64_t streams = 0;
    std::uint64_t segments = 0;
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;
};

class Operations {
public:
    explicit Operations(Engine& engine) : engine_(engine), parts_(engine.parts()) {}

    Result<DirectoryReport> directory();
    ColdCounts counts() const;
    // By name.
    std::vector<StreamSummary> streams(Scope const& scope);
    // Empty when there is no such stream.
    Result<std::optional<StreamReport>> stream(std::string const& full_name);
    // Those that lie in the store, by stream and number.
    Result<void> each_segment(Scope const& scope,
                              std::function<Result<void>(SegmentRecord const&)> const& visit);

    // Seals what is open and moves all sealed segments to the store; returns when they are there.
    // Dry: what would be moved.
    Result<RotateTally> rotate(Scope const& scope, Run run, Tick const& tick);
    // Objects that nothing refers to and that are older than `grace`.
    Result<CollectTally> collect(std::chrono::milliseconds grace, Run run, Tick const& tick);
    // `scope` is a project or a full stream name. Takes effect at once.
    Result<void> set_retention(std::string const& scope, Retention const& retention);
    std::vector<std::pair<std::string, Retention>> retentions();
    // Ends what a stream owes to its subscribers; from where on that was. Empty when it owes
    // nothing, Fault::missing when there is no such stream.
    Result<std::optional<Offset>> skip_copies(std::string const& full_name);

private:
    Result<std::vector<SetAside>> set_aside(HotReader& log);
    Result<void> on_lane(unsigned lane, Chore::Work work);
    Result<void> wait_for_rotation(std::vector<std::shared_ptr<Stream>> const& moving,
                                   std::uint64_t segments, Tick const& tick);

    Engine& engine_;
    EngineParts const parts_;
};

} // namespace ds::upkeep
