// A stream as the engine holds it: facts that never change, the state that everybody reads, and the
// writers' state that only the stream's lane touches.
//
// The lane changes the state after the commit, under the stream's lock; everybody else takes copies
// of what they look for. A fork keeps its source alive and reads through it up to the fork point.
//
// A million idle streams are in memory, so what few streams have (a lifetime, a source, producers,
// a second segment) stands behind a pointer that the others leave empty.
#pragma once

#include "engine/mortality.h"
#include "engine/stream_change.h"
#include "engine/stream_index.h"
#include "engine/stream_part.h"
#include "engine/stream_rotation.h"
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
    // Where it came from; null unless it is a fork.
    ForkRecord const* fork() const { return state_.origin ? &state_.origin->fork : nullptr; }
    std::shared_ptr<Stream> const& source() const;
    unsigned depth() const { return state_.origin ? state_.origin->depth : 0; } // sources below it

    Lifespan lifespan; // any thread may touch and attach

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
    using Beyond = StreamIndex::Beyond;
    std::variant<std::uint64_t, Beyond, Refusal> read_from(Offset token) const;
    // Where the last `count` messages begin: at a position, or so many messages behind it in a row
    // of the log that has to be read, or in the segments of the store.
    using LastMessages = StreamIndex::LastMessages;
    LastMessages last_messages(std::uint64_t count) const;
    // Where the stream begins: its start, or what retention has left of it.
    std::uint64_t earliest() const;
    // The token of an absolute position that is not beyond the tail.
    Offset locate(std::uint64_t position) const;
    // The append that holds `position`, which lies in the hot log: in_segment(position) is empty.
    // At the tail: an append without messages.
    AppendSpan append_at(std::uint64_t position) const;
    // The segment of the object store that a position lies in, and up to where it counts.
    using InSegment = StreamIndex::InSegment;
    std::optional<InSegment> in_segment(std::uint64_t position) const;
    // Where the segment that holds `position` ends, or where it stops to count. Empty for the open
    // one.
    std::optional<std::uint64_t> end_of_segment(std::uint64_t position) const;
    // The rows from `from` on, inherited ones first: as many as are needed to fill `bytes` or
    // `messages`, at least one if there is data in the hot log; and the head at that moment. No
    // rows, but the segment, when `from` lies in one; rows end where a segment comes between.
    using Span = StreamIndex::Span;
    Span span(std::uint64_t from, std::uint64_t bytes, std::uint64_t messages) const;

    // Asks that the courier be told of every change after the returned head; and the opposite.
    Head watch(unsigned courier, Life& life);
    void unwatch(unsigned courier);

    // A part of the stream's own state by its subject, under the stream's lock for as long as the
    // result lives, which is to the end of the expression: index()->first_place(). Nothing else
    // that takes a lock may stand in that expression, and no function holds those of two streams.
    template <class Part>
    class Locked {
    public:
        template <class State>
        Locked(std::mutex& mutex, State& state) : lock_(mutex),
                                                  part_(state) {}
        Part* operator->() { return &part_; }

    private:
        std::scoped_lock<std::mutex> lock_;
        Part part_;
    };
    Locked<StreamIndex const> index() const { return {mutex(), state_}; }
    Locked<StreamRotation const> rotation() const { return {mutex(), state_}; }

    // The lane's side. Each of the first two returns the couriers that watch, one bit each.
    using NewSegment = StreamChange::NewSegment;
    std::uint64_t adopt(Head const& head, std::vector<RowPlace> const& rows,
                        std::vector<NewSegment> const& segments);
    std::uint64_t set_life(Life life);
    Locked<StreamChange> change() { return {mutex(), state_}; }
    Writers const& writers() const;
    Writers& writers_to_change();
    std::uint32_t forks = 0; // streams that name this one as their source
    void* staged = nullptr;  // the lane's batch at work on this stream, if any

private:
    // One lock of a few dozen, chosen by id.
    std::mutex& mutex() const;
    // False when a segment of the store comes next.
    bool gather(std::uint64_t from, std::uint64_t until, StreamIndex::Want& want, Span& into) const;
    LastMessages message(std::uint64_t ordinal) const;
    bool is_inherited(std::uint64_t position) const { return position < state_.own_start(); }

    ContentType const content_type_;
    std::unique_ptr<Writers> writers_; // once there is something to know
    // Guarded by the lock.
    StreamPart state_;
    std::uint64_t watchers_ = 0;
};

} // namespace ds
