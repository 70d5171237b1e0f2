// Adopting what was committed, and coming back after a start.
#include "engine/stream_change.h"

#include "base/ensure.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

namespace ds {

void StreamChange::adopt(Head const& head, std::vector<RowPlace> const& rows,
                         std::vector<NewSegment> const& segments) {
    ENSURE(head.end >= state_.end);
    state_.rows.insert(state_.rows.end(), rows.begin(), rows.end());
    for (auto const& segment : segments)
        state_.starts.add(segment.start, segment.before);
    state_.set_head(head);
}

std::vector<RowPlace> StreamChange::release_rows() {
    return std::exchange(state_.rows, {});
}

std::vector<RowPlace> StreamChange::release(std::vector<RowPlace>::iterator end) {
    std::vector<RowPlace> released(state_.rows.begin(), end);
    state_.rows.erase(state_.rows.begin(), end);
    return released;
}

std::vector<RowPlace> StreamChange::adopt_rotation(RotatedRecord const& rotated, bool keep_rows) {
    if (!state_.rotated) {
        state_.rotated = std::make_unique<StreamPart::Rotated>();
        state_.rotated->first = state_.starts.first();
    }
    state_.rotated->until = rotated.until;
    state_.rotated->next = rotated.next;
    state_.rotated->all = rotated.closed;
    if (keep_rows) return {};
    // The rows before `until`, and at `until` the row that sealed the segment by its age, or all
    // that is left of a closed stream.
    auto& rows = state_.rows;
    auto end = std::ranges::lower_bound(rows, rotated.until, {}, &RowPlace::start);
    bool const aged = !rotated.closed && state_.starts.was_aged(rotated.next.segment);
    if (aged && end != rows.end() && end->count == 0) ++end;
    if (rotated.closed) end = rows.end();
    return release(end);
}

std::vector<RowPlace> StreamChange::adopt_earliest(Offset earliest, std::uint64_t start) {
    ENSURE(state_.rotated != nullptr);
    state_.starts.drop_before(earliest.segment, start);
    state_.rotated->first = earliest.segment;
    state_.rotated->trimmed = true;
    return release(std::ranges::lower_bound(state_.rows, start, {}, &RowPlace::start));
}

void StreamChange::recover(RotatedRecord const& rotated) {
    auto& starts = state_.starts;
    state_.rotated = std::make_unique<StreamPart::Rotated>();
    state_.rotated->until = rotated.until;
    state_.rotated->next = rotated.next;
    state_.rotated->all = rotated.closed;
    state_.rotated->first = rotated.earliest.segment;
    state_.rotated->trimmed =
        rotated.earliest.segment > starts.first() || rotated.earliest_start > state_.own_start();
    if (state_.rotated->trimmed) starts.begin_at(rotated.earliest.segment, rotated.earliest_start);
    state_.end = rotated.until;
    state_.ordinal = rotated.ordinal;
    state_.closed = rotated.closed;
}

bool StreamChange::recover(SegmentRecord const& segment) {
    auto& starts = state_.starts;
    auto const& rotated = state_.rotated;
    if (!rotated || segment.at.segment != starts.last()) return false;
    if (segment.end < segment.start || segment.end > rotated->until) return false;
    if (segment.start != starts.start_of(segment.at.segment) + segment.at.position) return false;
    if (closes(segment.seal) && !rotated->all) return false;
    if (segment.seal == Seal::closed) return true;
    starts.add(segment.end, segment.seal == Seal::aged ? SegmentStarts::Sealed::aged
                                                       : SegmentStarts::Sealed::full);
    return true;
}

StreamChange::Recovered StreamChange::recover(LogRecord const& row, bool keep_rows) {
    RowPlace const place{row.head.start, row.seq, row.body_bytes, row.head.count};
    auto const& rotated = state_.rotated;
    if (rotated && (rotated->all || row.head.at < rotated->next)) {
        if (!keep_rows) return Recovered::not_needed;
        state_.rows.push_back(place);
        return Recovered::kept;
    }
    auto const before = state_.head();
    if (row.head.start != before.end || row.head.at != before.tail || before.closed)
        return Recovered::misplaced;
    Extent const append{state_.length_of(place), row.head.count, row.body_bytes};
    // What was decided when it was appended holds, whatever the limits are today.
    auto head = grow(before, append, {UINT32_MAX, UINT64_MAX}).head;
    if (row.head.fills_segment) {
        head.tail = {head.tail.segment + 1, 0};
        head.segment_messages = 0;
        head.segment_bytes = 0;
        state_.starts.add(head.end, row.head.count == 0 ? SegmentStarts::Sealed::aged
                                                        : SegmentStarts::Sealed::full);
    }
    head.closed = row.head.closes;
    state_.set_head(head);
    state_.rows.push_back(place);
    return Recovered::taken;
}

std::vector<RowPlace> StreamChange::finish_recovery() {
    auto& rows = state_.rows;
    auto const& rotated = state_.rotated;
    if (!rotated || rows.empty() || rows.front().start >= rotated->until) return {};
    // Kept rows are of use only from the last gap on.
    auto first = std::ranges::lower_bound(rows, rotated->until, {}, &RowPlace::start);
    auto reached = rotated->until;
    while (first != rows.begin()) {
        auto const& before = *std::prev(first);
        if (before.start + state_.length_of(before) != reached) break;
        reached = before.start;
        --first;
    }
    return release(first);
}

} // namespace ds
