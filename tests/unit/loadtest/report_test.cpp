// Promises of loadtest/report, loadtest/findings and loadtest/figures.
#include "loadtest/figures.h"
#include "loadtest/findings.h"
#include "loadtest/report.h"
#include "unit/loadtest/sample_report.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

using namespace ds;
using std::chrono::milliseconds;

namespace {

// Delivered in 1 to 100 ms, half over SSE, half over long-poll.
Tally hundred() {
    Tally tally;
    for (int i = 1; i <= 100; ++i)
        (i % 2 == 0 ? tally.sse : tally.long_poll).delivery.record(milliseconds(i));
    return tally;
}

BudgetVerdict only(Budgets const& budgets, Tally const& tally, std::string_view header = "") {
    auto const verdicts = verdicts_of(budgets, tally, header);
    REQUIRE(verdicts.size() == 1);
    CHECK(all_kept(verdicts) == verdicts[0].kept);
    return verdicts[0];
}

Tally with_urls(std::uint64_t urls, UrlTally each) {
    Tally tally;
    tally.caches["x-cache"]["HIT"] = 1;
    for (std::uint64_t i = 0; i < urls; ++i)
        tally.urls["/" + std::to_string(i)] = each;
    return tally;
}

} // namespace

TEST_CASE("budgets: none are kept by everybody") {
    CHECK(verdicts_of({}, hundred(), "").empty());
    CHECK(all_kept({}));
}

TEST_CASE("budgets: the 99th percentile is that of both modes, and may be as long as the limit") {
    auto const p99 = delivery_of(hundred()).p99_ms();
    CHECK(p99 == doctest::Approx(99).epsilon(0.01));
    auto const verdict = only({.max_p99_ms = p99}, hundred());
    CHECK(verdict.kept);
    CHECK(verdict.option == "--max-p99");
    CHECK(verdict.found == p99);
    CHECK_FALSE(only({.max_p99_ms = p99 - 0.001}, hundred()).kept);
    auto const silent = only({.max_p99_ms = 1000}, {});
    CHECK_FALSE(silent.kept);
    CHECK(silent.figure == "nothing was delivered");
    CHECK_FALSE(silent.found);
}

TEST_CASE("budgets: errors of all sides, and what was lost or seen twice, may be as many") {
    Tally tally;
    tally.sse.errors = 1;
    tally.long_poll.errors = 2;
    tally.writes.errors = 3;
    CHECK(only({.max_errors = 6}, tally).kept);
    CHECK(only({.max_errors = 6}, tally).figure == "6 errors");
    CHECK_FALSE(only({.max_errors = 5}, tally).kept);
    tally.sse.gaps = 1;
    tally.long_poll.duplicates = 2;
    CHECK(only({.max_errors = 9}, tally).kept);
    auto const missed = only({.max_errors = 8}, tally);
    CHECK_FALSE(missed.kept);
    CHECK(missed.figure == "6 errors, 1 message lost, 2 messages seen twice");
    CHECK(only({.max_errors = 0}, {}).kept);
}

TEST_CASE("budgets: the share of HITs may be as small as the limit, however that was written") {
    Tally tally;
    tally.caches["x-cache"] = {{"HIT", 999}, {"MISS", 1}};
    CHECK(only({.min_hit = 0.999}, tally).kept);
    CHECK(only({.min_hit = 0.999}, tally).kept);
    CHECK_FALSE(only({.min_hit = 0.9991}, tally).kept);
    CHECK(only({.min_hit = 0.999}, tally).figure == "99.90 % of 1,000 answers");
    auto const unknown = only({.min_hit = 0}, {});
    CHECK_FALSE(unknown.kept);
    CHECK(unknown.figure == "no answer said whether it was a HIT");
    // The header that was named counts, whatever the others say.
    tally.caches["x-mine"] = {{"MISS", 1}};
    CHECK_FALSE(only({.min_hit = 0.5}, tally, "x-mine").kept);
}

TEST_CASE("budgets: those that were set, in one order") {
    auto const verdicts = verdicts_of({1, 0, 0.5}, hundred(), "");
    REQUIRE(verdicts.size() == 3);
    CHECK(verdicts[0].option == "--max-p99");
    CHECK(verdicts[1].option == "--max-errors");
    CHECK(verdicts[2].option == "--min-hit");
    CHECK_FALSE(all_kept(verdicts));
}

TEST_CASE("findings: messages that are lost or seen twice") {
    Tally tally;
    CHECK(completeness(tally).grade == Grade::unknown);
    tally.sse.messages = 5;
    CHECK(completeness(tally).grade == Grade::good);
    tally.sse.gaps = 1;
    CHECK(completeness(tally).grade == Grade::bad);
    CHECK(completeness(tally).sentence.starts_with("1 message lost and 0 seen twice"));
}

