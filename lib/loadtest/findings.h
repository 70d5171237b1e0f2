// What the counts of a run mean, in words: the sentences that every report says of them.
#pragma once

#include "loadtest/report.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ds {

enum class Grade : std::uint8_t { good, fair, bad, unknown };

struct Finding {
    Grade grade = Grade::unknown;
    std::string sentence;
};

// The URLs of long-polls: each should be asked for upstream once, however many readers ask for it.
struct UrlFigures {
    std::uint64_t urls = 0;
    std::uint64_t requests = 0;
    std::uint64_t misses = 0;
    std::uint64_t most_misses = 0;
    // How many URLs had 0, 1, 2, 3, 4, 5 to 9, 10 to 99, 100 or more misses.
    std::vector<std::pair<std::string, std::uint64_t>> by_misses;

    double average_misses() const;
    double average_requests() const;
};
UrlFigures url_figures(Tally const& tally);

// Did every reader see every message once?
Finding completeness(Tally const& tally);
// Does the cache answer, and which header says so?
Finding cache_finding(Tally const& tally, std::string_view cache_header);
// Do equal requests become one?
Finding miss_finding(Tally const& tally, LoadPlan const& plan);
// Do readers of a mode ask for the same offsets? Those that are started first see more.
Finding drift_finding(ReaderTally const& readers, LoadPlan const& plan);
Finding pop_finding(Tally const& tally);
// The run as a whole, for a heading.
Finding overall(LoadReport const& report);

// The most frequent ones first; the last may be "others", for what comes after `most` of them.
using Ranked = std::vector<std::pair<std::string, std::uint64_t>>;
Ranked ranked(Counts const& counts, std::size_t most);
std::uint64_t total_of(Counts const& counts);

} // namespace ds
