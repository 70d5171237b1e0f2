// Help as it is printed: plain text, as wide as the terminal, examples at the end.
#pragma once

#include "cli/option_table.h"

#include <cstddef>
#include <span>
#include <string>

namespace ds {

inline constexpr std::size_t k_help_width = 80;

// `ds --help`
std::string overview(std::span<Command const> commands, std::size_t width = k_help_width);
// `ds <command> --help`
std::string help_page(CommandRow const& command, std::size_t width = k_help_width);

// The width to write for, where a terminal has so many columns (0: there is none) and COLUMNS says
// this.
std::size_t help_width(std::size_t terminal, std::string const& columns);

} // namespace ds
