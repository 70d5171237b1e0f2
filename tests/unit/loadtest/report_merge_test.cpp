// Promises of loadtest/report_merge: reports come back from JSON whole, and add up.
#include "loadtest/report_json.h"
#include "loadtest/report_merge.h"
#include "unit/loadtest/sample_report.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

using namespace ds;
using namespace ds::test;
using namespace std::chrono_literals;

namespace {

LoadReport read_back(LoadReport const& report, std::string const& name) {
    auto read = parse_report(report_json(report), name);
    REQUIRE(read);
    return *std::move(read);
}

// As if another machine had made it.
LoadReport of_run(LoadReport report, std::string const& run) {
    report.plan.run = run;
    report.parts.clear();
    return read_back(report, run + ".json");
}

std::string trouble(LoadReport const& other) {
    auto const merged = merge_reports({of_run(small_report(), "1a"), other});
    return merged ? "" : merged.error().what;
}

} // namespace

TEST_CASE("merge: a report comes back from JSON as it was") {
    for (auto const& report : {small_report(), large_report()}) {
        auto read = read_back(report, "a.json");
        CHECK(read.tally.sse.delivery == report.tally.sse.delivery);
        CHECK(read.tally.long_poll.after_storing == report.tally.long_poll.after_storing);
        CHECK(read.tally.writes.latency == report.tally.writes.latency);
        CHECK(read.tally.urls.size() == report.tally.urls.size());
        // What is no count is made anew.
        read.parts = report.parts;
        read.verdicts = report.verdicts;
        read.bill = report.bill;
        read.server_use = report.server_use;
        CHECK(report_json(read) == report_json(report));
    }
}

TEST_CASE("merge: counts add up, and percentiles are those of all messages") {
    auto slow = small_report();
    slow.began += 1s;
    slow.tally.sse.delivery = {};
    for (int i = 0; i < 4; ++i)
        slow.tally.sse.delivery.record(100ms);
    slow.tally.pops["FRA"] = 3;
    // In whatever order.
    auto const sum = merge_reports({of_run(slow, "2b"), of_run(small_report(), "1a")});
    REQUIRE(sum);
    CHECK(sum->plan.clients == 8);
    CHECK(sum->plan.streams == 2);
    CHECK(sum->began == small_report().began);
    CHECK(sum->tally.sse.delivery.count() == 8);
    CHECK(sum->tally.sse.delivery.quantile_ms(0.25) == doctest::Approx(1).epsilon(0.01));
    CHECK(sum->tally.sse.delivery.quantile_ms(0.5) == doctest::Approx(4).epsilon(0.01));
    CHECK(sum->tally.sse.delivery.quantile_ms(0.51) == doctest::Approx(100).epsilon(0.01));
    CHECK(sum->tally.sse.delivery.max_ms() == 100);
    CHECK(sum->tally.writes.appends == 4);
    CHECK(sum->tally.pops.at("FRA") == 3);
    CHECK(sum->tally.urls.size() == 4);
    CHECK(sum->tally.caches.at("x-cache") == Counts{{"HIT", 4}, {"MISS", 4}});
    // The second one began a second later, and so do its seconds.
    REQUIRE(sum->tally.seconds.size() == 3);
    CHECK(sum->tally.seconds[0].messages == 2);
    CHECK(sum->tally.seconds[1].messages == 8);
    CHECK(sum->tally.seconds[2].messages == 6);
    CHECK(sum->tally.took_s == 3.5);
    REQUIRE(sum->parts.size() == 2);
    CHECK(sum->parts[0].name == "1a.json");
    CHECK(sum->parts[1].clients == 4);
}

TEST_CASE("merge: a sum adds up further") {
    auto const pair = merge_reports({of_run(small_report(), "1a"), of_run(small_report(), "2b")});
    REQUIRE(pair);
    auto const all = merge_reports({read_back(*pair, "pair.json"), of_run(small_report(), "3c")});
    REQUIRE(all);
    CHECK(all->plan.clients == 12);
    CHECK(all->parts.size() == 3);
    CHECK(all->tally.urls.size() == 6);
    CHECK_FALSE(merge_reports({*pair, of_run(small_report(), "2b")}));
}

TEST_CASE("merge: reports that are not of one run are refused by name") {
    CHECK(trouble(of_run(small_report(), "2b")) == "");
    CHECK(trouble(of_run(small_report(), "1a")) == "1a.json and 1a.json are the same report");
    auto other = small_report();
    other.plan.message_bytes = 512;
    CHECK(trouble(of_run(other, "2b")) ==
          "2b.json and 1a.json are not of one run: they differ in --msg-size");
    other = small_report();
    other.plan.url = "http://elsewhere.example";
    CHECK(trouble(of_run(other, "2b")).ends_with("they differ in --url"));
    other = small_report();
    other.began += 3s;
    CHECK(trouble(of_run(other, "2b")).find("the other was over") != std::string::npos);
}

TEST_CASE("merge: what is no report is an error that names it") {
    auto const whole = report_json(small_report());
    auto changed = [&](std::string const& from, std::string const& to) {
        auto text = whole;
        return text.replace(text.find(from), from.size(), to);
    };
    for (auto const& text :
         {std::string(), std::string("{}"), std::string("[]"), whole.substr(0, whole.size() / 2),
          changed("ds-loadtest-1", "ds-loadtest-2"), changed("\"pops\"", "\"pobs\""),
          changed("\"appends\": 2", "\"appends\": -2"),
          changed("\"appends\": 2", "\"appends\": 0.5")}) {
        CAPTURE(text);
        auto const read = parse_report(text, "some.json");
        REQUIRE_FALSE(read);
        CHECK(read.error().fault == Fault::invalid);
        CHECK(read.error().what.starts_with("some.json: "));
    }
}
