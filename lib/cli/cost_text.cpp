// Dollars, quantities, and the tables they stand in.
#include "cli/cost_text.h"

#include "cli/table.h"
#include "loadtest/figures.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace ds {
namespace {

using namespace loadtest;

constexpr std::size_t k_cost_indent = 2;

// "1,234,567.80"
std::string with_commas(double number, int decimals) {
    auto text = fixed(number, decimals);
    for (auto at = std::min(text.find('.'), text.size()); at > 3; at -= 3)
        text.insert(at - 3, 1, ',');
    return text;
}

// What would round to nothing has two digits that count.
std::string with_digits(double number, int decimals) {
    bool const is_small = number > 0 && number < 0.00995;
    return with_commas(number,
                       is_small ? 1 - static_cast<int>(std::floor(std::log10(number))) : decimals);
}

std::string lines_of(Scenario const& scenario, Bill const& bill) {
    bool const with_included = bill.allowances == Allowances::yes;
    std::vector<std::string> headings{"WHAT", ">QUANTITY", ">PRICE", ">AMOUNT", ""};
    if (with_included) headings.insert(headings.begin() + 2, ">INCLUDED");
    Table table(headings);
    for (auto const& line : scenario.lines) {
        auto const& price = bill.prices[line.item];
        auto const what = line.what == price.what ? line.what : price.what + ": " + line.what;
        std::vector<std::string> row{what, shown_quantity(line.quantity), shown_price(price),
                                     shown_dollars(line.amount), line.published ? "*" : ""};
        if (with_included) row.insert(row.begin() + 2, shown_quantity(line.included));
        table.add(std::move(row));
    }
    std::vector<std::string> total(headings.size());
    total.front() = "total";
    total[headings.size() - 2] = shown_dollars(scenario.total);
    table.add(std::move(total));
    return scenario.name + " (" + scenario.id + "): " + scenario.note + "\n" +
           table.text(k_cost_indent);
}

bool is_meant(Scenario const& scenario, std::string_view id) {
    return id.empty() || scenario.id == id || scenario.id.starts_with(std::string(id) + "-");
}

} // namespace

std::string shown_dollars(double dollars) {
    return "$" + with_digits(dollars, 2);
}

std::string shown_quantity(double quantity) {
    bool const whole = std::abs(quantity - std::round(quantity)) < 0.005 || quantity >= 1e6;
    return with_digits(quantity, whole ? 0 : 2);
}

std::string shown_price(Price const& price) {
    // With all of its digits, "$0.015"; but "$0.30", as people write it.
    constexpr int k_digits_most = 15;
    int decimals = 2;
    while (decimals < k_digits_most && std::stod(fixed(price.price, decimals)) != price.price)
        ++decimals;
    auto of = price.unit;
    if (price.per != 1) {
        bool const is_word = price.unit.find('-') == std::string::npos; // "request", not "GB-s"
        of = shown_quantity(price.per) + " " + price.unit + (is_word ? "s" : "");
    }
    return "$" + with_commas(price.price, decimals) + " / " + of;
}

std::string bill_summary(Bill const& bill) {
    Table totals({"A MONTH OF", ">AS PUBLISHED", ">IN FULL", ""});
    for (auto const& scenario : bill.scenarios)
        totals.add({scenario.name, scenario.published ? shown_dollars(*scenario.published) : "-",
                    shown_dollars(scenario.total), scenario.note});
    Table against({"READERS 10,000, 1 WRITE/S", ">PUBLISHED", ">BY ITS TERMS", ""});
    for (auto const& one : bill.comparisons)
        against.add(
            {one.what, "$" + shown_quantity(one.published), shown_dollars(one.computed), one.note});
    return totals.text() +
           "\nAs published: only what the published tables of the reference architecture count "
           "(marked * in a bill):\nrequests of readers, CDN and machine. In full: writes, rows, "
           "objects awake, look-ups, traffic and storage as well.\n\n" +
           against.text() + "\nPrices as of " +
           std::ranges::min(bill.prices.all(), {}, &Price::date).date +
           (bill.allowances == Allowances::yes
                ? ", with what plans include, and the plan's fee\n"
                : ", without what plans include, and without the plan's fee\n");
}

std::string bill_lines(Bill const& bill, std::string_view id) {
    std::string page;
    for (auto const& scenario : bill.scenarios)
        if (is_meant(scenario, id)) page += (page.empty() ? "" : "\n") + lines_of(scenario, bill);
    return page;
}

} // namespace ds
