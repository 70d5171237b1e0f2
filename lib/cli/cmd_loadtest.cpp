// ds loadtest: readers and writers against a server, what they see, and what they would cost.
#include "base/encoding.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/interrupt.h"
#include "cli/load_bill.h"
#include "cli/load_options.h"
#include "cli/progress.h"
#include "cli/terminal.h"
#include "loadtest/findings.h"
#include "loadtest/load_run.h"
#include "loadtest/load_streams.h"
#include "loadtest/own_server.h"
#include "loadtest/process_use.h"
#include "loadtest/report.h"
#include "loadtest/report_html.h"
#include "loadtest/report_json.h"
#include "loadtest/report_merge.h"
#include "loadtest/report_text.h"
#include "net/curl_fetch.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

namespace ds {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr auto k_look_pause = 200ms;
constexpr auto k_late_max = 10s; // who comes so late begins at once
constexpr auto k_wait_max = 1h;  // for the start: a token must still be good then

struct LoadtestOptions {
    LoadTarget target;
    std::uint64_t clients = 100;
    std::uint64_t streams = 10;
    double sse_ratio = 1;
    std::uint64_t write_interval_ms = 1000;
    double duration_s = 300;
    double ramp_up_s = 10;
    std::uint64_t message_bytes = 256;
    unsigned threads = 0;
    bool json = false;
    bool quiet = false;
    bool bill = false;
    std::string html;
    std::optional<double> max_p99;
    std::optional<std::uint64_t> max_errors;
    std::optional<double> min_hit;
    std::string start_at;
    std::vector<std::string> merge;
};

constexpr char const* k_loadtest_footer =
    "Readers begin at the tail of their stream and follow live; a writer for each\n"
    "stream appends a message whenever --write-interval has passed. Messages carry\n"
    "their number and the time they were written at, so that each reader's gaps and\n"
    "duplicates are counted, and how long a message took. The streams are new ones,\n"
    "and are removed afterwards. Without --url a server is started for the run.\n"
    "\n"
    "With more readers than one machine can be, use several: on each run the same\n"
    "command with --json and --start-at, and let --merge add their reports up.\n"
    "\n"
    "Ends with status 1 when a budget was missed or a reader saw a gap or a\n"
    "duplicate.\n"
    "\n"
    "Examples:\n"
    "  ds loadtest --clients 1000 --duration 30\n"
    "  ds loadtest --url https://cdn.example --write-url https://origin.example \\\n"
    "      --clients 10000 --streams 1 --sse-ratio 0 --min-hit 99% --html report.html\n"
    "  ds loadtest --url https://cdn.example --start-at WHEN --json > a.json\n"
    "  ds loadtest --merge a.json b.json c.json --html report.html";

Result<LoadPlan> plan_of(LoadtestOptions const& options, std::string const& own_url) {
    auto plan = TRY(target_plan(options.target, own_url, options.duration_s + options.ramp_up_s));
    plan.clients = options.clients;
    plan.clients_in_all = options.clients;
    plan.streams = std::min(options.streams, options.clients);
    plan.sse_ratio = options.sse_ratio;
    plan.write_interval = milliseconds(options.write_interval_ms);
    plan.duration = milliseconds(static_cast<std::int64_t>(options.duration_s * 1000));
    plan.ramp_up = milliseconds(static_cast<std::int64_t>(options.ramp_up_s * 1000));
    plan.message_bytes = options.message_bytes;
    // A core for the server, where it is on this machine as well.
    auto const cores = std::max(1U, std::thread::hardware_concurrency());
    plan.threads = options.threads != 0 ? options.threads : std::clamp(cores / 2, 1U, 8U);
    TRY(check_plan(plan));
    return plan;
}

// Once a second, how it goes.
class ProgressLines {
public:
    ProgressLines(LoadPlan const& plan, bool on)
        : plan_(plan),
          progress_(STDERR_FILENO, clock_),
          on_(on) {}

