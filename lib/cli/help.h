// Help as it is printed: plain text, 80 columns, examples at the end.
#pragma once

#include "cli/option_table.h"

#include <span>
#include <string>

namespace ds {

// `ds --help`
std::string overview(std::span<Command const> commands);
// `ds <command> --help`
std::string help_page(CommandRow const& command);

} // namespace ds
