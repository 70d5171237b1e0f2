// A stream of the ceiling: bytes in memory, cut into pages of about 1 MiB at the ends of appends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

struct CeilingPlace {
    std::size_t page = 0;
    std::size_t at = 0; // in that page
    bool operator==(CeilingPlace const&) const = default;
};
// "0000000000000001_0000000000000042", as a Stream-Next-Offset.
void write_place(CeilingPlace place, std::string& into);
// Of such a token; empty for anything else.
std::optional<CeilingPlace> read_place(std::string_view token);

// What live readers have yet to get. They are visited one after the other, again and again, and
// each gets all that came since its last visit at once: no server needs fewer calls of send().
struct CeilingFeed {
    std::string messages{};      // a comma behind each, if they are JSON
    std::uint64_t begin = 0;     // place of the first of these bytes among all that there ever were
    std::uint64_t round_end = 0; // what all have when the round is over
    std::size_t next = 0;        // among the readers: who is visited
    std::size_t left = 0;        // visits until the round is over

    std::uint64_t end() const { return begin + messages.size(); }
    // One more of them had its visit; at the end of a round, what all have is let go.
    void visited(std::size_t readers);
    void forget();
};

class CeilingStream {
public:
    explicit CeilingStream(std::string_view content_type);

    std::string const& content_type() const { return content_type_; }
    bool json() const { return json_; }
    void append(std::string_view body);
    // The messages of an append without the brackets of a batch.
    std::string_view messages_of(std::string_view body) const;
    CeilingPlace tail() const { return {pages_.size() - 1, pages_.back().size()}; }
    // The same place, spelled as the start of the next page when it is the end of a full one.
    CeilingPlace forward(CeilingPlace place) const;
    // What a read from there gives: to the end of the page, without brackets. Empty at the tail.
    // Nothing when there is no such place, or it is so long ago that it was let go.
    std::optional<std::string_view> read(CeilingPlace place) const;
    // So many bytes from there on, as they are in memory; fewer when they were let go.
    std::string_view piece(CeilingPlace place, std::size_t size) const;

    std::vector<std::uint32_t> readers{}; // connections that get every message
    CeilingFeed feed{};                   // of these
    std::vector<std::uint32_t> parked{};  // connections that wait for the next one

private:
    std::string content_type_;
    bool json_;
    std::vector<std::string> pages_{1};
    std::size_t first_kept_ = 0;
};

} // namespace ds
