// The report of a load test for programs: one JSON document with stable names.
//
// Times end in _ms or _s, sizes in _bytes, shares are from 0 to 1. What is not known is null.
#pragma once

#include "loadtest/report.h"

#include <string>

namespace ds {

// Indented, with a line feed at its end.
std::string report_json(LoadReport const& report);

} // namespace ds
