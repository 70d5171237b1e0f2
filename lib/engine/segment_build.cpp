// Rows to stripes, and what they say to facts.
#include "engine/segment_build.h"

#include "base/ensure.h"
#include "engine/pace.h"

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

namespace ds {

namespace {

// Bytes read before others have their turn: about 60 us. A lane that shares its processor would
// wait for the whole segment otherwise, 2 ms.
constexpr std::uint64_t k_bytes_in_a_row = 32 * k_kib;
// Enough for others to have their turn; what was filled slowly need not be built slowly.
constexpr std::chrono::milliseconds k_build_time_max{250};

// A ledger that takes no more is said whole by each segment: most streams have few producers.
constexpr std::size_t k_always_whole = 4 * k_kib;

// Takes what a row says of its writer.
void take_writer(Ledger& part, BlockHead const& head) {
    if (auto const& claim = head.producer) {
        part.producers[claim->id] = {claim->mark, head.time_ms};
        if (head.closes) part.closer = claim;
    }
    if (head.stream_seq) part.stream_seq = head.stream_seq;
}

// What the segment says of the writers, out of what was known before and the part that its rows
// have added. `known` is what is known after it.
Ledger ledger_of_segment(LedgerThere& known, Ledger part, std::int64_t now_ms,
                         std::chrono::milliseconds retention) {
    apply(known.whole, part);
    forget_silent(known.whole, now_ms, retention);
    forget_silent(part, now_ms, retention);
    auto const parts = known.parts_bytes + bytes_of(part);
    auto const whole = bytes_of(known.whole);
    bool const is_whole = whole <= k_always_whole || whole <= 2 * parts;
    known.parts_bytes = is_whole ? 0 : parts;
    return is_whole ? known.whole : std::move(part);
}

// Half the time in which the rows came in: the next segment fills at the same rate.
Result<Pace> pace_of(StreamRotation::SealedSegment const& sealed, HotReader& log) {
    auto const first = TRY(log.read(sealed.rows.front().seq));
    auto const last = TRY(log.read(sealed.rows.back().seq));
    if (!first || !last) return Pace({});
    std::chrono::milliseconds const filled_in{last->head.time_ms - first->head.time_ms};
    return Pace(std::clamp<std::chrono::milliseconds>(filled_in / 2, {}, k_build_time_max));
}

// Adds the rows, and notes in `facts` what they are.
Result<bool> add_rows(SegmentWriter& writer, SegmentFacts& facts, Stream const& stream,
                      StreamRotation::SealedSegment const& sealed, std::size_t bytes,
                      Pace const& pace, HotReader& log) {
    auto position = sealed.start;
    std::uint64_t rested_at = 0;
    for (auto const& place : sealed.rows) {
        if (facts.bytes >= rested_at + k_bytes_in_a_row) {
            pace.rest(static_cast<double>(facts.bytes) / static_cast<double>(bytes));
            rested_at = facts.bytes;
        }
        auto const found = TRY(log.read(place.seq));
        if (!found) return false;
        auto const& [head, body, head_bytes, intact] = *found;
        if (head.start != position || head.count != place.count || body.size() != place.bytes)
            return Error{Fault::corrupt, "row " + std::to_string(place.seq) + " of " +
                                             stream.name.full() + " is not what it was"};
        if (facts.rows == 0) {
            facts.ordinal = head.ordinal;
            facts.first_ms = head.time_ms;
        }
        writer.add(head_bytes, body, head.start, head.ordinal);
        take_writer(facts.after, head);
        ++facts.rows;
        facts.messages += head.count;
        facts.bytes += body.size();
        facts.last_ms = head.time_ms;
        position += stream.json ? head.count : body.size();
    }
    if (position == sealed.end) return true;
    return Error{Fault::corrupt,
                 "the rows of " + stream.name.full() + " do not reach the end of a segment"};
}

} // namespace

Result<std::optional<BuiltSegment>> build_segment(SegmentBuild const& build, Stream const& stream,
                                                  StreamRotation::SealedSegment const& sealed,
                                                  LedgerThere before, HotReader& log,
                                                  bool in_haste) {
    auto const record = TRY(log.stream(stream.id));
    if (!record) return std::optional<BuiltSegment>{};
    SegmentFacts facts;
    facts.home = build.home;
    facts.stream = *record;
    // What changes while the stream lives is not the segment's to tell.
    facts.stream.touched_ms = record->created_ms;
    facts.stream.soft_deleted = false;
    if (stream.source()) facts.fork_source = stream.source()->name.full();
    facts.at = sealed.at;
    facts.start = sealed.start;
    facts.end = sealed.end;
    facts.seal = sealed.seal;
    facts.after.is_part = true;
    facts.after.stream_seq = before.whole.stream_seq;
    facts.after.closer = before.whole.closer;

    std::size_t bytes = 0;
    for (auto const& place : sealed.rows)
        bytes += place.bytes;
    SegmentWriter writer(build.compression, k_stripe_bytes, bytes);
    auto const pace = in_haste || sealed.rows.empty() ? Pace({}) : TRY(pace_of(sealed, log));
    TRY(log.begin());
    auto const added = add_rows(writer, facts, stream, sealed, bytes, pace, log);
    log.end();
    if (!added) return added.error();
    if (!*added) return std::optional<BuiltSegment>{};
    facts.written_ms = facts.last_ms;
    facts.after =
        ledger_of_segment(before, std::move(facts.after), facts.last_ms, build.producer_retention);

    BuiltSegment built;
    built.encoded = writer.finish(facts);
    built.record =
        record_of(facts, segment_key(facts.home, facts.stream, facts.at.segment),
                  built.encoded.object.size(), built.encoded.checksum, built.encoded.stripes);
    ENSURE(facts.next() == sealed.next);
    auto& rotated = built.rotated;
    rotated.stream = stream.id;
    rotated.until = facts.end;
    rotated.ordinal = facts.ordinal + facts.messages;
    rotated.next = facts.next();
    rotated.closed = closes(sealed.seal);
    rotated.ledger = std::move(facts.after);
    built.after = std::move(before);
    return std::optional(std::move(built));
}

bool take_twin(BuiltSegment& built, Bytes const& object) {
    auto footer = verify_segment(object);
    if (!footer) return false;
    auto const& facts = footer->facts;
    auto record =
        record_of(facts, built.record.key, object.size(), footer->checksum, footer->stripes);
    auto const range = [](SegmentRecord const& of) {
        return std::tuple(of.stream, of.at, of.start, of.end, of.ordinal, of.messages, of.rows,
                          of.bytes, of.seal);
    };
    if (range(record) != range(built.record)) return false;
    std::vector<Bytes> raw;
    std::string theirs;
    std::string ours;
    for (auto const& stripe : footer->stripes) {
        auto rows = unpack_stripe(object.slice(stripe.offset, stripe.stored_bytes), stripe);
        if (!rows) return false;
        theirs += rows->view();
        raw.push_back(*std::move(rows));
    }
    for (auto const& rows : built.encoded.raw)
        ours += rows.view();
    if (ours != theirs) return false;
    built.rotated.ledger = facts.after;
    built.record = std::move(record);
    built.encoded = {object, footer->stripes, std::move(raw), footer->checksum};
    return true;
}

} // namespace ds
