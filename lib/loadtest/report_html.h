// The report of a load test as a page: one file that asks no network for anything.
#pragma once

#include "loadtest/report.h"

#include <string>
#include <string_view>

namespace ds {

// report.html, as the build puts it into the program: a script in it draws the JSON report that
// stands in the place of {{report}}.
extern std::string_view const k_report_page;

std::string report_html(LoadReport const& report);

} // namespace ds
