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
inline constexpr std::uint64_t k_page_bytes_max = 512 * k_kib;
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

struct Cut {
    Bytes body;
    std::uint64_t end = 0;
    std::optional<std::int64_t> time_ms;
};

// Cuts the page that starts at `from` out of rows that come one after another. Each is copied
// straight to its place in the page, and need not stay.
class PageCutter {
public:
    // A row as it lies in memory, or in a row of the log that is being read.
    struct Source {
        RowPlace const& place;
        std::int64_t time_ms;
        std::string_view body;
        std::vector<std::uint32_t> const& lengths; // as in Row
    };
    // `bytes`: how much the rows hold, with a comma for each.
    PageCutter(std::uint64_t bytes, std::uint64_t from, std::uint64_t limit, bool json);
    // The row of the next piece. False when nothing that follows belongs to this page.
    bool add(Source const& row, std::uint64_t until);
    Cut take();
    std::uint64_t end() const { return cut_.end; } // of what has been taken

private:
    bool takes(std::string_view messages, std::uint64_t count) const;
    bool add_messages(Source const& row, std::uint64_t until);
    void put(std::string_view messages, std::uint64_t count, std::int64_t time_ms);

    std::uint64_t from_;
    std::uint64_t left_; // messages
    bool json_;
    bool any_ = false;
    Room room_;
    Cut cut_;
};

// The same out of rows in memory, `rows[i]` being that of `pieces[i]`. A page that is one row as it
// stands shares its bytes.
Cut cut_page(std::vector<Piece> const& pieces, std::vector<RowPtr> const& rows, std::uint64_t from,
             std::uint64_t limit, bool json);

// The page that has nothing in it, at the tail.
Page empty_page(Stream const& stream, Head const& head);

} // namespace ds