    void show(LoadCounts const& counts, std::chrono::duration<double> elapsed) {
        if (!on_ || elapsed.count() < shown_at_ + 1) return;
        auto const since = elapsed.count() - shown_at_;
        auto const rate = [&](std::uint64_t now, std::uint64_t before) {
            return static_cast<double>(now - std::min(now, before)) / since;
        };
        LoadProgress line;
        line.elapsed_s = elapsed.count();
        std::chrono::duration<double> const planned = plan_.ramp_up + plan_.duration;
        line.planned_s = planned.count();
        line.readers = counts.readers;
        line.clients = plan_.clients_in_all;
        line.messages_per_s = rate(counts.messages, before_.messages);
        line.appends_per_s = rate(counts.appends, before_.appends);
        line.errors = counts.errors;
        if (counts.answers > 0)
            line.hit = static_cast<double>(counts.hits) / static_cast<double>(counts.answers);
        progress_.show(progress_line(line));
        before_ = counts;
        shown_at_ = elapsed.count();
    }
    void clear() { progress_.clear(); }

private:
    LoadPlan const& plan_;
    SystemClock clock_;
    Progress progress_;
    bool on_;
    LoadCounts before_;
    double shown_at_ = 0;
};

// Drives readers and writers until it is over.
Result<Tally> drive(LoadPlan const& plan, bool shows, Interrupt const& interrupt) {
    auto const run = TRY(LoadRun::start(plan, WithWriters::yes));
    ProgressLines lines(plan, shows);
    while (!interrupt.came() && Steady::now() < run->end()) {
        interrupt.sleep(k_look_pause);
        lines.show(run->progress(), Steady::now() - run->began());
    }
    lines.clear();
    return run->finish(run->stop_writers());
}

// Until the time that several machines agreed on.
Result<void> wait_for_start(std::string const& start_at, Interrupt const& interrupt) {
    if (start_at.empty()) return {};
    SystemClock const clock;
    auto const start = parse_rfc3339(start_at);
    if (!start)
        return Error{Fault::invalid,
                     "--start-at " + start_at + ": want a time such as 2026-12-01T10:00:00Z"};
    if (*start < clock.now() - k_late_max || *start - clock.now() > k_wait_max)
        return Error{Fault::invalid, "--start-at " + start_at +
                                         ": want a time within the next hour; here it is " +
                                         format_rfc3339(clock.now())};
    tell("waiting until " + format_rfc3339(*start));
    while (clock.now() < *start && !interrupt.came())
        interrupt.sleep(std::min(k_look_pause, milliseconds(*start - clock.now())));
    if (interrupt.came()) return Error{Fault::io, "interrupted"};
    return {};
}

// Whether a page can be written there: better known before the run than after it.
Result<void> check_page_place(std::string const& path) {
    if (path.empty()) return {};
    std::error_code ignored;
    std::filesystem::path const file(path);
    auto const folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
    if (!std::filesystem::is_directory(folder, ignored))
        return Error{Fault::invalid, "--html: there is no folder " + folder.string()};
    if (std::filesystem::is_directory(file, ignored))
        return Error{Fault::invalid, "--html: " + path + " is a folder, not a file"};
    bool const there = std::filesystem::exists(file, ignored);
    if (::access(there ? path.c_str() : folder.c_str(), W_OK) != 0)
        return Error{Fault::invalid,
                     "--html: " + path + " cannot be written: " + system_error_text()};
    return {};
}

Result<void> write_page(std::string const& path, std::string const& page) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << page;
    file.close();
    if (!file) return Error{Fault::io, "write " + path + ": " + system_error_text()};
    return {};
}

// Budgets and the bill, then the report in the forms that were asked for.
ExitCode tell_report(LoadtestOptions const& options, LoadReport report) {
    auto const& plan = report.plan;
    auto const& counts = report.tally;
    Budgets const budgets{options.max_p99, options.max_errors, options.min_hit};
    report.version = "ds " DS_VERSION;
    report.verdicts = verdicts_of(budgets, counts, plan.cache_header);
    report.bill = bill_of_run(plan, counts);
    if (!options.html.empty())
        if (auto const written = write_page(options.html, report_html(report)); !written)
            return fail(written.error());
    if (!options.bill && !options.json) report.bill.clear();
    write_all(STDOUT_FILENO, options.json ? report_json(report) : report_text(report));
    bool const whole = completeness(counts).grade != Grade::bad;
    return all_kept(report.verdicts) && whole ? ExitCode::done : ExitCode::failed;
}

// The counts are there: what decides how they come about has no say any more.
Result<LoadReport> merged_report(std::vector<std::string> const& files, CommandLine const& line) {
    constexpr std::array k_of_a_run{"--url",      "--write-url", "--project",   "--cache-header",
                                    "--clients",  "--streams",   "--sse-ratio", "--write-interval",
                                    "--duration", "--ramp-up",   "--msg-size",  "--threads",
                                    "--start-at"};
    for (auto const* option : k_of_a_run)
        if (line.given(option))
            return Error{Fault::invalid, std::string(option) +
                                             " is for a run: --merge adds up what runs have found"};
    std::vector<LoadReport> reports;
    for (auto const& file : files) {
        auto const text = TRY(read_whole(file));
        reports.push_back(TRY(parse_report(text, file)));
    }
    return merge_reports(std::move(reports));
}

