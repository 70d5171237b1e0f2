// What the environment says.
#pragma once

#include <string>

namespace ds {

// Empty when it is not set, or the name is empty. Before any thread is started.
std::string environment_value(std::string const& name);

} // namespace ds
