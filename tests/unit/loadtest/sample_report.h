// Reports of load tests that never ran, for tests: what is in them is made up, and always the same.
#pragma once

#include "loadtest/report.h"

namespace ds::test {

// A few readers whose times are round numbers.
LoadReport small_report();
// Ten thousand readers for a minute behind a cache, with everything that a report can have.
LoadReport large_report();

} // namespace ds::test
