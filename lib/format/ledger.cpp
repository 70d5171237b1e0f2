// Encoding and decoding of ledgers.
#include "format/ledger.h"

#include "base/varint.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace ds {

namespace {

constexpr char k_ledger_version = 1;
constexpr unsigned k_ledger_has_stream_seq = 1;
constexpr unsigned k_has_closer = 2;
constexpr unsigned k_is_part = 4;
constexpr unsigned k_ledger_flags = 7;
// A producer is four fields of a byte at least.
constexpr std::size_t k_producer_bytes_min = 4;

void put_mark(std::string& to, ProducerMark mark) {
    put_number(to, mark.epoch);
    put_number(to, mark.sequence);
}

ProducerMark mark_of(FieldReader& fields) {
    auto const epoch = fields.number();
    return {epoch, fields.number()};
}

} // namespace

std::size_t bytes_of(Ledger const& ledger) {
    // Length, epoch, sequence and time of a producer, as they usually are.
    constexpr std::size_t k_around_id = 10;
    std::size_t bytes = 0;
    for (auto const& [id, known] : ledger.producers)
        bytes += id.size() + k_around_id;
    return bytes;
}

void apply(Ledger& ledger, Ledger part) {
    for (auto& [id, known] : part.producers)
        ledger.producers.insert_or_assign(id, known);
    ledger.stream_seq = std::move(part.stream_seq);
    ledger.closer = std::move(part.closer);
}

std::int64_t forget_silent(Ledger& ledger, std::int64_t now_ms,
                           std::chrono::milliseconds retention) {
    auto remembered_until = INT64_MAX;
    std::erase_if(ledger.producers, [&](auto const& known) {
        auto const until = known.second.last_ms + remembered_for(known.first, retention).count();
        if (until >= now_ms) remembered_until = std::min(remembered_until, until);
        return until < now_ms;
    });
    return remembered_until;
}

std::string encode_ledger(Ledger const& ledger) {
    using Entry = decltype(ledger.producers)::value_type;
    std::vector<Entry const*> entries;
    entries.reserve(ledger.producers.size());
    for (auto const& entry : ledger.producers)
        entries.push_back(&entry);
    std::ranges::sort(entries, {}, &Entry::first);

    unsigned const flags = (ledger.stream_seq ? k_ledger_has_stream_seq : 0) |
                           (ledger.closer ? k_has_closer : 0) | (ledger.is_part ? k_is_part : 0);
    std::string bytes{k_ledger_version, static_cast<char>(flags)};
    put_number(bytes, entries.size());
    for (auto const* entry : entries) {
        put_text(bytes, entry->first);
        put_mark(bytes, entry->second.mark);
        put_signed(bytes, entry->second.last_ms);
    }
    if (ledger.stream_seq) put_text(bytes, *ledger.stream_seq);
    if (ledger.closer) {
        put_text(bytes, ledger.closer->id);
        put_mark(bytes, ledger.closer->mark);
    }
    return bytes;
}

Result<Ledger> decode_ledger(std::string_view bytes) {
    if (bytes.size() < 2 || bytes[0] != k_ledger_version)
        return Error{Fault::corrupt, "ledger: unknown version"};
    auto const flags = static_cast<unsigned>(static_cast<unsigned char>(bytes[1]));
    if ((flags & ~k_ledger_flags) != 0) return Error{Fault::corrupt, "ledger: unknown flags"};

    FieldReader fields(bytes.substr(2));
    Ledger ledger;
    ledger.is_part = (flags & k_is_part) != 0;
    auto const count = fields.count(k_producer_bytes_min);
    ledger.producers.reserve(count);
    std::string_view before;
    for (std::size_t i = 0; i < count && fields.intact(); ++i) {
        auto const id = fields.text();
        if (i > 0 && id <= before) return Error{Fault::corrupt, "ledger: producers out of order"};
        auto const mark = mark_of(fields);
        ledger.producers.emplace(id, KnownProducer{mark, fields.signed_number()});
        before = id;
    }
    if ((flags & k_ledger_has_stream_seq) != 0) ledger.stream_seq = fields.text();
    if ((flags & k_has_closer) != 0) {
        auto const id = fields.text();
        ledger.closer = ProducerClaim{std::string(id), mark_of(fields)};
    }
    if (!fields.whole()) return Error{Fault::corrupt, "ledger: cut off or bytes left over"};
    return ledger;
}

} // namespace ds
