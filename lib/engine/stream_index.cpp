// Index look-ups and token arithmetic.
#include "engine/stream_index.h"

#include "base/ensure.h"

#include <algorithm>

namespace ds {

std::optional<std::variant<std::uint64_t, Refusal>> StreamIndex::resolve(Offset token) const {
    if (token > state_.head().tail) return Refusal::offset_beyond_tail;
    if (token.segment < state_.starts.first()) return before_first(token);
    auto const position = state_.starts.resolve(token);
    if (!position) return Refusal::invalid_offset;
    return *position;
}

std::optional<std::variant<std::uint64_t, StreamIndex::Beyond, Refusal>>
StreamIndex::read_from(Offset token) const {
    using Place = std::variant<std::uint64_t, Beyond, Refusal>;
    if (token > state_.head().tail) return Beyond{};
    if (token.segment >= state_.starts.first()) return state_.starts.read_from(token);
    auto const before = before_first(token);
    if (!before) return std::nullopt;
    return std::visit([](auto found) -> Place { return found; }, *before);
}

// Of a token before the first segment. Empty for a fork: there all positions are its source's.
std::optional<std::variant<std::uint64_t, Refusal>> StreamIndex::before_first(Offset token) const {
    // The very first place of any stream: whoever stands there has read nothing.
    if (!state_.origin && !state_.is_trimmed() && token == Offset{}) return std::uint64_t{0};
    if (token.segment < state_.starts.born()) return Refusal::offset_of_predecessor;
    if (state_.is_trimmed()) return Refusal::offset_trimmed;
    ENSURE(state_.origin != nullptr);
    return std::nullopt;
}

std::optional<Offset> StreamIndex::locate(std::uint64_t position) const {
    ENSURE(position <= state_.end);
    if (position < state_.starts.first_start()) return std::nullopt;
    return state_.starts.locate(position);
}

std::size_t StreamIndex::row_at(std::uint64_t position) const {
    auto const& rows = state_.rows;
    auto const found = std::partition_point(rows.begin(), rows.end(), [&](RowPlace const& row) {
        return row.start + state_.length_of(row) <= position;
    });
    return static_cast<std::size_t>(found - rows.begin());
}

AppendSpan StreamIndex::append_at(std::uint64_t position) const {
    auto const& rows = state_.rows;
    auto const which = row_at(position);
    // Counted from the tail, as rows at the front may have gone to a segment.
    auto ordinal = state_.ordinal;
    for (auto i = which; i < rows.size(); ++i)
        ordinal -= rows[i].count;
    if (which == rows.size()) return {position, position, position, ordinal, 0, state_.json};
    auto const& row = rows[which];
    auto const end = row.start + state_.length_of(row);
    return {row.start, end, end, ordinal, row.count, state_.json};
}

Extent StreamIndex::rows_from(std::uint64_t position, std::uint64_t most) const {
    auto const& rows = state_.rows;
    Extent found;
    auto which = row_at(position);
    if (which < rows.size() && rows[which].start != position) return found;
    for (; which < rows.size(); ++which) {
        if (rows[which].count == 0) continue;
        ++found.messages;
        found.bytes += std::min<std::uint64_t>(rows[which].bytes, most);
        if (rows[which].count > 1) found.bytes += rows[which].count; // their lengths
    }
    return found;
}

std::optional<StreamIndex::InSegment> StreamIndex::in_segment(std::int64_t stream,
                                                              std::uint64_t position) const {
    if (!state_.lies_in_segment(position)) return std::nullopt;
    return InSegment{stream, state_.starts.segment_at(position), UINT64_MAX};
}

std::optional<std::uint64_t> StreamIndex::end_of_segment(std::uint64_t position) const {
    auto const number = state_.starts.segment_at(position);
    if (number == state_.starts.last()) return std::nullopt;
    return state_.starts.start_of(number + 1);
}

bool StreamIndex::gather(std::int64_t stream, std::uint64_t from, std::uint64_t until, Want& want,
                         Span& into) const {
    auto const& rows = state_.rows;
    if (from < until && state_.lies_in_segment(from)) {
        if (into.pieces.empty())
            into.segment = InSegment{stream, state_.starts.segment_at(from), until};
        return false;
    }
    for (auto which = row_at(from); which < rows.size() && !want.satisfied(); ++which) {
        auto const& row = rows[which];
        if (row.start >= until) break;
        into.pieces.push_back({row, until});
        // A row that begins before `from` or ends after `until` gives less than its size: it does
        // not count.
        if (row.start < from || row.start + state_.length_of(row) > until) continue;
        want.bytes -= std::min<std::uint64_t>(want.bytes, row.bytes);
        want.messages -= std::min<std::uint64_t>(want.messages, row.count);
    }
    return true;
}

StreamIndex::LastMessages StreamIndex::message(std::int64_t stream, std::uint64_t ordinal) const {
    auto before = state_.ordinal;
    for (auto row = state_.rows.rbegin(); row != state_.rows.rend(); ++row) {
        before -= row->count;
        if (before <= ordinal) return {row->start, ordinal - before, row->seq};
    }
    auto const& rotated = state_.rotated;
    if (!rotated) return {state_.own_start()};
    // The last segment of a closed stream is nothing when the closing append filled the one before.
    bool const has_last = rotated->all && rotated->next.position > 0;
    auto const last = rotated->next.segment - (has_last ? 0 : 1);
    return {state_.starts.first_start(), 0, 0,
            LastMessages::InSegments{stream, rotated->first, last, ordinal}};
}

} // namespace ds
