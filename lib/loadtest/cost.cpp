// Scenarios as a table of what stands where, and the lines that follow from it.
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

enum class Origin : std::uint8_t { reference, ds };
enum class Front : std::uint8_t { none, edge, cdn, cdn_ideal, bunny, enterprise, cloudfront };
enum class Machine : std::uint8_t { none, vps, free_vps };

struct Setup {
    std::string_view id;
    std::string_view name;
    std::string_view note;
    Origin origin;
    Front front;
    Machine machine;
};

constexpr std::string_view k_given; // what the rates say of themselves
constexpr std::string_view k_ideal = "one MISS for each place, cursor and data centre";

constexpr std::array<Setup, 14> k_setups{{
    {"reference-no-cache", "reference, no cache", "each read reaches worker and object",
     Origin::reference, Front::none, Machine::none},
    {"reference-edge", "reference, edge cache only", "each read reaches a worker",
     Origin::reference, Front::edge, Machine::none},
    {"reference-cdn", "reference, CDN and VPS", k_given, Origin::reference, Front::cdn,
     Machine::vps},
    {"reference-cdn-ideal", "reference, CDN and VPS, ideal", k_ideal, Origin::reference,
     Front::cdn_ideal, Machine::vps},
    {"reference-free-vps", "reference, CDN and free VPS", k_given, Origin::reference, Front::cdn,
     Machine::free_vps},
    {"reference-bunny", "reference, Bunny CDN", k_given, Origin::reference, Front::bunny,
     Machine::none},
    {"reference-enterprise", "reference, Cloudflare Enterprise", k_given, Origin::reference,
     Front::enterprise, Machine::none},
    {"reference-cloudfront", "reference, CloudFront and VPS", k_given, Origin::reference,
     Front::cloudfront, Machine::vps},
    {"ds", "ds on a VPS", "each read reaches it", Origin::ds, Front::none, Machine::vps},
    {"ds-cdn", "ds on a VPS, CDN", k_given, Origin::ds, Front::cdn, Machine::vps},
    {"ds-cdn-ideal", "ds on a VPS, CDN, ideal", k_ideal, Origin::ds, Front::cdn_ideal,
     Machine::vps},
    {"ds-free-vps", "ds on a free VPS, CDN", k_given, Origin::ds, Front::cdn, Machine::free_vps},
    {"ds-bunny", "ds on a VPS, Bunny CDN", k_given, Origin::ds, Front::bunny, Machine::vps},
    {"ds-cloudfront", "ds on a VPS, CloudFront", k_given, Origin::ds, Front::cloudfront,
     Machine::vps},
}};

enum class Published : bool { no, yes };

// One bill as it is written. What is included is used up by the lines that come first.
class Sheet {
public:
    Sheet(Setup const& setup, Prices const& prices, Allowances allowances,
          std::string const& rates_note)
        : prices_(prices) {
        scenario_.id = setup.id;
        scenario_.name = setup.name;
        scenario_.note = setup.note == k_given ? rates_note : std::string(setup.note);
        if (allowances == Allowances::yes)
            for (std::size_t i = 0; i < k_items; ++i)
                left_[i] = prices.all()[i].included;
    }

    // What there is none of has no line.
    void add(Item item, std::string_view what, double quantity, Published published) {
        if (quantity <= 0) return;
        auto const& price = prices_[item];
        auto& left = left_[static_cast<std::size_t>(item)];
        Line line{item, std::string(what),          quantity, std::min(quantity, left),
                  0,    published == Published::yes};
        left -= line.included;
        line.amount = (quantity - line.included) * price.price / price.per;
        scenario_.total += line.amount;
        published_ += line.published ? line.amount : 0;
        scenario_.lines.push_back(std::move(line));
    }
    void add_fee(Item item, Published published) { add(item, prices_[item].what, 1, published); }

    Scenario finish(Origin origin) && {
        if (origin == Origin::reference) scenario_.published = published_;
        return std::move(scenario_);
    }

private:
    Prices const& prices_;
    std::array<double, k_items> left_{};
    double published_ = 0;
    Scenario scenario_;
};

// Reads of a month on their way through a setup.
struct Reads {
    double past_cdn = 0;  // long-polls that the CDN lets through
    double at_stream = 0; // and those that get as far as the stream's object
    double bytes_past_cdn = 0;
};

Reads reads_of(Setup const& setup, Month const& month, Rates const& rates) {
    Reads reads{month.long_polls, 0, 0};
    if (setup.front == Front::cdn_ideal)
        reads.past_cdn = month.distinct_polls;
    else if (setup.front != Front::none && setup.front != Front::edge)
        reads.past_cdn = month.long_polls * (1 - rates.cdn);
    auto const edge = setup.front == Front::none   ? 0
                      : setup.front == Front::edge ? rates.edge
                                                   : rates.edge_behind_cdn;
    reads.at_stream = reads.past_cdn * (1 - edge);
    auto const share = month.long_polls > 0 ? reads.past_cdn / month.long_polls : 0;
    reads.bytes_past_cdn = month.long_poll_bytes * share + month.sse_bytes;
    return reads;
}