TEST_CASE("findings: what a share of HITs means") {
    auto const grade = [](std::uint64_t hits, std::uint64_t misses) {
        Tally tally;
        tally.caches["x-cache"] = {{"HIT", hits}, {"MISS", misses}};
        return cache_finding(tally, "").grade;
    };
    CHECK(grade(91, 9) == Grade::good);
    CHECK(grade(90, 10) == Grade::fair);
    CHECK(grade(51, 49) == Grade::fair);
    CHECK(grade(50, 50) == Grade::bad);
    CHECK(grade(1, 99) == Grade::bad);
    CHECK(cache_finding({}, "").grade == Grade::unknown);
    // The server says that header itself: is there a cache at all?
    Tally own;
    own.caches["x-cache"] = {{"MISS", 100}};
    CHECK(cache_finding(own, "").grade == Grade::unknown);
    CHECK(cache_finding(own, "x-cache").grade == Grade::bad);
    own.caches["x-proxy-cache"] = {{"BYPASS", 100}};
    CHECK(cache_finding(own, "").sentence.ends_with("nothing is cached."));
    // Two readers of a stream: one miss and one hit are all that there can be.
    auto small = with_urls(50, {2, 1});
    small.caches = {{"x-cache", {{"HIT", 50}, {"MISS", 50}}}};
    CHECK(cache_finding(small, "").grade == Grade::good);
    CHECK(cache_finding(small, "").sentence.ends_with(": it works well, one miss per URL."));
    // Answers that were not counted by URL, and misses that need not be, say nothing of the kind.
    small.caches = {{"x-cache", {{"HIT", 60}, {"MISS", 60}}}};
    CHECK(cache_finding(small, "").grade == Grade::bad);
    auto twice = with_urls(50, {4, 2});
    twice.caches = {{"x-cache", {{"HIT", 100}, {"MISS", 100}}}};
    CHECK(cache_finding(twice, "").grade == Grade::bad);
    auto apart = with_urls(50, {1, 1});
    apart.caches = {{"x-cache", {{"HIT", 1}, {"MISS", 49}}}};
    CHECK(cache_finding(apart, "").grade == Grade::bad);
    auto const two = cache_finding(test::large_report().tally, "");
    CHECK(two.sentence.find("says cf-cache-status, the header that counts here") !=
          std::string::npos);
}

TEST_CASE("findings: whether equal requests become one") {
    auto const finding = [](std::uint64_t requests, std::uint64_t misses) {
        return miss_finding(with_urls(10, {requests, misses}), {});
    };
    CHECK(finding(100, 1).grade == Grade::good);
    CHECK(finding(100, 1).sentence == "One miss per URL: the cache collapses equal requests.");
    CHECK(finding(100, 2).grade == Grade::fair);
    CHECK(finding(100, 3).grade == Grade::bad);
    CHECK(finding(100, 100).sentence.starts_with("Every request reaches the server"));
    CHECK(finding(1, 1).grade == Grade::unknown);
    CHECK(miss_finding({}, {}).grade == Grade::unknown);
    auto silent = with_urls(10, {100, 1});
    silent.caches.clear();
    CHECK(miss_finding(silent, {}).grade == Grade::unknown);
    auto one_bad = with_urls(1000, {100, 1});
    one_bad.urls["/0"].misses = 9;
    CHECK(miss_finding(one_bad, {}).sentence.ends_with("The worst URL had 9."));
}

TEST_CASE("findings: readers that share no answer ask with cursors of their own") {
    auto tally = with_urls(1000, {1, 1});
    tally.caches["x-cache"] = {{"MISS", 1000}};
    LoadPlan plan;
    plan.streams = 10;
    tally.long_poll.clients = 20;
    CHECK(miss_finding(tally, plan).grade == Grade::unknown);
    CHECK(miss_finding(tally, plan).sentence.starts_with("Every request reaches the server"));
    plan.cache_header = "x-cache";
    CHECK(miss_finding(tally, plan).grade == Grade::bad);
    plan.cache_header.clear();
    tally.caches["cf-cache-status"] = {{"DYNAMIC", 1000}};
    CHECK(miss_finding(tally, plan).grade == Grade::bad);
    tally.long_poll.clients = 19; // too few to share anything
    CHECK(miss_finding(tally, plan).grade == Grade::unknown);
}

