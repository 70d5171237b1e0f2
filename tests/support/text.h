// What many tests ask of a text.
#pragma once

#include <cstddef>
#include <string>

namespace ds::test {

inline bool has(std::string const& text, std::string const& part) {
    return text.find(part) != std::string::npos;
}

inline std::size_t times(std::string const& text, std::string const& part) {
    std::size_t count = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
        ++count;
    return count;
}

} // namespace ds::test
