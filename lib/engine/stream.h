// A stream as the engine holds it: facts that never change, the head and index that everybody
// reads, and the writers' state that only the stream's lane touches.
//
// The lane replaces head and index together, after the commit, under the stream's lock; everybody
// else takes copies. A fork keeps its source alive and reads through it up to the fork point.
//
// What is before hot_from() lies in segments of the object store: there the index has no rows, only
// where each segment begins.
//
// A million idle streams are in memory, so what few streams have (a lifetime, a source, producers,
// a second segment) stands behind a pointer that the others leave empty.
#pragma once

#include "engine/head.h"
#include "engine/mortality.h"
#include "engine/row.h"
#include "engine/segment_starts.h"
#include "model/answer.h"
#include "model/ask.h"
#include "model/lifetime.h"
#include "model/stream_name.h"
#include "storage/hot_log.h"

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

namespace ds {

enum class Life : std::uint8_t {
    live,
    soft_deleted, // deleted, but forks still read its data
    ended,        // gone; only readers that hold it still see this object
};

// A producer table of this size is looked through for those that have been silent for too long.
inline constexpr std::size_t k_producers_swept_at = 1024;

// What only the lane reads and writes.
struct Writers : Ledger {
    std::size_t sweep_at = k_producers_swept_at;
    std::int64_t silent_from_ms = 0; // before it nobody has been silent for too long
};

// A content type. The usual ones are kept once for all streams.
class ContentType {
public:
    explicit ContentType(std::string const& text);
    std::string const& text() const { return *text_; }

private:
    struct DeleteUnlessUsual {
        void operator()(std::string const* text) const;
    };
    std::unique_ptr<std::string const, DeleteUnlessUsual> text_;
};

// Reads go through a fork's sources one after another, so their number has a bound.
inline constexpr unsigned k_fork_depth_max = 256;

class Stream {
public:
    Stream(StreamRecord const& record, StreamName stream_name,
           std::shared_ptr<Stream> const& source_stream);
    Stream(Stream const&) = delete;
    Stream& operator=(Stream const&) = delete;

    // Facts that never change.
    std::int64_t const id;
    StreamName const name;
    bool const json;
    bool const text; // text/*, whose characters go over SSE as they are
    Exposure const exposure;
    std::string const& content_type() const { return content_type_.text(); }
    Lifetime const& lifetime() const;
    // Where it came from; null unless it is a fork.
    ForkRecord const* fork() const { return origin_ ? &origin_->fork : nullptr; }
    std::shared_ptr<Stream> const& source() const;
    unsigned depth() const { return origin_ ? origin_->depth : 0; } // sources below it

    Head head() const;
    Life life() const;
    StreamFacts facts() const;

    // Where a token points. Refusal::invalid_offset for a place that was never handed out,
    // offset_beyond_tail past the tail, offset_trimmed before what retention has left,
    // offset_of_predecessor for one of a stream that had this name before.
    std::variant<std::uint64_t, Refusal> resolve(Offset token) const;
    // Where a read at a token begins: with the first message whose end is spelled higher. Inside a
    // message that is its beginning, which whoever cuts the page knows; beyond the tail there is
    // nothing yet. Refusal::offset_trimmed and offset_of_predecessor as above.
    struct Beyond {
        friend bool operator==(Beyond, Beyond) = default;
    };
    std::variant<std::uint64_t, Beyond, Refusal> read_from(Offset token) const;
    // Where the last `count` messages begin: at a position, or so many messages behind it in a row
    // of the log that has to be read, or in the segments of the store.
    struct LastMessages {
        std::uint64_t position = 0;
        std::uint64_t skip = 0;
        std::int64_t row = 0; // its number in the log
        struct InSegments {
            std::int64_t stream;
            std::uint64_t first; // numbers of the first and the last that are in the store
            std::uint64_t last;
            std::uint64_t ordinal; // of the message that is looked for
        };
        std::optional<InSegments> cold{};
        bool is_known() const { return skip == 0 && !cold; }
    };
    LastMessages last_messages(std::uint64_t count) const;
    // Where a stream that is no fork began, which {0, 0} stands for as well; {0, 0} for a fork.
    Offset first_place() const;
    // Where the stream begins: its start, or what retention has left of it.
    std::uint64_t earliest() const;
    // The token of an absolute position that is not beyond the tail.
    Offset locate(std::uint64_t position) const;
    // The append that holds `position`, which lies in the hot log: in_segment(position) is empty.
    // At the tail: an append without messages.
    AppendSpan append_at(std::uint64_t position) const;

