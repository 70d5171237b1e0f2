// A bill as one JSON document.
#pragma once

#include "loadtest/cost.h"

#include <string>

namespace ds::loadtest {

// Dollars and quantities as they come out, rounded nowhere. Each price that a line names is listed
// with its source and its date.
std::string bill_json(Bill const& bill);

} // namespace ds::loadtest
