// The report of a load test as a page: one file that asks no network for anything.
#pragma once

#include "loadtest/report.h"

#include <string>

namespace ds {

std::string report_html(LoadReport const& report);

} // namespace ds