    // A place that lies in a segment of the object store, and up to where it counts: a fork sees
    // its source up to the fork point.
    struct InSegment {
        std::int64_t stream; // whose segment it is: this stream, or one it was forked from
        std::uint64_t number;
        std::uint64_t until;
    };
    std::optional<InSegment> in_segment(std::uint64_t position) const;
    // Where the segment that holds `position` ends, or where it stops to count. Empty for the open
    // one.
    std::optional<std::uint64_t> end_of_segment(std::uint64_t position) const;

    // The rows from `from` on, inherited ones first: as many as are needed to fill `bytes` or
    // `messages`, at least one if there is data in the hot log; and the head at that moment. No
    // rows, but the segment, when `from` lies in one; rows end where a segment comes between.
    struct Span {
        std::vector<Piece> pieces;
        Head head;
        std::optional<InSegment> segment;
        bool goes_on_in_segment = false; // after the rows, of which there are not enough
    };
    Span span(std::uint64_t from, std::uint64_t bytes, std::uint64_t messages) const;

    // Lifetime (engine/mortality.h). All of these do nothing for a stream that lives for ever.
    std::optional<Millis> ends() const { return mortality_ ? mortality_->ends() : std::nullopt; }
    bool has_ended(Millis now) const { return mortality_ && mortality_->has_ended(now); }
    void touch(Millis now) {
        if (mortality_) mortality_->touch(now);
    }
    std::int64_t touched_ms() const { return mortality_ ? mortality_->touched_ms() : 0; }
    bool should_persist_touch() { return mortality_ && mortality_->should_persist_touch(); }
    void touch_not_persisted() {
        if (mortality_) mortality_->touch_not_persisted();
    }
    void grant_grace(Millis now) {
        if (mortality_) mortality_->grant_grace(now);
    }
    void attach() {
        if (mortality_) mortality_->attach();
    }
    void detach(Millis now) {
        if (mortality_) mortality_->detach(now);
    }

    // How many own rows with messages lie in the hot log from `position` on, as `messages`, and
    // their bytes, of each row `most` at most. None when there is no row that begins there.
    Extent rows_from(std::uint64_t position, std::uint64_t most) const;

    // Asks that the courier be told of every change after the returned head; and the opposite.
    Head watch(unsigned courier, Life& life);
    void unwatch(unsigned courier);

    // The lane's side. Each returns the couriers that watch, one bit each.
    struct NewSegment {
        std::uint64_t start;
        SegmentStarts::Sealed before;
    };
    std::uint64_t adopt(Head const& head, std::vector<RowPlace> const& rows,
                        std::vector<NewSegment> const& segments);
    std::uint64_t set_life(Life life);
    // All rows of this stream's own; the index is empty afterwards.
    std::vector<RowPlace> release_rows();
    Writers const& writers() const;
    Writers& writers_to_change();
    std::uint32_t forks = 0; // streams that name this one as their source
    void* staged = nullptr;  // the lane's batch at work on this stream, if any

    // Rotation. A sealed segment that is not in the store yet, with its rows.
    struct SealedSegment {
        Offset at; // of its first place
        std::uint64_t start = 0;
        std::uint64_t end = 0;
        Seal seal = Seal::full;
        Offset next; // token after it
        std::vector<RowPlace> rows;
    };
    // Segment `number`, if it is sealed and all of it is in the hot log.
    std::optional<SealedSegment> sealed(std::uint64_t number) const;
    // Which segments are sealed and not in the store yet: [first, first + count).
    struct Waiting {
        std::uint64_t first = 0;
        std::uint64_t count = 0;
    };
    Waiting waiting() const;
    // Everything before it is in the store.
    std::uint64_t rotated_until() const;
    bool has_segments() const; // in the store
    // Of the stream as it stands: for operators.
    struct Holdings {
        Offset earliest; // where its own data begins, and the same as an absolute position
        std::uint64_t earliest_start = 0;
        std::uint64_t hot_rows = 0;
        std::uint64_t hot_bytes = 0;
        std::uint64_t only_hot_bytes = 0; // of rows that are nowhere else
        std::uint64_t only_hot_messages = 0;
        std::uint64_t segments = 0; // in the store
        Waiting waiting;
    };
    Holdings holdings() const;
    // The lane: what lies before `next` is in the store. The rows that are no longer needed, unless
    // they are kept.
    std::vector<RowPlace> adopt_rotation(RotatedRecord const& rotated, bool keep_rows);
    // The lane: retention has taken what is before. The rows that were kept all the same.
    std::vector<RowPlace> adopt_earliest(Offset earliest, std::uint64_t start);

