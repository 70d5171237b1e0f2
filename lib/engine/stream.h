// A stream as the engine holds it: facts that never change, the head and index that everybody
// reads, and the writers' state that only the stream's lane touches.
//
// The lane replaces head and index together, after the commit, under the stream's lock; everybody
// else takes copies. A fork keeps its source alive and reads through it up to the fork point.
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
    std::uint32_t forks = 0;               // streams that name this one as their source
    void* staged = nullptr;                // the lane's batch at work on this stream, if any
};

// Reads go through a fork's sources one after another, so their number has a bound.
inline constexpr unsigned k_fork_depth_max = 256;

class Stream {
public:
    Stream(StreamRecord const& record, StreamName stream_name,
           std::shared_ptr<Stream> source_stream);
    Stream(Stream const&) = delete;
    Stream& operator=(Stream const&) = delete;

    // Facts that never change.
    std::int64_t const id;
    StreamName const name;
    std::string const content_type;
    bool const json;
    Lifetime const lifetime;
    std::shared_ptr<Stream> const source; // null unless this is a fork
    std::optional<ForkRecord> const fork;
    unsigned const depth; // forks below this one

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

    // Lifetime. Reads and writes touch; an attached live reader keeps a TTL from running out.
    std::optional<Millis> ends() const;
    bool has_ended(Millis now) const;
    void touch(Millis now) { touched_ms_.store(count_ms(now), std::memory_order_relaxed); }
    std::int64_t touched_ms() const { return touched_ms_.load(std::memory_order_relaxed); }
    // True when the renewal should be written down: not for each read, but before it matters.
    bool should_persist_touch();
    // It was not written down after all: the next read shall ask again.
    void touch_not_persisted() { persisted_ms_.store(0, std::memory_order_relaxed); }
    // After a restart nobody knows who was reading when the server stopped: a sliding window has at
    // least a minute left (or all of it, if it is shorter), so that readers can come back.
    void grant_grace(Millis now);
    void attach() { attached_.fetch_add(1, std::memory_order_relaxed); }
    void detach(Millis now) {
        touch(now);
        attached_.fetch_sub(1, std::memory_order_relaxed);
    }

    // Asks that the courier be told of every change after the returned head; and the opposite.
    Head watch(unsigned courier, Life& life);
    void unwatch(unsigned courier);

    // The lane's side. Each returns the couriers that watch, one bit each.
    std::uint64_t adopt(Head const& head, std::vector<RowPlace> const& rows,
                        std::vector<std::uint64_t> const& segment_starts);
    std::uint64_t set_life(Life life);
    // All rows of this stream's own; the index is empty afterwards.
    std::vector<RowPlace> release_rows();
    Writers& writers() { return writers_; }
    // Recovery: one more row, in order. False when it does not follow the last one.
    bool recover(LogRecord const& row);

private:
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
    bool is_inherited(std::uint64_t position) const { return fork && position < fork->point; }

    mutable std::mutex mutex_; // guards the six members below
    Head head_;
    Life life_;
    std::uint64_t watchers_ = 0;
    std::vector<RowPlace> rows_;
    std::vector<std::uint64_t> segment_starts_; // of segment first_segment_ + i
    std::uint64_t first_segment_ = 0;

    std::atomic<std::int64_t> touched_ms_;
    std::atomic<std::int64_t> persisted_ms_;
    std::atomic<std::int32_t> attached_ = 0;
    Writers writers_;
};

} // namespace ds
