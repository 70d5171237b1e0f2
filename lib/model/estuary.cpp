// Which names estuaries may have.
#include "model/estuary.h"

#include <algorithm>

namespace ds {

bool is_estuary_id(std::string_view text) {
    constexpr std::size_t k_bytes_max = 256;
    auto const is_legal = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("_-:.").find(c) != std::string_view::npos;
    };
    if (text.empty() || text.size() > k_bytes_max || text == "." || text == "..") return false;
    return std::ranges::all_of(text, is_legal);
}

} // namespace ds
