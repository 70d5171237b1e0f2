// Limits by scope, and the segments beyond them.
#include "engine/retention.h"

namespace ds {

void Retentions::set(std::string const& scope, Retention const& retention) {
    auto scopes = scopes_.lock();
    if (retention.any())
        (*scopes)[scope] = retention;
    else
        scopes->erase(scope);
}

Retention Retentions::of(StreamName const& name) const {
    auto const scopes = scopes_.lock();
    for (auto const& scope : {name.full(), std::string(name.project())})
        if (auto const found = scopes->find(scope); found != scopes->end()) return found->second;
    return for_all_;
}

std::vector<std::pair<std::string, Retention>> Retentions::all() const {
    auto const scopes = scopes_.lock();
    return {scopes->begin(), scopes->end()};
}

std::size_t beyond(Retention const& retention, std::vector<Kept> const& segments, Kept const& hot,
                   Millis now) {
    auto bytes = hot.bytes;
    auto messages = hot.messages;
    for (auto const& segment : segments) {
        bytes += segment.bytes;
        messages += segment.messages;
    }
    std::size_t count = 0;
    for (auto const& segment : segments) {
        bool const old =
            retention.age_ms > 0 && segment.last_ms + retention.age_ms <= count_ms(now);
        bytes -= segment.bytes;
        messages -= segment.messages;
        bool const many = (retention.bytes > 0 && bytes >= retention.bytes) ||
                          (retention.messages > 0 && messages >= retention.messages);
        if (!old && !many) break;
        ++count;
    }
    return count;
}

} // namespace ds
