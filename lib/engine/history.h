// History that lies in the object store: the rows of segments, by ranged gets, with the stripes
// that were read last in memory.
//
// A page costs one get at most, unless the store is near: it ends where another one would begin.
// Who reads on from where a page ended is taken for one that reads all: it is given the rest of the
// segment with the same get, and the next segment is fetched while it reads.
//
// What cannot be read is logged once for each segment, until it can be read again.
#pragma once

#include "base/guarded.h"
#include "base/lru.h"
#include "engine/page.h"
#include "engine/stream.h"
#include "storage/hot_log.h"
#include "storage/object_store.h"

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace ds {

// A page that is being read, or more than one.
struct HistoryRead {
    Stream const& stream;    // that is asked for
    std::uint64_t from = 0;  // where the page starts
    std::uint64_t bytes = 0; // still wanted
    bool sequential = false; // the reader goes on where a page ended
    bool got = false;        // the page has had its get

    // The stream has ended, or retention has taken the place, since somebody asked.
    bool is_gone() const { return stream.life() == Life::ended || from < stream.earliest(); }
};

class History {
public:
    History(ObjectStore& store, std::size_t cache_bytes);

    // Feeds the rows that follow what `cutter` has, of the segment they lie in. False when the page
    // ends there: because it is full, or because to go on would take another get. Faults: missing,
    // truncated and corrupt of the object, invalid when the place is gone, and unreachable when the
    // store does not answer.
    Result<bool> feed(Stream::InSegment const& where, HistoryRead& read, SegmentTable& table,
                      PageCutter& cutter);
    // Brings a whole segment into memory, unless it is there.
    Result<void> fetch_ahead(Stream const& stream, Stream::InSegment const& where,
                             SegmentTable& table);
    // The append that holds `position` of a stream, as far as it counts there.
    Result<AppendSpan> append_at(Stream const& stream, Stream::InSegment const& where,
                                 std::uint64_t position, SegmentTable& table);
    // Where the message of an ordinal begins, or the earliest of these segments, whichever is
    // later.
    Result<std::uint64_t> begin_of_message(Stream::LastMessages::InSegments const& where,
                                           HistoryRead const& read, SegmentTable& table);
    // Keeps the stripes of a segment that has just been written.
    void remember(SegmentRecord const& record, std::vector<Bytes> const& raw);

    // Notes that a page of a stream ended at `end`; and whether one ended at `from`.
    void note_end(std::int64_t stream, std::uint64_t end);
    bool continues(std::int64_t stream, std::uint64_t from);

    struct Counts {
        std::atomic<std::uint64_t> gets = 0;
        std::atomic<std::uint64_t> got_bytes = 0;
        std::atomic<std::uint64_t> cached_stripes = 0;
        std::atomic<std::uint64_t> read_ahead = 0;
        std::atomic<std::uint64_t> faults = 0;
    };
    Counts const& counts() const { return counts_; }
    // The store has answered somebody else.
    void note_reachable() { sickness_.lock()->reset(); }
    // Why the store does not answer; empty when it did when it was last asked.
    std::optional<std::string> sickness() const { return *sickness_.lock(); }

private:
    using RecordPtr = std::shared_ptr<SegmentRecord const>;
    struct Place { // a segment, or one of its stripes
        std::int64_t stream;
        std::uint64_t number;
        std::uint64_t stripe;
        friend bool operator==(Place const&, Place const&) = default;
    };
    struct Hash {
        std::size_t operator()(Place const& place) const {
            return (static_cast<std::uint64_t>(place.stream) * 0x9e3779b97f4a7c15U) ^
                   (place.number * 0xff51afd7ed558ccdU) ^ place.stripe;
        }
    };

    Result<RecordPtr> record(Stream::InSegment const& where, SegmentTable& table);
    // The stripes [first, last].
    struct Range {
        std::size_t first;
        std::size_t last;
    };
    // Unpacked, by one get; and those of them that are in memory, up to the first that is not.
    Result<std::vector<Bytes>> fetch(SegmentRecord const& record, Range range,
                                     HistoryRead const& read);
    Result<std::vector<Bytes>> unpack(SegmentRecord const& record, Range range, Bytes const& stored,
                                      HistoryRead const& read);
    std::vector<Bytes> cached(SegmentRecord const& record, Range range);
    Result<Bytes> get(SegmentRecord const& record, Range range);
    static Range range_of(SegmentRecord const& record, std::uint64_t from, HistoryRead const& read);
    Error faulty(SegmentRecord const& record, Error const& error, HistoryRead const& read);
    void note_readable(SegmentRecord const& record);

    ObjectStore& store_;
    Lru<Place, Bytes, Hash> stripes_;
    Lru<Place, RecordPtr, Hash> records_;
    Counts counts_;
    Guarded<std::unordered_set<std::string>> faulty_; // keys of segments that could not be read
    Guarded<std::optional<std::string>> sickness_;
    struct Ends {
        std::unordered_set<std::uint64_t> known;
        std::deque<std::uint64_t> order;
    };
    Guarded<Ends> ends_;
};

} // namespace ds
