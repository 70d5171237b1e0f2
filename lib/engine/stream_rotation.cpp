// What waits for rotation, and what lies where.
#include "engine/stream_rotation.h"

#include <algorithm>

namespace ds {

StreamRotation::Waiting StreamRotation::waiting() const {
    auto const& rotated = state_.rotated;
    auto const first = rotated ? rotated->next.segment : state_.starts.first();
    if (rotated && rotated->all) return {first, 0};
    // The open segment is sealed once the stream is closed, if there is anything in it.
    bool const last = state_.closed && !closed_by_filling();
    return {first, state_.starts.last() - first + (last ? 1 : 0)};
}

// The append that closed the stream also filled its segment: the last one has no rows.
bool StreamRotation::closed_by_filling() const {
    auto const& starts = state_.starts;
    return state_.closed && !state_.rows.empty() &&
           state_.rows.back().start < starts.start_of(starts.last());
}

std::optional<StreamRotation::SealedSegment> StreamRotation::sealed(std::uint64_t number) const {
    auto const waits = waiting();
    if (state_.life == Life::ended || number < waits.first || number >= waits.first + waits.count)
        return std::nullopt;
    auto const& starts = state_.starts;
    auto const& rows = state_.rows;
    SealedSegment found;
    bool const last = number == starts.last();
    found.start = std::max(starts.start_of(number), state_.own_start());
    found.at = {number, found.start - starts.start_of(number)};
    found.end = last ? state_.end : starts.start_of(number + 1);
    bool const aged = !last && starts.was_aged(number + 1);
    bool const closing = number + 1 == starts.last() && closed_by_filling();
    found.seal = last ? Seal::closed : aged ? Seal::aged : closing ? Seal::full_closed : Seal::full;
    found.next =
        last ? Offset{number, state_.end - starts.start_of(number)} : Offset{number + 1, 0};

    auto row = std::ranges::lower_bound(rows, found.start, {}, &RowPlace::start);
    // The row that sealed the segment before by its age stands at its end, which is our start.
    if (starts.was_aged(number) && row != rows.end() && row->count == 0) ++row;
    for (; row != rows.end(); ++row) {
        bool const within = row->start < found.end || last;
        bool const seals = aged && row->start == found.end && row->count == 0;
        if (!within && !seals) break;
        found.rows.push_back(*row);
        if (seals) break;
    }
    return found;
}

StreamRotation::Holdings StreamRotation::holdings() const {
    auto const& rotated = state_.rotated;
    Holdings found;
    found.hot_rows = state_.rows.size();
    for (auto const& row : state_.rows) {
        found.hot_bytes += row.bytes;
        if (rotated && row.start < rotated->until) continue;
        found.only_hot_bytes += row.bytes;
        found.only_hot_messages += row.count;
    }
    found.waiting = waiting();
    // A fork begins within its first segment, unless retention has taken that.
    auto const start = state_.starts.first_start();
    found.earliest_start = state_.is_trimmed() ? start : std::max(start, state_.own_start());
    found.earliest = {state_.starts.first(), found.earliest_start - start};
    if (!rotated) return found;
    found.segments = rotated->next.segment - rotated->first + (rotated->all ? 1 : 0);
    return found;
}

bool StreamRotation::is_whole() const {
    auto const& rotated = state_.rotated;
    if (!rotated) return true;
    auto const last = state_.starts.last();
    auto const start = state_.starts.start_of(last);
    auto const until = rotated->all ? start + rotated->next.position : start;
    return rotated->next.segment == last && rotated->until == until;
}

} // namespace ds
