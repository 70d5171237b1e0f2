// Promises of loadtest/cost: bills held against figures that were computed by hand.
//
// A month has 2,592,000 s. 10,000 readers that are answered once a second read 25.92e9 times.
#include "loadtest/cost.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <string_view>

namespace ds::loadtest {

namespace {

// To a hundredth of a cent.
doctest::Approx dollars(double amount) {
    return doctest::Approx(amount).epsilon(1e-4 / (1 + std::abs(amount)));
}

Bill bill(Workload const& workload, Rates const& rates = {}, Allowances allowances = Allowances::no,
          Prices const& prices = list_prices()) {
    auto const month = month_of(workload);
    REQUIRE(month);
    auto made = make_bill(*month, rates, prices, allowances);
    REQUIRE(made);
    return *std::move(made);
}

double published(Bill const& bill, std::string_view id) {
    auto const& sum = scenario(bill, id).published;
    REQUIRE(sum);
    return *sum;
}

double total(Bill const& bill, std::string_view id) {
    return scenario(bill, id).total;
}

// What is paid for an item, in a line that begins so.
double amount(Bill const& bill, std::string_view id, Item item, std::string_view what = "") {
    for (auto const& line : scenario(bill, id).lines)
        if (line.item == item && line.what.starts_with(what)) return line.amount;
    return 0;
}

std::string trouble(Rates const& rates) {
    auto const made = make_bill(*month_of(Workload{}), rates, list_prices(), Allowances::no);
    return made ? "" : made.error().what;
}

constexpr double k_nan = std::numeric_limits<double>::quiet_NaN();

} // namespace

TEST_CASE("cost: the published table, each row by its own terms") {
    // 25,920 M at 0.30 = 7,776.00; at 0.15 = 3,888.00: "about $11,700"
    CHECK(published(bill({}), "reference-no-cache") == dollars(11'664.00));
    // 7,776.00; 9 % of 25,920 M = 2,332.8 M at 0.15 = 349.92: published as $8,145
    CHECK(published(bill({}, {.edge = 0.91}), "reference-edge") == dollars(8'125.92));
    // 99.9 %: 25.92 M at 0.30 = 7.776, at 0.15 = 3.888, and 6: "$18"
    CHECK(published(bill({}, {.cdn = 0.999}), "reference-cdn") == dollars(17.664));
    // 99 %: 259.2 M at 0.30 = 77.76, at 0.15 = 38.88, and 6; published as $18
    CHECK(published(bill({}, {.cdn = 0.99}), "reference-cdn") == dollars(122.64));
    // 79 %: 5,443.2 M at 0.30 = 1,632.96, at 0.15 = 816.48, and 6; published as $92
    CHECK(published(bill({}, {.cdn = 0.79}), "reference-cdn") == dollars(2'455.44));
    // A CDN that keeps nothing: no cache, and 6
    CHECK(published(bill({}, {.cdn = 0}), "reference-cdn") == dollars(11'670.00));
    // One that answers everything: 6
    CHECK(published(bill({}, {.cdn = 1}), "reference-cdn") == dollars(6));
}

TEST_CASE("cost: an ideal CDN asks once for each write in each data centre") {
    // 2.592 M at 0.30 = 0.7776, at 0.15 = 0.3888, and 6
    CHECK(published(bill({}), "reference-cdn-ideal") == dollars(7.1664));
    // ten data centres: 25.92 M, 7.776 + 3.888 + 6
    CHECK(published(bill({.pops = 10}), "reference-cdn-ideal") == dollars(17.664));
}

TEST_CASE("cost: readers who wait for nothing") {
    // 10,000 / 4 s = 2,500 a second, 6,480 M: worker 1,944.00 ("$1,950")
    Workload const idle{.writes_per_second = 0};
    auto const edge91 = bill(idle, {.edge = 0.91});
    CHECK(amount(edge91, "reference-edge", Item::worker_requests) == dollars(1'944));
    // 9 % are 583.2 M at 0.15 = 87.48 ("$87.60"); 1 % are 64.8 M = 9.72 ("$9.75")
    CHECK(amount(edge91, "reference-edge", Item::object_requests) == dollars(87.48));
    CHECK(amount(bill(idle, {.edge = 0.99}), "reference-edge", Item::object_requests) ==
          dollars(9.72));
    // CDN at 99 %: worker 19.44 ("$19.50"), object 9.72, and 6
    CHECK(published(bill(idle, {.cdn = 0.99}), "reference-cdn") == dollars(35.16));
    // Two look-ups for each of the 64.8 M: 129.6 M at 0.50 = 64.80 (published: one, "$32.50")
    CHECK(amount(bill(idle, {.cdn = 0.99}), "reference-cdn", Item::kv_reads) == dollars(64.80));
}

TEST_CASE("cost: the same readers on SSE come once a minute") {
    // 10,000 * 2,592,000 / 60 = 432 M connects: 129.60 + 64.80 = 194.40 ("~$195")
    CHECK(published(bill({.sse_share = 1}), "reference-no-cache") == dollars(194.40));
    // No cache takes an SSE response, so the CDN changes nothing but the 6.
    CHECK(published(bill({.sse_share = 1}), "reference-cdn") == dollars(200.40));
    // Half of them: 12,960 M + 216 M at 0.30 = 3,952.80; at 0.15 = 1,976.40
    CHECK(published(bill({.sse_share = 0.5}), "reference-no-cache") == dollars(5'929.20));
}

TEST_CASE("cost: the alternatives") {
    // Oracle's free machine: 7.776 + 3.888 + 0 (published: $8)
    CHECK(published(bill({}), "reference-free-vps") == dollars(11.664));
    // Enterprise at 99 %: 5,000 + 77.76 = 5,077.76 ("$5,078+"), and the objects 38.88
    auto const enterprise = bill({}, {.cdn = 0.99});
    CHECK(published(enterprise, "reference-enterprise") == dollars(5'116.64));
    CHECK(published(enterprise, "reference-enterprise") -
              amount(enterprise, "reference-enterprise", Item::object_requests) ==
          dollars(5'077.76));
    // CloudFront: 25.92e9 / 10,000 * 0.0075 = 19,440, and 7.776 + 3.888 + 6 ("~$19,500")
    CHECK(published(bill({}), "reference-cloudfront") == dollars(19'457.664));
    // Its traffic: 25.92e9 answers of 256 + 500 bytes = 19,595.52 GB at 0.085 = 1,665.6192
    CHECK(amount(bill({}), "reference-cloudfront", Item::cloudfront_traffic) ==
          dollars(1'665.6192));
    // Bunny: 19,595.52 GB at 0.01 = 195.9552, and 7.776 + 3.888
    CHECK(published(bill({}), "reference-bunny") == dollars(207.6192));
    // Bodies alone: 25.92e9 * 256 bytes = 6,635.52 GB = 66.3552, and the same 11.664
    CHECK(published(bill({.header_bytes = 0}), "reference-bunny") == dollars(78.0192));
}

TEST_CASE("cost: rows, two for each append as published, and those that were left out") {
    // 2.592 M appends, 5.184 M rows at 1.00
    auto const one = bill({});
    CHECK(amount(one, "reference-cdn", Item::rows_written, "2 for each") == dollars(5.184));
    CHECK(amount(one, "reference-cdn", Item::rows_written, "its index") == dollars(5.184));
    // Numbered appends write a third: 2.592 M more
    CHECK(amount(bill({.producer_share = 1}), "reference-cdn", Item::rows_written, "its index") ==
          dollars(7.776));
    // 100 streams: 518.40 ("$520"); with ten subscribers each 11 times that: 5,702.40 ("$5,720")
    CHECK(amount(bill({.streams = 100}), "reference-cdn", Item::rows_written, "2 for each") ==
          dollars(518.40));
    CHECK(amount(bill({.streams = 100, .subscribers = 10}), "reference-cdn", Item::rows_written,
                 "2 for each") == dollars(5'702.40));
}

TEST_CASE("cost: copies for a hundred subscribers, a thousand times a day") {
    Workload const publishing{
        .readers = 1, .writes_per_second = 1'000.0 / 86'400, .subscribers = 100};
    auto const made = bill(publishing);
    // 30,000 appends, 3 M copies at 0.15 = 0.45
    CHECK(amount(made, "reference-cdn", Item::object_requests, "copies") == dollars(0.45));
    // 3.03 M appends, 2 rows each: 6.06 (published: 6.00, without the source's own)
    CHECK(amount(made, "reference-cdn", Item::rows_written, "2 for each") == dollars(6.06));
    CHECK(amount(made, "reference-cdn", Item::queue_operations) == 0);
    // 500 subscribers: 10 queue messages for each append, 300,000 of them, 3 operations at 0.40
    Workload many = publishing;
    many.subscribers = 500;
    CHECK(amount(bill(many), "reference-cdn", Item::queue_operations) == dollars(0.36));
}

TEST_CASE("cost: an object that never sleeps costs 4.05 a month") {
    // 0.125 GB * 2,592,000 s * 12.50 / 1e6 = 4.05; to ask who is subscribed takes 10 ms for each
    // write: 25,920 s, 0.0405
    CHECK(amount(bill({}), "reference-no-cache", Item::object_duration) == dollars(4.0905));
    // 1,000 streams with ten readers each: a thousand times
    CHECK(amount(bill({.streams = 1'000}), "reference-no-cache", Item::object_duration) ==
          dollars(4'090.50));
    // SSE alone: an object wakes for 10 ms for 432 M connects, which is more than there is time, so
    // all month; of 100 readers 4.32 M connects and 2.592 M writes, 69,120 s, and 25,920 s: 95,040
    // s
    // * 0.125 * 12.50 / 1e6 = 0.1485
    CHECK(amount(bill({.readers = 100, .sse_share = 1}), "reference-no-cache",
                 Item::object_duration) == dollars(0.1485));
}

TEST_CASE("cost: segments in R2") {
    // 1,000 streams at one write a second: 2.592 M segments at 4.50 = 11.664 ("$11.61")
    auto const made = bill({.streams = 1'000, .cold_reads = 5e6});
    CHECK(amount(made, "ds", Item::r2_class_a) == dollars(11.664));
    // ds reads each back: 2.592 M and 5 M at 0.36 = 2.73312; the reference 5 M: 1.80
    CHECK(amount(made, "ds", Item::r2_class_b) == dollars(2.73312));
    CHECK(amount(made, "reference-cdn", Item::r2_class_b) == dollars(1.80));
    // 2.592e9 messages of 256 bytes = 663.552 GB at 0.015 = 9.95328
    CHECK(amount(made, "ds", Item::r2_storage) == dollars(9.95328));
}

TEST_CASE("cost: ds on one machine, with a CDN and without") {
    auto const made = bill({});
    // 6; 19,595.52 GB at 0.01 = 195.9552; 2,592 segments at 4.50 = 0.011664, read back at 0.36 =
    // 0.00093312; 0.663552 GB at 0.015 = 0.00995328: 201.97775...
    CHECK(total(made, "ds") == dollars(6 + 195.9552 + 0.011664 + 0.00093312 + 0.00995328));
    // The CDN takes 99.9 % of the traffic: 0.1959552
    CHECK(total(made, "ds-cdn") == dollars(6 + 0.1959552 + 0.0225504));
    // One MISS for each write: 2.592 M * 756 bytes = 1.959552 GB
    CHECK(total(made, "ds-cdn-ideal") == dollars(6 + 0.01959552 + 0.0225504));
    // Oracle's machine and its 0.0085: 19.59552 GB
    CHECK(total(made, "ds-free-vps") == dollars(19.59552 * 0.0085 + 0.0225504));
    CHECK(total(made, "ds-bunny") == dollars(6 + 195.9552 + 0.1959552 + 0.0225504));
    CHECK(total(made, "ds-cloudfront") == dollars(19'440 + 1'665.6192 + 6 + 0.1959552 + 0.0225504));
    CHECK_FALSE(scenario(made, "ds").published);
}

TEST_CASE("cost: in full, the reference pays for writes, look-ups, rows and time as well") {
    // CDN at 99.9 %: 25.92 M reads and 2.592 M writes at a worker
    auto const made = bill({});
    double const sum = 6 + 7.776 + 3.888        // as published
                       + 2.592 * 0.30           // writes at a worker
                       + 2 * 2.592 * 0.15       // and at two objects
                       + 4.0905                 // the object: 25.92 M reads wait a second each
                       + 54.432 * 0.50          // look-ups: 2 * 25.92 M + 2.592 M
                       + 5.184 + 5.184          // rows
                       + 128e-6 * 0.20          // half a segment of 256,000 bytes
                       + 0.1959552              // what leaves the machine
                       + 0.011664 + 0.00995328; // R2
    CHECK(total(made, "reference-cdn") == dollars(sum));
    double lines = 0;
    for (auto const& line : scenario(made, "reference-cdn").lines)
        lines += line.amount;
    CHECK(lines == dollars(sum));
}

TEST_CASE("cost: what is included is taken off once, and the plan is paid for") {
    auto const made = bill({}, {}, Allowances::yes);
    // Workers: 25.92 M and 2.592 M, less 10 M: 18.512 M at 0.30; objects: 25.92 M and 5.184 M, less
    // 1 M: 30.104 M at 0.15
    CHECK(amount(made, "reference-cdn", Item::worker_requests, "reads") == dollars(15.92 * 0.30));
    CHECK(amount(made, "reference-cdn", Item::worker_requests, "writes") == dollars(0.7776));
    CHECK(amount(made, "reference-cdn", Item::object_requests, "reads") == dollars(24.92 * 0.15));
    // 54.432 M look-ups, less 10 M; 327,240 GB-s, less than 400,000; 10.368 M rows, less than 50 M
    CHECK(amount(made, "reference-cdn", Item::kv_reads) == dollars(22.216));
    CHECK(amount(made, "reference-cdn", Item::object_duration) == 0);
    CHECK(amount(made, "reference-cdn", Item::rows_written, "2 for each") == 0);
    CHECK(amount(made, "reference-cdn", Item::workers_plan) == dollars(5));
    CHECK(total(made, "reference-cdn") ==
          dollars(6 + 5 + 4.776 + 0.7776 + 3.738 + 0.7776 + 22.216));
    // ds behind the CDN: the machine, and nothing beyond what is included
    CHECK(total(made, "ds-cdn") == dollars(6));
    // and without: 19,595.52 GB less 1,000 at 0.01
    CHECK(total(made, "ds") == dollars(6 + 185.9552));
    CHECK(amount(made, "ds-cdn", Item::workers_plan) == 0);
}

TEST_CASE("cost: prices that are given count") {
    auto const set = set_price(list_prices(), "worker-requests=0.60");
    REQUIRE(set);
    // 15,552 + 3,888
    CHECK(published(bill({}, {}, Allowances::no, *set), "reference-no-cache") == dollars(19'440));
}

TEST_CASE("cost: the edge cache behind a CDN spares the object") {
    // 99 %: 259.2 M at a worker = 77.76; half of them at the object: 19.44; 6
    CHECK(published(bill({}, {.cdn = 0.99, .edge_behind_cdn = 0.5}), "reference-cdn") ==
          dollars(103.20));
}

TEST_CASE("cost: a run of a minute costs what its month would") {
    MeasuredRun run;
    run.seconds = 60;
    run.counted.long_polls = 600'000; // 10,000 readers, once a second
    run.counted.distinct_polls = 60;
    run.counted.long_poll_bytes = 600'000.0 * 756;
    run.counted.long_poll_wait = 1;
    run.counted.appends = 60;
    auto const month = month_of(run);
    REQUIRE(month);
    auto const made = make_bill(*month, {.cdn = 0.99}, list_prices(), Allowances::no);
    REQUIRE(made);
    CHECK(published(*made, "reference-no-cache") == dollars(11'664));
    CHECK(published(*made, "reference-cdn") == dollars(122.64));
    CHECK(published(*made, "reference-cdn-ideal") == dollars(7.1664));
    CHECK(amount(*made, "ds", Item::vps_traffic) == dollars(195.9552));
}

TEST_CASE("cost: the comparison says what was published and what it should have been") {
    auto const made = bill({.readers = 7}); // whatever is asked for
    auto const computed = [&](std::string_view what) {
        for (auto const& one : made.comparisons)
            if (one.what == what) return one;
        return Comparison{};
    };
    CHECK(computed("no cache").published == 11'700);
    CHECK(computed("no cache").computed == dollars(11'664));
    CHECK(computed("CDN, 99.9 % HIT").computed == dollars(17.664));
    CHECK(computed("CDN, 99 % HIT").published == 18);
    CHECK(computed("CDN, 99 % HIT").computed == dollars(122.64));
    CHECK(computed("CDN, 79 % HIT").published == 92);
    CHECK(computed("CDN, 79 % HIT").computed == dollars(2'455.44));
    CHECK(computed("CDN 99.9 %, free VPS").computed == dollars(11.664));
}

TEST_CASE("cost: a HIT rate is a share") {
    CHECK(trouble({.cdn = 1.01}) == "the HIT rate of the CDN must be 0 to 1, not 1.01");
    CHECK(trouble({.cdn = 99.9}).find("not 99.9") != std::string::npos);
    CHECK(trouble({.cdn = -0.1}).find("of the CDN") != std::string::npos);
    CHECK(trouble({.cdn = k_nan}).find("of the CDN") != std::string::npos);
    CHECK(trouble({.edge = 2}).find("of the edge cache must") != std::string::npos);
    CHECK(trouble({.edge_behind_cdn = 2}).find("behind the CDN") != std::string::npos);
    CHECK(trouble({.cdn = 0, .edge = 1, .edge_behind_cdn = 1}) == "");
}

} // namespace ds::loadtest
