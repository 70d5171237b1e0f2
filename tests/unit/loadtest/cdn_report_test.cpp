// Promises of loadtest/cdn_report: what made-up counts come to.
#include "loadtest/cdn_report.h"
#include "support/text.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>

using namespace ds;

namespace {

using ds::test::has;

// Three bursts of so many, of which each had so many misses.
CdnTest burst(std::uint64_t concurrency, std::uint64_t misses) {
    CdnTest test;
    test.name = std::to_string(concurrency) + " requests";
    test.keys = 3;
    test.requests = 3 * concurrency;
    test.misses = 3 * misses;
    test.most_misses = misses;
    test.statuses["200"] = test.requests;
    if (misses > 0) test.caches["MISS"] = test.misses;
    if (misses < concurrency) test.caches["HIT"] = test.requests - test.misses;
    test.offsets = test.cursors = 1;
    return test;
}

CdnReport report_of(CdnTest test) {
    CdnReport report;
    report.header = "x-proxy-cache";
    report.tests = {burst(50, 1), std::move(test)};
    return report;
}

// The advice on it in one, each followed by a line's end.
std::string advice_of(CdnReport const& report) {
    std::string all;
    for (auto const& each : advice_on(report))
        all += each + "\n";
    return all;
}

} // namespace

TEST_CASE("cdn report: the verdict follows the share of HITs") {
    CHECK(verdict_on(burst(50, 1)) == CdnVerdict::well);
    CHECK(verdict_on(burst(50, 4)) == CdnVerdict::well);
    CHECK(verdict_on(burst(50, 5)) == CdnVerdict::partial); // 90 %
    CHECK(verdict_on(burst(50, 24)) == CdnVerdict::partial);
    CHECK(verdict_on(burst(50, 25)) == CdnVerdict::weak);
    CHECK(verdict_on(burst(50, 49)) == CdnVerdict::weak);
    CHECK(verdict_on(burst(50, 50)) == CdnVerdict::none);
}

TEST_CASE("cdn report: one miss for each URL is ideal, however few asked") {
    CHECK(verdict_on(burst(2, 1)) == CdnVerdict::well);
    CHECK(verdict_on(burst(2, 2)) == CdnVerdict::none);
    CHECK(verdict_on(burst(1, 1)) == CdnVerdict::none);
}

TEST_CASE("cdn report: wrong answers and failures are worse than no cache") {
    auto test = burst(50, 1);
    test.wrong = 1;
    CHECK(verdict_on(test) == CdnVerdict::broken);
    test.wrong = 0;
    test.failures["connect: Connection refused"] = 1;
    CHECK(verdict_on(test) == CdnVerdict::broken);
}

TEST_CASE("cdn report: the worst test decides") {
    CHECK(verdict_on(report_of(burst(50, 1))) == CdnVerdict::well);
    CHECK(verdict_on(report_of(burst(50, 10))) == CdnVerdict::partial);
    CHECK(verdict_on(report_of(burst(50, 40))) == CdnVerdict::weak);
    CHECK(verdict_on(report_of(burst(50, 50))) == CdnVerdict::none);
    auto broken = burst(50, 0);
    broken.wrong = 2;
    auto report = report_of(burst(50, 50));
    report.tests.push_back(broken);
    CHECK(verdict_on(report) == CdnVerdict::broken);
}

TEST_CASE("cdn report: a cache that works well needs no advice") {
    CHECK(advice_of(report_of(burst(50, 1))).empty());
    CHECK(has(cdn_text(report_of(burst(50, 1))), "VERDICT: the cache works well\n"));
}

TEST_CASE("cdn report: requests that are not collapsed") {
    auto const advice = advice_of(report_of(burst(50, 30)));
    CHECK(has(advice, "proxy_cache_lock on"));
    CHECK(!has(advice, "Nothing was kept"));
}

