// Promises of loadtest/tally.
#include "loadtest/report_json.h"
#include "loadtest/tally.h"
#include "unit/loadtest/sample_report.h"

#include <doctest/doctest.h>

#include <string>

using namespace ds;
using namespace ds::test;

namespace {

// All that is counted, as the report for programs says it.
std::string text_of_tally(Tally const& tally) {
    LoadReport report;
    report.tally = tally;
    return report_json(report);
}

Tally one_url(std::string const& url, UrlTally counts) {
    Tally tally;
    tally.urls[url] = counts;
    return tally;
}

HitShare share(std::map<std::string, Counts, std::less<>> caches, std::string_view header = "") {
    Tally tally;
    tally.caches = std::move(caches);
    return hit_share(tally, header);
}

} // namespace

TEST_CASE("tally: two of them add up to the tally of all") {
    auto const small = small_report().tally;
    auto const large = large_report().tally;
    auto sum = small;
    sum.merge(large);
    CHECK(sum.sse.clients == small.sse.clients + large.sse.clients);
    CHECK(sum.sse.messages == small.sse.messages + large.sse.messages);
    CHECK(sum.sse.offsets == small.sse.offsets + large.sse.offsets);
    CHECK(sum.sse.offsets_least == 2);
    CHECK(sum.sse.offsets_most == 70);
    CHECK(sum.long_poll.errors == 12);
    CHECK(sum.long_poll.statuses["200"] == 4 + large.long_poll.statuses.find("200")->second);
    CHECK(sum.sse.delivery.count() == small.sse.delivery.count() + large.sse.delivery.count());
    CHECK(sum.writes.appends == 702);
    CHECK(sum.writes.latency.count() == 702);
    CHECK(sum.caches["x-cache"]["HIT"] == 486'290);
    CHECK(sum.caches["cf-cache-status"]["DYNAMIC"] == 66);
    CHECK(sum.urls.size() == 702);
    CHECK(sum.pops == large.pops);
    CHECK(sum.errors == large.errors);
    CHECK(sum.took_s == 70.4);
    REQUIRE(sum.seconds.size() == 70);
    CHECK(sum.seconds[0].messages == 2 + large.seconds[0].messages);
    CHECK(sum.seconds[0].readers == 1004);
    CHECK(sum.seconds[0].slowest_us == std::max<std::uint64_t>(2000, large.seconds[0].slowest_us));
    CHECK(sum.seconds[69].messages == large.seconds[69].messages);

    auto other_way = large;
    other_way.merge(small);
    CHECK(text_of_tally(other_way) == text_of_tally(sum));
}

TEST_CASE("tally: nothing more changes nothing") {
    auto sum = small_report().tally;
    sum.merge({});
    CHECK(text_of_tally(sum) == text_of_tally(small_report().tally));
    Tally from_nothing;
    from_nothing.merge(small_report().tally);
    CHECK(text_of_tally(from_nothing) == text_of_tally(small_report().tally));
}

TEST_CASE("tally: equal URLs add up, and there is a bound") {
    auto sum = one_url("/a", {3, 1});
    sum.merge(one_url("/a", {4, 2}));
    CHECK(sum.urls["/a"].requests == 7);
    CHECK(sum.urls["/a"].misses == 3);
    for (std::size_t i = 1; i < Tally::k_urls_max; ++i)
        sum.urls["/" + std::to_string(i)] = {1, 1};
    sum.merge(one_url("/one-more", {5, 5}));
    sum.merge(one_url("/a", {1, 0}));
    CHECK(sum.urls.size() == Tally::k_urls_max);
    CHECK(sum.urls_left_out == 5);
    CHECK(sum.urls["/a"].requests == 8);
}

TEST_CASE("HIT share: the header that tells most counts") {
    CHECK(share({}).header.empty());
    CHECK(share({}).share() == 0);
    CHECK(share({{"x-cache", {{"HIT", 3}, {"MISS", 1}}}}).share() == 0.75);
    Counts const all_miss{{"MISS", 1}};
    Counts const all_hit{{"HIT", 1}};
    CHECK(share({{"x-cache", all_miss}, {"cf-cache-status", all_hit}}).header == "cf-cache-status");
    CHECK(share({{"x-cache", all_miss}, {"x-proxy-cache", all_hit}}).header == "x-proxy-cache");
    CHECK(share({{"cf-cache-status", all_miss}, {"x-mine", all_hit}}, "x-mine").header == "x-mine");
    // One that was named and never came leaves the others.
    CHECK(share({{"x-cache", all_hit}}, "x-mine").header == "x-cache");
}

TEST_CASE("HIT share: which values say so") {
    for (auto const* value :
         {"HIT", "hit", "Hit from cloudfront", "MISS, HIT", "TCP_HIT", "STALE", "UPDATING"}) {
        CAPTURE(value);
        CHECK(says_hit(value));
    }
    for (auto const* value : {"MISS", "EXPIRED", "BYPASS", "DYNAMIC", "REVALIDATED", ""}) {
        CAPTURE(value);
        CHECK_FALSE(says_hit(value));
    }
}
