// Promises of cli/cost_text: what people read of a bill.
#include "cli/cost_text.h"
#include "support/text.h"

#include <doctest/doctest.h>

#include <string>

namespace ds {

namespace {

using ds::test::has;

loadtest::Bill bill(loadtest::Allowances allowances = loadtest::Allowances::no) {
    auto const month = loadtest::month_of(loadtest::Workload{});
    REQUIRE(month);
    auto made = loadtest::make_bill(*month, {}, loadtest::list_prices(), allowances);
    REQUIRE(made);
    return *std::move(made);
}

} // namespace

TEST_CASE("cost text: dollars and quantities keep the digits that count") {
    CHECK(shown_dollars(0) == "$0.00");
    CHECK(shown_dollars(6) == "$6.00");
    CHECK(shown_dollars(999.999) == "$1,000.00");
    CHECK(shown_dollars(11'664) == "$11,664.00");
    CHECK(shown_dollars(1'234'567.891) == "$1,234,567.89");
    CHECK(shown_dollars(0.00039) == "$0.00039");
    CHECK(shown_dollars(0.0075) == "$0.0075");
    CHECK(shown_dollars(0.00996) == "$0.01");
    CHECK(shown_quantity(0) == "0");
    CHECK(shown_quantity(1) == "1");
    CHECK(shown_quantity(999) == "999");
    CHECK(shown_quantity(25.92e9) == "25,920,000,000");
    CHECK(shown_quantity(19'595.52) == "19,595.52");
    CHECK(shown_quantity(0.663552) == "0.66");
    CHECK(shown_quantity(0.000128) == "0.00013");
    CHECK(shown_quantity(1e6 + 0.4) == "1,000,000");
}

TEST_CASE("cost text: the summary has each scenario, and says where a published figure is wrong") {
    auto const page = bill_summary(bill());
    CHECK(has(page, "reference, no cache"));
    CHECK(has(page, "$11,664.00"));
    CHECK(has(page, "$17.66"));
    CHECK(has(page, "$122.64  $18 takes 99.9 %"));
    CHECK(has(page, "$2,455.44"));
    CHECK(has(page, "ds on a VPS, CDN"));
    CHECK(has(page, "without what plans include"));
    CHECK(has(bill_summary(bill(loadtest::Allowances::yes)), "with what plans include"));
}

TEST_CASE("cost text: lines show quantity, unit price and amount") {
    auto const page = bill_lines(bill(), "reference-no-cache");
    CHECK(has(page, "25,920,000,000    $0.30 / 1,000,000 requests   $7,776.00  *\n"));
    CHECK(has(page, "total"));
    CHECK_FALSE(has(page, "INCLUDED"));
    CHECK_FALSE(has(page, "reference-cdn"));
    CHECK(has(bill_lines(bill(loadtest::Allowances::yes), "reference-no-cache"), "INCLUDED"));
    CHECK(has(bill_lines(bill(), "reference"), "reference-cloudfront"));
    CHECK_FALSE(has(bill_lines(bill(), "reference"), "ds-cdn"));
    CHECK(has(bill_lines(bill(), "ds"), "ds-cdn"));
    CHECK(has(bill_lines(bill(), "ds"), "$0.015 / GB-month"));
    CHECK(has(bill_lines(bill(), ""), "ds-cdn"));
    CHECK(bill_lines(bill(), "nonsense").empty());
    CHECK(bill_lines(bill(), "d").empty());
}

} // namespace ds
