// The checks.
#include "upkeep/verify_estuaries.h"

#include <algorithm>

namespace ds::upkeep {

namespace {

Error lie(std::string const& what, std::int64_t id, std::string const& how) {
    return {Fault::corrupt, what + " " + std::to_string(id) + " " + how};
}

} // namespace

Result<void> EstuaryCheck::begin(HotReader& log) {
    return log.estuaries().each_fanout([&](FanoutRecord const& record) -> Result<void> {
        // What is announced, or was set aside, is not read any more.
        bool const reads = record.announced <= record.position && record.aside.empty();
        if (reads)
            owed_[record.source] = record.position;
        else
            told_[record.source] = std::max(record.position, record.announced);
        return {};
    });
}

void EstuaryCheck::take(std::int64_t stream, HotReader::Row const& row) {
    if (owed_.empty() || row.head.count == 0) return;
    auto const owed = owed_.find(stream);
    if (owed != owed_.end() && owed->second == row.head.start) found_.insert(stream);
}

Result<void> EstuaryCheck::finish(HotReader& log, EndOf const& end_of) const {
    std::set<std::int64_t> estuaries;
    TRY(log.estuaries().each_estuary([&](std::int64_t id) -> Result<void> {
        if (!end_of(id)) return lie("estuary", id, "is no stream");
        estuaries.insert(id);
        return {};
    }));
    std::set<std::int64_t> sources;
    TRY(log.estuaries().each_subscription([&](SubscriptionRecord const& record) -> Result<void> {
        auto const end = end_of(record.source);
        if (!end) return lie("subscription", record.id, "is to a stream that is not there");
        if (!estuaries.contains(record.estuary))
            return lie("subscription", record.id, "is of a stream that is no estuary");
        if (record.since > *end) return lie("subscription", record.id, "begins beyond the tail");
        sources.insert(record.source);
        return {};
    }));
    for (auto const& [source, position] : told_)
        if (!sources.contains(source) || position > end_of(source).value_or(0))
            return lie("stream", source, "announces what is not there, or to nobody");
    for (auto const& [source, position] : owed_)
        if (!sources.contains(source) || !found_.contains(source))
            return lie("stream", source, "owes copies of what is not there, or to nobody");
    return {};
}

} // namespace ds::upkeep
