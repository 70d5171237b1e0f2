// Set-ups and the lines of their bills, as two tables: what stands where, and what each part costs.
#include "loadtest/cost.h"

#include "base/ensure.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace ds::loadtest {
namespace {

constexpr double k_gb = 1e9;
constexpr double k_object_gb = 0.125;          // 128 MB
constexpr double k_object_busy_seconds = 0.01; // for each request
constexpr double k_queue_operations = 3;       // of a message: written, read, deleted

// What a set-up consists of, as bits.
constexpr unsigned k_reference = 1;
constexpr unsigned k_ds = 2;
constexpr unsigned k_edge = 4; // the reference's own cache, alone
constexpr unsigned k_cdn = 8;
constexpr unsigned k_ideal = 16; // that misses once
constexpr unsigned k_bunny = 32;
constexpr unsigned k_enterprise = 64;
constexpr unsigned k_cloudfront = 128;
constexpr unsigned k_vps = 256;
constexpr unsigned k_free_vps = 512;
constexpr unsigned k_plan = 1024; // that comes with allowances
constexpr unsigned k_any_cdn = k_cdn | k_bunny | k_enterprise | k_cloudfront;

struct Setup {
    std::string_view id;
    std::string_view name;
    std::string_view note;
    unsigned parts;
};

constexpr std::string_view k_given; // what the rates say of themselves
constexpr std::string_view k_once = "one MISS for each place, cursor and data centre";

constexpr std::array<Setup, 14> k_setups{{
    {"reference-no-cache", "reference, no cache", "each read reaches worker and object",
     k_reference},
    {"reference-edge", "reference, edge cache only", "each read reaches a worker",
     k_reference | k_edge},
    {"reference-cdn", "reference, CDN and VPS", k_given, k_reference | k_cdn | k_vps},
    {"reference-cdn-ideal", "reference, CDN and VPS, ideal", k_once,
     k_reference | k_cdn | k_ideal | k_vps},
    {"reference-free-vps", "reference, CDN and free VPS", k_given,
     k_reference | k_cdn | k_free_vps},
    {"reference-bunny", "reference, Bunny CDN", k_given, k_reference | k_bunny},
    {"reference-enterprise", "reference, Cloudflare Enterprise", k_given,
     k_reference | k_enterprise},
    {"reference-cloudfront", "reference, CloudFront and VPS", k_given,
     k_reference | k_cloudfront | k_vps},
    {"ds", "ds on a VPS", "each read reaches it", k_ds | k_vps},
    {"ds-cdn", "ds on a VPS, CDN", k_given, k_ds | k_cdn | k_vps},
    {"ds-cdn-ideal", "ds on a VPS, CDN, ideal", k_once, k_ds | k_cdn | k_ideal | k_vps},
    {"ds-free-vps", "ds on a free VPS, CDN", k_given, k_ds | k_cdn | k_free_vps},
    {"ds-bunny", "ds on a VPS, Bunny CDN", k_given, k_ds | k_bunny | k_vps},
    {"ds-cloudfront", "ds on a VPS, CloudFront", k_given, k_ds | k_cloudfront | k_vps},
}};

// A month on its way through a set-up.
struct Passage {
    Month const& month;
    double past_cdn;  // long-polls that the CDN lets through
    double at_stream; // and those that get as far as the stream's object

