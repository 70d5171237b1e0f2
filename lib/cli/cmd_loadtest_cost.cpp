// ds loadtest cost: the monthly bill of readers, from a few numbers.
#include "cli/commands.h"
#include "cli/cost_text.h"
#include "cli/input.h"
#include "cli/terminal.h"
#include "loadtest/cost_json.h"
#include "loadtest/price_file.h"

#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

namespace ds {
namespace {

using namespace loadtest;

struct CostCommand {
    Workload workload;
    Rates rates;
    std::string arrivals = "regular";
    std::string prices;
    std::vector<std::string> price;
    std::string scenario;
    bool allowances = false;
    bool print_prices = false;
    bool json = false;
};

constexpr char const* k_loadtest_cost_footer =
    "Without options it is the bill of 10,000 readers who wait in long-polls for one\n"
    "write a second. The first sum is what the published tables of the reference\n"
    "architecture count, the second is all that is paid for.\n"
    "\n"
    "Examples:\n"
    "  ds loadtest cost --readers 10000 --writes-per-second 1 --hit-rate 0.999\n"
    "  ds loadtest cost --readers 500 --streams 20 --scenario ds\n"
    "  ds loadtest cost --price worker-requests=0.25 --price vps=4 --allowances\n"
    "  ds loadtest cost --print-prices > prices.json\n"
    "  ds loadtest cost --prices prices.json --json";

Result<Prices> prices_of(CostCommand const& command) {
    auto prices = list_prices();
    if (!command.prices.empty()) {
        auto const file = TRY(read_whole(command.prices));
        auto read = override_prices(std::move(prices), file);
        if (!read) return std::move(read).error().within(command.prices);
        prices = *std::move(read);
    }
    for (auto const& assignment : command.price)
        prices = TRY(set_price(std::move(prices), assignment));
    return prices;
}

Result<Bill> bill_of(CostCommand const& command) {
    auto workload = command.workload;
    workload.arrivals = command.arrivals == "poisson" ? Arrivals::poisson : Arrivals::regular;
    auto const prices = TRY(prices_of(command));
    auto const month = TRY(month_of(workload));
    return make_bill(month, command.rates, prices,
                     command.allowances ? Allowances::yes : Allowances::no);
}

std::string unknown_scenario(std::string const& id, Bill const& bill) {
    std::string known = "all";
    for (auto const& scenario : bill.scenarios)
        known += ", " + scenario.id;
    return "there is no scenario '" + id + "'; there are " + known;
}

ExitCode cost(CostCommand const& command) {
    if (command.print_prices) {
        write_all(STDOUT_FILENO, k_price_file);
        return ExitCode::done;
    }
    auto const bill = bill_of(command);
    if (!bill)
        return fail(bill.error().fault == Fault::invalid ? ExitCode::misused : ExitCode::failed,
                    bill.error().what);
    if (command.json) {
        write_all(STDOUT_FILENO, bill_json(*bill) + "\n");
        return ExitCode::done;
    }
    if (command.scenario.empty()) {
        write_all(STDOUT_FILENO, bill_summary(*bill));
        return ExitCode::done;
    }
    auto const lines = bill_lines(*bill, command.scenario == "all" ? "" : command.scenario);
    if (lines.empty()) return fail(ExitCode::misused, unknown_scenario(command.scenario, *bill));
    write_all(STDOUT_FILENO, lines);
    return ExitCode::done;
}

void add_workload(CommandLine& line, CostCommand& command) {
    auto& of = command.workload;
    line.options({
        {"--readers", &of.readers, "Readers at any time", takes("N")},
        {"--streams", &of.streams, "Streams that they are spread over", takes("N")},
        {"--writes-per-second", &of.writes_per_second, "Writes to each stream", takes("N")},
        {"--arrivals", &command.arrivals, "Whether writes come at equal distances or at random",
         takes_one_of("regular|poisson")},
        {"--msg-size", &of.message_bytes, "Size of a message", takes_measure(Measure::bytes)},
        {"--header-size", &of.header_bytes, "Size of an answer's head",
         takes_measure(Measure::bytes)},
        {"--sse-ratio", &of.sse_share,
         "Share of the readers that use SSE; the others use long-poll",
         takes_measure(Measure::share)},
        {"--sse-lifetime", &of.sse_seconds, "How long an SSE response lasts",
         takes_measure(Measure::seconds)},
        {"--long-poll-timeout", &of.long_poll_seconds, "How long a long-poll waits for data",
         takes_measure(Measure::seconds)},
        {"--producer-ratio", &of.producer_share, "Share of the appends by idempotent producers",
         takes_measure(Measure::share)},
        {"--subscribers", &of.subscribers, "Estuaries that each stream is copied to", takes("N")},
        {"--cold-reads", &of.cold_reads, "Reads from the object store in a month", takes("N")},
        {"--retention-days", &of.retention_days, "How long messages are kept",
         takes_measure(Measure::days)},
    });
}

} // namespace

Action add_loadtest_cost(CommandLine& line, Session&) {
    auto command = std::make_shared<CostCommand>();
    add_workload(line, *command);
    line.options({
        {"--hit-rate", &command->rates.cdn, "Share of the reads that the CDN answers",
         takes_measure(Measure::share)},
        {"--pops", &command->workload.pops,
         "Data centres of the CDN that readers come to; an ideal CDN asks once for each",
         takes("N")},
        {"--edge-hit-rate", &command->rates.edge,
         "The same of the reference's edge cache, where there is no CDN",
         takes_measure(Measure::share)},
        {"--edge-hit-rate-behind-cdn", &command->rates.edge_behind_cdn,
         "And of what a CDN lets through", takes_measure(Measure::share)},
        {"--allowances", &command->allowances,
         "Take off what plans include, and add the plan's fee"},
        {"--prices", &command->prices, "Prices that replace those of the list, as JSON",
         takes("FILE")},
        {"--price", &command->price, "A price in dollars, such as vps=4; may be repeated",
         takes("NAME=DOLLARS")},
        {"--print-prices", &command->print_prices,
         "Print the list of prices, as --prices takes it"},
        {"--scenario", &command->scenario,
         "Show the lines of a bill: ds-cdn; of a family, ds or reference; or all", takes("NAME")},
        {"--json", &command->json, "Print one JSON document",
         takes().excludes("--scenario").excludes("--print-prices")},
    });
    line.footer(k_loadtest_cost_footer);
    return [command] { return cost(*command); };
}

} // namespace ds
