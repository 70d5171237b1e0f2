// A bill as text for people.
#pragma once

#include "loadtest/cost.h"

#include <string>
#include <string_view>

namespace ds {

// "$11,664.00"; what is less than a cent keeps two digits that count: "$0.00039".
std::string shown_dollars(double dollars);
// "25,920,000,000", "1,990.66", "0.66"
std::string shown_quantity(double quantity);
// "$0.30 / 1,000,000 requests"
std::string shown_price(loadtest::Price const& price);

// The totals of all scenarios, and what the published tables of the reference say against what
// their own terms come to.
std::string bill_summary(loadtest::Bill const& bill);
// The lines of the scenarios whose id is `id` or begins with it and a dash; of all, when it is
// empty. Nothing when there are none.
std::string bill_lines(loadtest::Bill const& bill, std::string_view id);

} // namespace ds
