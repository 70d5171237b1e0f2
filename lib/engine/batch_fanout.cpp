// The copies of a batch: those that are made along with an append, and those that are owed.
//
// A copy is a row like all others. How far the fan-out of a source has come is written in the same
// transaction as the copies, so that each is made once, whatever happens in between.
#include "base/log.h"
#include "engine/batch.h"

#include <algorithm>
#include <utility>

namespace ds {

namespace {

// Copies of one source before another has its turn, and between two looks at whether it is enough.
constexpr std::size_t k_in_a_row = 256;
constexpr std::size_t k_between_looks = 16;
// How soon a source looks again whether its estuaries can take more.
constexpr std::chrono::milliseconds k_held_up_pause{20};

std::uint64_t cost_of_copy(Row const& row) {
    return k_copy_bytes + row.body.size();
}

} // namespace

bool Batch::owes_too_much(Stream const& stream) {
    auto const* const source = shelf_.roster.source(stream);
    if (source == nullptr || !source->debt) return false;
    if (!source->ends && source->bytes_owed() <= shelf_.fanout.backlog_bytes) return false;
    if (auto* const counts = shelf_.roster.counts()) FanoutCounts::add(counts->refused, 1);
    return true;
}

bool Batch::can_copy_now(FanoutSource const& source) {
    if (source.debt || source.failures > 0) return false;
    if (source.subscriptions.size() > shelf_.fanout.inline_max) return false;
    return std::ranges::none_of(source.subscriptions, [&](Subscription const& to) {
        auto const* const next = shelf_.roster.source(*to.estuary);
        return next != nullptr && next->bytes_owed() > shelf_.fanout.backlog_bytes;
    });
}

void Batch::note_copies(FanoutSource const& source, std::size_t copies) {
    if (copies == 0) return;
    copies_ += copies;
    auto const id = source.stream->id;
    if (std::ranges::find(fanned_, id) == fanned_.end()) fanned_.push_back(id);
}

// The row that was just staged.
FanoutTold Batch::copy_last_row(Staged& staged) {
    auto* const source = shelf_.roster.source(*staged.stream);
    if (source == nullptr || source->subscriptions.empty()) return {};
    auto const row = staged.rows.back();
    auto const subscribers = source->subscriptions.size();
    ++publishes_;
    if (!can_copy_now(*source)) {
        owe(*source, *row);
        using Mode = FanoutTold::Mode;
        return {source->circuit_is_open() ? Mode::circuit_open : Mode::queued, subscribers, 0};
    }
    Copies copies(*staged.stream, *row, staged.last_row_at, staged.head.tail);
    for (auto const& to : source->subscriptions)
        write_copy(to, copies, *row);
    note_copies(*source, subscribers);
    finished_ms_.push_back(row->time_ms);
    return {FanoutTold::Mode::made, subscribers, subscribers};
}

// Those who follow share the body, if that is cheaper than to write it so often.
Batch::Kept Batch::kept_with_copies(Stream const& stream, std::size_t bytes) {
    auto const* const source = shelf_.roster.source(stream);
    if (source == nullptr || bytes < shelf_.fanout.shared_from) return {};
    bool const shared = std::ranges::any_of(source->subscriptions, [](Subscription const& to) {
        return to.form.mode == CopyMode::plain;
    });
    return shared ? Kept{2 * seq_} : Kept{};
}

// A body is named after the row of the source: as it is, or in an envelope. No other row has that
// number while the body is in the log, because the copies have come later.
Batch::Kept Batch::kept_as_copy(Row const& row, Copies::Copy const& copy) const {
    bool const plain = copy.form.mode == CopyMode::plain;
    bool const shared = copy.messages.stored.size() >= shelf_.fanout.shared_from &&
                        (plain || copy.form.notify_above == 0);
    return {shared ? std::optional(2 * row.seq + (plain ? 0 : 1)) : std::nullopt, copy.was_given};
}

void Batch::write_body(Row const& row, std::int64_t stream, Kept const& kept) {
    auto& payloads = shelf_.payloads;
    if (!kept.payload)
        return write([&](HotLog& log) {
            return log.insert_row(row.seq, stream, head_bytes_, row.body.view());
        });
    if (!payloads.has(*kept.payload)) {
        payloads.make(*kept.payload);
        write([&](HotLog& log) { return log.insert_payload(*kept.payload, row.body.view()); });
    }
    payloads.add_reference(*kept.payload);
    write([&](HotLog& log) {
        return log.insert_reference(row.seq, stream, head_bytes_, *kept.payload);
    });
}

void Batch::write_copy(Subscription const& to, Copies& copies, Row const& row) {
    auto& copy = copies.in(to.form);
    auto const kept = kept_as_copy(row, copy);
    copy.was_given = true;
    auto& staged = stage(to.estuary);
    auto messages = copy.messages; // its bytes are shared
    std::optional<ProducerClaim> nobody;
    std::optional<std::string> nothing;
    write_row(staged, messages, false, nobody, nothing, kept);
    // An estuary may have subscribers of its own.
    auto* const source = shelf_.roster.source(*to.estuary);
    if (source != nullptr && !source->subscriptions.empty()) owe(*source, *staged.rows.back());
}

void Batch::owe(FanoutSource& source, Row const& row) {
    auto debt = source.debt.value_or(FanoutSource::Debt{row.start, 0, 0, 0});
    if (!source.debt)
        write([&](HotLog& log) {
            return log.estuaries().set_fanout({source.stream->id, row.start, 0});
        });
    ++debt.rows;
    debt.bytes += cost_of_copy(row);
    shelf_.roster.set_debt(source, debt);
}

std::uint64_t Batch::end_of(Stream const& stream) const {
    auto const* const mine = static_cast<Staged const*>(stream.staged);
    return mine != nullptr ? mine->head.end : stream.head().end;
}

// Null when all that is committed has been copied.
Result<RowPtr> Batch::owed_row(Stream const& stream, std::uint64_t position) {
    auto const span = stream.span(position, 1, 1);
    auto const piece =
        std::ranges::find_if(span.pieces, [](Piece const& row) { return row.place.count > 0; });
    if (piece == span.pieces.end()) return RowPtr();
    auto const cached = shelf_.tail_cache.find({*piece});
    if (!cached.empty()) return cached.front();
    auto found = TRY(shelf_.log.read_row(piece->place.seq));
    auto const name = "row " + std::to_string(piece->place.seq) + " of " + stream.name.full();
    if (!found) return Error{Fault::corrupt, name + " has gone"};
    auto row = std::make_shared<Row>();
    row->seq = piece->place.seq;
    row->start = found->head.start;
    row->count = found->head.count;
    row->length = stream.json ? row->count : found->body.size();
    row->time_ms = found->head.time_ms;
    row->body = Bytes(std::move(found->body));
    row->lengths = std::move(found->head.lengths);
    if (row->start != position) return Error{Fault::corrupt, name + " is not what it was"};
    return RowPtr(std::move(row));
}

Result<Batch::Served> Batch::serve(FanoutSource& source, std::size_t most,
                                   std::function<bool()> const& enough) {
    auto const& stream = *source.stream;
    auto debt = *source.debt;
    auto const row = TRY(owed_row(stream, debt.position));
    if (!row) return Served{}; // it was appended in this batch
    auto const end = row->start + row->length;
    Copies copies(stream, *row, stream.locate(row->start), stream.locate(end));

    auto const& all = source.subscriptions;
    auto to = std::ranges::upper_bound(all, debt.served, {}, &Subscription::id);
    std::size_t made = 0;
    bool held_up = false; // by an estuary that owes too much itself
    for (; to != all.end() && made < most; ++to) {
        bool const due = to->since <= row->start;
        auto const* const next = due ? shelf_.roster.source(*to->estuary) : nullptr;
        held_up = next != nullptr && next->bytes_owed() > shelf_.fanout.backlog_bytes;
        if (held_up || (made > 0 && made % k_between_looks == 0 && enough())) break;
        debt.served = to->id;
        if (!due) continue;
        write_copy(*to, copies, *row);
        ++made;
    }
    bool const all_have_it = to == all.end();
    if (all_have_it) {
        debt = {end, 0, debt.rows - 1, debt.bytes - cost_of_copy(*row)};
        finished_ms_.push_back(row->time_ms);
    }
    note_copies(source, made);
    if (end == end_of(stream) && all_have_it) {
        write([&](HotLog& log) { return log.estuaries().remove_fanout(stream.id); });
        shelf_.roster.set_debt(source, std::nullopt);
        return Served{made, false};
    }
    write([&](HotLog& log) {
        return log.estuaries().set_fanout({stream.id, debt.position, debt.served});
    });
    shelf_.roster.set_debt(source, debt);
    return Served{made, !held_up, held_up};
}

std::size_t Batch::fan_out(std::size_t most, Roster::Failing failing,
                           std::function<bool()> const& enough) {
    auto& roster = shelf_.roster;
    std::size_t made = 0;
    std::vector<FanoutSource*> stay; // until the next batch
    while (made < most && !fault_ && !enough()) {
        auto* const source = roster.next_turn(failing);
        if (source == nullptr) break;
        // Nobody else's copies depend on a trial.
        bool const trial = source->failures > 0;
        if (trial && (began_ || made > 0)) {
            stay.push_back(source);
            break;
        }
        auto const served = serve(*source, std::min(most - made, k_in_a_row), enough);
        if (!served) {
            log_event(Level::error, "fanout.unreadable",
                      {{"stream", source->stream->name.full()}, {"error", served.error().what}});
            roster.note_failed({source->stream->id}, now_);
            continue;
        }
        made += served->copies;
        if (served->held_up)
            roster.pause(*source, now_ + k_held_up_pause);
        else if (!served->goes_on)
            stay.push_back(source);
        else
            roster.give_turn(*source);
        if (trial) break;
    }
    for (auto* const source : stay)
        roster.give_turn(*source);
    return made;
}

} // namespace ds
