// Writes bills.
#include "loadtest/cost_json.h"

#include <nlohmann/json.hpp>

#include <cstddef>

namespace ds::loadtest {
namespace {

using Json = nlohmann::ordered_json;

Json month_json(Month const& month) {
    return {{"seconds", k_month_seconds},
            {"streams", month.streams},
            {"longPolls", month.long_polls},
            {"distinctLongPolls", month.distinct_polls},
            {"longPollWaitSeconds", month.long_poll_wait},
            {"longPollBytes", month.long_poll_bytes},
            {"sseConnects", month.sse_connects},
            {"sseBytes", month.sse_bytes},
            {"appends", month.appends},
            {"producerAppends", month.producer_appends},
            {"copies", month.copies},
            {"queueMessages", month.queue_messages},
            {"rotations", month.rotations},
            {"coldReads", month.cold_reads},
            {"retainedBytes", month.retained_bytes},
            {"hotBytes", month.hot_bytes}};
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

Json prices_json(Prices const& prices) {
    auto list = Json::array();
    for (auto const& price : prices.all())
        list.push_back({{"name", price.name},
                        {"what", price.what},
                        {"price", price.price},
                        {"per", price.per},
                        {"unit", price.unit},
                        {"included", price.included},
                        {"source", price.source},
                        {"date", price.date}});
    return list;
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
    Json const document{{"currency", "USD"},
                        {"allowances", bill.allowances == Allowances::yes},
                        {"hitRate", bill.rates.cdn},
                        {"edgeHitRate", bill.rates.edge},
                        {"edgeHitRateBehindCdn", bill.rates.edge_behind_cdn},
                        {"month", month_json(bill.month)},
                        {"scenarios", std::move(scenarios)},
                        {"comparisons", std::move(comparisons)},
                        {"prices", prices_json(bill.prices)}};
    return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace ds::loadtest
