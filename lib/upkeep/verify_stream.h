// What must be true of one stream: its segments follow one another, its rows follow those, and none
// of them contradicts what was said before.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "format/block.h"
#include "format/segment.h"
#include "model/stream_record.h"
#include "storage/hot_reader.h"
#include "storage/segment_table.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace ds::upkeep {

class StreamCheck {
public:
    explicit StreamCheck(StreamRecord record);

    // In this order: what was rotated, the segments, then the rows of the log.
    Result<void> take(RotatedRecord rotated);
    // False for one that is on its way out.
    Result<bool> take(SegmentRecord const& segment);
    Result<void> finish_segments() const;
    Result<void> take(std::int64_t seq, HotReader::Row const& found);

    // What an object says of itself against its record, and what is known of the stream.
    Result<void> agrees(SegmentRecord const& segment, SegmentFooter const& footer) const;
    // The rows of its stripes against those of the log that were kept.
    Result<void> keeps(SegmentRecord const& segment, Bytes const& object) const;

    StreamRecord const& record() const { return record_; }
    std::uint64_t end() const { return end_; }

private:
    Error lie(std::string const& what) const;
    Result<void> check_messages(std::string const& row, BlockHead const& head,
                                std::string_view body) const;
    Result<void> check_writer(std::string const& row, BlockHead const& head);

    StreamRecord record_;
    bool json_;
    std::optional<RotatedRecord> rotated_;
    bool any_segment_ = false;
    bool last_closes_ = false;
    // Where the next segment or row has to begin.
    Offset next_;
    std::uint64_t end_ = 0;
    std::uint64_t ordinal_ = 0;
    bool closed_ = false;
    std::unordered_map<std::string, KnownProducer> producers_;
    // Rows that lie in segments as well, by their place: a checksum of each.
    std::map<Offset, std::uint64_t> kept_;
};

} // namespace ds::upkeep
