// The chores of a batch: what rotation, retention and operators change, and the removal of rows.
#include "base/log.h"
#include "engine/batch.h"

#include <utility>

namespace ds {

bool Batch::apply(Chore& chore) {
    return std::visit([&](auto& work) { return judge(work); }, chore.work);
}

bool Batch::judge(AdoptSegment& chore) {
    auto const& stream = chore.stream;
    auto& staged = stage(stream);
    auto const held = stream->rotation()->holdings();
    auto const& waits = held.waiting;
    // One at a time: the next one is judged against what this one leaves behind.
    bool const next = waits.count > 0 && waits.first == chore.segment.at.segment;
    // What is still to be copied stays in the log.
    auto const* const source = shelf_.roster.source(*stream);
    bool const owed =
        source != nullptr && source->is_owing() && source->debt->position < chore.rotated.until;
    if (staged.life == Life::ended || staged.rotation || staged.trim || !next || owed) return false;
    chore.rotated.earliest = held.earliest;
    chore.rotated.earliest_start = held.earliest_start;
    write([&](HotLog& log) { return log.segments().insert_segment(chore.segment); });
    write([&](HotLog& log) { return log.segments().set_rotated(chore.rotated); });
    // The rows that renewed a lifetime leave the log.
    if (std::holds_alternative<Ttl>(stream->lifespan.lifetime())) persist_touch(*stream);
    staged.rotation = chore;
    return true;
}

bool Batch::judge(SealSegment& chore) {
    auto const& stream = chore.stream;
    auto& staged = stage(stream);
    auto const& head = staged.head;
    bool const open = head.tail.segment == chore.number && head.segment_messages > 0;
    if (staged.life == Life::ended || head.closed || !open) return false;

    auto row = std::make_shared<Row>();
    row->seq = seq_++;
    row->start = head.end;
    row->time_ms = count_ms(now_);
    BlockHead block;
    block.at = head.tail;
    block.start = row->start;
    block.ordinal = head.ordinal;
    block.time_ms = row->time_ms;
    block.fills_segment = true;
    head_bytes_.clear();
    encode_block_head(head_bytes_, block);
    write([&](HotLog& log) { return log.insert_row(row->seq, stream->id, head_bytes_, {}); });

    staged.head.tail = {head.tail.segment + 1, 0};
    staged.head.segment_messages = 0;
    staged.head.segment_bytes = 0;
    staged.places.push_back({row->start, row->seq, 0, 0});
    staged.segments.push_back({staged.head.end, SegmentStarts::Sealed::aged});
    staged.rows.push_back(std::move(row));
    return true;
}

bool Batch::judge(Trim& chore) {
    auto const& stream = chore.stream;
    auto& staged = stage(stream);
    auto const forks = static_cast<std::int64_t>(stream->forks) + staged.forks;
    auto const held = stream->rotation()->holdings();
    bool const there = chore.first > held.waiting.first - held.segments &&
                       chore.first <= held.waiting.first && held.segments > 0;
    if (staged.life != Life::live || forks > 0 || staged.rotation || staged.trim || !there)
        return false;
    write([&](HotLog& log) {
        return log.segments().set_earliest(stream->id, {chore.first, 0}, chore.start);
    });
    staged.trim = chore;
    return true;
}

bool Batch::judge(ForgetSegments& chore) {
    for (auto const number : chore.numbers)
        write([&](HotLog& log) { return log.segments().remove_segment(chore.stream, number); });
    if (chore.stream_is_gone)
        write([&](HotLog& log) { return log.segments().remove_rotated(chore.stream); });
    return true;
}

bool Batch::judge(SetRetention& chore) {
    write([&](HotLog& log) { return log.segments().set_retention(chore.scope, chore.retention); });
    return true;
}

bool Batch::judge(SkipCopies& chore) {
    auto* const source = shelf_.roster.source(*chore.stream);
    if (source == nullptr || !source->debt) return false;
    auto const& head = stage(chore.stream).head;
    for (auto& to : source->subscriptions) {
        if (to.since >= head.end) continue;
        shelf_.roster.miss(to, *source, head.tail);
        write([&](HotLog& log) {
            return log.estuaries().set_missed(chore.stream->id, to.id, head.tail);
        });
    }
    log_event(Level::warn, "fanout.skipped",
              {{"stream", chore.stream->name.full()},
               {"appends", std::to_string(source->debt->rows)},
               {"subscribers", std::to_string(source->subscriptions.size())}});
    write_debt(*source, std::nullopt);
    fanned_.push_back(chore.stream->id); // it begins anew
    owes_less_ = true;
    return true;
}

bool Batch::judge(Look& chore) {
    chore.look();
    return true;
}

void Batch::sweep(std::size_t most, Garbage::When when) {
    auto& payloads = shelf_.payloads;
    swept_ = shelf_.garbage.next(most, when);
    if (swept_ && swept_->whole)
        write([&](HotLog& log) -> Result<void> {
            auto const drop = [&](std::int64_t id) { payloads.drop_reference(id); };
            if (payloads.any()) TRY(log.each_reference(swept_->table, drop));
            return log.empty_table(swept_->table);
        });
    else if (swept_)
        shelf_.garbage.each_run(*swept_, [&](std::int64_t first, std::int64_t last) {
            write([&](HotLog& log) -> Result<void> {
                for (auto seq = first; payloads.any() && seq <= last; ++seq)
                    if (auto const payload = TRY(log.payload_of(seq)))
                        payloads.drop_reference(*payload);
                return log.remove_rows(first, last);
            });
        });
    for (auto const id : payloads.take_unused(most))
        write([&](HotLog& log) { return log.remove_payload(id); });
}

} // namespace ds
