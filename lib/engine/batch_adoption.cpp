// What follows from a commit: heads, index and caches as the batch has left them.
#include "engine/batch.h"

#include <algorithm>
#include <utility>

namespace ds {

namespace {

void forget_and_note(Writers& writers, std::int64_t now_ms, std::chrono::milliseconds retention) {
    writers.silent_from_ms = forget_silent(writers, now_ms, retention);
    writers.sweep_at = std::max(k_producers_swept_at, 2 * writers.producers.size());
}

} // namespace

// One that the stream has not forgotten yet takes no more room than it has. Those that are silent
// are looked for only when there is one.
bool Batch::has_room_for(ProducerClaim const& producer, Staged& staged) const {
    auto const most = shelf_.producers_max;
    auto const& writers = staged.stream->writers();
    auto const is_full = [&] { return writers.producers.size() + staged.new_producers >= most; };
    if (most == 0 || !is_full() || writers.producers.contains(producer.id)) return true;
    if (writers.silent_from_ms < count_ms(now_) && !writers.producers.empty())
        forget_and_note(staged.stream->writers_to_change(), count_ms(now_),
                        shelf_.producer_retention);
    if (!is_full()) return true;
    if (shelf_.refused != nullptr)
        shelf_.refused->producers.fetch_add(1, std::memory_order_relaxed);
    return false;
}

// Seldom enough to cost nothing for each append, often enough that the table stays within twice
// what is alive.
void Batch::forget_silent_producers(Writers& writers) const {
    if (writers.producers.size() >= writers.sweep_at)
        forget_and_note(writers, count_ms(now_), shelf_.producer_retention);
}

void Batch::remember_writers(Staged& staged) const {
    if (staged.producers.empty() && !staged.stream_seq && !staged.closer) return;
    auto& writers = staged.stream->writers_to_change();
    for (auto& [id, mark] : staged.producers) {
        writers.producers[id] = {mark, count_ms(now_)};
        auto const until = count_ms(now_) + remembered_for(id, shelf_.producer_retention).count();
        writers.silent_from_ms = std::min(writers.silent_from_ms, until);
    }
    forget_silent_producers(writers);
    if (staged.stream_seq) writers.stream_seq = std::move(staged.stream_seq);
    if (staged.closer) writers.closer = std::move(staged.closer);
}

void Batch::discard(std::vector<RowPlace> const& rows) {
    for (auto const& place : rows)
        shelf_.garbage.add(place.seq);
}

void Batch::adopt_rotation(Staged& staged) {
    auto const& stream = staged.stream;
    std::vector<RowPlace> released;
    if (auto const& rotation = staged.rotation)
        released = stream->change()->adopt_rotation(rotation->rotated, rotation->keep_rows);
    discard(released);
    if (auto const& trim = staged.trim) {
        released = stream->change()->adopt_earliest({trim->first, 0}, trim->start);
        discard(released);
    }
}

void Batch::adopt_rows_and_life(Staged& staged, Outcome& outcome) {
    auto const& stream = staged.stream;
    std::uint64_t watchers = 0;
    if (!staged.rows.empty())
        watchers |= stream->adopt(staged.head, staged.places, staged.segments);
    adopt_rotation(staged);
    if (staged.life_changed) watchers |= stream->set_life(staged.life);
    if (staged.created && staged.life != Life::ended) {
        shelf_.catalog.put(stream);
        outcome.created.push_back(stream);
    }
    if (staged.life_changed && stream->rotation()->has_segments()) outcome.gone.push_back(stream);
    if (staged.life == Life::ended) {
        shelf_.catalog.remove(*stream);
        auto const released = stream->change()->release_rows();
        discard(released);
    } else if (!staged.segments.empty() || (staged.head.closed && !staged.rows.empty())) {
        auto bytes = staged.before.segment_bytes;
        for (auto const& place : staged.places)
            bytes += place.bytes;
        outcome.sealed.push_back({stream, bytes - staged.head.segment_bytes});
    }
    bool const begun = staged.before.segment_messages == 0 || !staged.segments.empty();
    if (begun && staged.head.segment_messages > 0 && !staged.head.closed)
        outcome.opened.push_back({stream, staged.head.tail.segment});
    if (watchers == 0 || (staged.rows.empty() && !staged.life_changed)) return;
    auto advance = std::make_shared<Advance>();
    advance->stream = stream;
    advance->from = staged.before.end;
    advance->head = staged.head;
    advance->rows = std::move(staged.rows);
    advance->ended = staged.life != Life::live;
    outcome.advances.push_back({std::move(advance), watchers});
}

Batch::Outcome Batch::adopt() {
    shelf_.next_seq = seq_;
    shelf_.next_stream = stream_id_;
    if (swept_) shelf_.garbage.done(*swept_);
    shelf_.stream_limit.keep();

    std::vector<RowPtr> rows;
    for (auto const& staged : staged_) {
        rows.insert(rows.end(), staged.rows.begin(), staged.rows.end());
        for (auto const& place : staged.places)
            shelf_.garbage.note_row(place.seq, place.bytes);
    }
    std::ranges::sort(rows, {}, &Row::seq);
    shelf_.tail_cache.add(rows);

    Outcome outcome;
    for (auto& staged : staged_) {
        remember_writers(staged);
        staged.stream->forks = static_cast<std::uint32_t>(
            static_cast<std::int32_t>(staged.stream->forks) + staged.forks);
        adopt_rows_and_life(staged, outcome);
    }
    // Last, so that whoever is told that nothing is owed finds all copies.
    shelf_.roster.keep();
    shelf_.payloads.keep();
    shelf_.roster.note_made(fanned_);
    if (auto* const counts = shelf_.roster.counts();
        counts != nullptr && publishes_ + copies_ > 0) {
        FanoutCounts::add(counts->publishes, publishes_);
        FanoutCounts::add(counts->copies, copies_);
        for (auto const time_ms : finished_ms_)
            counts->note_delay(std::chrono::milliseconds(count_ms(now_) - time_ms));
    }
    forget_staged();
    return outcome;
}

} // namespace ds
