// Index look-ups, token arithmetic and lifetime of a stream.
#include "engine/stream.h"

#include "base/ensure.h"
#include "model/content.h"

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
      text(!json && is_text_type(record.content_type)),
      exposure(record.exposure),
      content_type_(record.content_type),
      origin_(record.fork ? new Origin{*record.fork, source_stream, source_stream->depth() + 1}
                          : nullptr),
      mortality_(std::holds_alternative<Forever>(record.lifetime)
                     ? nullptr
                     : new Mortality(record.lifetime, record.touched_ms)),
      life_(record.soft_deleted ? Life::soft_deleted : Life::live) {
    if (!origin_) {
        starts_.be_born_at(record.first_segment);
        return;
    }
    end_ = origin_->fork.point;
    ordinal_ = origin_->fork.ordinal;
    starts_.begin_at(origin_->fork.at.segment, end_ - origin_->fork.at.position);
}

std::shared_ptr<Stream> const& Stream::source() const {
    static std::shared_ptr<Stream> const none;
    return origin_ ? origin_->source : none;
}

Lifetime const& Stream::lifetime() const {
    static Lifetime const forever{Forever{}};
    return mortality_ ? mortality_->lifetime() : forever;
}

std::mutex& Stream::mutex() const {
    struct alignas(64) Lock {
        std::mutex mutex;
    };
    static std::array<Lock, 64> locks;
    return locks[static_cast<std::uint64_t>(id) % locks.size()].mutex;
}

Head Stream::head_now() const {
    auto const last = starts_.last();
    Offset const tail{last, end_ - starts_.start_of(last)};
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
        if (token.segment >= starts_.first()) {
            auto const position = starts_.resolve(token);
            if (!position) return Refusal::invalid_offset;
            return *position;
        }
        if (auto const before = before_first(token)) return *before;
    }
    return origin_->source->resolve(token);
}

std::variant<std::uint64_t, Stream::Beyond, Refusal> Stream::read_from(Offset token) const {
    {
        std::scoped_lock const lock(mutex());
        if (token > head_now().tail) return Beyond{};
        if (token.segment >= starts_.first()) return starts_.read_from(token);
        if (auto const before = before_first(token))
            return std::visit(
                [](auto found) -> std::variant<std::uint64_t, Beyond, Refusal> { return found; },
                *before);
    }
    return origin_->source->read_from(token);
}

// Of a token before the first segment. Empty for a fork: there all positions are its source's.
std::optional<std::variant<std::uint64_t, Refusal>> Stream::before_first(Offset token) const {
    bool const trimmed = rotation_ && rotation_->trimmed;
    // The very first place of any stream: whoever stands there has read nothing.
    if (!origin_ && !trimmed && token == Offset{}) return std::uint64_t{0};
    if (token.segment < starts_.born()) return Refusal::offset_of_predecessor;
    if (trimmed) return Refusal::offset_trimmed;
    ENSURE(origin_ != nullptr);
    return std::nullopt;
}

Offset Stream::first_place() const {
    std::scoped_lock const lock(mutex());
    return {starts_.born(), 0};
}

std::uint64_t Stream::earliest() const {
    {
        std::scoped_lock const lock(mutex());
        if (rotation_ && rotation_->trimmed) return starts_.first_start();
    }
    return origin_ ? origin_->source->earliest() : 0;
}

Offset Stream::locate(std::uint64_t position) const {
    {
        std::scoped_lock const lock(mutex());
        ENSURE(position <= end_);
        if (position >= starts_.first_start()) return starts_.locate(position);
    }
    return origin_->source->locate(position);
}

std::size_t Stream::row_at(std::uint64_t position) const {
    auto const found = std::partition_point(rows_.begin(), rows_.end(), [&](RowPlace const& row) {
        return row.start + length_of(row) <= position;
    });
    return static_cast<std::size_t>(found - rows_.begin());
}

AppendSpan Stream::append_at(std::uint64_t position) const {
    if (is_inherited(position)) {
        auto inherited = origin_->source->append_at(position);
        inherited.limit = std::min(inherited.limit, origin_->fork.point);
        return inherited;
    }
    std::scoped_lock const lock(mutex());
    auto const which = row_at(position);
    // Counted from the tail, as rows at the front may have gone to a segment.
    auto ordinal = ordinal_;
    for (auto i = which; i < rows_.size(); ++i)
        ordinal -= rows_[i].count;
    if (which == rows_.size()) return {position, position, position, ordinal, 0, json};
    auto const& row = rows_[which];
    auto const end = row.start + length_of(row);
    return {row.start, end, end, ordinal, row.count, json};
}

Stream::Span Stream::span(std::uint64_t from, std::uint64_t bytes, std::uint64_t messages) const {
    Span found;
    Want want{bytes, messages};
    bool const whole = gather(from, UINT64_MAX, want, found);
    found.goes_on_in_segment = !whole && !want.satisfied();
    return found;
}

bool Stream::gather(std::uint64_t from, std::uint64_t until, Want& want, Span& into) const {
    bool goes_on = true;
    if (is_inherited(from)) {
        goes_on = origin_->source->gather(from, std::min(until, origin_->fork.point), want, into);
        from = origin_->fork.point;
    }
    std::scoped_lock const lock(mutex());
    into.head = head_now(); // the outermost stream comes last and is the one that counts
    if (!goes_on) return false;
    if (from < until && lies_in_segment(from)) {
        if (into.pieces.empty()) into.segment = segment_of(from, until);
        return false;
    }
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
    return true;
}

Stream::LastMessages Stream::last_messages(std::uint64_t count) const {
    auto const now = head();
    if (json) return {now.end - std::min(count, now.end - earliest())};
    if (count >= now.ordinal) return {earliest()};
    return message(now.ordinal - count);
}

Stream::LastMessages Stream::message(std::uint64_t ordinal) const {
    if (origin_ && ordinal < origin_->fork.ordinal) return origin_->source->message(ordinal);
    std::scoped_lock const lock(mutex());
    auto before = ordinal_;
    for (auto row = rows_.rbegin(); row != rows_.rend(); ++row) {
        before -= row->count;
        if (before <= ordinal) return {row->start, ordinal - before, row->seq};
    }
    if (!rotation_) return {own_start()};
    // The last segment of a closed stream is nothing when the closing append filled the one before.
    bool const has_last = rotation_->all && rotation_->next.position > 0;
    auto const last = rotation_->next.segment - (has_last ? 0 : 1);
    return {starts_.first_start(), 0, 0,
            LastMessages::InSegments{id, rotation_->first, last, ordinal}};
}

Extent Stream::rows_from(std::uint64_t position, std::uint64_t most) const {
    std::scoped_lock const lock(mutex());
    Extent found;
    auto which = row_at(position);
    if (which < rows_.size() && rows_[which].start != position) return found;
    for (; which < rows_.size(); ++which) {
        if (rows_[which].count == 0) continue;
        ++found.messages;
        found.bytes += std::min<std::uint64_t>(rows_[which].bytes, most);
        if (rows_[which].count > 1) found.bytes += rows_[which].count; // their lengths
    }
    return found;
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
                            std::vector<NewSegment> const& segments) {
    std::scoped_lock const lock(mutex());
    ENSURE(head.end >= end_);
    rows_.insert(rows_.end(), rows.begin(), rows.end());
    for (auto const& segment : segments)
        starts_.add(segment.start, segment.before);
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

} // namespace ds
