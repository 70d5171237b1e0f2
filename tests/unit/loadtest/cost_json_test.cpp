// Promises of loadtest/cost_json: programs find each line with its price and where that is from.
#include "loadtest/cost_json.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

namespace ds::loadtest {

TEST_CASE("cost json: a bill is whole, and nothing in it is rounded") {
    auto const bill =
        make_bill(*month_of(Workload{}), {.cdn = 0.99}, list_prices(), Allowances::no);
    REQUIRE(bill);
    auto const document = nlohmann::json::parse(bill_json(*bill));
    CHECK(document.at("currency") == "USD");
    CHECK(document.at("allowances") == false);
    CHECK(document.at("hitRate") == 0.99);
    CHECK(document.at("month").at("longPolls").get<double>() == doctest::Approx(25.92e9));
    CHECK(document.at("prices").size() == k_items);
    CHECK(document.at("comparisons").at(0).at("published") == 11'700);
    REQUIRE(document.at("scenarios").size() == bill->scenarios.size());
    for (auto const& scenario : document.at("scenarios")) {
        double sum = 0;
        for (auto const& line : scenario.at("lines")) {
            sum += line.at("amount").get<double>();
            CHECK(line.at("amount").get<double>() ==
                  doctest::Approx(line.at("quantity").get<double>() *
                                  line.at("dollars").get<double>() / line.at("per").get<double>()));
        }
        CHECK(sum == doctest::Approx(scenario.at("total").get<double>()));
        auto const of_reference = scenario.at("id").get<std::string>().starts_with("reference");
        CHECK(scenario.at("publishedLines").is_number() == of_reference);
    }
}

} // namespace ds::loadtest
