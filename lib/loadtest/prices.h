// The price list: what each thing that is billed costs, where that is said, and since when.
//
// The list is prices.json beside this file, built into the program. A file of the same form, or
// single prices, override it; whatever in them is unknown, misspelled, twice there or no price is
// an error, so that no bill is made with a price that somebody only believes to have set.
#pragma once

#include "base/result.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace ds::loadtest {

enum class Item : std::uint8_t {
    workers_plan,
    worker_requests,
    object_requests,
    object_duration,
    rows_written,
    sqlite_storage,
    kv_reads,
    queue_operations,
    r2_class_a,
    r2_class_b,
    r2_storage,
    cdn_plan,
    cdn_requests,
    enterprise_plan,
    bunny_traffic,
    cloudfront_requests,
    cloudfront_traffic,
    vps,
    vps_traffic,
    free_vps,
    free_vps_traffic,
};
inline constexpr std::size_t k_items = 21;

struct Price {
    std::string name; // "worker-requests"
    std::string what; // in words
    double price = 0; // dollars for `per` units
    double per = 1;
    std::string unit;    // of which there is a quantity: "request", "GB-month"
    double included = 0; // units a month that come with the plan, or for nothing
    std::string source;  // where the price is said
    std::string date;    // when it was written down: "2026-11-26"
};

// Its members under their names in the file.
inline constexpr std::array<std::pair<char const*, std::string Price::*>, 5> k_price_texts{{
    {"name", &Price::name},
    {"what", &Price::what},
    {"unit", &Price::unit},
    {"source", &Price::source},
    {"date", &Price::date},
}};
inline constexpr std::array<std::pair<char const*, double Price::*>, 3> k_price_numbers{{
    {"price", &Price::price},
    {"per", &Price::per},
    {"included", &Price::included},
}};

class Prices {
public:
    explicit Prices(std::array<Price, k_items> all) : all_(std::move(all)) {}

    Price const& operator[](Item item) const { return all_[static_cast<std::size_t>(item)]; }
    Price& operator[](Item item) { return all_[static_cast<std::size_t>(item)]; }
    std::array<Price, k_items> const& all() const { return all_; }

private:
    std::array<Price, k_items> all_; // in the order of Item
};

std::string_view name_of(Item item);

// The list that is built in.
Prices const& list_prices();

// A price list that has everything.
Result<Prices> parse_prices(std::string_view json);
// One that need not: what it has comes in the place of what was there.
Result<Prices> override_prices(Prices before, std::string_view json);
// "worker-requests=0.25": dollars for as many units as before.
Result<Prices> set_price(Prices before, std::string_view assignment);

} // namespace ds::loadtest
