// Index look-ups, token arithmetic and lifetime of a stream.
#include "engine/stream.h"

#include "base/ensure.h"
#include "protocol/content.h"

#include <algorithm>
#include <array>

namespace ds {

namespace {

// Created on first use and never destroyed: streams refer to them until the very end.
std::string const* usual_content_type(std::string_view text) {
    static auto const& usual = *new std::array<std::string, 4>{
        "application/json", "application/octet-stream", "text/plain", "text/plain; charset=utf-8"};
    auto const found = std::ranges::find(usual, text);
    return found == usual.end() ? nullptr : &*found;
}

} // namespace

ContentType::ContentType(std::string const& text) : text_(usual_content_type(text)) {
    if (!text_) text_.reset(new std::string(text));
}

void ContentType::DeleteUnlessUsual::operator()(std::string const* text) const {
    if (usual_content_type(*text) != text) delete text;
}

Stream::Stream(StreamRecord const& record, StreamName stream_name,
               std::shared_ptr<Stream> const& source_stream)
    : id(record.id),
      name(std::move(stream_name)),
      json(is_json_type(record.content_type)),
      content_type_(record.content_type),
      origin_(record.fork ? new Origin{*record.fork, source_stream, source_stream->depth() + 1}
                          : nullptr),
      mortality_(std::holds_alternative<Forever>(record.lifetime)
                     ? nullptr
                     : new Mortality{record.lifetime, record.touched_ms, record.touched_ms}),
      life_(record.soft_deleted ? Life::soft_deleted : Life::live) {
    if (!origin_) return;
    end_ = origin_->fork.point;
    ordinal_ = origin_->fork.ordinal;
}

std::shared_ptr<Stream> const& Stream::source() const {
    static std::shared_ptr<Stream> const none;
    return origin_ ? origin_->source : none;
}

Lifetime const& Stream::lifetime() const {
    static Lifetime const forever{Forever{}};
    return mortality_ ? mortality_->lifetime : forever;
}

std::mutex& Stream::mutex() const {
    struct alignas(64) Lock {
        std::mutex mutex;
    };
    static std::array<Lock, 64> locks;
    return locks[static_cast<std::uint64_t>(id) % locks.size()].mutex;
}

Head Stream::head_now() const {
    auto const last = segments() - 1;
    Offset const tail{first_segment() + last, end_ - segment_start(last)};
    return {end_, ordinal_, tail, segment_messages_, segment_bytes_, closed_};
}

void Stream::set_head(Head const& head) {
    end_ = head.end;
    ordinal_ = head.ordinal;
    segment_messages_ = head.segment_messages;
    segment_bytes_ = head.segment_bytes;
    closed_ = head.closed;
    ENSURE(head_now().tail == head.tail);
}

void Stream::begin_segment(std::uint64_t start) {
    if (!more_segments_) more_segments_ = std::make_unique<std::vector<std::uint64_t>>();
    more_segments_->push_back(start);
}

Head Stream::head() const {
    std::scoped_lock const lock(mutex());
    return head_now();
}

Life Stream::life() const {
    std::scoped_lock const lock(mutex());
    return life_;
}

StreamFacts Stream::facts() const {
    auto const now = head();
    return {content_type(), lifetime(), now.tail, now.closed};
}

std::variant<std::uint64_t, Refusal> Stream::resolve(Offset token) const {
    {
        std::scoped_lock const lock(mutex());
        if (token > head_now().tail) return Refusal::offset_beyond_tail;
        if (token.segment >= first_segment()) {
            auto const which = token.segment - first_segment();
            ENSURE(which < segments());
            auto const position = segment_start(which) + token.position;
            bool const sealed = which + 1 < segments();
            if (sealed && position >= segment_start(which + 1)) return Refusal::invalid_offset;
            return position;
        }
    }
    // Before a fork's own first segment all positions are the source's.
    ENSURE(origin_ != nullptr);
    return origin_->source->resolve(token);
}

Offset Stream::locate(std::uint64_t position) const {
    {
        std::scoped_lock const lock(mutex());
        ENSURE(position <= end_);
        if (position >= first_start()) {
            std::size_t which = 0;
            if (more_segments_) {
                auto const after =
                    std::upper_bound(more_segments_->begin(), more_segments_->end(), position);
                which = static_cast<std::size_t>(after - more_segments_->begin());
            }
            return {first_segment() + which, position - segment_start(which)};
        }
    }
    return origin_->source->locate(position);
}

std::size_t Stream::row_at(std::uint64_t position) const {
    auto const found = std::partition_point(rows_.begin(), rows_.end(), [&](RowPlace const& row) {
        return row.start + length_of(row) <= position;
    });
    return static_cast<std::size_t>(found - rows_.begin());
}

std::uint64_t Stream::append_end(std::uint64_t position) const {
    if (is_inherited(position))
        return std::min(origin_->source->append_end(position), origin_->fork.point);
    std::scoped_lock const lock(mutex());
    auto const which = row_at(position);
    return which < rows_.size() ? rows_[which].start + length_of(rows_[which]) : position;
}

std::uint64_t Stream::ordinal_at(std::uint64_t position) const {
    if (json) return position;
    if (is_inherited(position)) return origin_->source->ordinal_at(position);
    std::scoped_lock const lock(mutex());
    std::uint64_t ordinal = origin_ ? origin_->fork.ordinal : 0;
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
        origin_->source->gather(from, std::min(until, origin_->fork.point), want, into);
        from = origin_->fork.point;
    }
    std::scoped_lock const lock(mutex());
    into.head = head_now(); // the outermost stream comes last and is the one that counts
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
    return mortality_ ? expires(mortality_->lifetime, from_count_ms(touched_ms())) : std::nullopt;
}

