// Counters of a run as a month, and that as bills.
#include "cli/load_bill.h"

#include "cli/cost_text.h"

#include <algorithm>

namespace ds {

namespace {

using namespace loadtest;

MeasuredRun run_of(LoadPlan const& plan, Tally const& tally) {
    auto const count = [](std::uint64_t number) { return static_cast<double>(number); };
    MeasuredRun run;
    run.seconds = tally.took_s;
    run.pops = count(std::max<std::uint64_t>(1, tally.pops.size()));
    auto const& polls = tally.long_poll;
    auto& counted = run.counted;
    counted.streams = count(plan.streams);
    counted.long_polls = count(polls.requests);
    counted.long_poll_bytes = count(polls.bytes);
    counted.distinct_polls = count(tally.urls.size() + tally.urls_left_out);
    if (polls.misses > 0)
        counted.long_poll_wait = count(polls.miss_wait_us) / 1e6 / count(polls.misses);
    counted.sse_connects = count(tally.sse.requests);
    counted.sse_bytes = count(tally.sse.bytes);
    counted.appends = counted.producer_appends = count(tally.writes.appends);
    counted.retained_bytes = count(tally.writes.bytes);
    return run;
}

// Of the many ways those that answer the question: without a cache, with what was measured, ideal.
bool is_of_interest(Scenario const& scenario) {
    for (auto const* id : {"reference-no-cache", "reference-edge", "reference-cdn",
                           "reference-cdn-ideal", "ds", "ds-cdn", "ds-cdn-ideal"})
        if (scenario.id == id) return true;
    return false;
}

} // namespace

std::vector<BillTable> bill_of_run(LoadPlan const& plan, Tally const& tally) {
    auto const month = month_of(run_of(plan, tally));
    if (!month) return {};
    Rates rates;
    auto const share = hit_share(tally, plan.cache_header);
    rates.cdn = share.share();
    rates.note = share.answers > 0 ? "at the HIT rate of this run"
                                   : "no answer of this run told of a cache: no HIT";
    auto const bill = make_bill(*month, rates, list_prices(), Allowances::no);
    if (!bill) return {};
    std::vector<BillTable> tables;
    for (auto const& scenario : bill->scenarios) {
        if (!is_of_interest(scenario)) continue;
        BillTable table;
        table.title = scenario.name;
        table.note = scenario.note;
        for (auto const& line : scenario.lines) {
            auto const& price = bill->prices[line.item];
            table.lines.push_back({line.what, shown_quantity(line.quantity), shown_price(price),
                                   shown_dollars(line.amount)});
        }
        table.total = shown_dollars(scenario.total);
        table.total_usd = scenario.total;
        table.measured = scenario.id == "ds-cdn";
        tables.push_back(std::move(table));
    }
    return tables;
}

} // namespace ds
