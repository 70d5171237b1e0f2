// A program run to its end.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace ds {

struct CommandResult {
    int code = -1; // its exit code, or 128 + signal; -1 when it was not started, or not in time
    std::string output; // standard output and standard error
};

// It dies with us, and is killed when it takes longer than `patience`.
CommandResult run_command(std::vector<std::string> words,
                          std::chrono::seconds patience = std::chrono::seconds(120));

} // namespace ds
