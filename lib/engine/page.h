// A page of a stream: whole messages from a position on, as they go over the wire.
#pragma once

#include "base/bytes.h"
#include "base/utf8.h"
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
    Bytes body;              // JSON mode: an array
    std::uint64_t start = 0; // absolute positions: of a message, or of a character that was cut off
    std::uint64_t end = 0;
    Offset next;                         // `end` as a token
    std::optional<std::int64_t> time_ms; // of the newest append in it
    std::uint64_t messages = 0;          // whole ones, and parts
    Head head;                           // of the stream when the page was made
    bool up_to_date() const { return end == head.end; }
    bool closed() const { return up_to_date() && head.closed; }
};

struct Cut {
    Bytes body;
    std::uint64_t start = 0;
    std::uint64_t end = 0;
    std::optional<std::int64_t> time_ms;
    std::uint64_t messages = 0;
};

// What the positions of a stream count, and where a page may begin within a message.
enum class PageForm : std::uint8_t {
    bytes, // nowhere
    text,  // where the message ends with an unfinished character: an event over SSE ends there
    json,  // positions count messages
};

inline PageForm form_of(Stream const& stream) {
    if (stream.json) return PageForm::json;
    return stream.text ? PageForm::text : PageForm::bytes;
}

// Cuts the page that starts at `from` out of rows that come one after another. Each is copied
// straight to its place in the page, and need not stay. A page that would start inside a message
// starts with all of it: nobody has been told of such a place.
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
    PageCutter(std::uint64_t bytes, std::uint64_t from, std::uint64_t limit, PageForm form);
    // The row of the next piece. False when nothing that follows belongs to this page.
    bool add(Source const& row, std::uint64_t until);
    Cut take();
    std::uint64_t end() const { return cut_.end; } // of what has been taken
    // False as long as there may be less than a character: a page of that would lead nowhere.
    bool is_worth_sending() const {
        return form_ == PageForm::text ? room_.size() >= k_utf8_bytes_max : any_;
    }

private:
    bool is_json() const { return form_ == PageForm::json; }
    bool takes(std::string_view messages, std::uint64_t count) const;
    bool add_messages(Source const& row, std::uint64_t until);
    std::uint64_t begin_within(std::string_view message, std::uint64_t position) const;
    void put(std::string_view messages, std::uint64_t count, std::int64_t time_ms);

    std::uint64_t from_;
    std::uint64_t left_; // messages
    PageForm form_;
    bool any_ = false;
    Room room_;
    Cut cut_;
};

// The same out of rows in memory, `rows[i]` being that of `pieces[i]`. A page that is one row as it
// stands shares its bytes.
Cut cut_page(std::vector<Piece> const& pieces, std::vector<RowPtr> const& rows, std::uint64_t from,
             std::uint64_t limit, PageForm form);

// The page that has nothing in it, at the tail.
Page empty_page(Stream const& stream, Head const& head);

} // namespace ds
