// Reads price lists strictly.
#include "loadtest/prices.h"

#include "base/encoding.h"
#include "base/ensure.h"
#include "loadtest/price_file.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace ds::loadtest {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, k_items> k_names{
    "workers-plan",       "worker-requests",
    "object-requests",    "object-duration",
    "rows-written",       "sqlite-storage",
    "kv-reads",           "queue-operations",
    "r2-class-a",         "r2-class-b",
    "r2-storage",         "cdn-plan",
    "cdn-requests",       "enterprise-plan",
    "bunny-traffic",      "cloudfront-requests",
    "cloudfront-traffic", "vps",
    "vps-traffic",        "free-vps",
    "free-vps-traffic",
};

// No price, no quantity that is billed together and no allowance is beyond this; what is larger is
// a slip, and no sum of it can overflow.
constexpr double k_number_max = 1e15;

Error wrong(std::string what) {
    return {Fault::invalid, "prices: " + std::move(what)};
}

std::string in_quotes(std::string_view name) {
    return "'" + std::string(name) + "'";
}

std::optional<std::size_t> place_of(std::string_view name) {
    auto const found = std::find(k_names.begin(), k_names.end(), name);
    if (found == k_names.end()) return std::nullopt;
    return static_cast<std::size_t>(found - k_names.begin());
}

Error no_such(std::string_view name) {
    std::string all;
    for (auto const known : k_names)
        all.append(all.empty() ? "" : ", ").append(known);
    return wrong("there is no price " + in_quotes(name) + "; there are " + all);
}

// The library keeps the last of two members of the same name, and says nothing.
Result<json> parse_without_repeats(std::string_view text) {
    std::vector<std::set<std::string>> open;
    std::string repeated;
    auto const notice = [&](int, json::parse_event_t event, json& parsed) {
        if (event == json::parse_event_t::object_start) open.emplace_back();
        if (event == json::parse_event_t::object_end) open.pop_back();
        if (event == json::parse_event_t::key &&
            !open.back().insert(parsed.get<std::string>()).second)
            repeated = parsed.get<std::string>();
        return true;
    };
    auto document = json::parse(text, notice, false);
    if (document.is_discarded()) return wrong("this is no JSON");
    if (!repeated.empty()) return wrong("the member " + in_quotes(repeated) + " is there twice");
    return document;
}

bool is_one_of(std::string_view name, auto const& members) {
    return std::ranges::any_of(members, [&](auto const& member) { return member.first == name; });
}

Result<std::string> text_in(json const& entry, char const* member, std::string const& where) {
    auto const found = entry.find(member);
    if (found == entry.end()) return wrong(where + " lacks " + in_quotes(member));
    if (!found->is_string() || found->get<std::string>().empty())
        return wrong(where + ": " + in_quotes(member) + " must be a text that is not empty");
    return found->get<std::string>();
}

Result<double> number_in(json const& entry, char const* member, std::string const& where) {
    auto const found = entry.find(member);
    if (found == entry.end()) return wrong(where + " lacks " + in_quotes(member));
    if (!found->is_number()) return wrong(where + ": " + in_quotes(member) + " must be a number");
    auto const number = found->get<double>();
    if (!std::isfinite(number) || number < 0 || number > k_number_max)
        return wrong(where + ": " + in_quotes(member) + " must be 0 to 1e15");
    return number;
}

Result<Price> price_in(json const& entry) {
    if (!entry.is_object()) return wrong("each price must be an object");
    Price price;
    price.name = TRY(text_in(entry, "name", "a price"));
    if (!place_of(price.name)) return no_such(price.name);
    auto const where = in_quotes(price.name);
    for (auto const& [member, value] : entry.items())
        if (!is_one_of(member, k_price_texts) && !is_one_of(member, k_price_numbers))
            return wrong(where + " has a member " + in_quotes(member) + " that is unknown");
    for (auto const& [member, text] : k_price_texts)
        price.*text = TRY(text_in(entry, member, where));
    for (auto const& [member, number] : k_price_numbers)
        if (number != &Price::included || entry.contains(member))
            price.*number = TRY(number_in(entry, member, where));
    if (price.per <= 0) return wrong(where + ": 'per' must be more than 0");
    if (!parse_rfc3339(price.date + "T00:00:00Z"))
        return wrong(where + ": 'date' must be a day, such as 2026-11-26");
    return price;
}

Result<std::vector<Price>> prices_in(std::string_view text) {
    auto const document = TRY(parse_without_repeats(text));
    if (!document.is_object()) return wrong("the file must be a JSON object");
    for (auto const& [member, value] : document.items())
        if (member != "currency" && member != "prices")
            return wrong("the file has a member " + in_quotes(member) + " that is unknown");
    auto const currency = TRY(text_in(document, "currency", "the file"));
    if (currency != "USD") return wrong("'currency' must be USD: nothing is converted");
    auto const list = document.find("prices");
    if (list == document.end() || !list->is_array()) return wrong("the file lacks a list 'prices'");
    std::vector<Price> prices;
    for (auto const& entry : *list) {
        auto price = TRY(price_in(entry));
        if (std::any_of(prices.begin(), prices.end(),
                        [&](auto const& other) { return other.name == price.name; }))
            return wrong(in_quotes(price.name) + " is there twice");
        prices.push_back(std::move(price));
    }
    return prices;
}

} // namespace

std::string_view name_of(Item item) {
    return k_names[static_cast<std::size_t>(item)];
}

Prices const& list_prices() {
    static Prices const prices = [] {
        auto parsed = parse_prices(k_price_file);
        ENSURE(parsed.has_value()); // a test has read it
        return *std::move(parsed);
    }();
    return prices;
}

Result<Prices> parse_prices(std::string_view json) {
    auto prices = TRY(override_prices(Prices(std::array<Price, k_items>{}), json));
    for (std::size_t i = 0; i < k_items; ++i)
        if (prices.all()[i].name.empty())
            return wrong("the price " + in_quotes(k_names[i]) + " is missing");
    return prices;
}

Result<Prices> override_prices(Prices before, std::string_view json) {
    auto prices = TRY(prices_in(json));
    for (auto& price : prices)
        before[static_cast<Item>(*place_of(price.name))] = std::move(price);
    return before;
}

Result<Prices> set_price(Prices before, std::string_view assignment) {
    auto const equals = assignment.find('=');
    if (equals == std::string_view::npos)
        return wrong("want NAME=DOLLARS, such as worker-requests=0.25, not " +
                     in_quotes(assignment));
    auto const name = assignment.substr(0, equals);
    auto const place = place_of(name);
    if (!place) return no_such(name);
    auto const text = assignment.substr(equals + 1);
    double dollars = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), dollars);
    if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(dollars) ||
        dollars < 0 || dollars > k_number_max)
        return wrong(in_quotes(name) + " must be a number of dollars, 0 or more, not " +
                     in_quotes(text));
    auto& price = before[static_cast<Item>(*place)];
    price.price = dollars;
    price.source = "given";
    return before;
}

} // namespace ds::loadtest
