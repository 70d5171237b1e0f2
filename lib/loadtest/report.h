// The report of a load test, as a value: what was planned, what was counted, and which budgets were
// kept. Text, JSON and page are made from it (report_text, report_json, report_html).
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "loadtest/load_plan.h"
#include "loadtest/process_use.h"
#include "loadtest/tally.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

// What somebody is ready to accept.
struct Budgets {
    std::optional<double> max_p99_ms{}; // of the delivery, over SSE and long-poll together
    // Of readers and writers. A message that a reader never saw, or saw twice, counts as one.
    std::optional<std::uint64_t> max_errors{};
    std::optional<double> min_hit{}; // a share: 0 to 1
};

struct BudgetVerdict {
    std::string option; // "--max-p99"
    std::string limit;  // "at most 250 ms"
    std::string figure; // "312 ms", or why there is none
    double wanted = 0;  // in the unit of the option: ms, errors, a share
    std::optional<double> found;
    bool kept = false;
};

// Of both modes together.
Histogram delivery_of(Tally const& tally);
// Of readers and writers.
std::uint64_t errors_of(Tally const& tally);

// One for each budget that was set, in the order above.
std::vector<BudgetVerdict> verdicts_of(Budgets const& budgets, Tally const& tally,
                                       std::string_view cache_header);
bool all_kept(std::vector<BudgetVerdict> const& verdicts);

// One of several reports that were added up.
struct ReportPart {
    std::string name; // "a.json"
    std::string machine;
    std::uint64_t clients = 0;
};

// What a month costs in one way of doing it, as texts.
struct BillLine {
    std::string what;
    std::string quantity;
    std::string unit_price;
    std::string amount;
};
struct BillTable {
    std::string title;
    std::string note;
    std::vector<BillLine> lines;
    std::string total;     // "$ 11,700.00"
    double total_usd = 0;  // to be compared
    bool measured = false; // the one that the run is an example of
};

struct LoadReport {
    LoadPlan plan; // its token is in no report
    Tally tally;
    std::string server;  // what was measured: "https://streams.example", "an embedded server"
    std::string version; // of ds: "ds 0.1.0"
    std::string machine; // in words: "2 processors, 8 GiB"
    Millis began{};
    ProcessUse driver_use;
    ProcessUse server_use;         // where it is known: of an embedded server
    std::vector<ReportPart> parts; // none: of a single machine
    std::vector<BudgetVerdict> verdicts;
    std::vector<BillTable> bill;
};

} // namespace ds
