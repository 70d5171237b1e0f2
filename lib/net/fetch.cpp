// Looking up headers.
#include "net/fetch.h"

#include "base/encoding.h"

namespace ds {

std::optional<std::string_view> HeaderMap::get(std::string_view name) const {
    for (auto const& [given, value] : lines_)
        if (equals_ignoring_case(given, name)) return value;
    return std::nullopt;
}

bool HeaderMap::says_true(std::string_view name) const {
    auto const value = get(name);
    return value && equals_ignoring_case(trim(*value), "true");
}

} // namespace ds
