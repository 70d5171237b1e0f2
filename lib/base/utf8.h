// Text that may be no UTF-8, or not all of it yet.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ds {

inline constexpr std::size_t k_utf8_bytes_max = 4; // of one character

// How many bytes at the end begin a character that bytes to come may finish: 0 to 3.
std::size_t unfinished_utf8(std::string_view bytes);
// U+FFFD stands for what is no UTF-8: once for each piece of a character, and for each other byte,
// as the WHATWG Encoding Standard has it.
std::string repaired_utf8(std::string_view bytes);

} // namespace ds
