// Writes bills.
#include "loadtest/cost_json.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace ds::loadtest {
namespace {

using Json = nlohmann::ordered_json;

Json month_json(Month const& month) {
    Json json{{"seconds", k_month_seconds}};
    for (auto const& [name, number, counted] : k_month_numbers)
        json[name] = month.*number;
    return json;
}

Json scenario_json(Scenario const& scenario, Prices const& prices) {
    auto lines = Json::array();
    for (auto const& line : scenario.lines) {
        auto const& price = prices[line.item];
        lines.push_back({{"price", price.name},
                         {"what", line.what},
                         {"quantity", line.quantity},
                         {"included", line.included},
                         {"unit", price.unit},
                         {"dollars", price.price},
                         {"per", price.per},
                         {"amount", line.amount},
                         {"published", line.published}});
    }
    Json document{{"id", scenario.id},         {"name", scenario.name},
                  {"note", scenario.note},     {"total", scenario.total},
                  {"publishedLines", nullptr}, {"lines", std::move(lines)}};
    if (scenario.published) document["publishedLines"] = *scenario.published;
    return document;
}

} // namespace

std::string bill_json(Bill const& bill) {
    auto scenarios = Json::array();
    for (auto const& scenario : bill.scenarios)
        scenarios.push_back(scenario_json(scenario, bill.prices));
    auto comparisons = Json::array();
    for (auto const& one : bill.comparisons)
        comparisons.push_back({{"what", one.what},
                               {"published", one.published},
                               {"computed", one.computed},
                               {"note", one.note}});
    auto prices = Json::array();
    for (auto const& price : bill.prices.all()) {
        auto& json = prices.emplace_back();
        for (auto const& [name, text] : k_price_texts)
            json[name] = price.*text;
        for (auto const& [name, number] : k_price_numbers)
            json[name] = price.*number;
    }
    Json const document{{"currency", "USD"},
                        {"allowances", bill.allowances == Allowances::yes},
                        {"hitRate", bill.rates.cdn},
                        {"edgeHitRate", bill.rates.edge},
                        {"edgeHitRateBehindCdn", bill.rates.edge_behind_cdn},
                        {"month", month_json(bill.month)},
                        {"scenarios", std::move(scenarios)},
                        {"comparisons", std::move(comparisons)},
                        {"prices", std::move(prices)}};
    return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace ds::loadtest
