// Promises of loadtest/report_json.
#include "loadtest/report_json.h"
#include "unit/loadtest/sample_report.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>

using namespace ds;
using namespace ds::test;
using nlohmann::json;

TEST_CASE("a report as JSON: names and numbers that programs rely on") {
    auto const report = json::parse(report_json(small_report()));
    CHECK(report.at("format") == "ds-loadtest-1");
    CHECK(report.at("config").at("clients") == 4);
    CHECK(report.at("config").at("write_interval_ms") == 1000);
    CHECK(report.at("config").at("began") == "2026-11-26T10:00:00.000Z");
    CHECK(report.at("took_s") == 2.5);
    CHECK(report.at("writes").at("appends") == 2);
    CHECK(report.at("writes").at("appends_per_s") == 0.8);
    CHECK(report.at("writes").at("latency_ms").at("count") == 2);
    CHECK(report.at("sse").at("delivery_ms").at("max") == 4.0);
    CHECK(report.at("sse").at("after_storing_ms").at("count") == 0);
    CHECK(report.at("sse").at("after_storing_ms").at("p99") == nullptr);
    CHECK(report.at("sse").at("delivery_ms").at("buckets").size() == 3); // 1, 2 and 4 ms
    CHECK(report.at("sse").at("delivery_ms").at("buckets").at(0).at(1) == 2);
    CHECK(report.at("long_poll").at("requests") == 6);
    CHECK(report.at("long_poll").at("statuses") == json{{"200", 4}, {"204", 2}});
    CHECK(report.at("long_poll").at("offsets") ==
          json{{"least", 2}, {"average", 2.0}, {"most", 2}, {"total", 4}});
    CHECK(report.at("delivery").at("messages") == 8);
    CHECK(report.at("delivery").at("latency_ms").at("avg") == 2.0);
    CHECK(report.at("cache").at("header") == "x-cache");
    CHECK(report.at("cache").at("hit_share") == 0.5);
    CHECK(report.at("cache").at("headers").at("x-cache") == json{{"HIT", 2}, {"MISS", 2}});
    CHECK(report.at("misses_per_url").at("average") == 1.0);
    CHECK(report.at("misses_per_url").at("urls_by_misses").at("1") == 2);
    CHECK(report.at("misses_per_url").at("urls_alike") == json{{2, 1, 2}});
    CHECK(report.at("errors") == json{{"total", 0}, {"by_cause", json::object()}});
    CHECK(report.at("server") == json{{"memory_bytes", nullptr}, {"cpu_s", nullptr}});
    CHECK(report.at("budgets") == json::array());
    CHECK(report.at("kept") == true);
    CHECK(report.at("seconds").size() == 2);
    CHECK(report.at("seconds").at(1).at("slowest_ms") == 4.0);
}

TEST_CASE("a report as JSON: budgets, parts and the bill") {
    auto const report = json::parse(report_json(large_report()));
    CHECK(report.at("kept") == false);
    CHECK(report.at("verdict") == "One budget was missed");
    CHECK(report.at("budgets").at(1) == json{{"option", "--max-errors"},
                                             {"limit", "at most 0"},
                                             {"figure", "12 errors"},
                                             {"wanted", 0.0},
                                             {"found", 12.0},
                                             {"kept", false}});
    CHECK(report.at("findings").at("run") ==
          json{{"grade", "bad"}, {"sentence", "One budget was missed"}});
    CHECK(report.at("findings").at("delivery").at("grade") == "good");
    CHECK(report.at("parts").at(0).at("name") == "one.json");
    CHECK(report.at("parts").at(0).at("clients") == 5000);
    CHECK(report.at("server").at("memory_bytes") == 96'500'000);
    CHECK(report.at("bill").at(0).at("total_usd") == doctest::Approx(11'700));
    CHECK(report.at("bill").at(0).at("lines").at(0).at("amount") == "$11,696.11");
    CHECK(report.at("pops") == json{{"AMS", 84'988}, {"FRA", 402'000}});
}

TEST_CASE("a report as JSON keeps the token, and is JSON whatever a server said") {
    auto report = small_report();
    report.tally.caches["x-cache"]["\xff\"HIT"] = 1;
    auto const text = report_json(report);
    CHECK(text.find("secret") == std::string::npos);
    CHECK(json::parse(text).at("cache").at("answers") == 5);
    CHECK(text.ends_with("}\n"));
}

TEST_CASE("a report as JSON of a run in which nothing happened") {
    auto const report = json::parse(report_json({}));
    CHECK(report.at("cache").at("hit_share") == nullptr);
    CHECK(report.at("writes").at("appends_per_s") == 0.0);
    CHECK(report.at("sse").at("offsets").at("average") == 0.0);
}
