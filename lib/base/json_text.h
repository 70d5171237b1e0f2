// Checks JSON text and finds the elements of a top-level array, without building anything.
//
// Strict RFC 8259: one value; UTF-8 throughout; no byte order mark, trailing commas, comments, NaN,
// leading zeros or raw control characters in strings; \u escapes with four hex digits. Unpaired
// surrogate escapes (\ud800) are legal, as the grammar allows. Work and memory are linear in the
// length of the text; nesting is bounded, and no depth of input can exhaust the stack.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

namespace ds {

// A value's place in the text, without the white space around it.
struct JsonSpan {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    friend bool operator==(JsonSpan, JsonSpan) = default;
};

struct JsonText {
    JsonSpan value;                 // the whole document
    bool is_array = false;          // the document is an array, and `elements` are its elements
    std::vector<JsonSpan> elements; // in order
};

// Fault::invalid with what is wrong and at which byte: "invalid JSON at byte 17: ...". More
// elements than `elements_max` are wrong, too: the walk ends there. `text` may be at most 4 GiB - 1
// long.
Result<JsonText> scan_json(std::string_view text, std::size_t depth_max,
                           std::size_t elements_max = std::numeric_limits<std::size_t>::max());

} // namespace ds
