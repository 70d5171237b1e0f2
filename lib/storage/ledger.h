// What the rows that left the hot log said of a stream's writers: producers, Stream-Seq, closer.
//
//     ledger := version u8 = 1 | flags u8
//             | count number | count x (id text, epoch number, sequence number, last ms signed)
//             | stream seq text                                    if flags & 1
//             | closer: id text, epoch number, sequence number     if flags & 2
//
// Numbers and texts are those of base/varint.h.
// Producers stand in the order of their ids, so that equal ledgers are equal bytes. An unknown
// version or flag, or bytes left over, are Fault::corrupt: an older program must not guess.
#pragma once

#include "base/result.h"
#include "protocol/producer.h"

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

    bool empty() const { return producers.empty() && !stream_seq && !closer; }
    friend bool operator==(Ledger const&, Ledger const&) = default;
};

std::string encode_ledger(Ledger const& ledger);
Result<Ledger> decode_ledger(std::string_view bytes);

} // namespace ds
