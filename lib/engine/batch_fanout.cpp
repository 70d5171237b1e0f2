// The copies of a batch: those that are made along with an append, and those that are owed.
//
// A copy is a row like all others. How far the fan-out of a source has come is written in the same
// transaction as the copies, so that each is made once, whatever happens in between.
//
// What a batch makes is bounded in bytes, and so is what a source may owe: beyond, its subscribers
// are told where it goes on, with one small row each, and the append is taken all the same.
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

// What a batch writes along with appends. A copy in an envelope is counted before it is made, so
// roughly: escapes may double it.
constexpr std::uint64_t k_inline_bytes = 8 * k_mib;    // of a batch
constexpr std::uint64_t k_inline_enclosed = 2 * k_mib; // of an append
constexpr std::uint64_t k_envelope_bytes = 256;

// What a copy has of its own, whoever has the same body: where each message ends.
std::uint64_t lengths_bytes(std::vector<std::uint32_t> const& lengths) {
    return lengths.size() * sizeof(std::uint32_t);
}

// As Stream::rows_from counts it after a start.
std::uint64_t cost_of_row(Row const& row) {
    return cost_of_copy(row.body.size()) + (row.count > 1 ? row.count : 0);
}

bool has_envelopes(FanoutSource const& source) {
    return std::ranges::any_of(source.subscriptions, [](Subscription const& to) {
        return to.form.mode == CopyMode::envelope;
    });
}

} // namespace

// What ends as soon as its copies have been made takes in nothing more.
bool Batch::is_to_end(Stream const& stream) {
    auto const* const source = shelf_.roster.source(stream);
    return source != nullptr && source->ends && source->is_owing();
}

bool Batch::is_held_up(Stream const& estuary) {
    auto const* const next = shelf_.roster.source(estuary);
    return next != nullptr && next->bytes_owed() > shelf_.fanout.backlog_bytes;
}

