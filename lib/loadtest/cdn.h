// Does the cache in front of a server do what it should? A few bursts of equal requests, and what
// their answers say.
#pragma once

#include "loadtest/cdn_report.h"
#include "loadtest/load_plan.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace ds {

struct CdnPlan {
    LoadPlan load; // where, as whom, and a run of a single stream that is there
    std::uint64_t concurrency = 10;
    std::chrono::milliseconds stagger{0}; // between the requests of a burst
    std::uint64_t rounds = 3;
};
Result<void> check_plan(CdnPlan const& plan);

struct CdnWatch {
    std::function<void(std::string const&)> begins; // the test of that name
    std::function<bool()> goes_on;                  // asked all the time
};
// When it is not to go on, the report has what was found out so far.
Result<CdnReport> diagnose_cdn(CdnPlan const& plan, CdnWatch const& watch);

} // namespace ds
