// Encoding and decoding of ledgers.
#include "storage/ledger.h"

#include "base/varint.h"

#include <algorithm>
#include <vector>

namespace ds {

namespace {

constexpr char k_version = 1;
constexpr unsigned k_has_stream_seq = 1;
constexpr unsigned k_has_closer = 2;
constexpr unsigned k_known_flags = 3;
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

std::string encode_ledger(Ledger const& ledger) {
    using Entry = decltype(ledger.producers)::value_type;
    std::vector<Entry const*> entries;
    entries.reserve(ledger.producers.size());
    for (auto const& entry : ledger.producers)
        entries.push_back(&entry);
    std::ranges::sort(entries, {}, &Entry::first);

    unsigned const flags =
        (ledger.stream_seq ? k_has_stream_seq : 0) | (ledger.closer ? k_has_closer : 0);
    std::string bytes{k_version, static_cast<char>(flags)};
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
    if (bytes.size() < 2 || bytes[0] != k_version)
        return Error{Fault::corrupt, "ledger: unknown version"};
    auto const flags = static_cast<unsigned>(static_cast<unsigned char>(bytes[1]));
    if ((flags & ~k_known_flags) != 0) return Error{Fault::corrupt, "ledger: unknown flags"};

    FieldReader fields(bytes.substr(2));
    Ledger ledger;
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
    if ((flags & k_has_stream_seq) != 0) ledger.stream_seq = fields.text();
    if ((flags & k_has_closer) != 0) {
        auto const id = fields.text();
        ledger.closer = ProducerClaim{std::string(id), mark_of(fields)};
    }
    if (!fields.whole()) return Error{Fault::corrupt, "ledger: cut off or bytes left over"};
    return ledger;
}

} // namespace ds
