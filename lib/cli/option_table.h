// The options of a subcommand as plain rows: what help and completions are written from, and what
// the man pages are held against.
#pragma once

#include "cli/commands.h"

#include <span>
#include <string>
#include <vector>

namespace ds {

struct OptionRow {
    std::string long_name;            // with its dashes: "--from"
    std::string short_name;           // "-f", or empty
    std::string takes;                // the type name, empty for a switch: "FILE", "SECONDS"
    std::string help;                 // one line
    std::string environment;          // "DS_URL", or empty
    std::vector<std::string> choices; // when `takes` reads "a|b|c"
    std::string preset;               // the default as text, or empty
    std::string group;                // the heading it stands under in help
    bool required = false;
};

struct CommandRow {
    std::string name;
    std::string summary;
    std::vector<OptionRow> options;
    std::vector<OptionRow> positionals; // long_name is the word shown: "STREAM"
    std::string footer;                 // examples and remarks
};

// What every subcommand's App has before its own options are stated: --help, captured defaults.
void prepare(CLI::App& app);

CommandRow option_table(Command const& command, CLI::App& app);
std::vector<CommandRow> option_tables(std::span<Command const> commands);

} // namespace ds
