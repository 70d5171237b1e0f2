// Answers to reads, rendered once and shared by all event loops: pages of history, pages at the
// tail, and what waiting long-polls are woken with.
//
// An answer is kept under what its URL means, not how it is spelled: the stream by its identity, so
// that nothing of a deleted one can answer for another of its name; the place, the limit, live or
// not, and the cursor that comes back. Who may have it is decided before it is looked for, and what
// depends on the asker (Cache-Control, 304, origins) is added after, so tokens and reader keys are
// no part of it.
//
// Nothing stale is served: an answer that reached the tail counts while that is the tail, and one
// that ended before it holds for ever. Hence no lifetimes here: the least recently used go first.
#pragma once

#include "base/lru.h"
#include "engine/page.h"
#include "engine/stream.h"
#include "frontends/streams/http_names.h"
#include "frontends/streams/stream_answers.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace ds::streams {

class EdgeCache {
public:
    explicit EdgeCache(std::size_t bytes_max) : on_(bytes_max > 0), answers_(bytes_max) {}

    bool is_on() const { return on_; }

    // What is there and holds, as an answer to the asker: X-Cache says HIT.
    std::optional<Response> find(Stream const& stream, std::uint64_t from,
                                 ReadContext const& context);
    // A page as the answer. Of all who bring the same page at once, one is the first, and the
    // others are answered with what it brought: MISS, and HIT.
    struct Told {
        Response response;
        bool first;
    };
    Told answer(Stream const& stream, Page const& page, ReadContext const& context);
    // Says that an answer did not come from here: MISS, or BYPASS.
    static void mark(Response& response, ReadContext const& context);

private:
    struct Key {
        std::int64_t stream;
        std::uint64_t from;
        std::uint64_t limit;
        std::uint64_t cursor; // cursor_class
        Live live;
        friend bool operator==(Key const&, Key const&) = default;
    };
    struct Hash {
        std::size_t operator()(Key const& key) const;
    };
    using Answer = std::shared_ptr<Rendered const>;

    static Key key_of(Stream const& stream, std::uint64_t from, ReadContext const& context);

    bool on_;
    Lru<Key, Answer, Hash> answers_;
};

} // namespace ds::streams
