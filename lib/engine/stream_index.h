// Where things are in a stream's own part: tokens to positions and back, positions to rows of the
// hot log, and which segments come between. What a fork inherits is its source's (engine/stream.h).
#pragma once

#include "engine/stream_part.h"
#include "model/answer.h"
#include "model/ask.h"

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

namespace ds {

class StreamIndex {
public:
    // The stream's lock is held as long as this lives.
    explicit StreamIndex(StreamPart const& state) : state_(state) {}

    // As Stream::resolve; empty when the source has to say.
    std::optional<std::variant<std::uint64_t, Refusal>> resolve(Offset token) const;
    // As Stream::read_from; empty when the source has to say.
    struct Beyond {
        friend bool operator==(Beyond, Beyond) = default;
    };
    std::optional<std::variant<std::uint64_t, Beyond, Refusal>> read_from(Offset token) const;
    // Where a stream that is no fork began, which {0, 0} stands for as well; {0, 0} for a fork.
    Offset first_place() const { return {state_.starts.born(), 0}; }
    // The token of a position that is not beyond the tail; empty when the source has to say.
    std::optional<Offset> locate(std::uint64_t position) const;

    // The append that holds `position`; at the tail one without messages.
    AppendSpan append_at(std::uint64_t position) const;
    // How many rows with messages lie in the hot log from `position` on, as `messages`, and their
    // bytes, of each row `most` at most. None when there is no row that begins there.
    Extent rows_from(std::uint64_t position, std::uint64_t most) const;

    // A place that lies in a segment of the object store, and up to where it counts: a fork sees
    // its source up to the fork point.
    struct InSegment {
        std::int64_t stream; // whose segment it is: this stream, or one it was forked from
        std::uint64_t number;
        std::uint64_t until;
    };
    std::optional<InSegment> in_segment(std::int64_t stream, std::uint64_t position) const;
    // Where the segment that holds `position` ends. Empty for the open one.
    std::optional<std::uint64_t> end_of_segment(std::uint64_t position) const;

    // Rows in order, and the head of the stream that was asked.
    struct Span {
        std::vector<Piece> pieces;
        Head head;
        std::optional<InSegment> segment;
        bool goes_on_in_segment = false; // after the rows, of which there are not enough
    };
    struct Want {
        std::uint64_t bytes;
        std::uint64_t messages;
        bool satisfied() const { return bytes == 0 || messages == 0; }
    };
    // Adds the rows from `from` to `until` until there are as many as are wanted. False when a
    // segment of the store comes next.
    bool gather(std::int64_t stream, std::uint64_t from, std::uint64_t until, Want& want,
                Span& into) const;

    // A message: at a position, or so many messages behind it in a row of the log that has to be
    // read, or in the segments of the store.
    struct LastMessages {
        std::uint64_t position = 0;
        std::uint64_t skip = 0;
        std::int64_t row = 0; // its number in the log
        struct InSegments {
            std::int64_t stream;
            std::uint64_t first; // numbers of the first and the last that are in the store
            std::uint64_t last;
            std::uint64_t ordinal; // of the message that is looked for
        };
        std::optional<InSegments> cold{};
        bool is_known() const { return skip == 0 && !cold; }
    };
    LastMessages message(std::int64_t stream, std::uint64_t ordinal) const;

private:
    std::optional<std::variant<std::uint64_t, Refusal>> before_first(Offset token) const;
    // Index of the first row that ends after `position`.
    std::size_t row_at(std::uint64_t position) const;

    StreamPart const& state_;
};

} // namespace ds