    // Recovery, in this order: what was rotated, the segments that are in the store, whether they
    // are all, the rows of the log. False when something does not follow what was before it.
    void recover(RotatedRecord const& rotated);
    bool recover(SegmentRecord const& segment);
    bool rotation_is_whole() const;
    // A row of a segment that is in the store is not needed, unless such rows are kept.
    enum class Recovered : std::uint8_t { taken, not_needed, misplaced };
    enum class Renews : std::uint8_t { yes, no }; // whether a row shows that the stream was used
    Recovered recover(LogRecord const& row, bool keep_rows, Renews renews = Renews::yes);
    // After the last row: kept rows with a gap before the rows that follow.
    std::vector<RowPlace> finish_recovery();

private:
    struct Origin {
        ForkRecord fork;
        std::shared_ptr<Stream> source;
        unsigned depth;
    };
    // How far the stream has been rotated.
    struct Rotation {
        std::uint64_t until = 0;
        Offset next;             // token of `until`
        bool all = false;        // the stream is closed, and its last segment is in the store
        std::uint64_t first = 0; // number of the first segment that is in the store
        bool trimmed = false;    // retention has taken what was before it
    };

    // One lock of a few dozen, chosen by id. No function holds the locks of two streams.
    std::mutex& mutex() const;
    Head head_now() const;
    void set_head(Head const& head);
    std::uint64_t own_start() const { return origin_ ? origin_->fork.point : 0; }
    std::uint64_t hot_from() const;
    std::vector<RowPlace> release(std::vector<RowPlace>::iterator end);
    Waiting waiting_now() const;
    bool closed_by_filling() const;
    bool lies_in_segment(std::uint64_t position) const {
        return rotation_ && position < hot_from() && position < rotation_->until;
    }

    std::uint64_t length_of(RowPlace const& place) const {
        return json ? place.count : place.bytes;
    }
    // Index of the first own row that ends after `position`.
    std::size_t row_at(std::uint64_t position) const;
    struct Want {
        std::uint64_t bytes;
        std::uint64_t messages;
        bool satisfied() const { return bytes == 0 || messages == 0; }
    };
    // False when a segment of the store comes next.
    bool gather(std::uint64_t from, std::uint64_t until, Want& want, Span& into) const;
    InSegment segment_of(std::uint64_t position, std::uint64_t until) const;
    LastMessages message(std::uint64_t ordinal) const;
    std::optional<std::variant<std::uint64_t, Refusal>> before_first(Offset token) const;
    bool is_inherited(std::uint64_t position) const {
        return origin_ && position < origin_->fork.point;
    }

    ContentType const content_type_;
    std::unique_ptr<Origin const> const origin_; // of a fork
    std::unique_ptr<Mortality> const mortality_; // of a stream with a lifetime
    std::unique_ptr<Writers> writers_;           // once there is something to know

    // Guarded by the lock. The token of the tail is not kept: it follows from the segments.
    std::uint64_t end_ = 0;
    std::uint64_t ordinal_ = 0;
    std::uint64_t segment_bytes_ = 0;
    std::uint32_t segment_messages_ = 0;
    bool closed_ = false;
    Life life_;
    std::uint64_t watchers_ = 0;
    std::vector<RowPlace> rows_;
    SegmentStarts starts_;
    std::unique_ptr<Rotation> rotation_; // once something is in the store
};

} // namespace ds
