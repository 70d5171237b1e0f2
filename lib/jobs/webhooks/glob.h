// Patterns of stream paths. (Protocol section 6.2)
//
//     pattern := segments joined by "/"
//     segment := "**"  any number of segments, also none
//              | text  one segment; a "*" in it stands for any characters, also none
//
// So "*" alone is exactly one segment, and "orders/*" is not "orders/7/items".
#pragma once

#include "base/result.h"

#include <cstddef>
#include <string_view>

namespace ds::webhooks {

inline constexpr std::size_t k_pattern_bytes_max = 577; // as long as a stream's name can be

// Fault::invalid for what no path can match: an empty pattern or segment, "." and "..".
Result<void> check_pattern(std::string_view pattern);

// Takes a time that grows with the product of both lengths at most.
bool matches(std::string_view pattern, std::string_view path);

} // namespace ds::webhooks
