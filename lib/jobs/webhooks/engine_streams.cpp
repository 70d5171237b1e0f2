// Asking the engine.
#include "jobs/webhooks/engine_streams.h"

#include "model/offset.h"

namespace ds::webhooks {

// Null when there is none that can be read: one that is soft-deleted takes no more appends.
std::shared_ptr<Stream> EngineStreams::find(std::string const& full_name) const {
    auto const name = parse_stream_name(full_name);
    if (!name) return nullptr;
    auto found = engine_.find(*name);
    auto const* const stream = std::get_if<std::shared_ptr<Stream>>(&found);
    return stream == nullptr ? nullptr : *stream;
}

Seen EngineStreams::look(std::string const& full_name) {
    auto const stream = find(full_name);
    if (!stream) return {};
    auto life = Life::live;
    auto const head = stream->watch(mailbox_, life);
    if (life != Life::live) return {};
    return {stream->id, {head.end, head.tail}};
}

void EngineStreams::forget(std::string const& full_name) {
    if (auto const stream = find(full_name)) stream->unwatch(mailbox_);
}

std::optional<StreamPosition> EngineStreams::position_of(std::string const& full_name,
                                                         std::string_view token) {
    auto const stream = find(full_name);
    auto const offset = parse_offset(token);
    if (!stream || !offset) return std::nullopt;
    auto const place = stream->resolve(*offset);
    auto const* const position = std::get_if<std::uint64_t>(&place);
    if (position == nullptr) return std::nullopt;
    return StreamPosition{*position, *offset};
}

std::size_t EngineStreams::count() const {
    return engine_.parts().catalog.size();
}

void EngineStreams::each(std::function<More(std::string const& full_name)> const& visit) {
    auto const now = engine_.clock().now();
    auto more = More::yes;
    engine_.parts().catalog.each([&](std::shared_ptr<Stream> const& stream) {
        if (more == More::yes && stream->life() == Life::live && !stream->lifespan.has_ended(now))
            more = visit(stream->name.full());
    });
}

} // namespace ds::webhooks