TEST_CASE("findings: URLs by their misses") {
    Tally tally;
    for (auto const misses : {0U, 1U, 1U, 4U, 5U, 9U, 10U, 100U, 5000U})
        tally.urls[std::to_string(tally.urls.size())] = {10, misses};
    auto const figures = url_figures(tally);
    CHECK(figures.urls == 9);
    CHECK(figures.requests == 90);
    CHECK(figures.most_misses == 5000);
    CHECK(figures.by_misses == Ranked{{"0", 1},
                                      {"1", 2},
                                      {"2", 0},
                                      {"3", 0},
                                      {"4", 1},
                                      {"5 to 9", 2},
                                      {"10 to 99", 1},
                                      {"100 or more", 2}});
}

TEST_CASE("findings: offsets, data centres, and the run as a whole") {
    ReaderTally readers;
    readers.clients = 2;
    readers.offsets = 120;
    readers.offsets_least = 57;
    readers.offsets_most = 63;
    LoadPlan plan;
    plan.ramp_up = milliseconds(0);
    CHECK(drift_finding(readers, plan).grade == Grade::good);
    readers.offsets_least = 50;
    readers.offsets_most = 70;
    CHECK(drift_finding(readers, plan).grade == Grade::fair);
    plan.ramp_up = milliseconds(14'000); // a message a second
    CHECK(drift_finding(readers, plan).grade == Grade::good);
    plan.ramp_up = milliseconds(13'000);
    CHECK(drift_finding(readers, plan).grade == Grade::fair);

    Tally tally;
    CHECK(pop_finding(tally).grade == Grade::unknown);
    tally.pops["FRA"] = 10;
    CHECK(pop_finding(tally).grade == Grade::good);
    tally.pops["AMS"] = 1;
    CHECK(pop_finding(tally).grade == Grade::fair);

    auto report = test::small_report();
    CHECK(overall(report).sentence == "Every message arrived once, without an error");
    report.tally.writes.errors = 1;
    CHECK(overall(report).sentence == "Every message arrived once, beside 1 error");
    report.verdicts = verdicts_of({1000, 1, 0.5}, report.tally, "");
    CHECK(overall(report).sentence == "Every budget was kept");
    report.tally.sse.gaps = 1;
    CHECK(overall(report).grade == Grade::bad);
    report.verdicts = verdicts_of({1000, 1, 0.5}, report.tally, "");
    CHECK(overall(report).sentence == "One budget was missed");
}

TEST_CASE("findings: the most frequent come first, the rest together") {
    Counts const counts{{"a", 1}, {"b", 5}, {"c", 1}, {"d", 2}};
    CHECK(ranked(counts, 4) == Ranked{{"b", 5}, {"d", 2}, {"a", 1}, {"c", 1}});
    CHECK(ranked(counts, 2) == Ranked{{"b", 5}, {"d", 2}, {"others", 2}});
    CHECK(total_of(counts) == 9);
}

TEST_CASE("figures as people read them") {
    CHECK(grouped(0) == "0");
    CHECK(grouped(999) == "999");
    CHECK(grouped(1000) == "1,000");
    CHECK(grouped(UINT64_MAX) == "18,446,744,073,709,551,615");
    CHECK(short_number(12.50) == "12.5");
    CHECK(short_number(-0.001) == "0");
    CHECK(short_number(100) == "100");
    CHECK(count_of(1, "reader") == "1 reader");
    CHECK(count_of(0, "reader") == "0 readers");
    CHECK(shown_ms(0) == "0.00 ms");
    CHECK(shown_ms(0.043) == "0.043 ms");
    CHECK(shown_ms(9.99) == "9.99 ms");
    CHECK(shown_ms(9.996) == "10.0 ms");
    CHECK(shown_ms(99.96) == "100 ms");
    CHECK(shown_ms(999.6) == "1.00 s");
    CHECK(shown_ms(12'345) == "12.3 s");
    CHECK(shown_percent(1) == "100 %");
    CHECK(shown_percent(0.99999) == "99.99 %");
    CHECK(shown_percent(0.29) == "29.00 %");
    CHECK(shown_percent(0.2999) == "29.99 %");
    CHECK(shown_percent(0.000001) == "< 0.01 %");
    CHECK(shown_percent(0) == "0 %");
    CHECK(shown_rate(0) == "0.0");
    CHECK(shown_rate(9.96) == "10");
    CHECK(shown_rate(12'345.6) == "12,346");
    CHECK(shown_size(1023) == "1023 B");
    CHECK(shown_size(1536) == "1.5 KiB");
    CHECK(shown_time(0) == "0:00");
    CHECK(shown_time(65) == "1:05");
    CHECK(shown_time(7265) == "2:01:05");
    CHECK(printable("a\x1b[31m\nb") == "a?[31m?b");
}
