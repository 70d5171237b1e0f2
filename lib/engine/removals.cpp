// The list, and waiting for it.
#include "engine/removals.h"

#include <utility>

namespace ds {

void Removals::put(Removal removal) {
    state_.lock()->waiting.push_back(std::move(removal));
    changed_.notify_all();
}

void Removals::put(unsigned lane, Recovered const& recovered) {
    for (auto const& doomed : recovered.doomed)
        put({lane, doomed.stream,
             doomed.stream_is_gone ? std::vector<std::uint64_t>{} : doomed.numbers,
             doomed.stream_is_gone, false});
    for (auto const& stream : recovered.marked)
        put({lane, stream->id, {}, false, true});
}

void Removals::put_gone(unsigned lane, Stream const& stream) {
    bool const gone = stream.life() == Life::ended;
    put({lane, stream.id, {}, gone, !gone});
}

std::optional<Removal> Removals::take(Time until) {
    auto state = state_.lock();
    state.wait_until(changed_, until,
                     [](State const& now) { return now.stopped || !now.waiting.empty(); });
    if (state->stopped || state->waiting.empty()) return std::nullopt;
    auto removal = std::move(state->waiting.front());
    state->waiting.pop_front();
    return removal;
}

bool Removals::wait_for(std::chrono::milliseconds pause) {
    auto state = state_.lock();
    state.wait_until(changed_, std::chrono::steady_clock::now() + pause,
                     [](State const& now) { return now.stopped; });
    return !state->stopped;
}

void Removals::stop() {
    state_.lock()->stopped = true;
    changed_.notify_all();
}

std::optional<std::string> Removals::tell(std::optional<std::string> why) {
    return std::exchange(*sickness_.lock(), std::move(why));
}

} // namespace ds
