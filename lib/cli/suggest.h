// "Did you mean ...?": the known word nearest to a mistyped one.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ds {

// Insertions, deletions, replacements and swaps of neighbours between two words.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The nearest of `known`, if it is near enough to be what was meant.
std::optional<std::string> nearest(std::string_view word, std::span<std::string const> known);

} // namespace ds
