// What many tests ask of a text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

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

// The parts of "one|another||a fourth": rows of a test, of which none has a bar.
inline std::vector<std::string> between_bars(std::string_view text) {
    std::vector<std::string> parts;
    while (true) {
        auto const end = text.find('|');
        parts.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

} // namespace ds::test
