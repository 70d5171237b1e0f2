// Promises of loadtest/prices: the built-in list is whole, and no slip in another goes unnoticed.
#include "loadtest/price_file.h"
#include "loadtest/prices.h"

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <string_view>

namespace ds::loadtest {

namespace {

// The entry of a price list, with one thing replaced.
std::string entry(std::string_view from = "", std::string_view to = "") {
    std::string text = R"({"name":"vps","what":"A machine","price":4.5,"per":1,"unit":"month",)"
                       R"("included":0,"source":"https://example.com","date":"2026-01-31"})";
    if (!from.empty()) text.replace(text.find(from), from.size(), to);
    return text;
}

std::string list(std::string const& entries) {
    return R"({"currency":"USD","prices":[)" + entries + "]}";
}

std::string trouble(std::string const& text) {
    auto const read = override_prices(list_prices(), text);
    return read ? "" : read.error().what;
}

void check_trouble(std::string const& text, std::string_view says) {
    CAPTURE(text);
    auto const what = trouble(text);
    CHECK_MESSAGE(what.find(says) != std::string::npos, what);
}

std::string set_trouble(std::string_view assignment) {
    auto const set = set_price(list_prices(), assignment);
    return set ? "" : set.error().what;
}

} // namespace

TEST_CASE("prices: the built-in list has each price, its source and its date") {
    auto const read = parse_prices(k_price_file);
    REQUIRE(read);
    std::set<std::string> names;
    for (std::size_t i = 0; i < k_items; ++i) {
        auto const& price = read->all()[i];
        CHECK(price.name == name_of(static_cast<Item>(i)));
        names.insert(price.name);
        CHECK_FALSE(price.source.empty());
        CHECK(price.date.size() == 10);
    }
    CHECK(names.size() == k_items);
    auto const& worker = list_prices()[Item::worker_requests];
    CHECK(worker.price == 0.30);
    CHECK(worker.per == 1e6);
    CHECK(worker.included == 10e6);
    CHECK(list_prices()[Item::object_requests].price == 0.15);
    CHECK(list_prices()[Item::object_duration].price == 12.5);
    CHECK(list_prices()[Item::rows_written].price == 1);
    CHECK(list_prices()[Item::r2_class_a].price == 4.5);
    CHECK(list_prices()[Item::r2_class_b].price == 0.36);
    CHECK(list_prices()[Item::r2_storage].price == 0.015);
    CHECK(list_prices()[Item::vps].price == 6);
}

TEST_CASE("prices: a file replaces what it has, and leaves the rest") {
    auto const read = override_prices(list_prices(), list(entry()));
    REQUIRE(read);
    CHECK((*read)[Item::vps].price == 4.5);
    CHECK((*read)[Item::vps].source == "https://example.com");
    CHECK((*read)[Item::worker_requests].price == 0.30);
    CHECK(trouble(list("")) == "");
    CHECK(trouble(list(entry(R"("included":0,)", ""))) == "");
}

TEST_CASE("prices: what is no price list is an error that says why") {
    check_trouble("", "no JSON");
    check_trouble("[1", "no JSON");
    check_trouble("[]", "must be a JSON object");
    check_trouble("{}", "lacks 'currency'");
    check_trouble(R"({"currency":"USD"})", "lacks a list 'prices'");
    check_trouble(R"({"currency":"USD","prices":{}})", "lacks a list 'prices'");
    check_trouble(R"({"currency":"EUR","prices":[]})", "must be USD");
    check_trouble(R"({"currency":"USD","prices":[],"note":1})", "member 'note' that is unknown");
    check_trouble(R"({"currency":"USD","prices":[7]})", "must be an object");
    check_trouble(R"({"currency":"USD","currency":"USD","prices":[]})",
                  "'currency' is there twice");
}

TEST_CASE("prices: each entry that is not right is named") {
    check_trouble(list(entry("\"vps\"", "\"vpss\"")), "no price 'vpss'; there are workers-plan,");
    check_trouble(list(entry("\"price\"", "\"prize\"")), "'vps' has a member 'prize'");
    check_trouble(list(entry("4.5", "-4.5")), "'price' must be 0 to 1e15");
    check_trouble(list(entry("4.5", "1e16")), "'price' must be 0 to 1e15");
    check_trouble(list(entry("4.5", "1e999")), "no JSON"); // beyond any number
    check_trouble(list(entry("4.5", "NaN")), "no JSON");
    check_trouble(list(entry("4.5", "\"4.5\"")), "'price' must be a number");
    check_trouble(list(entry("4.5", "null")), "'price' must be a number");
    check_trouble(list(entry(R"("per":1)", R"("per":0)")), "'per' must be more than 0");
    check_trouble(list(entry(R"("per":1)", R"("per":-1)")), "'per' must be 0 to 1e15");
    check_trouble(list(entry(R"("included":0)", R"("included":-1)")), "'included' must be 0");
    check_trouble(list(entry(R"("per":1,)", "")), "'vps' lacks 'per'");
    check_trouble(list(entry(R"("name":"vps",)", "")), "lacks 'name'");
    check_trouble(list(entry("\"month\"", "\"\"")), "'unit' must be a text that is not empty");
    check_trouble(list(entry("\"A machine\"", "7")), "'what' must be a text");
    check_trouble(list(entry("2026-01-31", "2026-02-31")), "'date' must be a day");
    check_trouble(list(entry("2026-01-31", "January")), "'date' must be a day");
    check_trouble(list(entry(R"(,"date":"2026-01-31")", "")), "'vps' lacks 'date'");
    check_trouble(list(entry(R"("per":1)", R"("price":5,"per":1)")), "'price' is there twice");
    check_trouble(list(entry() + "," + entry()), "'vps' is there twice");
}

TEST_CASE("prices: a whole list must have all of them") {
    auto const read = parse_prices(list(entry()));
    REQUIRE_FALSE(read);
    CHECK(read.error().what == "prices: the price 'workers-plan' is missing");
}

TEST_CASE("prices: a single price is set by its name") {
    auto const set = set_price(list_prices(), "worker-requests=0.25");
    REQUIRE(set);
    CHECK((*set)[Item::worker_requests].price == 0.25);
    CHECK((*set)[Item::worker_requests].per == 1e6);
    CHECK((*set)[Item::worker_requests].source == "given");
    CHECK(set_price(list_prices(), "vps=0"));
    CHECK(set_price(list_prices(), "vps=1e1"));
    for (auto const* wrong : {"vps=-1", "vps=", "vps=six", "vps=6 ", "vps=nan", "vps=inf",
                              "vps=1e16", "vps=1e999", "vps=6,5", "vps==6"}) {
        CAPTURE(wrong);
        CHECK(set_trouble(wrong).find("'vps' must be a number of dollars") != std::string::npos);
    }
    CHECK(set_trouble("vps").find("want NAME=DOLLARS") != std::string::npos);
    CHECK(set_trouble("vpss=6").find("no price 'vpss'") != std::string::npos);
    CHECK(set_trouble("=6").find("no price ''") != std::string::npos);
}

} // namespace ds::loadtest