ExitCode measure(LoadtestOptions const& options, CommandLine const& line) {
    if (auto const place = check_page_place(options.html); !place) return fail(place.error());
    if (!options.merge.empty()) {
        auto report = merged_report(options.merge, line);
        return report ? tell_report(options, *std::move(report)) : fail(report.error());
    }
    Interrupt const interrupt;
    std::unique_ptr<OwnServer> server;
    if (options.target.url.empty()) {
        auto started = OwnServer::start();
        if (!started) return fail(started.error());
        server = std::move(*started);
    }
    auto planned = plan_of(options, server ? server->url() : "");
    if (!planned) return fail(planned.error());
    auto& plan = *planned;
    if (auto const waited = wait_for_start(options.start_at, interrupt); !waited) {
        server.reset(); // a signal that is passed on lets nobody put things back
        interrupt.pass_on();
        return fail(waited.error());
    }

    CurlFetch fetch(plan.ca_file);
    if (auto const made = create_streams(plan, fetch); !made) return fail(made.error());
    LoadReport report;
    report.began = SystemClock().now();
    auto tally = drive(plan, !options.quiet && !options.json, interrupt);
    report.driver_use = process_use(::getpid());
    if (server) report.server_use = process_use(server->process());
    auto const left = remove_streams(plan, fetch);
    if (!tally) return fail(tally.error());
    if (left > 0)
        tell(std::to_string(left) + " streams could not be removed; they end by themselves");

    report.plan = plan;
    report.tally = std::move(*tally);
    report.server = server ? "an embedded server" : plan.url;
    report.machine = machine_in_words();
    auto const code = tell_report(options, std::move(report));
    server.reset();
    interrupt.pass_on();
    return code;
}

void add_run_options(CommandLine& line, LoadtestOptions& options) {
    line.options({
        {"--clients", &options.clients, "How many readers", takes_number(1, k_load_clients_max)},
        {"--streams", &options.streams, "How many streams they are spread over",
         takes_number(1, k_load_streams_max)},
        {"--sse-ratio", &options.sse_ratio, "The share that reads over SSE; others long-poll",
         takes_measure(Measure::share, 0, 1)},
        {"--write-interval", &options.write_interval_ms, "Between two messages of a stream",
         takes_measure(Measure::milliseconds, 1, 3'600'000)},
        {"--duration", &options.duration_s, "How long, after the last reader has started",
         takes_measure(Measure::seconds, 1, 7 * 86'400)},
        {"--ramp-up", &options.ramp_up_s, "Over how long the readers start",
         takes_measure(Measure::seconds, 0, 86'400)},
        {"--msg-size", &options.message_bytes, "About how large a message is",
         takes_measure(Measure::bytes, k_load_message_bytes_min, k_load_message_bytes_max)},
        {"--threads", &options.threads, "Threads that drive the readers; 0: half the cores",
         takes_number(0, 64)},
    });
}

} // namespace

Action add_loadtest(CommandLine& line, Session&) {
    auto options = std::make_shared<LoadtestOptions>();
    add_target_options(line, options->target);
    add_run_options(line, *options);
    line.options({
        {"--json", &options->json, "Print the report as JSON"},
        {"--html", &options->html, "Write the report as a page, too", takes("FILE")},
        {"--quiet", &options->quiet, "Do not show how it goes"},
        {"--bill", &options->bill,
         "Print also what a month of this would cost, in several ways of doing it; JSON and "
         "page always tell it"},
        {"--max-p99", &options->max_p99, "Budget: delivery in so much, 99 times of 100",
         takes_measure(Measure::milliseconds, 0, 1e9)},
        {"--max-errors", &options->max_errors, "Budget: so many errors", takes("N")},
        {"--min-hit", &options->min_hit, "Budget: this share out of a cache",
         takes_measure(Measure::percent)},
        {"--start-at", &options->start_at, "Begin then, as other machines do: 2026-12-01T10:00:00Z",
         takes("WHEN")},
        {"--merge", &options->merge,
         "Add up what runs on several machines printed with --json, and report that",
         takes("FILE")},
    });
    line.footer(k_loadtest_footer);
    return [options, &line] { return measure(*options, line); };
}

} // namespace ds
