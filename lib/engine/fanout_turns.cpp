// Turns and pauses.
#include "engine/fanout_turns.h"

#include <algorithm>

namespace ds {

std::optional<Millis> FanoutQueue::next_at(FanoutSources const& sources, Millis now) const {
    if (!turns.empty()) return now;
    std::optional<Millis> first;
    for (auto const id : paused) {
        auto const found = sources.find(id);
        if (found != sources.end() && (!first || found->second->retry_at < *first))
            first = found->second->retry_at;
    }
    return first;
}

void FanoutTurns::give(FanoutSource& source) {
    if (source.queued || !source.debt || !source.debt->aside.empty()) return;
    source.queued = true;
    queue_.turns.push_back(source.stream->id);
}

FanoutSource* FanoutTurns::next(Failing failing) {
    for (auto left = queue_.turns.size(); left > 0; --left) {
        auto const id = queue_.turns.front();
        queue_.turns.pop_front();
        auto const found = sources_.find(id);
        if (found == sources_.end()) continue;
        auto& source = *found->second;
        if (source.failures > 0 && failing == Failing::skipped) {
            queue_.turns.push_back(id);
            continue;
        }
        source.queued = false;
        if (source.debt && source.debt->aside.empty()) return &source;
    }
    return nullptr;
}

void FanoutTurns::pause(FanoutSource& source, Millis until) {
    if (!source.debt) return;
    source.retry_at = until;
    source.queued = true;
    std::erase(queue_.turns, source.stream->id);
    if (std::ranges::find(queue_.paused, source.stream->id) == queue_.paused.end())
        queue_.paused.push_back(source.stream->id);
}

void FanoutTurns::end_pauses(Millis now) {
    std::erase_if(queue_.paused, [&](std::int64_t id) {
        auto const found = sources_.find(id);
        if (found != sources_.end() && found->second->retry_at > now) return false;
        if (found == sources_.end()) return true;
        found->second->queued = false;
        give(*found->second);
        return true;
    });
}

} // namespace ds
