// The report of a load test for programs: one JSON document with stable names. The page is drawn
// from it, and report_merge reads it back.
//
// Times end in _ms or _s, sizes in _bytes, shares are from 0 to 1. What is not known is null.
#pragma once

#include "loadtest/report.h"

#include <string>

namespace ds {

// With a line feed at its end. `indent` -1: all in one line.
std::string report_json(LoadReport const& report, int indent = 2);

} // namespace ds
