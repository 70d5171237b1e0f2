// ds loadtest cdn: does the cache in front of a server do what it should?
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/load_options.h"
#include "cli/terminal.h"
#include "loadtest/cdn.h"
#include "loadtest/load_streams.h"
#include "net/curl_fetch.h"

#include <unistd.h>

#include <memory>

namespace ds {
namespace {

constexpr double k_longest_s = 3600;

struct CdnOptions {
    LoadTarget target;
    std::uint64_t concurrency = 10;
    std::uint64_t stagger_ms = 0;
    std::uint64_t rounds = 3;
    bool json = false;
};

constexpr char const* k_loadtest_cdn_footer =
    "Sends bursts of equal requests through the cache: reads in the middle of a new\n"
    "stream, and long-polls at its tail that one write wakes; the latter also 10 ms\n"
    "apart, and both once more at five times the concurrency; and long-polls that\n"
    "nothing wakes. Of each burst one request should reach the server. Says what\n"
    "came instead, and what to change in the cache's configuration.\n"
    "\n"
    "Ends with status 1 unless the cache works well.\n"
    "\n"
    "Examples:\n"
    "  ds loadtest cdn --url https://cdn.example --write-url https://origin.example\n"
    "  ds loadtest cdn --url http://127.0.0.1:8080 --concurrency 50 --json";

ExitCode diagnose(CdnOptions const& options) {
    if (options.target.url.empty()) return fail(ExitCode::misused, "name the cache with --url");
    CdnPlan plan;
    auto load = target_plan(options.target, "", k_longest_s);
    if (!load) return fail(load.error());
    plan.load = *std::move(load);
    plan.load.streams = 1;
    plan.load.clients = plan.load.clients_in_all = 1;
    plan.concurrency = options.concurrency;
    plan.stagger = std::chrono::milliseconds(options.stagger_ms);
    plan.rounds = options.rounds;
    if (auto const checked = check_plan(plan); !checked) return fail(checked.error());

    CurlFetch fetch(plan.load.ca_file);
    if (auto const made = create_streams(plan.load, fetch); !made) return fail(made.error());
    Interrupt const interrupt;
    CdnWatch watch;
    watch.begins = [&](std::string const& name) {
        if (!options.json) tell(name + " ...");
    };
    watch.goes_on = [&] { return !interrupt.came(); };
    auto const report = diagnose_cdn(plan, watch);
    static_cast<void>(remove_streams(plan.load, fetch));
    if (!report) interrupt.pass_on();
    if (!report) return fail(report.error());
    write_all(STDOUT_FILENO, options.json ? cdn_json(*report) + "\n" : cdn_text(*report));
    interrupt.pass_on();
    return verdict_on(*report) == CdnVerdict::well ? ExitCode::done : ExitCode::failed;
}

} // namespace

Action add_loadtest_cdn(CommandLine& line, Session&) {
    auto options = std::make_shared<CdnOptions>();
    add_target_options(line, options->target);
    line.options({
        {"--concurrency", &options->concurrency, "Requests of a burst", takes_number(2, 2000)},
        {"--stagger", &options->stagger_ms, "Between the requests of a burst",
         takes_measure(Measure::milliseconds, 0, 10'000)},
        {"--rounds", &options->rounds, "Bursts of each kind", takes_number(1, 1000)},
        {"--json", &options->json, "Print the report as JSON"},
    });
    line.footer(k_loadtest_cdn_footer);
    return [options] { return diagnose(*options); };
}

} // namespace ds
