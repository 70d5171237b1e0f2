// Shell completions, written from the option tables.
#pragma once

#include "cli/option_table.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ds {

// "bash", "zsh" or "fish"; empty for any other shell.
std::optional<std::string> completion_script(std::string_view shell,
                                             std::span<CommandRow const> commands);

} // namespace ds
