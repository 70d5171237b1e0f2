// A page of a stream: whole messages from a position on, as they go over the wire.
#pragma once

#include "base/bytes.h"
#include "engine/head.h"
#include "engine/row.h"
#include "engine/stream.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace ds {

// A page holds at most this much, unless its single message is larger.
inline constexpr std::uint64_t k_page_bytes_max = 256 * k_kib;
// `limit` of a read that set none.
inline constexpr std::uint64_t k_no_limit = UINT64_MAX;

struct Page {
    Bytes body; // JSON mode: an array
    std::uint64_t start = 0;
    std::uint64_t end = 0;               // absolute positions
    Offset next;                         // `end` as a token
    std::optional<std::int64_t> time_ms; // of the newest append in it
    Head head;                           // of the stream when the page was made
    bool up_to_date() const { return end == head.end; }
    bool closed() const { return up_to_date() && head.closed; }
};

// Cuts the page that starts at `from` out of the rows that hold it, `rows[i]` being that of
// `pieces[i]`.
struct Cut {
    std::string body;
    std::uint64_t end = 0;
    std::optional<std::int64_t> time_ms;
};
Cut cut_page(std::vector<Piece> const& pieces, std::vector<RowPtr> const& rows, std::uint64_t from,
             std::uint64_t limit, bool json);

// The page that has nothing in it, at the tail.
Page empty_page(Stream const& stream, Head const& head);

} // namespace ds
