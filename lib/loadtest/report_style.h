// What the page of a load test looks like: a style sheet for light and dark, phones and paper.
#pragma once

#include <string_view>

namespace ds {

std::string_view report_style();

} // namespace ds
