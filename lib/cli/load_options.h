// Which server a load test is about, and as whom: the options of ds loadtest and ds loadtest cdn.
#pragma once

#include "cli/command_line.h"
#include "loadtest/load_plan.h"

#include <string>

namespace ds {

struct LoadTarget {
    std::string url; // empty: none was given
    std::string write_url;
    std::string project = "loadtest";
    std::string secret;
    std::string token;
    std::string ca_file;
    std::string cache_header;
};
void add_target_options(CommandLine& line, LoadTarget& target);

// A plan of a new run for this server, or for `own_url` when none was given. A token that is signed
// here is good for `seconds` and a while longer.
Result<LoadPlan> target_plan(LoadTarget const& target, std::string const& own_url, double seconds);

// "2 processors, 24 GiB"
std::string machine_in_words();

} // namespace ds
