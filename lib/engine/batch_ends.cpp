// The part of a batch in which streams end: removed, expired, or with their last fork.
#include "engine/batch.h"

#include <utility>

namespace ds {

Answer Batch::judge(Remove& ask) {
    auto const stream = find(ask.name.full());
    if (!stream) return Refused{.why = Refusal::stream_not_found};
    if (life_of(stream) != Life::live) return Refused{.why = Refusal::stream_gone};
    if (auto failed = failed_condition(ask.condition.get(), stream)) return *std::move(failed);
    if (auto* const source = shelf_.roster.source(*stream)) source->ends = false;
    end(stream);
    return Removed{};
}

void Batch::end(std::shared_ptr<Stream> stream) {
    // Up the chain: a soft-deleted source goes with its last fork.
    while (stream) {
        auto& staged = stage(stream);
        auto const forks = static_cast<std::int64_t>(stream->forks) + staged.forks;
        staged.life_changed = true;
        leave_roster(*stream);
        if (forks > 0) {
            staged.life = Life::soft_deleted;
            write([&](HotLog& log) { return log.soft_delete_stream(stream->id); });
            return;
        }
        staged.life = Life::ended;
        write([&](HotLog& log) { return log.remove_stream(stream->id); });
        remember_ended(*stream, staged.head);
        names_[stream->name.full()] = nullptr;
        shelf_.stream_limit.remove(stream->name.project());

        auto const& source = stream->source();
        if (!source) return;
        auto& parent = stage(source);
        --parent.forks;
        auto const left = static_cast<std::int64_t>(source->forks) + parent.forks;
        if (parent.life != Life::soft_deleted || left > 0) return;
        stream = source;
    }
}

// Whoever stands where this stream began has read nothing, and may go on in the next one.
void Batch::remember_ended(Stream const& stream, Head const& head) {
    if (head.tail == stream.index()->first_place()) return;
    write(
        [&](HotLog& log) { return log.remember_ended(stream.name.full(), head.tail.segment + 1); });
}

void Batch::expire(std::shared_ptr<Stream> const& stream) {
    auto const* const source = shelf_.roster.source(*stream);
    if (source != nullptr && source->is_owing()) return; // the lane comes back to it
    if (life_of(stream) == Life::live && stream->lifespan.has_ended(now_)) end(stream);
}

} // namespace ds
