// prices.json, as the build puts it into the program.
#pragma once

#include <string_view>

namespace ds::loadtest {

extern std::string_view const k_price_file;

} // namespace ds::loadtest
