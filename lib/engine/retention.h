// How much history is kept: limits by scope, and which segments are beyond them.
#pragma once

#include "base/clock.h"
#include "base/guarded.h"
#include "model/stream_name.h"
#include "storage/segment_table.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ds {

// The limits that are set: for a stream, else for its project, else for all.
class Retentions {
public:
    explicit Retentions(Retention for_all) : for_all_(for_all) {}

    void set(std::string const& scope, Retention const& retention);
    Retention of(StreamName const& name) const;
    std::vector<std::pair<std::string, Retention>> all() const;

private:
    Retention const for_all_;
    Guarded<std::map<std::string, Retention>> scopes_;
};

// What counts of a segment.
struct Kept {
    std::uint64_t number = 0;
    std::uint64_t end = 0;
    std::uint64_t bytes = 0;
    std::uint64_t messages = 0;
    std::int64_t last_ms = 0;
};

// How many of these segments, oldest first, may go. What stays is never less than the limits of
// bytes and messages ask for: a segment goes when those after it, and what is `hot`, hold as much.
std::size_t beyond(Retention const& retention, std::vector<Kept> const& segments, Kept const& hot,
                   Millis now);

} // namespace ds
