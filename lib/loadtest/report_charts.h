// The pictures on the page of a load test, as markup: each with a table of what it shows.
#pragma once

#include "loadtest/findings.h"
#include "loadtest/report.h"

#include <string>

namespace ds {

// How many messages took how long, one panel for each mode on one axis.
std::string latency_charts(Tally const& tally);
// Messages a second, and the slowest of each second, over the run.
std::string delivery_charts(LoadReport const& report);
std::string readers_chart(LoadReport const& report);
// For each header a bar of its values, and their table.
std::string cache_charts(LoadReport const& report);
// How many URLs had how many misses.
std::string misses_chart(UrlFigures const& figures);
// "connection reset by peer ▇▇▇▇ 9"
std::string counts_chart(std::string const& of, Counts const& counts);

} // namespace ds