void add_front(Sheet& sheet, Setup const& setup, Month const& month) {
    auto const requests = month.long_polls + month.sse_connects;
    auto const gigabytes = month.answered_bytes() / k_gb;
    switch (setup.front) {
    case Front::none:
    case Front::edge: return;
    case Front::cdn:
    case Front::cdn_ideal:
        sheet.add_fee(Item::cdn_plan, Published::yes);
        return sheet.add(Item::cdn_requests, "reads that the CDN answers or passes", requests,
                         Published::yes);
    case Front::enterprise: return sheet.add_fee(Item::enterprise_plan, Published::yes);
    case Front::bunny:
        return sheet.add(Item::bunny_traffic, "bytes to readers", gigabytes, Published::yes);
    case Front::cloudfront:
        sheet.add(Item::cloudfront_requests, "reads that the CDN answers or passes", requests,
                  Published::yes);
        return sheet.add(Item::cloudfront_traffic, "bytes to readers", gigabytes, Published::no);
    }
}

void add_machine(Sheet& sheet, Setup const& setup) {
    if (setup.machine == Machine::vps) sheet.add_fee(Item::vps, Published::yes);
    if (setup.machine == Machine::free_vps) sheet.add_fee(Item::free_vps, Published::yes);
}

void add_traffic(Sheet& sheet, Setup const& setup, Reads const& reads) {
    auto const gigabytes = reads.bytes_past_cdn / k_gb;
    constexpr std::string_view k_what = "bytes that leave the machine";
    if (setup.machine == Machine::vps)
        sheet.add(Item::vps_traffic, k_what, gigabytes, Published::no);
    if (setup.machine == Machine::free_vps)
        sheet.add(Item::free_vps_traffic, k_what, gigabytes, Published::no);
}

// Seconds in which an object is in memory and paid for, all of them together. Requests at the same
// time are paid once, so a stream's object costs a whole month at most.
double awake_seconds(Month const& month, Reads const& reads) {
    auto const requests = reads.at_stream + month.sse_connects + month.appends;
    auto const busy = requests * k_object_busy_seconds + reads.at_stream * month.long_poll_wait;
    auto const others = (month.appends + month.copies) * k_object_busy_seconds;
    return std::min(busy, month.streams * k_month_seconds) + others;
}

void add_reference(Sheet& sheet, Month const& month, Reads const& reads) {
    auto const connects = month.sse_connects;
    auto const rows = month.appends + month.copies;
    constexpr auto k_no = Published::no;
    sheet.add(Item::worker_requests, "reads that reach a worker", reads.past_cdn + connects,
              Published::yes);
    sheet.add(Item::object_requests, "reads that reach an object", reads.at_stream + connects,
              Published::yes);
    sheet.add(Item::worker_requests, "writes", month.appends, k_no);
    sheet.add(Item::object_requests, "writes, and who is subscribed", 2 * month.appends, k_no);
    sheet.add(Item::object_requests, "copies for subscribers", month.copies, k_no);
    sheet.add(Item::object_duration, "objects awake", awake_seconds(month, reads) * k_object_gb,
              k_no);
    sheet.add(Item::kv_reads, "2 for each read at a worker, 1 for each write",
              2 * (reads.past_cdn + connects) + month.appends, k_no);
    sheet.add(Item::rows_written, "2 for each append: it, and the stream's facts", 2 * rows, k_no);
    sheet.add(Item::rows_written, "its index, its removal, its producer",
              2 * rows + month.producer_appends, k_no);
    sheet.add(Item::sqlite_storage, "open segments", month.hot_bytes / k_gb, k_no);
    sheet.add(Item::queue_operations, "copies through the queue",
              k_queue_operations * month.queue_messages, k_no);
}

// ds reads the end of each segment back before it counts.
void add_store(Sheet& sheet, Setup const& setup, Month const& month) {
    auto const read_back = setup.origin == Origin::ds ? month.rotations : 0;
    constexpr auto k_no = Published::no;
    sheet.add(Item::r2_class_a, "segments written", month.rotations, k_no);
    sheet.add(Item::r2_class_b, "segments read", month.cold_reads + read_back, k_no);
    sheet.add(Item::r2_storage, "segments kept", month.retained_bytes / k_gb, k_no);
}

Scenario scenario_of(Setup const& setup, Bill const& bill) {
    Sheet sheet(setup, bill.prices, bill.allowances, bill.rates.note);
    auto const reads = reads_of(setup, bill.month, bill.rates);
    add_machine(sheet, setup);
    add_front(sheet, setup, bill.month);
    if (setup.origin == Origin::reference) {
        if (bill.allowances == Allowances::yes) sheet.add_fee(Item::workers_plan, Published::no);
        add_reference(sheet, bill.month, reads);
    }
    add_traffic(sheet, setup, reads);
    add_store(sheet, setup, bill.month);
    return std::move(sheet).finish(setup.origin);
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
