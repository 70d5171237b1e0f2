// Stripes from memory or by one ranged get, and their rows.
#include "engine/history.h"

#include "base/ensure.h"
#include "base/log.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace ds {

namespace {

// So many places where pages ended are remembered: one for each reader that is under way.
constexpr std::size_t k_ends_max = 16 * k_kib;
// Descriptions of segments in memory, by what they cost.
constexpr std::size_t k_records_bytes_max = 8 * k_mib;
// What one get brings at most, unless a single stripe is larger.
constexpr std::uint64_t k_get_bytes_max = 8 * k_mib;
// What keeping a stripe costs besides its bytes.
constexpr std::size_t k_entry_bytes = 200;

// Whether the stripes of a record lie one behind the other in its object: what is asked of the
// store, and taken from what it gives, follows from them.
bool is_whole(SegmentRecord const& record) {
    auto const& all = record.stripes;
    if (all.empty() || all.front().start != record.start) return false;
    auto offset = all.front().offset;
    auto start = record.start;
    for (auto const& stripe : all) {
        if (stripe.offset != offset || stripe.start < start) return false;
        if (offset > record.object_bytes) return false;
        offset += stripe.stored_bytes;
        start = stripe.start;
    }
    return offset <= record.object_bytes;
}

std::uint64_t mixed(std::int64_t stream, std::uint64_t position) {
    return (static_cast<std::uint64_t>(stream) * 0x9e3779b97f4a7c15U) ^ position;
}

} // namespace

History::History(ObjectStore& store, std::size_t cache_bytes)
    : store_(store),
      stripes_(cache_bytes),
      records_(k_records_bytes_max) {}

Result<History::RecordPtr> History::record(Stream::InSegment const& where, SegmentTable& table) {
    Place const place{where.stream, where.number, UINT64_MAX};
    if (auto known = records_.find(place)) return *std::move(known);
    auto found = TRY(table.segment(where.stream, where.number));
    if (!found)
        return Error{Fault::invalid, "segment " + std::to_string(where.number) + " of stream " +
                                         std::to_string(where.stream) + " is not recorded"};
    auto const record = std::make_shared<SegmentRecord const>(*std::move(found));
    if (record->rows > 0 && !is_whole(*record))
        return Error{Fault::corrupt, "the index of " + record->key + " is not whole"};
    records_.add(place, record,
                 sizeof(SegmentRecord) + record->key.size() +
                     record->stripes.size() * sizeof(Stripe));
    return record;
}

// The stripe that holds `from`, and what comes after it: enough for the page, or for a reader that
// goes on all there is.
History::Range History::range_of(SegmentRecord const& record, std::uint64_t from,
                                 HistoryRead const& read) {
    auto const& all = record.stripes;
    auto const after = std::ranges::upper_bound(all, from, {}, &Stripe::start);
    Range range{};
    range.first = static_cast<std::size_t>(std::max<std::ptrdiff_t>(after - all.begin() - 1, 0));
    range.last = range.first;
    std::uint64_t bytes = all[range.first].raw_bytes;
    auto const wanted = read.sequential ? k_get_bytes_max : read.bytes;
    while (range.last + 1 < all.size() && bytes < wanted)
        bytes += all[++range.last].raw_bytes;
    return range;
}

std::vector<Bytes> History::cached(SegmentRecord const& record, Range range) {
    std::vector<Bytes> found;
    for (auto stripe = range.first; stripe <= range.last; ++stripe) {
        auto bytes = stripes_.find({record.stream, record.at.segment, stripe});
        if (!bytes) break;
        found.push_back(*std::move(bytes));
    }
    counts_.cached_stripes.fetch_add(found.size(), std::memory_order_relaxed);
    return found;
}

