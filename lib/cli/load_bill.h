// What a month would cost if it were all like a load test.
#pragma once

#include "loadtest/report.h"

#include <vector>

namespace ds {

// Nothing when the run was too short or too still to say.
std::vector<BillTable> bill_of_run(LoadPlan const& plan, Tally const& tally);

} // namespace ds
