// Which source makes its copies next: those that owe some take turns, and one whose copies could
// not be committed pauses. Sources are named by their ids, as one may have gone meanwhile.
#pragma once

#include "engine/fanout_source.h"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

namespace ds {

using FanoutSources = std::unordered_map<std::int64_t, std::shared_ptr<FanoutSource>>;

struct FanoutQueue {
    std::deque<std::int64_t> turns;
    std::vector<std::int64_t> paused;

    // When the next one has its turn; empty: nobody owes anything.
    std::optional<Millis> next_at(FanoutSources const& sources, Millis now) const;
};

class FanoutTurns {
public:
    FanoutTurns(FanoutSources& sources, FanoutQueue& queue) : sources_(sources), queue_(queue) {}

    // Null when there is none whose turn it is; `failing` ones are those whose last commit failed.
    enum class Failing : std::uint8_t { too, skipped };
    FanoutSource* next(Failing failing);
    void give(FanoutSource& source); // again
    void pause(FanoutSource& source, Millis until);
    // Those whose pause is over take turns again.
    void end_pauses(Millis now);

private:
    FanoutSources& sources_;
    FanoutQueue& queue_;
};

} // namespace ds