Result<Bytes> History::get(SegmentRecord const& record, Range range) {
    auto const begin = record.stripes[range.first].offset;
    auto const& last = record.stripes[range.last];
    auto const count = last.offset + last.stored_bytes - begin;
    counts_.gets.fetch_add(1, std::memory_order_relaxed);
    auto part = store_.get_range(record.key, {begin, count});
    if (!part) {
        auto error = std::move(part).error();
        *sickness_.lock() = error.what;
        // Whatever the reason, what is stored there is not known to be damaged.
        return Error{Fault::unreachable, std::move(error.what)};
    }
    sickness_.lock()->reset();
    if (!*part) return Error{Fault::missing, "there is no such object"};
    auto const& found = **part;
    counts_.got_bytes.fetch_add(found.bytes.size(), std::memory_order_relaxed);
    if (found.object_bytes != record.object_bytes || found.bytes.size() != count)
        return Error{found.object_bytes < record.object_bytes ? Fault::truncated : Fault::corrupt,
                     "it has " + std::to_string(found.object_bytes) + " bytes instead of " +
                         std::to_string(record.object_bytes)};
    return found.bytes;
}

Result<std::vector<Bytes>> History::fetch(SegmentRecord const& record, Range range,
                                          HistoryRead const& read) {
    auto const stored = get(record, range);
    if (!stored) return faulty(record, stored.error(), read);
    auto raw = unpack(record, range, *stored, read);
    if (!raw) return faulty(record, raw.error(), read);
    note_readable(record);
    return raw;
}

Result<std::vector<Bytes>> History::unpack(SegmentRecord const& record, Range range,
                                           Bytes const& stored, HistoryRead const& read) {
    std::vector<Bytes> raw;
    auto const begin = record.stripes[range.first].offset;
    for (auto which = range.first; which <= range.last; ++which) {
        auto const& stripe = record.stripes[which];
        raw.push_back(
            TRY(unpack_stripe(stored.slice(stripe.offset - begin, stripe.stored_bytes), stripe)));
        // What shares the bytes of a whole get would keep all of them in memory. Who reads on uses
        // them up, one after another.
        auto const& kept = raw.back();
        stripes_.add({record.stream, record.at.segment, which},
                     read.sequential ? kept : Bytes(std::string(kept.view())),
                     kept.size() + k_entry_bytes);
    }
    return raw;
}

Error History::faulty(SegmentRecord const& record, Error const& error, HistoryRead const& read) {
    if (read.is_gone())
        return {Fault::invalid, read.stream.name.full() + ": what was there is gone"};
    counts_.faults.fetch_add(1, std::memory_order_relaxed);
    bool const fresh = faulty_.lock()->insert(record.key).second;
    if (fresh)
        log_event(Level::error, "segment.unreadable",
                  {{"stream", read.stream.name.full()},
                   {"key", record.key},
                   {"error", error.what},
                   {"effect", "reads of offsets in it fail, all others go on"}});
    return Error(error).within("segment " + record.key);
}

void History::note_readable(SegmentRecord const& record) {
    bool const was_faulty = faulty_.lock()->erase(record.key) > 0;
    if (was_faulty) log_event(Level::info, "segment.readable", {{"key", record.key}});
}

Result<bool> History::feed(Stream::InSegment const& where, HistoryRead& read, SegmentTable& table,
                           PageCutter& cutter) {
    auto const from = cutter.end();
    auto const record = TRY(this->record(where, table));
    if (record->stripes.empty() || from < record->start || from >= record->end)
        return Error{Fault::corrupt,
                     record->key + " does not hold position " + std::to_string(from)};
    auto const range = range_of(*record, from, read);
    auto raw = cached(*record, range);
    if (raw.empty()) {
        bool const may_end = cutter.is_worth_sending();
        if (read.got && !store_.is_near() && may_end) return false;
        read.got = true;
        raw = TRY(fetch(*record, range, read));
    }
    for (auto const& stripe : raw) {
        StripeRows rows(stripe.view());
        while (auto const row = TRY(rows.next())) {
            auto const& head = row->head;
            RowPlace const place{head.start, 0, static_cast<std::uint32_t>(row->body.size()),
                                 head.count};
            auto const end = head.start + (read.stream.json ? head.count : row->body.size());
            if (end <= from) continue;
            if (place.start >= where.until) return true;
            if (!cutter.add({place, head.time_ms, row->body, head.lengths}, where.until))
                return false;
        }
        read.bytes -= std::min<std::uint64_t>(read.bytes, stripe.size());
    }
    if (cutter.end() > from) return true;
    return Error{Fault::corrupt, record->key + " has no rows at position " + std::to_string(from)};
}