TEST_CASE("cdn report: nothing is kept at all") {
    auto report = report_of(burst(50, 50));
    report.tests = {burst(50, 50), burst(250, 250)};
    CHECK(has(advice_of(report), "Nothing was kept"));
    CHECK(!has(advice_of(report), "proxy_cache_lock"));
}

TEST_CASE("cdn report: what passes by the cache needs a rule") {
    auto report = report_of(burst(50, 50));
    report.tests = {burst(50, 50)};
    report.header = "cf-cache-status";
    report.tests[0].caches = {{"DYNAMIC", 150}};
    CHECK(has(advice_of(report), "eligible"));
    report.tests[0].caches = {{"BYPASS", 100}, {"MISS", 50}};
    CHECK(has(advice_of(report), "eligible"));
}

TEST_CASE("cdn report: answers to other requests") {
    auto test = burst(50, 0);
    test.wrong = 100;
    auto const advice = advice_of(report_of(test));
    CHECK(has(advice, "the whole query has to be part of the cache key"));
}

TEST_CASE("cdn report: long-polls that are cut, and no blame for what follows from it") {
    auto test = burst(50, 1);
    test.idle = true;
    test.caches = {{"MISS", 150}};
    test.statuses = {{"204", 150}};
    CHECK(verdict_on(test) == CdnVerdict::well); // nobody needs to keep these
    CHECK(advice_of(report_of(test)).empty());
    for (std::string const status : {"504", "524", "502", "503"}) {
        CAPTURE(status);
        test.statuses = {{status, 150}};
        test.wrong = 150;
        CHECK(verdict_on(test) == CdnVerdict::broken);
        auto const advice = advice_of(report_of(test));
        CHECK(has(advice, "proxy_read_timeout"));
        CHECK(!has(advice, "limit"));
        CHECK(!has(advice, "query"));
    }
}

TEST_CASE("cdn report: requests that are refused") {
    for (std::string const status : {"429", "503"}) {
        auto test = burst(50, 1);
        test.statuses = {{"200", 100}, {status, 50}};
        test.wrong = 50;
        auto const advice = advice_of(report_of(test));
        CHECK(has(advice, "refused with 429 or 503"));
        CHECK(!has(advice, "query"));
    }
}

TEST_CASE("cdn report: connections that fail, and cursors that differ") {
    auto test = burst(50, 1);
    test.failures["connect: Connection refused"] = 3;
    CHECK(has(advice_of(report_of(test)), "Connections failed"));
    test = burst(50, 1);
    test.cursors = 2;
    CHECK(has(advice_of(report_of(test)), "different cursors"));
}

TEST_CASE("cdn report: without a header nothing is known") {
    auto report = report_of(burst(50, 50));
    report.header.clear();
    CHECK(has(advice_of(report), "Is there one?"));
    CHECK(has(cdn_text(report), "No header told"));
}

TEST_CASE("cdn report: X-Cache alone may be the server's own") {
    auto report = report_of(burst(50, 1));
    report.header = "x-cache";
    CHECK(has(advice_of(report), "--write-url"));
    report.named = true;
    CHECK(advice_of(report).empty());
}

TEST_CASE("cdn report: text and JSON say the same") {
    auto test = burst(50, 10);
    test.failures["connect: \"quoted\" \xff"] = 1;
    auto const report = report_of(test);
    auto const text = cdn_text(report);
    CHECK(has(text, "150 of 150 (200 150)"));
    CHECK(has(text, "HIT 120, MISS 30: HIT 80.0 %"));
    CHECK(has(text, "10.0 on average, 10 at most; ideal 1, of 3 keys"));
    auto const json = nlohmann::json::parse(cdn_json(report));
    CHECK(json.at("verdict") == "gives wrong answers");
    CHECK(json.at("header") == "x-proxy-cache");
    CHECK(json.at("tests").size() == 2);
    CHECK(json.at("tests").at(1).at("hit_share") == doctest::Approx(0.8));
    CHECK(json.at("tests").at(1).at("misses") == 30);
    CHECK(json.at("advice").size() == advice_on(report).size());
}
