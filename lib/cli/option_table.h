// The options of a subcommand as plain rows: what help and completions are written from, and what
// the man pages are held against.
#pragma once

#include "cli/command_line.h"
#include "cli/commands.h"

#include <span>
#include <string>
#include <vector>

namespace ds {

struct CommandRow {
    std::string name;
    std::string summary;
    std::vector<OptionRow> options;
    std::vector<OptionRow> positionals; // long_name is the word shown: "STREAM"
    std::string footer;                 // examples and remarks
};

CommandRow option_table(Command const& command, CommandLine const& line);
std::vector<CommandRow> option_tables(std::span<Command const> commands);
// Every variable of the environment that one of them reads.
std::vector<std::string> variables_of(std::span<Command const> commands);

} // namespace ds
