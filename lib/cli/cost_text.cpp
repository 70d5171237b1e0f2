// Dollars, quantities, and the tables they stand in.
#include "cli/cost_text.h"

#include "cli/table.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <vector>

namespace ds {
namespace {

using namespace loadtest;

constexpr std::size_t k_cost_indent = 2;

std::string plain(char const* format, int digits, double number) {
    std::array<char, 400> text; // 1e308 has so many digits
    auto const size = std::snprintf(text.data(), text.size(), format, digits, number);
    return {text.data(), static_cast<std::size_t>(size)};
}

// "1234567.80" → "1,234,567.80"
std::string grouped(std::string number) {
    auto const point = std::min(number.find('.'), number.size());
    for (auto at = point; at > 3; at -= 3)
        number.insert(at - 3, 1, ',');
    return number;
}

// Two digits that count, for what would round to nothing.
std::string small(double number) {
    auto const place = static_cast<int>(std::floor(std::log10(number)));
    return plain("%.*f", 1 - place, number);
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

std::string oldest_date(Prices const& prices) {
    auto const& all = prices.all();
    return std::min_element(all.begin(), all.end(),
                            [](auto const& a, auto const& b) { return a.date < b.date; })
        ->date;
}

bool is_meant(Scenario const& scenario, std::string_view id) {
    return id.empty() || scenario.id == id || scenario.id.starts_with(std::string(id) + "-");
}

} // namespace

std::string shown_dollars(double dollars) {
    if (dollars > 0 && dollars < 0.00995) return "$" + small(dollars);
    return "$" + grouped(plain("%.*f", 2, dollars));
}

std::string shown_quantity(double quantity) {
    if (quantity > 0 && quantity < 0.00995) return small(quantity);
    bool const whole = std::abs(quantity - std::round(quantity)) < 0.005 || quantity >= 1e6;
    return grouped(plain("%.*f", whole ? 0 : 2, quantity));
}

std::string shown_price(Price const& price) {
    // With all of its digits, "$0.015"; but "$0.30", as people write it.
    auto digits = plain("%.*g", 15, price.price);
    if (auto const cents = plain("%.*f", 2, price.price);
        std::round(price.price * 100) / 100 == price.price)
        digits = cents;
    auto of = price.unit;
    if (price.per != 1) {
        bool const is_word = price.unit.find('-') == std::string::npos; // "request", not "GB-s"
        of = shown_quantity(price.per) + " " + price.unit + (is_word ? "s" : "");
    }
    return "$" + grouped(std::move(digits)) + " / " + of;
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
           against.text() + "\nPrices as of " + oldest_date(bill.prices) +
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
