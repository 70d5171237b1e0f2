// A stream, and what a fork sees through its source.
#include "engine/stream.h"

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
      lifespan(record.lifetime, record.touched_ms),
      content_type_(record.content_type),
      state_(record, json,
             std::unique_ptr<StreamPart::Origin const>(
                 record.fork ? new StreamPart::Origin{*record.fork, source_stream,
                                                      source_stream->depth() + 1}
                             : nullptr)) {}

std::shared_ptr<Stream> const& Stream::source() const {
    static std::shared_ptr<Stream> const none;
    return state_.origin ? state_.origin->source : none;
}

std::mutex& Stream::mutex() const {
    struct alignas(64) Lock {
        std::mutex mutex;
    };
    static std::array<Lock, 64> locks;
    return locks[static_cast<std::uint64_t>(id) % locks.size()].mutex;
}

Head Stream::head() const {
    std::scoped_lock const lock(mutex());
    return state_.head();
}

Life Stream::life() const {
    std::scoped_lock const lock(mutex());
    return state_.life;
}

StreamFacts Stream::facts() const {
    auto const now = head();
    return {content_type(), lifespan.lifetime(), now.tail, now.closed};
}

std::variant<std::uint64_t, Refusal> Stream::resolve(Offset token) const {
    auto const own = index()->resolve(token);
    return own ? *own : source()->resolve(token);
}

std::variant<std::uint64_t, Stream::Beyond, Refusal> Stream::read_from(Offset token) const {
    auto const own = index()->read_from(token);
    return own ? *own : source()->read_from(token);
}

std::uint64_t Stream::earliest() const {
    {
        std::scoped_lock const lock(mutex());
        if (state_.is_trimmed()) return state_.starts.first_start();
    }
    return state_.origin ? source()->earliest() : 0;
}

Offset Stream::locate(std::uint64_t position) const {
    auto const own = index()->locate(position);
    return own ? *own : source()->locate(position);
}

AppendSpan Stream::append_at(std::uint64_t position) const {
    if (!is_inherited(position)) return index()->append_at(position);
    auto inherited = source()->append_at(position);
    inherited.limit = std::min(inherited.limit, state_.own_start());
    return inherited;
}

std::optional<Stream::InSegment> Stream::in_segment(std::uint64_t position) const {
    if (!is_inherited(position)) return index()->in_segment(id, position);
    auto inherited = source()->in_segment(position);
    if (inherited) inherited->until = std::min(inherited->until, state_.own_start());
    return inherited;
}

std::optional<std::uint64_t> Stream::end_of_segment(std::uint64_t position) const {
    if (!is_inherited(position)) return index()->end_of_segment(position);
    auto const end = source()->end_of_segment(position);
    return std::min(end.value_or(UINT64_MAX), state_.own_start());
}

Stream::Span Stream::span(std::uint64_t from, std::uint64_t bytes, std::uint64_t messages) const {
    Span found;
    StreamIndex::Want want{bytes, messages};
    bool const whole = gather(from, UINT64_MAX, want, found);
    found.goes_on_in_segment = !whole && !want.satisfied();
    return found;
}

bool Stream::gather(std::uint64_t from, std::uint64_t until, StreamIndex::Want& want,
                    Span& into) const {
    bool goes_on = true;
    if (is_inherited(from)) {
        goes_on = source()->gather(from, std::min(until, state_.own_start()), want, into);
        from = state_.own_start();
    }
    std::scoped_lock const lock(mutex());
    into.head = state_.head(); // the outermost stream comes last and is the one that counts
    return goes_on && StreamIndex(state_).gather(id, from, until, want, into);
}

Stream::LastMessages Stream::last_messages(std::uint64_t count) const {
    auto const now = head();
    if (json) return {now.end - std::min(count, now.end - earliest())};
    if (count >= now.ordinal) return {earliest()};
    return message(now.ordinal - count);
}

Stream::LastMessages Stream::message(std::uint64_t ordinal) const {
    auto const* const from = fork();
    if (from != nullptr && ordinal < from->ordinal) return source()->message(ordinal);
    return index()->message(id, ordinal);
}

Head Stream::watch(unsigned courier, Life& life) {
    std::scoped_lock const lock(mutex());
    watchers_ |= std::uint64_t{1} << courier;
    life = state_.life;
    return state_.head();
}

void Stream::unwatch(unsigned courier) {
    std::scoped_lock const lock(mutex());
    watchers_ &= ~(std::uint64_t{1} << courier);
}

std::uint64_t Stream::adopt(Head const& head, std::vector<RowPlace> const& rows,
                            std::vector<NewSegment> const& segments) {
    std::scoped_lock const lock(mutex());
    StreamChange(state_).adopt(head, rows, segments);
    return watchers_;
}

std::uint64_t Stream::set_life(Life life) {
    std::scoped_lock const lock(mutex());
    state_.life = life;
    return watchers_;
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
