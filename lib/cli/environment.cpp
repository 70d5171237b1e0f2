// getenv(3), at one place.
#include "cli/environment.h"

#include <cstdlib>

namespace ds {

std::string environment_value(std::string const& name) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread runs yet
    auto const* value = name.empty() ? nullptr : std::getenv(name.c_str());
    return value == nullptr ? std::string() : std::string(value);
}

} // namespace ds