    double rows() const { return month.appends + month.copies; }
    double at_worker() const { return past_cdn + month.sse_connects; }
    double at_object() const { return at_stream + month.sse_connects; }
    double gb_past_cdn() const {
        auto const share = month.long_polls > 0 ? past_cdn / month.long_polls : 0;
        return (month.long_poll_bytes * share + month.sse_bytes) / k_gb;
    }
    // Of all objects together, in which they are in memory and paid for. Requests at the same time
    // are paid once, so a stream's object costs a whole month at most.
    double awake_seconds() const {
        auto const busy = (at_object() + month.appends) * k_object_busy_seconds +
                          at_stream * month.long_poll_wait;
        return std::min(busy, month.streams * k_month_seconds) + rows() * k_object_busy_seconds;
    }
};

// A line of the bill of every set-up with this part. Without words, it is called as its price.
struct BillRow {
    unsigned part;
    Item item;
    std::string_view what;
    bool published;
    double (*quantity)(Passage const&);
};
double single(Passage const&) {
    return 1;
}
double answered_gb(Passage const& of) {
    return of.month.answered_bytes() / k_gb;
}
double all_reads(Passage const& of) {
    return of.month.long_polls + of.month.sse_connects;
}
constexpr std::string_view k_cdn_reads = "reads that the CDN answers or passes";
constexpr std::string_view k_to_readers = "bytes to readers";
constexpr std::string_view k_leaves = "bytes that leave the machine";

constexpr std::array<BillRow, 26> k_rows{{
    {k_vps, Item::vps, "", true, single},
    {k_free_vps, Item::free_vps, "", true, single},
    {k_cdn, Item::cdn_plan, "", true, single},
    {k_cdn, Item::cdn_requests, k_cdn_reads, true, all_reads},
    {k_enterprise, Item::enterprise_plan, "", true, single},
    {k_bunny, Item::bunny_traffic, k_to_readers, true, answered_gb},
    {k_cloudfront, Item::cloudfront_requests, k_cdn_reads, true, all_reads},
    {k_cloudfront, Item::cloudfront_traffic, k_to_readers, false, answered_gb},
    {k_plan, Item::workers_plan, "", false, single},
    {k_reference, Item::worker_requests, "reads that reach a worker", true,
     [](Passage const& of) { return of.at_worker(); }},
    {k_reference, Item::object_requests, "reads that reach an object", true,
     [](Passage const& of) { return of.at_object(); }},
    {k_reference, Item::worker_requests, "writes", false,
     [](Passage const& of) { return of.month.appends; }},
    {k_reference, Item::object_requests, "writes, and who is subscribed", false,
     [](Passage const& of) { return 2 * of.month.appends; }},
    {k_reference, Item::object_requests, "copies for subscribers", false,
     [](Passage const& of) { return of.month.copies; }},
    {k_reference, Item::object_duration, "objects awake", false,
     [](Passage const& of) { return of.awake_seconds() * k_object_gb; }},
    {k_reference, Item::kv_reads, "2 for each read at a worker, 1 for each write", false,
     [](Passage const& of) { return 2 * of.at_worker() + of.month.appends; }},
    {k_reference, Item::rows_written, "2 for each append: it, and the stream's facts", false,
     [](Passage const& of) { return 2 * of.rows(); }},
    {k_reference, Item::rows_written, "its index, its removal, its producer", false,
     [](Passage const& of) { return 2 * of.rows() + of.month.producer_appends; }},
    {k_reference, Item::sqlite_storage, "open segments", false,
     [](Passage const& of) { return of.month.hot_bytes / k_gb; }},
    {k_reference, Item::queue_operations, "copies through the queue", false,
     [](Passage const& of) { return k_queue_operations * of.month.queue_messages; }},
    {k_vps, Item::vps_traffic, k_leaves, false, [](Passage const& of) { return of.gb_past_cdn(); }},
    {k_free_vps, Item::free_vps_traffic, k_leaves, false,
     [](Passage const& of) { return of.gb_past_cdn(); }},
    {k_reference | k_ds, Item::r2_class_a, "segments written", false,
     [](Passage const& of) { return of.month.rotations; }},
    {k_reference, Item::r2_class_b, "segments read", false,
     [](Passage const& of) { return of.month.cold_reads; }},
    // The end of each segment is read back before it counts.
    {k_ds, Item::r2_class_b, "segments read", false,
     [](Passage const& of) { return of.month.cold_reads + of.month.rotations; }},
    {k_reference | k_ds, Item::r2_storage, "segments kept", false,
     [](Passage const& of) { return of.month.retained_bytes / k_gb; }},
}};

Passage passage_through(unsigned parts, Month const& month, Rates const& rates) {
    auto const past_cdn = (parts & k_ideal) != 0     ? month.distinct_polls
                          : (parts & k_any_cdn) != 0 ? month.long_polls * (1 - rates.cdn)
                                                     : month.long_polls;
    auto const edge = (parts & k_edge) != 0      ? rates.edge
                      : (parts & k_any_cdn) != 0 ? rates.edge_behind_cdn
                                                 : 0;
    return {month, past_cdn, past_cdn * (1 - edge)};
}

Scenario scenario_of(Setup const& setup, Bill const& bill) {
    bool const allowances = bill.allowances == Allowances::yes;
    bool const reference = (setup.parts & k_reference) != 0;
    auto const parts = setup.parts | (allowances && reference ? k_plan : 0U);
    auto const passage = passage_through(parts, bill.month, bill.rates);
    Scenario scenario;
    scenario.id = setup.id;
    scenario.name = setup.name;
    scenario.note = setup.note == k_given ? bill.rates.note : std::string(setup.note);
    std::array<double, k_items> used{}; // of what is included, by the lines before
    double published = 0;
    for (auto const& row : k_rows) {
        auto const quantity = (row.part & parts) != 0 ? row.quantity(passage) : 0;
        if (quantity <= 0) continue; // what there is none of has no line
        auto const& price = bill.prices[row.item];
        auto& used_up = used[static_cast<std::size_t>(row.item)];
        auto const included = allowances ? std::min(quantity, price.included - used_up) : 0;
        used_up += included;
        auto const amount = (quantity - included) * price.price / price.per;
        scenario.lines.push_back({row.item, row.what.empty() ? price.what : std::string(row.what),
                                  quantity, included, amount, row.published});
        scenario.total += amount;
        published += row.published ? amount : 0;
    }
    if (reference) scenario.published = published;
    return scenario;
}

Setup const& setup_of(std::string_view id) {
    auto const* const found = std::find_if(k_setups.begin(), k_setups.end(),
                                           [&](auto const& setup) { return setup.id == id; });
    ENSURE(found != k_setups.end());
    return *found;
}

// The published tables by their own terms: 10,000 readers on long-poll, one write a second, and the
// prices of the list, whatever else is given.
std::vector<Comparison> compare() {
    auto const month = month_of(Workload{});
    ENSURE(month.has_value());
    auto const cost = [&](std::string_view id, double cdn) {
        Bill const bill{*month, {.cdn = cdn}, Allowances::no, list_prices(), {}, {}};
        return *scenario_of(setup_of(id), bill).published;
    };
    return {
        {"no cache", 11'700, cost("reference-no-cache", 0), "the parts were rounded up"},
        {"edge cache, 91 % HIT", 8'145, cost("reference-edge", 0), "the parts were rounded"},
        {"CDN, 99.9 % HIT", 18, cost("reference-cdn", 0.999), "was published as that of 99 %"},
        {"CDN, 99 % HIT", 18, cost("reference-cdn", 0.99), "$18 takes 99.9 %"},
        {"CDN, 79 % HIT", 92, cost("reference-cdn", 0.79),
         "mixed the workers' 99 % with 99.8 % at the objects"},
        {"CDN 99.9 %, free VPS", 8, cost("reference-free-vps", 0.999), "left the objects out"},
        {"Cloudflare Enterprise, 99 % HIT", 5'078, cost("reference-enterprise", 0.99),
         "left the objects out"},
        {"CloudFront 99.9 %, VPS", 19'500, cost("reference-cloudfront", 0.999),
         "without traffic, which is paid for as well"},
        {"Bunny CDN, 99.9 % HIT", 67, cost("reference-bunny", 0.999),
         "said neither the size of an answer nor the price; here 756 bytes"},
    };
}

} // namespace

Result<Bill> make_bill(Month const& month, Rates const& rates, Prices const& prices,
                       Allowances allowances) {
    TRY(check_share(rates.cdn, "the HIT rate of the CDN"));
    TRY(check_share(rates.edge, "the HIT rate of the edge cache"));
    TRY(check_share(rates.edge_behind_cdn, "the HIT rate of the edge cache behind the CDN"));
    Bill bill{month, rates, allowances, prices, {}, compare()};
    for (auto const& setup : k_setups)
        bill.scenarios.push_back(scenario_of(setup, bill));
    return bill;
}

Scenario const& scenario(Bill const& bill, std::string_view id) {
    auto const found = std::find_if(bill.scenarios.begin(), bill.scenarios.end(),
                                    [&](auto const& one) { return one.id == id; });
    ENSURE(found != bill.scenarios.end());
    return *found;
}

} // namespace ds::loadtest
