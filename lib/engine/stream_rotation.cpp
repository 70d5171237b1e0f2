// The part of a stream that lies in segments: what waits for rotation, what it leaves behind, and
// how both come back after a start.
#include "base/ensure.h"
#include "engine/stream.h"

#include <algorithm>
#include <utility>

namespace ds {

std::uint64_t Stream::hot_from() const {
    if (!rows_.empty()) return rows_.front().start;
    return rotation_ ? rotation_->until : own_start();
}

std::uint64_t Stream::rotated_until() const {
    std::scoped_lock const lock(mutex());
    return rotation_ ? rotation_->until : own_start();
}

bool Stream::has_segments() const {
    std::scoped_lock const lock(mutex());
    return rotation_ != nullptr;
}

Stream::InSegment Stream::segment_of(std::uint64_t position, std::uint64_t until) const {
    return {id, starts_.segment_at(position), until};
}

std::optional<Stream::InSegment> Stream::in_segment(std::uint64_t position) const {
    if (is_inherited(position)) {
        auto inherited = origin_->source->in_segment(position);
        if (inherited) inherited->until = std::min(inherited->until, origin_->fork.point);
        return inherited;
    }
    std::scoped_lock const lock(mutex());
    if (!lies_in_segment(position)) return std::nullopt;
    return segment_of(position, UINT64_MAX);
}

std::optional<std::uint64_t> Stream::end_of_segment(std::uint64_t position) const {
    if (is_inherited(position)) {
        auto const end = origin_->source->end_of_segment(position);
        return std::min(end.value_or(UINT64_MAX), origin_->fork.point);
    }
    std::scoped_lock const lock(mutex());
    auto const number = starts_.segment_at(position);
    if (number == starts_.last()) return std::nullopt;
    return starts_.start_of(number + 1);
}

Stream::Waiting Stream::waiting_now() const {
    auto const first = rotation_ ? rotation_->next.segment : starts_.first();
    if (rotation_ && rotation_->all) return {first, 0};
    // The open segment is sealed once the stream is closed, if there is anything in it.
    return {first, starts_.last() - first + (closed_ && !closed_by_filling() ? 1 : 0)};
}

// The append that closed the stream also filled its segment: the last one has no rows.
bool Stream::closed_by_filling() const {
    return closed_ && !rows_.empty() && rows_.back().start < starts_.start_of(starts_.last());
}

Stream::Waiting Stream::waiting() const {
    std::scoped_lock const lock(mutex());
    return waiting_now();
}

std::optional<Stream::SealedSegment> Stream::sealed(std::uint64_t number) const {
    std::scoped_lock const lock(mutex());
    auto const waits = waiting_now();
    if (life_ == Life::ended || number < waits.first || number >= waits.first + waits.count)
        return std::nullopt;
    SealedSegment found;
    bool const last = number == starts_.last();
    found.start = std::max(starts_.start_of(number), own_start());
    found.at = {number, found.start - starts_.start_of(number)};
    found.end = last ? end_ : starts_.start_of(number + 1);
    bool const aged = !last && starts_.was_aged(number + 1);
    bool const closing = number + 1 == starts_.last() && closed_by_filling();
    found.seal = last ? Seal::closed : aged ? Seal::aged : closing ? Seal::full_closed : Seal::full;
    found.next = last ? Offset{number, end_ - starts_.start_of(number)} : Offset{number + 1, 0};

    auto row = std::ranges::lower_bound(rows_, found.start, {}, &RowPlace::start);
    // The row that sealed the segment before by its age stands at its end, which is our start.
    if (starts_.was_aged(number) && row != rows_.end() && row->count == 0) ++row;
    for (; row != rows_.end(); ++row) {
        bool const within = row->start < found.end || last;
        bool const seals = aged && row->start == found.end && row->count == 0;
        if (!within && !seals) break;
        found.rows.push_back(*row);
        if (seals) break;
    }
    return found;
}

Stream::Holdings Stream::holdings() const {
    std::scoped_lock const lock(mutex());
    Holdings found;
    found.hot_rows = rows_.size();
    for (auto const& row : rows_) {
        found.hot_bytes += row.bytes;
        if (rotation_ && row.start < rotation_->until) continue;
        found.only_hot_bytes += row.bytes;
        found.only_hot_messages += row.count;
    }
    found.waiting = waiting_now();
    // A fork begins within its first segment, unless retention has taken that.
    auto const start = starts_.first_start();
    bool const trimmed = rotation_ && rotation_->trimmed;
    found.earliest_start = trimmed ? start : std::max(start, own_start());
    found.earliest = {starts_.first(), found.earliest_start - start};
    if (!rotation_) return found;
    found.segments = rotation_->next.segment - rotation_->first + (rotation_->all ? 1 : 0);
    return found;
}

std::vector<RowPlace> Stream::adopt_rotation(RotatedRecord const& rotated, bool keep_rows) {
    std::scoped_lock const lock(mutex());
    if (!rotation_) {
        rotation_ = std::make_unique<Rotation>();
        rotation_->first = starts_.first();
    }
    rotation_->until = rotated.until;
    rotation_->next = rotated.next;
    rotation_->all = rotated.closed;
    if (keep_rows) return {};
    // The rows before `until`, and at `until` the row that sealed the segment by its age, or all
    // that is left of a closed stream.
    auto end = std::ranges::lower_bound(rows_, rotated.until, {}, &RowPlace::start);
    bool const aged = !rotated.closed && starts_.was_aged(rotated.next.segment);
    if (aged && end != rows_.end() && end->count == 0) ++end;
    if (rotated.closed) end = rows_.end();
    return release(end);
}

std::vector<RowPlace> Stream::release(std::vector<RowPlace>::iterator end) {
    std::vector<RowPlace> released(rows_.begin(), end);
    rows_.erase(rows_.begin(), end);
    return released;
}

std::vector<RowPlace> Stream::adopt_earliest(Offset earliest, std::uint64_t start) {
    std::scoped_lock const lock(mutex());
    ENSURE(rotation_ != nullptr);
    starts_.drop_before(earliest.segment, start);
    rotation_->first = earliest.segment;
    rotation_->trimmed = true;
    return release(std::ranges::lower_bound(rows_, start, {}, &RowPlace::start));
}

void Stream::recover(RotatedRecord const& rotated) {
    std::scoped_lock const lock(mutex());
    rotation_ = std::make_unique<Rotation>();
    rotation_->until = rotated.until;
    rotation_->next = rotated.next;
    rotation_->all = rotated.closed;
    rotation_->first = rotated.earliest.segment;
    rotation_->trimmed =
        rotated.earliest.segment > starts_.first() || rotated.earliest_start > own_start();
    if (rotation_->trimmed) starts_.begin_at(rotated.earliest.segment, rotated.earliest_start);
    end_ = rotated.until;
    ordinal_ = rotated.ordinal;
    closed_ = rotated.closed;
    if (!rotated.ledger.empty()) static_cast<Ledger&>(writers_to_change()) = rotated.ledger;
}

bool Stream::recover(SegmentRecord const& segment) {
    std::scoped_lock const lock(mutex());
    if (!rotation_ || segment.at.segment != starts_.last()) return false;
    if (segment.end < segment.start || segment.end > rotation_->until) return false;
    if (segment.start != starts_.start_of(segment.at.segment) + segment.at.position) return false;
    if (closes(segment.seal) && !rotation_->all) return false;
    if (segment.seal == Seal::closed) return true;
    starts_.add(segment.end, segment.seal == Seal::aged ? SegmentStarts::Sealed::aged
                                                        : SegmentStarts::Sealed::full);
    return true;
}

bool Stream::rotation_is_whole() const {
    std::scoped_lock const lock(mutex());
    if (!rotation_) return true;
    auto const last = starts_.last();
    auto const until =
        rotation_->all ? starts_.start_of(last) + rotation_->next.position : starts_.start_of(last);
    return rotation_->next.segment == last && rotation_->until == until;
}

Stream::Recovered Stream::recover(LogRecord const& row, bool keep_rows, Renews renews) {
    std::scoped_lock const lock(mutex());
    RowPlace const place{row.head.start, row.seq, row.body_bytes, row.head.count};
    if (rotation_ && (rotation_->all || row.head.at < rotation_->next)) {
        if (!keep_rows) return Recovered::not_needed;
        rows_.push_back(place);
        return Recovered::taken;
    }
    auto const before = head_now();
    if (row.head.start != before.end || row.head.at != before.tail || before.closed)
        return Recovered::misplaced;
    Extent const append{json ? row.head.count : row.body_bytes, row.head.count, row.body_bytes};
    // What was decided when it was appended holds, whatever the limits are today.
    auto head = grow(before, append, {UINT32_MAX, UINT64_MAX}).head;
    if (row.head.fills_segment) {
        head.tail = {head.tail.segment + 1, 0};
        head.segment_messages = 0;
        head.segment_bytes = 0;
        starts_.add(head.end, row.head.count == 0 ? SegmentStarts::Sealed::aged
                                                  : SegmentStarts::Sealed::full);
    }
    head.closed = row.head.closes;
    set_head(head);
    rows_.push_back(place);
    if (renews == Renews::yes && row.head.time_ms > touched_ms())
        touch(from_count_ms(row.head.time_ms));

    if (auto const& claim = row.head.producer) {
        auto& writers = writers_to_change();
        writers.producers[claim->id] = {claim->mark, row.head.time_ms};
        if (row.head.closes) writers.closer = claim;
    }
    if (row.head.stream_seq) writers_to_change().stream_seq = row.head.stream_seq;
    return Recovered::taken;
}

std::vector<RowPlace> Stream::finish_recovery() {
    std::scoped_lock const lock(mutex());
    if (!rotation_ || rows_.empty() || rows_.front().start >= rotation_->until) return {};
    // Kept rows are of use only from the last gap on.
    auto first = std::ranges::lower_bound(rows_, rotation_->until, {}, &RowPlace::start);
    auto reached = rotation_->until;
    while (first != rows_.begin()) {
        auto const& before = *std::prev(first);
        if (before.start + length_of(before) != reached) break;
        reached = before.start;
        --first;
    }
    return release(first);
}

} // namespace ds