bool Batch::can_copy_now(FanoutSource const& source, Row const& row) {
    if (source.debt || source.failures > 0) return false;
    if (source.subscriptions.size() > shelf_.fanout.inline_max) return false;
    if (copied_bytes_ > k_inline_bytes) return false;
    if (lengths_bytes(row.lengths) * source.subscriptions.size() > k_inline_bytes) return false;
    auto const enclosed = row.body.size() + row.count * k_envelope_bytes;
    if (enclosed > k_inline_enclosed && has_envelopes(source)) return false;
    return std::ranges::none_of(source.subscriptions,
                                [&](auto const& to) { return is_held_up(*to.estuary); });
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
    if (!can_copy_now(*source, *row)) {
        owe(*source, *row);
        using Mode = FanoutTold::Mode;
        bool const waits = source->circuit_is_open() || (source->debt && !source->is_owing());
        return {waits ? Mode::circuit_open : Mode::queued, subscribers, 0};
    }
    RowCopies copies(staged.stream, row, staged.last_row_at, staged.head.tail);
    for (auto& to : source->subscriptions)
        write_copy(to, copies);
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
Batch::Kept Batch::kept_as_copy(Row const& row, RowCopies::Copy const& copy) const {
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

void Batch::give(Subscription const& to, Messages messages, Kept const& kept) {
    auto& staged = stage(to.estuary);
    std::optional<ProducerClaim> nobody;
    std::optional<std::string> nothing;
    write_row(staged, messages, false, nobody, nothing, kept);
    // An estuary may have subscribers of its own.
    auto* const source = shelf_.roster.source(*to.estuary);
    if (source != nullptr && !source->subscriptions.empty()) owe(*source, *staged.rows.back());
}

void Batch::write_copy(Subscription const& to, RowCopies& copies) {
    auto& copy = copies.in(to.form);
    auto const kept = kept_as_copy(copies.row(), copy);
    bool const is_there = kept.payload && shelf_.payloads.has(*kept.payload);
    copied_bytes_ += k_copy_bytes + lengths_bytes(copy.messages.lengths) +
                     (is_there ? 0 : copy.messages.stored.size());
    copy.was_given = true;
    give(to, copy.messages, kept); // its bytes are shared
}

// Whoever wants envelopes gets one that says how far to read at the source. In a stream of copies
// as they are there is no place for that: it is told of when the estuary is looked at.
void Batch::announce_to(FanoutSource const& source, Subscription& to, Offset until) {
    copied_bytes_ += 2 * k_copy_bytes;
    if (to.form.mode == CopyMode::envelope)
        return give(to, announce(source.stream->name.stream(), until), {});
    shelf_.roster.miss(to, source, until);
    write([&](HotLog& log) { return log.estuaries().set_missed(source.stream->id, to.id, until); });
}

void Batch::write_debt(FanoutSource& source, std::optional<FanoutSource::Debt> const& debt) {
    auto const id = source.stream->id;
    write([&](HotLog& log) {
        if (!debt) return log.estuaries().remove_fanout(id);
        return log.estuaries().set_fanout(
            {id, debt->position, debt->served, debt->announced, debt->aside});
    });
    shelf_.roster.set_debt(source, debt);
}

void Batch::owe(FanoutSource& source, Row const& row) {
    auto const& before = source.debt;
    auto debt = before.value_or(FanoutSource::Debt{row.start, 0, 0, 0});
    ++debt.rows;
    debt.bytes += cost_of_row(row);
    auto const owed = debt.bytes * source.subscriptions.size();
    if (owed > shelf_.fanout.backlog_bytes && !debt.is_announced())
        return announce_debt(source, debt, row.start + row.length);
    if (!before) return write_debt(source, debt);
    shelf_.roster.set_debt(source, debt);
}

// Who owes too much would keep its log from moving to the store, and fill the disk with copies that
// come too late: from here on one announcement stands for all that is owed.
void Batch::announce_debt(FanoutSource& source, FanoutSource::Debt& debt, std::uint64_t until) {
    log_event(Level::warn, "fanout.announced",
              {{"stream", source.stream->name.full()},
               {"appends", std::to_string(debt.rows)},
               {"subscribers", std::to_string(source.subscriptions.size())},
               {"effect", "subscribers are told of them, and read them at the source"}});
    if (auto* const counts = shelf_.roster.counts())
        FanoutCounts::add(counts->announced, debt.rows);
    debt = {debt.position, 0, 1, k_copy_bytes, until, {}};
    write_debt(source, debt);
}

void Batch::set_aside(FanoutSource& source, std::string const& why) {
    auto debt = *source.debt;
    debt.aside = why;
    log_event(Level::error, "fanout.set_aside",
              {{"stream", source.stream->name.full()},
               {"error", why},
               {"effect", "its subscribers get no copies; see ds inspect, and end it with: ds "
                          "estuary skip"}});
    write_debt(source, debt);
}

// Once for all batches in which they are written.
RowCopies& Batch::copies_of(FanoutSource const& source, RowPtr const& row) {
    auto& last = shelf_.copies;
    auto const& stream = source.stream;
    if (!last || !last->are_of(*stream, row->seq))
        last.emplace(stream, row, stream->locate(row->start),
                     stream->locate(row->start + row->length));
    last->begin_batch();
    return *last;
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
    bool const same = row->start == position && row->count == piece->place.count &&
                      row->body.size() == piece->place.bytes;
    if (!same) return Error{Fault::corrupt, name + " is not what it was"};
    return RowPtr(std::move(row));
}

// Gives one row, which reaches to `end`, to those who have not got it.
template <typename Give>
Batch::Served Batch::serve_row(FanoutSource& source, std::uint64_t end, std::uint64_t cost,
                               Portion most, std::function<bool()> const& enough, Give give_to) {
    auto debt = *source.debt;
    auto& all = source.subscriptions;
    auto to = std::ranges::upper_bound(all, debt.served, {}, &Subscription::id);
    std::size_t made = 0;
    bool held_up = false; // by an estuary that owes too much itself
    for (; to != all.end() && made < most.copies; ++to) {
        bool const due = to->since < end;
        held_up = due && is_held_up(*to->estuary);
        if (held_up || (made > 0 && copied_bytes_ > most.bytes)) break;
        if (made > 0 && made % k_between_looks == 0 && enough()) break;
        debt.served = to->id;
        if (!due) continue;
        give_to(*to);
        ++made;
    }
    bool const all_have_it = to == all.end();
    if (all_have_it) debt = {end, 0, debt.rows - 1, debt.bytes - cost};
    note_copies(source, made);
    bool const is_over = end == end_of(*source.stream) && all_have_it;
    write_debt(source, is_over ? std::nullopt : std::optional(debt));
    if (is_over) shelf_.copies.reset();
    owes_less_ = owes_less_ || all_have_it;
    return Served{made, !is_over && !held_up, held_up};
}

Result<Batch::Served> Batch::serve(FanoutSource& source, Portion most,
                                   std::function<bool()> const& enough) {
    auto const& stream = *source.stream;
    auto const& debt = *source.debt;
    if (debt.is_announced()) {
        auto const until = debt.announced;
        if (until > stream.head().end) return Served{}; // it was appended in this batch
        return serve_row(
            source, until, k_copy_bytes, most, enough,
            [&, at = stream.locate(until)](Subscription& to) { announce_to(source, to, at); });
    }
    auto const row = TRY(owed_row(stream, debt.position));
    if (!row) return Served{}; // it was appended in this batch
    auto& copies = copies_of(source, row);
    auto const served = serve_row(source, row->start + row->length, cost_of_row(*row), most, enough,
                                  [&](Subscription& to) { write_copy(to, copies); });
    if (!source.debt || source.debt->position > row->start) finished_ms_.push_back(row->time_ms);
    return served;
}

std::size_t Batch::fan_out(Portion most, FanoutTurns::Failing failing,
                           std::function<bool()> const& enough) {
    auto& roster = shelf_.roster;
    std::size_t made = 0;
    std::vector<FanoutSource*> stay; // until the next batch
    most.bytes += copied_bytes_;
    while (made < most.copies && copied_bytes_ <= most.bytes && !fault_ && !enough()) {
        auto* const source = roster.turns().next(failing);
        if (source == nullptr) break;
        // Nobody else's copies depend on a trial.
        bool const trial = source->failures > 0;
        if (trial && (began_ || made > 0)) {
            stay.push_back(source);
            break;
        }
        if (trial) trial_ = source;
        if (!source->blame.empty()) {
            set_aside(*source, std::exchange(source->blame, {}));
            break;
        }
        auto const served =
            serve(*source, {std::min(most.copies - made, k_in_a_row), most.bytes}, enough);
        if (!served) {
            auto const& [fault, what] = served.error();
            if (is_damage(fault) || fault == Fault::invalid) {
                set_aside(*source, what);
                break;
            }
            log_event(Level::error, "fanout.unreadable",
                      {{"stream", source->stream->name.full()}, {"error", what}});
            roster.note_failed({source->stream->id}, now_);
            continue;
        }
        made += served->copies;
        if (served->held_up)
            roster.turns().pause(*source, now_ + k_held_up_pause);
        else if (!served->goes_on)
            stay.push_back(source);
        else
            roster.turns().give(*source);
        if (trial) break;
    }
    for (auto* const source : stay)
        roster.turns().give(*source);
    return made;
}

} // namespace ds
