// Reports of several machines as one: JSON documents read back, and their counts added up.
//
// Each machine wrote streams of its own and read them by its own clock, so that the times of all
// are right whatever their clocks say; and buckets of times add up, so that the percentiles of the
// sum are those of all messages.
#pragma once

#include "base/result.h"
#include "loadtest/report.h"

#include <string>
#include <string_view>
#include <vector>

namespace ds {

// What was planned and counted. Budgets and the bill are not read: they are made anew from the
// counts. URLs are known by their counts only. `name` is what the document is called, in errors and
// as a part of the sum. Fault::invalid when it is no such document.
Result<LoadReport> parse_report(std::string_view text, std::string const& name);

// At least one. Fault::invalid, with the names of two, when they are not of one run: other options,
// another server, not at the same time, or one of them twice.
Result<LoadReport> merge_reports(std::vector<LoadReport> reports);

} // namespace ds
