// Index look-ups, token arithmetic and lifetime of a stream.
#include "engine/stream.h"

#include "base/ensure.h"
#include "protocol/content.h"

#include <algorithm>

namespace ds {

Stream::Stream(StreamRecord const& record, StreamName stream_name,
               std::shared_ptr<Stream> source_stream)
    : id(record.id),
      name(std::move(stream_name)),
      content_type(record.content_type),
      json(is_json_type(record.content_type)),
      lifetime(record.lifetime),
      source(std::move(source_stream)),
      fork(record.fork),
      depth(source ? source->depth + 1 : 0),
      life_(record.soft_deleted ? Life::soft_deleted : Life::live),
      touched_ms_(record.touched_ms),
      persisted_ms_(record.touched_ms) {
    if (fork) {
        head_.end = fork->point;
        head_.ordinal = fork->ordinal;
        head_.tail = fork->at;
        first_segment_ = fork->at.segment;
        segment_starts_.push_back(fork->point - fork->at.position);
    } else {
        segment_starts_.push_back(0);
    }
}

Head Stream::head() const {
    std::scoped_lock const lock(mutex_);
    return head_;
}

Life Stream::life() const {
    std::scoped_lock const lock(mutex_);
    return life_;
}

StreamFacts Stream::facts() const {
    auto const now = head();
    return {content_type, lifetime, now.tail, now.closed};
}

std::variant<std::uint64_t, Refusal> Stream::resolve(Offset token) const {
    {
        std::scoped_lock const lock(mutex_);
        if (token > head_.tail) return Refusal::offset_beyond_tail;
        if (token.segment >= first_segment_) {
            auto const which = token.segment - first_segment_;
            ENSURE(which < segment_starts_.size());
            auto const position = segment_starts_[which] + token.position;
            bool const sealed = which + 1 < segment_starts_.size();
            if (sealed && position >= segment_starts_[which + 1]) return Refusal::invalid_offset;
            return position;
        }
    }
    // Before a fork's own first segment all positions are the source's.
    ENSURE(source != nullptr);
    return source->resolve(token);
}

Offset Stream::locate(std::uint64_t position) const {
    {
        std::scoped_lock const lock(mutex_);
        ENSURE(position <= head_.end);
        if (position >= segment_starts_.front()) {
            auto const after =
                std::upper_bound(segment_starts_.begin(), segment_starts_.end(), position);
            auto const which = static_cast<std::uint64_t>(after - segment_starts_.begin()) - 1;
            return {first_segment_ + which, position - segment_starts_[which]};
        }
    }
    return source->locate(position);
}

std::size_t Stream::row_at(std::uint64_t position) const {
    auto const found = std::partition_point(rows_.begin(), rows_.end(), [&](RowPlace const& row) {
        return row.start + length_of(row) <= position;
    });
    return static_cast<std::size_t>(found - rows_.begin());
}

std::uint64_t Stream::append_end(std::uint64_t position) const {
    if (is_inherited(position)) return std::min(source->append_end(position), fork->point);
    std::scoped_lock const lock(mutex_);
    auto const which = row_at(position);
    return which < rows_.size() ? rows_[which].start + length_of(rows_[which]) : position;
}

std::uint64_t Stream::ordinal_at(std::uint64_t position) const {
    if (json) return position;
    if (is_inherited(position)) return source->ordinal_at(position);
    std::scoped_lock const lock(mutex_);
    std::uint64_t ordinal = fork ? fork->ordinal : 0;
    auto const which = row_at(position);
    for (std::size_t i = 0; i < which; ++i)
        ordinal += rows_[i].count;
    // A cut through a message leaves its first part behind: that part counts as a message.
    if (which < rows_.size() && position > rows_[which].start) ++ordinal;
    return ordinal;
}

Stream::Span Stream::span(std::uint64_t from, std::uint64_t bytes, std::uint64_t messages) const {
    Span found;
    Want want{bytes, messages};
    gather(from, UINT64_MAX, want, found);
    return found;
}

void Stream::gather(std::uint64_t from, std::uint64_t until, Want& want, Span& into) const {
    if (is_inherited(from)) {
        source->gather(from, std::min(until, fork->point), want, into);
        from = fork->point;
    }
    std::scoped_lock const lock(mutex_);
    into.head = head_; // the outermost stream comes last and is the one that counts
    for (auto which = row_at(from); which < rows_.size() && !want.satisfied(); ++which) {
        auto const& row = rows_[which];
        if (row.start >= until) break;
        into.pieces.push_back({row, until});
        // A row that begins before `from` or ends after `until` gives less than its size: it does
        // not count.
        if (row.start < from || row.start + length_of(row) > until) continue;
        want.bytes -= std::min<std::uint64_t>(want.bytes, row.bytes);
        want.messages -= std::min<std::uint64_t>(want.messages, row.count);
    }
}

std::optional<Millis> Stream::ends() const {
    return expires(lifetime, from_count_ms(touched_ms()));
}

bool Stream::has_ended(Millis now) const {
    auto const end = ends();
    if (!end || now < *end) return false;
    bool const sliding = std::holds_alternative<Ttl>(lifetime);
    return !sliding || attached_.load(std::memory_order_relaxed) == 0;
}

bool Stream::should_persist_touch() {
    auto const* ttl = std::get_if<Ttl>(&lifetime);
    if (ttl == nullptr) return false;
    auto const window_ms = std::chrono::milliseconds(ttl->window).count();
    auto const step_ms = std::clamp<std::int64_t>(window_ms / 10, 100, 60'000);
    auto const touched = touched_ms();
    auto persisted = persisted_ms_.load(std::memory_order_relaxed);
    return touched - persisted >= step_ms &&
           persisted_ms_.compare_exchange_strong(persisted, touched, std::memory_order_relaxed);
}

void Stream::grant_grace(Millis now) {
    auto const* ttl = std::get_if<Ttl>(&lifetime);
    if (ttl == nullptr) return;
    auto const grace = std::min<std::chrono::seconds>(ttl->window, std::chrono::minutes(1));
    auto const at_least = now - ttl->window + grace;
    if (from_count_ms(touched_ms()) < at_least) touch(at_least);
}

Head Stream::watch(unsigned courier, Life& life) {
    std::scoped_lock const lock(mutex_);
    watchers_ |= std::uint64_t{1} << courier;
    life = life_;
    return head_;
}

void Stream::unwatch(unsigned courier) {
    std::scoped_lock const lock(mutex_);
    watchers_ &= ~(std::uint64_t{1} << courier);
}

std::uint64_t Stream::adopt(Head const& head, std::vector<RowPlace> const& rows,
                            std::vector<std::uint64_t> const& segment_starts) {
    std::scoped_lock const lock(mutex_);
    ENSURE(head.end >= head_.end);
    head_ = head;
    rows_.insert(rows_.end(), rows.begin(), rows.end());
    segment_starts_.insert(segment_starts_.end(), segment_starts.begin(), segment_starts.end());
    return watchers_;
}

std::uint64_t Stream::set_life(Life life) {
    std::scoped_lock const lock(mutex_);
    life_ = life;
    return watchers_;
}

std::vector<RowPlace> Stream::release_rows() {
    std::scoped_lock const lock(mutex_);
    return std::exchange(rows_, {});
}

bool Stream::recover(LogRecord const& row) {
    std::scoped_lock const lock(mutex_);
    if (row.head.start != head_.end || row.head.at != head_.tail || head_.closed) return false;
    Extent const append{json ? row.head.count : row.body_bytes, row.head.count, row.body_bytes};
    // What was decided when it was appended holds, whatever the limits are today.
    head_ = grow(head_, append, {UINT32_MAX, UINT64_MAX}).head;
    if (row.head.fills_segment) {
        head_.tail = {head_.tail.segment + 1, 0};
        head_.segment_messages = 0;
        head_.segment_bytes = 0;
        segment_starts_.push_back(head_.end);
    }
    head_.closed = row.head.closes;
    rows_.push_back({row.head.start, row.seq, row.body_bytes, row.head.count});
    if (row.head.time_ms > touched_ms()) touched_ms_.store(row.head.time_ms);

    if (auto const& claim = row.head.producer) {
        writers_.producers[claim->id] = {claim->mark, row.head.time_ms};
        if (row.head.closes) writers_.closer = claim;
    }
    if (row.head.stream_seq) writers_.stream_seq = row.head.stream_seq;
    return true;
}

} // namespace ds
