// How one append is kept in a row of the hot log: a head that describes it, and a body.
//
//     head := version u8 = 1 | flags u8
//           | segment number | position number      the offset token of the first message
//           | start number       absolute position: bytes, or messages in JSON mode
//           | ordinal number     messages before this append since the stream began
//           | count number       messages in this append (0: it only closes)
//           | time signed        when it was appended, ms since 1970
//           | lengths: count x number            if flags & 1; else one message is the whole body
//           | producer: id text, epoch number, sequence number      if flags & 2
//           | stream seq text                                       if flags & 4
//           | attributes: count x text                              if flags & 32
//     flags & 8: this append closed the stream; flags & 16: it filled its segment, so that the next
//     position is the start of the next segment
//     body := the messages as they go over the wire; JSON messages are joined by ","
//
// An attribute string is the per-message key, headers and timestamp as tagged fields:
//     field := tag u8 (1 key, 2 header, 3 timestamp) | text
// HTTP appends carry none. Numbers and texts are those of base/varint.h. A head with an unknown
// version or flag, or with bytes left over, is corrupt: an older program must not guess.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "model/offset.h"
#include "model/producer.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

struct BlockHead {
    Offset at;
    std::uint64_t start = 0;
    std::uint64_t ordinal = 0;
    std::uint32_t count = 0;
    std::int64_t time_ms = 0;
    std::vector<std::uint32_t> lengths; // empty, or one for each message
    std::optional<ProducerClaim> producer;
    std::optional<std::string> stream_seq;
    bool closes = false;
    bool fills_segment = false;
    std::vector<std::string> attributes; // empty, or one for each message

    friend bool operator==(BlockHead const&, BlockHead const&) = default;
};

// Appends the encoded head to `to`.
void encode_block_head(std::string& to, BlockHead const& head);
// Fault::corrupt when the bytes are not a head of version 1.
Result<BlockHead> decode_block_head(std::string_view bytes);

} // namespace ds
