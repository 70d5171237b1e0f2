// A stream as the engine holds it: facts that never change, the head and index that everybody
// reads, and the writers' state that only the stream's lane touches.
//
// The lane replaces head and index together, after the commit, under the stream's lock; everybody
// else takes copies. A fork keeps its source alive and reads through it up to the fork point.
//
// A million idle streams are in memory, so what few streams have (a lifetime, a source, producers,
// a second segment) stands behind a pointer that the others leave empty.
#pragma once

#include "engine/head.h"
#include "engine/row.h"
#include "protocol/answer.h"
#include "protocol/lifetime.h"
#include "protocol/stream_name.h"
#include "storage/hot_log.h"

#include <atomic>
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
struct Writers {
    struct Known {
        ProducerMark mark;
        std::int64_t last_ms = 0;
    };
    std::unordered_map<std::string, Known> producers;
    std::size_t sweep_at = k_producers_swept_at;
    std::optional<std::string> stream_seq; // the largest Stream-Seq accepted
    std::optional<ProducerClaim> closer;   // who closed the stream, if a producer did
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
    // Refusal::offset_beyond_tail past the tail.
    std::variant<std::uint64_t, Refusal> resolve(Offset token) const;
    // The token of an absolute position that is not beyond the tail.
    Offset locate(std::uint64_t position) const;
    // The end of the append that holds `position`; `position` itself at the tail.
    std::uint64_t append_end(std::uint64_t position) const;
    // Messages before `position`, which lies in this stream or what it inherits.
    std::uint64_t ordinal_at(std::uint64_t position) const;

    // The rows from `from` on, inherited ones first: as many as are needed to fill `bytes` or
    // `messages`, at least one if there is data; and the head at that moment.
    struct Span {
        std::vector<Piece> pieces;
        Head head;
    };
    Span span(std::uint64_t from, std::uint64_t bytes, std::uint64_t messages) const;

    // Lifetime. Reads and writes touch; an attached live reader keeps a TTL from running out. All
    // of these do nothing for a stream that lives for ever.
    std::optional<Millis> ends() const;
    bool has_ended(Millis now) const;
    void touch(Millis now);
    std::int64_t touched_ms() const;
    // True when the renewal should be written down: not for each read, but before it matters.
    bool should_persist_touch();
    // It was not written down after all: the next read shall ask again.
    void touch_not_persisted();
    // After a restart nobody knows who was reading when the server stopped: a sliding window has at
    // least a minute left (or all of it, if it is shorter), so that readers can come back.
    void grant_grace(Millis now);
    void attach();
    void detach(Millis now);

    // Asks that the courier be told of every change after the returned head; and the opposite.
    Head watch(unsigned courier, Life& life);
    void unwatch(unsigned courier);

    // The lane's side. Each returns the couriers that watch, one bit each.
    std::uint64_t adopt(Head const& head, std::vector<RowPlace> const& rows,
                        std::vector<std::uint64_t> const& segment_starts);
    std::uint64_t set_life(Life life);
    // All rows of this stream's own; the index is empty afterwards.
    std::vector<RowPlace> release_rows();
    Writers const& writers() const;
    Writers& writers_to_change();
    std::uint32_t forks = 0; // streams that name this one as their source
    void* staged = nullptr;  // the lane's batch at work on this stream, if any
    // Recovery: one more row, in order. False when it does not follow the last one.
    bool recover(LogRecord const& row);

private:
    struct Origin {
        ForkRecord fork;
        std::shared_ptr<Stream> source;
        unsigned depth;
    };
    struct Mortality {
        Lifetime lifetime;
        std::atomic<std::int64_t> touched_ms;
        std::atomic<std::int64_t> persisted_ms;
        std::atomic<std::int32_t> attached = 0;
    };

    // One lock of a few dozen, chosen by id. No function holds the locks of two streams.
    std::mutex& mutex() const;
    Head head_now() const;
    void set_head(Head const& head);
    void begin_segment(std::uint64_t start);
    std::uint64_t first_segment() const { return origin_ ? origin_->fork.at.segment : 0; }
    std::uint64_t first_start() const {
        return origin_ ? origin_->fork.point - origin_->fork.at.position : 0;
    }
    // Where segment first_segment() + `which` starts.
    std::uint64_t segment_start(std::size_t which) const {
        return which == 0 ? first_start() : (*more_segments_)[which - 1];
    }
    std::size_t segments() const { return 1 + (more_segments_ ? more_segments_->size() : 0); }

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
    void gather(std::uint64_t from, std::uint64_t until, Want& want, Span& into) const;
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
    std::unique_ptr<std::vector<std::uint64_t>> more_segments_; // starts, after the first one
};

} // namespace ds