Result<void> History::fetch_ahead(Stream const& stream, Stream::InSegment const& where,
                                  SegmentTable& table) {
    auto const record = TRY(this->record(where, table));
    if (record->stripes.empty()) return {};
    HistoryRead const read{stream, record->start, 0, true, false};
    auto const range = range_of(*record, record->start, read);
    if (stripes_.contains({record->stream, record->at.segment, range.last})) return {};
    counts_.read_ahead.fetch_add(1, std::memory_order_relaxed);
    TRY(fetch(*record, range, read));
    return {};
}

Result<AppendSpan> History::append_at(Stream const& stream, Stream::InSegment const& where,
                                      std::uint64_t position, SegmentTable& table) {
    auto const record = TRY(this->record(where, table));
    if (record->stripes.empty()) return Error{Fault::corrupt, record->key + " has no rows"};
    HistoryRead const read{stream, position, 0, false, false};
    auto const range = range_of(*record, position, read);
    auto raw = cached(*record, range);
    if (raw.empty()) raw = TRY(fetch(*record, range, read));
    StripeRows rows(raw.front().view());
    while (auto const row = TRY(rows.next())) {
        auto const start = row->head.start;
        auto const end = start + (stream.json ? row->head.count : row->body.size());
        if (position < start || position >= end) continue;
        return AppendSpan{
            start,           end,        std::min(end, where.until), row->head.ordinal,
            row->head.count, stream.json};
    }
    return Error{Fault::corrupt,
                 record->key + " does not hold position " + std::to_string(position)};
}

Result<std::uint64_t> History::begin_of_message(Stream::LastMessages::InSegments const& where,
                                                HistoryRead const& read, SegmentTable& table) {
    // The last segment that begins at the message or before it.
    auto low = where.first;
    for (auto high = where.last; low < high;) {
        auto const middle = high - (high - low) / 2;
        auto const record = TRY(this->record({where.stream, middle, UINT64_MAX}, table));
        if (record->ordinal <= where.ordinal)
            low = middle;
        else
            high = middle - 1;
    }
    auto const record = TRY(this->record({where.stream, low, UINT64_MAX}, table));
    if (record->stripes.empty() || where.ordinal <= record->ordinal) return record->start;
    auto const after =
        std::ranges::upper_bound(record->stripes, where.ordinal, {}, &Stripe::ordinal);
    auto const which =
        static_cast<std::size_t>(std::max<std::ptrdiff_t>(after - record->stripes.begin() - 1, 0));
    auto raw = cached(*record, {which, which});
    if (raw.empty()) raw = TRY(fetch(*record, {which, which}, read));
    StripeRows rows(raw.front().view());
    while (auto const row = TRY(rows.next())) {
        auto const& head = row->head;
        if (where.ordinal >= head.ordinal + head.count) continue;
        auto const skip = static_cast<std::ptrdiff_t>(where.ordinal - head.ordinal);
        auto const lengths = head.lengths.begin();
        return skip == 0 ? head.start : std::accumulate(lengths, lengths + skip, head.start);
    }
    return Error{Fault::corrupt,
                 record->key + " does not hold message " + std::to_string(where.ordinal)};
}

void History::remember(SegmentRecord const& record, std::vector<Bytes> const& raw) {
    for (std::size_t stripe = 0; stripe < raw.size(); ++stripe)
        stripes_.add({record.stream, record.at.segment, stripe}, raw[stripe],
                     raw[stripe].size() + k_entry_bytes);
}

void History::note_end(std::int64_t stream, std::uint64_t end) {
    auto ends = ends_.lock();
    auto const place = mixed(stream, end);
    if (!ends->known.insert(place).second) return;
    ends->order.push_back(place);
    if (ends->order.size() <= k_ends_max) return;
    ends->known.erase(ends->order.front());
    ends->order.pop_front();
}

bool History::continues(std::int64_t stream, std::uint64_t from) {
    return ends_.lock()->known.contains(mixed(stream, from));
}

} // namespace ds
