// What the rows that left the hot log said of a stream's writers: producers, Stream-Seq, closer.
//
// A ledger is whole, or the part that has changed since another one: one that grows is kept as
// parts most of the time, or each segment would repeat what all before it have said.
//
//     ledger := version u8 = 1 | flags u8
//             | count number | count x (id text, epoch number, sequence number, last ms signed)
//             | stream seq text                                    if flags & 1
//             | closer: id text, epoch number, sequence number     if flags & 2
//     flags & 4: a part; only producers that have changed, but Stream-Seq and closer as they are
//
// Numbers and texts are those of base/varint.h.
// Producers stand in the order of their ids, so that equal ledgers are equal bytes. An unknown
// version or flag, or bytes left over, are Fault::corrupt: an older program must not guess.
#pragma once

#include "base/result.h"
#include "model/producer.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace ds {

struct KnownProducer {
    ProducerMark mark;
    std::int64_t last_ms = 0;
    friend bool operator==(KnownProducer const&, KnownProducer const&) = default;
};

struct Ledger {
    std::unordered_map<std::string, KnownProducer> producers;
    std::optional<std::string> stream_seq; // the largest Stream-Seq accepted
    std::optional<ProducerClaim> closer;   // who closed the stream, if a producer did
    bool is_part = false;                  // only the producers that changed since another ledger

    bool empty() const { return producers.empty() && !stream_seq && !closer; }
    friend bool operator==(Ledger const&, Ledger const&) = default;
};

// About so many bytes it takes: the same for equal ledgers.
std::size_t bytes_of(Ledger const& ledger);
// Brings a ledger up to date with the part that follows it.
void apply(Ledger& ledger, Ledger part);

// A ledger at some place, and what its parts have taken since it was last kept as a whole.
struct LedgerThere {
    Ledger whole;
    std::size_t parts_bytes = 0;
};

// Forgets the producers that have been silent for too long, and says until when the others are
// remembered at least. `retention` is that of an id that says nothing of itself.
std::int64_t forget_silent(Ledger& ledger, std::int64_t now_ms,
                           std::chrono::milliseconds retention);

std::string encode_ledger(Ledger const& ledger);
Result<Ledger> decode_ledger(std::string_view bytes);

} // namespace ds
