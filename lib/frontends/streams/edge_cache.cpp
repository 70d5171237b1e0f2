// Finding, keeping and marking answers.
#include "frontends/streams/edge_cache.h"

#include "protocol/headers.h"

#include <functional>
#include <utility>

namespace ds::streams {

namespace {

// What keeping an answer costs besides its bytes: key, list, index, counts, strings.
constexpr std::size_t k_overhead = 450;

// The same bytes can be the tail at first and history later: what is said of them counts, too.
bool same(Rendered const& one, Rendered const& other) {
    return one.end == other.end && one.etag == other.etag && one.headers == other.headers &&
           one.up_to_date == other.up_to_date && one.closed == other.closed;
}

bool holds(Rendered const& answer, Head const& head) {
    return !answer.up_to_date || (answer.end == head.end && answer.closed == head.closed);
}

} // namespace

std::size_t EdgeCache::Hash::operator()(Key const& key) const {
    std::uint64_t mixed = static_cast<std::uint64_t>(key.stream);
    for (auto const part : {key.from, key.limit, key.cursor, static_cast<std::uint64_t>(key.live)})
        mixed = (mixed ^ part) * 0x9e3779b97f4a7c15U;
    return std::hash<std::uint64_t>{}(mixed ^ (mixed >> 32));
}

EdgeCache::Key EdgeCache::key_of(Stream const& stream, std::uint64_t from,
                                 ReadContext const& context) {
    return {stream.id, from, context.query.limit, cursor_class(context), context.query.live};
}

std::optional<Response> EdgeCache::find(Stream const& stream, std::uint64_t from,
                                        ReadContext const& context) {
    if (context.edge != Edge::use) return std::nullopt;
    auto const found = answers_.find(key_of(stream, from, context));
    if (!found || !holds(**found, stream.head())) return std::nullopt;
    auto response = page_response(stream, **found, context);
    response.add(header::x_cache, "HIT");
    return response;
}

EdgeCache::Told EdgeCache::answer(Stream const& stream, Page const& page,
                                  ReadContext const& context) {
    auto fresh = std::make_shared<Rendered const>(render_page(stream, page, context));
    if (context.edge == Edge::none) return {page_response(stream, *fresh, context), true};
    auto const cost = k_overhead + fresh->headers.size() + fresh->etag.size() + fresh->body.size();
    auto const kept =
        answers_.add_unless(key_of(stream, page.start, context), fresh, cost,
                            [&](Answer const& other) { return same(*other, *fresh); });
    bool const first = kept == fresh || context.edge == Edge::bypass;
    auto response = page_response(stream, *kept, context);
    if (first)
        mark(response, context);
    else
        response.add(header::x_cache, "HIT");
    return {std::move(response), first};
}

void EdgeCache::mark(Response& response, ReadContext const& context) {
    if (context.edge == Edge::none) return;
    response.add(header::x_cache, context.edge == Edge::use ? "MISS" : "BYPASS");
}

} // namespace ds::streams
