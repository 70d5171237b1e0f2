// What the environment says, and what was probably meant.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

// Empty when it is not set, or the name is empty. Before any thread is started.
std::string environment_value(std::string const& name);
// The names that begin so and are not set to nothing, in the order of the alphabet.
std::vector<std::string> environment_names(std::string_view beginning);

// What to say of variables that nothing reads, where one that this command reads was probably
// meant. `known` are those of all commands.
std::vector<std::string> misspelt_variables(std::span<std::string const> set,
                                            std::span<std::string const> read,
                                            std::span<std::string const> known);

} // namespace ds
