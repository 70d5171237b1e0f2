// The head of a stream, and where its rows begin.
#include "engine/stream_part.h"

#include "base/ensure.h"

#include <utility>

namespace ds {

StreamPart::StreamPart(StreamRecord const& record, bool is_json, std::unique_ptr<Origin const> from)
    : origin(std::move(from)),
      json(is_json),
      life(record.soft_deleted ? Life::soft_deleted : Life::live) {
    if (!origin) {
        starts.be_born_at(record.first_segment);
        return;
    }
    end = origin->fork.point;
    ordinal = origin->fork.ordinal;
    starts.begin_at(origin->fork.at.segment, end - origin->fork.at.position);
}

Head StreamPart::head() const {
    auto const last = starts.last();
    Offset const tail{last, end - starts.start_of(last)};
    return {end, ordinal, tail, segment_messages, segment_bytes, closed};
}

void StreamPart::set_head(Head const& head) {
    end = head.end;
    ordinal = head.ordinal;
    segment_messages = head.segment_messages;
    segment_bytes = head.segment_bytes;
    closed = head.closed;
    ENSURE(this->head().tail == head.tail);
}

std::uint64_t StreamPart::hot_from() const {
    if (!rows.empty()) return rows.front().start;
    return rotated ? rotated->until : own_start();
}

} // namespace ds
