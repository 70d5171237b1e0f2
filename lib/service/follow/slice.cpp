// Pages of a slice: out of the commit that began the wave, or of what else is in memory.
#include "service/follow/slice.h"

namespace ds::follow {

namespace {

// The pieces of a commit as a page, for a reader that stands where the commit began.
Page page_of_advance(Advance const& advance) {
    auto const& stream = *advance.stream;
    std::vector<Piece> pieces(advance.rows.size());
    auto cut = cut_page(pieces, advance.rows, advance.from, k_no_limit, form_of(stream));
    Page page;
    page.body = std::move(cut.body);
    page.start = advance.from;
    page.end = cut.end;
    page.next = cut.end == advance.head.end ? advance.head.tail : stream.locate(cut.end);
    page.time_ms = cut.time_ms;
    page.messages = cut.messages;
    page.head = advance.head;
    return page;
}

} // namespace

Slice::Slice(Engine& engine, Stream const& followed, Advance const& advance)
    : stream(followed),
      now(engine.clock().now()),
      head(followed.head()),
      ended(followed.life() != Life::live || followed.lifespan.has_ended(now)),
      engine_(engine),
      advance_(advance) {}

Page const* Slice::page_from(std::uint64_t from) {
    for (auto const& [start, page] : pages_)
        if (start == from) return &page;
    if (advance_.from == from && advance_.head == head)
        return &pages_.emplace_back(from, page_of_advance(advance_)).second;
    auto page = engine_.page_now(stream, from, k_no_limit);
    if (!page) return nullptr;
    return &pages_.emplace_back(from, *std::move(page)).second;
}

} // namespace ds::follow
