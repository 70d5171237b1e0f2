// The report of a load test as text for people, and the line that shows how it goes.
#pragma once

#include "loadtest/report.h"

#include <cstdint>
#include <optional>
#include <string>

namespace ds {

// Sections with headings in capitals; what there is nothing to say of is left out.
std::string report_text(LoadReport const& report);

// How a run goes, at the end of a second of it.
struct LoadProgress {
    double elapsed_s = 0;
    double planned_s = 0;
    std::uint64_t readers = 0; // connected
    std::uint64_t clients = 0; // of so many
    double messages_per_s = 0;
    double appends_per_s = 0;
    std::uint64_t errors = 0;  // so far
    std::optional<double> hit; // a share
};
// One line, without its end.
std::string progress_line(LoadProgress const& progress);

} // namespace ds
