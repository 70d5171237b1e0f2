// The hash of maps by text that are asked with a view, so that a look-up makes no string.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

namespace ds {

struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
        return std::hash<std::string_view>{}(text);
    }
};

} // namespace ds
