// What must be true of the estuaries of a lane: subscriptions are of streams that are there, and
// what is owed of a source lies in its log.
#pragma once

#include "base/result.h"
#include "storage/hot_reader.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace ds::upkeep {

class EstuaryCheck {
public:
    // Where a stream ends; empty when there is no such stream.
    using EndOf = std::function<std::optional<std::uint64_t>(std::int64_t stream)>;

    // In this order: what is owed, the rows of the log, the rest.
    Result<void> begin(HotReader& log);
    void take(std::int64_t stream, HotReader::Row const& row);
    Result<void> finish(HotReader& log, EndOf const& end_of) const;

private:
    std::map<std::int64_t, std::uint64_t> owed_; // source and position
    std::map<std::int64_t, std::uint64_t> told_; // the same, where its rows need not be there
    std::set<std::int64_t> found_;               // sources of which that row is there
};

} // namespace ds::upkeep