bool Stream::has_ended(Millis now) const {
    auto const end = ends();
    if (!end || now < *end) return false;
    bool const sliding = std::holds_alternative<Ttl>(mortality_->lifetime);
    return !sliding || mortality_->attached.load(std::memory_order_relaxed) == 0;
}

void Stream::touch(Millis now) {
    if (mortality_) mortality_->touched_ms.store(count_ms(now), std::memory_order_relaxed);
}

std::int64_t Stream::touched_ms() const {
    return mortality_ ? mortality_->touched_ms.load(std::memory_order_relaxed) : 0;
}

bool Stream::should_persist_touch() {
    auto const* ttl = std::get_if<Ttl>(&lifetime());
    if (ttl == nullptr) return false;
    auto const window_ms = std::chrono::milliseconds(ttl->window).count();
    auto const step_ms = std::clamp<std::int64_t>(window_ms / 10, 100, 60'000);
    auto const touched = touched_ms();
    auto& persisted_ms = mortality_->persisted_ms;
    auto persisted = persisted_ms.load(std::memory_order_relaxed);
    return touched - persisted >= step_ms &&
           persisted_ms.compare_exchange_strong(persisted, touched, std::memory_order_relaxed);
}

void Stream::touch_not_persisted() {
    if (mortality_) mortality_->persisted_ms.store(0, std::memory_order_relaxed);
}

void Stream::grant_grace(Millis now) {
    auto const* ttl = std::get_if<Ttl>(&lifetime());
    if (ttl == nullptr) return;
    auto const grace = std::min<std::chrono::seconds>(ttl->window, std::chrono::minutes(1));
    auto const at_least = now - ttl->window + grace;
    if (from_count_ms(touched_ms()) < at_least) touch(at_least);
}

void Stream::attach() {
    if (mortality_) mortality_->attached.fetch_add(1, std::memory_order_relaxed);
}

void Stream::detach(Millis now) {
    if (!mortality_) return;
    touch(now);
    mortality_->attached.fetch_sub(1, std::memory_order_relaxed);
}

Head Stream::watch(unsigned courier, Life& life) {
    std::scoped_lock const lock(mutex());
    watchers_ |= std::uint64_t{1} << courier;
    life = life_;
    return head_now();
}

void Stream::unwatch(unsigned courier) {
    std::scoped_lock const lock(mutex());
    watchers_ &= ~(std::uint64_t{1} << courier);
}

std::uint64_t Stream::adopt(Head const& head, std::vector<RowPlace> const& rows,
                            std::vector<std::uint64_t> const& segment_starts) {
    std::scoped_lock const lock(mutex());
    ENSURE(head.end >= end_);
    rows_.insert(rows_.end(), rows.begin(), rows.end());
    for (auto const start : segment_starts)
        begin_segment(start);
    set_head(head);
    return watchers_;
}

std::uint64_t Stream::set_life(Life life) {
    std::scoped_lock const lock(mutex());
    life_ = life;
    return watchers_;
}

std::vector<RowPlace> Stream::release_rows() {
    std::scoped_lock const lock(mutex());
    return std::exchange(rows_, {});
}

Writers const& Stream::writers() const {
    static Writers const none;
    return writers_ ? *writers_ : none;
}

Writers& Stream::writers_to_change() {
    if (!writers_) writers_ = std::make_unique<Writers>();
    return *writers_;
}

bool Stream::recover(LogRecord const& row) {
    std::scoped_lock const lock(mutex());
    auto const before = head_now();
    if (row.head.start != before.end || row.head.at != before.tail || before.closed) return false;
    Extent const append{json ? row.head.count : row.body_bytes, row.head.count, row.body_bytes};
    // What was decided when it was appended holds, whatever the limits are today.
    auto head = grow(before, append, {UINT32_MAX, UINT64_MAX}).head;
    if (row.head.fills_segment) {
        head.tail = {head.tail.segment + 1, 0};
        head.segment_messages = 0;
        head.segment_bytes = 0;
        begin_segment(head.end);
    }
    head.closed = row.head.closes;
    set_head(head);
    rows_.push_back({row.head.start, row.seq, row.body_bytes, row.head.count});
    if (row.head.time_ms > touched_ms()) touch(from_count_ms(row.head.time_ms));

    if (auto const& claim = row.head.producer) {
        auto& writers = writers_to_change();
        writers.producers[claim->id] = {claim->mark, row.head.time_ms};
        if (row.head.closes) writers.closer = claim;
    }
    if (row.head.stream_seq) writers_to_change().stream_seq = row.head.stream_seq;
    return true;
}

} // namespace ds
