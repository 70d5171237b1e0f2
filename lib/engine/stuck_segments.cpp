// What is stuck, in the log and in words.
#include "engine/stuck_segments.h"

#include "base/log.h"

namespace ds {

void StuckSegments::tell(Stream const& stream, Error const& error, std::string const& store) {
    auto const name = stream.name.full();
    bool const fresh = streams_.lock()->insert_or_assign(&stream, name + ": " + error.what).second;
    if (!fresh) return;
    log_event(Level::error, "segment.stuck",
              {{"store", store},
               {"stream", name},
               {"error", error.what},
               {"effect", "the segments of this stream stay in the hot log and are tried again; "
                          "nothing is replaced in the store"}});
}

void StuckSegments::free(Stream const& stream) {
    if (streams_.lock()->erase(&stream) > 0)
        log_event(Level::info, "segment.free", {{"stream", stream.name.full()}});
}

std::optional<std::string> StuckSegments::why() const {
    auto const streams = streams_.lock();
    if (streams->empty()) return std::nullopt;
    auto const more = streams->size() - 1;
    return streams->begin()->second +
           (more > 0 ? " (and " + std::to_string(more) + " streams more)" : "");
}

} // namespace ds
