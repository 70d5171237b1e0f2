// Content types that a browser only shows.
#pragma once

#include <string_view>

namespace ds {

// Whether a browser that opens such a body only shows it. Everything else may run there, or may be
// taken for something that runs, and is to be saved instead: a list of what is harmless, since what
// is not grows.
bool is_inert_type(std::string_view content_type);

} // namespace ds
