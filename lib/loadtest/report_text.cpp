// Facts with their names in one column, and tables of times below one another.
#include "loadtest/report_text.h"

#include "base/encoding.h"
#include "loadtest/figures.h"
#include "loadtest/findings.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace ds {

namespace {

constexpr std::size_t k_names = 16; // columns of what stands before a fact

std::string padded(std::string_view text, std::size_t columns) {
    std::string cell(text);
    cell.resize(std::max(columns, cell.size()), ' ');
    return cell;
}
std::string right(std::string_view text, std::size_t columns) {
    return std::string(columns - std::min(columns, text.size()), ' ') + std::string(text);
}

std::string fact(std::string_view name, std::string_view what) {
    return "  " + padded(name, k_names) + std::string(what) + "\n";
}
std::string section(std::string_view heading, std::string const& lines) {
    return lines.empty() ? std::string() : std::string(heading) + "\n" + lines + "\n";
}

constexpr std::size_t k_count = 12; // columns
constexpr std::size_t k_time = 10;

std::string times_heading(std::string_view counted) {
    auto line = "  " + padded("", k_names) + right(counted, k_count);
    for (auto const* name : {"min", "avg", "p50", "p90", "p99", "max"})
        line += right(name, k_time);
    return line + "\n";
}
std::string times_row(std::string_view name, Histogram const& times) {
    auto line = "  " + padded(name, k_names) + right(grouped(times.count()), k_count);
    for (auto const ms : {times.quantile_ms(0), times.mean_ms(), times.p50_ms(),
                          times.quantile_ms(0.9), times.p99_ms(), times.max_ms()})
        line += right(times.count() == 0 ? "-" : shown_ms(ms), k_time);
    return line + "\n";
}

// "      1,234   12.34 %  HIT"
std::string shares(Counts const& counts) {
    constexpr std::size_t k_values = 12; // so many, and what is left
    constexpr std::size_t k_percent = 10;
    auto const all = static_cast<double>(total_of(counts));
    std::string lines;
    for (auto const& [value, count] : ranked(counts, k_values)) {
        auto const share = all == 0 ? 0 : static_cast<double>(count) / all;
        lines += "  " + right(grouped(count), k_count) + right(shown_percent(share), k_percent) +
                 "  " + printable(value) + "\n";
    }
    return lines;
}

std::string seconds_of(std::chrono::milliseconds time) {
    auto const seconds = static_cast<double>(time.count()) / 1000;
    return fixed(seconds, time.count() % 1000 == 0 ? 0 : 1) + " s";
}

std::string rate(std::uint64_t count, double seconds) {
    return seconds > 0 ? shown_rate(static_cast<double>(count) / seconds) + "/s" : "-";
}

std::string config(LoadReport const& report) {
    auto const& plan = report.plan;
    auto const& tally = report.tally;
    auto lines = fact("server", printable(report.server));
    if (plan.write_url != plan.url) lines += fact("writes to", printable(plan.write_url));
    lines += fact("project", printable(plan.project));
    lines += fact("readers", grouped(plan.clients) + " on " + count_of(plan.streams, "stream") +
                                 ": " + grouped(tally.sse.clients) + " SSE, " +
                                 grouped(tally.long_poll.clients) + " long-poll");
    lines +=
        fact("writers",
             "one for each stream, a message of " + shown_size(plan.message_bytes) + " every " +
                 grouped(static_cast<std::uint64_t>(plan.write_interval.count())) + " ms");
    lines +=
        fact("duration", seconds_of(plan.duration) + " after a ramp-up of " +
                             seconds_of(plan.ramp_up) + "; took " + fixed(tally.took_s, 1) + " s");
    lines += fact("began", format_rfc3339(report.began));
    if (!report.machine.empty()) lines += fact("machine", printable(report.machine));
    if (!report.version.empty()) lines += fact("version", printable(report.version));
    return lines;
}

std::string parts(LoadReport const& report) {
    std::string lines;
    for (auto const& part : report.parts)
        lines += fact(printable(part.name),
                      count_of(part.clients, "reader") + ", " + printable(part.machine));
    return lines;
}

std::string writes(Tally const& tally) {
    auto const& writes = tally.writes;
    auto lines = fact("writers", grouped(writes.writers));
    lines += fact("appends", grouped(writes.appends) + ", " + rate(writes.appends, tally.took_s) +
                                 ", " + shown_size(writes.bytes));
    lines += fact("errors", grouped(writes.errors));
    lines += fact("late", grouped(writes.late) + " waited for the append before them");
    return lines + times_heading("appends") + times_row("latency", writes.latency);
}

std::string readers(ReaderTally const& readers, double seconds) {
    if (readers.clients == 0) return {};
    auto lines = fact("readers", grouped(readers.clients));
    lines += fact("requests",
                  grouped(readers.requests) + ", " + count_of(readers.reconnects, "reconnect"));
    lines += fact("batches",
                  grouped(readers.batches) + " with " + count_of(readers.messages, "message") +
                      ", " + rate(readers.messages, seconds) + ", " + shown_size(readers.bytes));
    lines += fact("errors", grouped(readers.errors));
    std::string statuses;
    for (auto const& [status, count] : readers.statuses)
        statuses += (statuses.empty() ? "" : ", ") + printable(status) + ": " + grouped(count);
    if (!statuses.empty()) lines += fact("statuses", statuses);
    return lines;
}

std::string delivery(Tally const& tally) {
    auto lines = times_heading("messages");
    auto const rows = [&](std::string_view name, ReaderTally const& readers) {
        if (readers.clients == 0) return;
        lines += times_row(name, readers.delivery);
        if (readers.after_storing.count() > 0)
            lines += times_row("  after storing", readers.after_storing);
    };
    rows("SSE", tally.sse);
    rows("long-poll", tally.long_poll);
    if (tally.sse.clients > 0 && tally.long_poll.clients > 0)
        lines += times_row("both", delivery_of(tally));
    lines += fact("gaps", grouped(tally.sse.gaps + tally.long_poll.gaps));
    lines += fact("duplicates", grouped(tally.sse.duplicates + tally.long_poll.duplicates));
    return lines + "  " + completeness(tally).sentence + "\n";
}

std::string cache(LoadReport const& report) {
    std::string lines;
    for (auto const& [header, values] : report.tally.caches)
        lines += "  " + printable(header) + "\n" + shares(values);
    return lines + "  " + cache_finding(report.tally, report.plan.cache_header).sentence + "\n";
}

std::string misses(LoadReport const& report) {
    auto const figures = url_figures(report.tally);
    if (figures.urls == 0) return {};
    auto lines =
        fact("unique URLs", grouped(figures.urls) + ", asked for " +
                                fixed(figures.average_requests(), 1) + " times on average");
    lines += fact("misses", grouped(figures.misses) + ": " + fixed(figures.average_misses(), 2) +
                                " per URL (ideal: 1), at most " + grouped(figures.most_misses));
    if (report.tally.urls_left_out > 0)
        lines += fact("not counted",
                      count_of(report.tally.urls_left_out, "request") + " of further URLs");
    return lines + "  " + miss_finding(report.tally, report.plan).sentence + "\n";
}

std::string drift(LoadReport const& report) {
    std::string lines;
    for (auto const& [name, readers] :
         {std::pair("SSE", &report.tally.sse), std::pair("long-poll", &report.tally.long_poll)})
        if (readers->clients > 0)
            lines += fact(name, drift_finding(*readers, report.plan).sentence);
    return lines;
}

std::string pops(Tally const& tally) {
    if (tally.pops.empty()) return {};
    auto const finding = pop_finding(tally);
    auto const* const mark = finding.grade == Grade::good ? "  " : "  Warning: ";
    return shares(tally.pops) + mark + finding.sentence + "\n";
}

std::string memory(LoadReport const& report) {
    std::string lines;
    for (auto const& [name, use] :
         {std::pair("load test", &report.driver_use), std::pair("server", &report.server_use)}) {
        if (!use->memory_bytes && !use->cpu_s) continue;
        auto text = use->memory_bytes ? shown_size(*use->memory_bytes) : std::string("not known");
        if (use->cpu_s) text += ", " + fixed(*use->cpu_s, 1) + " s of processor time";
        lines += fact(name, text);
    }
    return lines;
}

std::string budgets(LoadReport const& report) {
    std::string lines;
    for (auto const& verdict : report.verdicts)
        lines += fact(verdict.option, (verdict.kept ? "kept:   " : "MISSED: ") + verdict.figure +
                                          " (" + verdict.limit + ")");
    return lines;
}

std::string bill(LoadReport const& report) {
    constexpr std::array k_cells{&BillLine::what, &BillLine::quantity, &BillLine::unit_price,
                                 &BillLine::amount};
    std::string text;
    for (auto const& table : report.bill) {
        std::array<std::size_t, k_cells.size()> widths{0, 0, 0, table.total.size()};
        for (auto const& line : table.lines)
            for (std::size_t i = 0; i < widths.size(); ++i)
                widths[i] = std::max(widths[i], (line.*k_cells[i]).size());
        text += "  " + table.title + "\n";
        for (auto const& line : table.lines)
            text += "    " + padded(line.what, widths[0]) + "  " + right(line.quantity, widths[1]) +
                    "  " + padded(line.unit_price, widths[2]) + "  " +
                    right(line.amount, widths[3]) + "\n";
        auto const before = widths[0] + widths[1] + widths[2] + 4;
        text += "    " + padded("a month", before) + "  " + right(table.total, widths[3]) + "\n";
        if (!table.note.empty()) text += "    " + table.note + "\n";
    }
    return text;
}

} // namespace

std::string report_text(LoadReport const& report) {
    auto const& tally = report.tally;
    std::string text;
    text += section("CONFIG", config(report));
    text += section("ADDED UP FROM", parts(report));
    text += section("WRITES", writes(tally));
    text += section("SSE READERS", readers(tally.sse, tally.took_s));
    text += section("LONG-POLL READERS", readers(tally.long_poll, tally.took_s));
    text += section("EVENT DELIVERY", delivery(tally));
    text += section("CACHE", cache(report));
    text += section("MISSES PER OFFSET", misses(report));
    text += section("OFFSET DRIFT", drift(report));
    text += section("POPS", pops(tally));
    text += section("ERRORS", tally.errors.empty() ? "  none\n" : shares(tally.errors));
    text += section("MEMORY", memory(report));
    text += section("BILL", bill(report));
    text += section("BUDGETS", budgets(report));
    return text + overall(report).sentence + ".\n";
}

std::string progress_line(LoadProgress const& progress) {
    auto line = shown_time(progress.elapsed_s) + " of " + shown_time(progress.planned_s) + "  " +
                grouped(progress.readers) + "/" + grouped(progress.clients) + " readers  " +
                shown_rate(progress.messages_per_s) + " messages/s  " +
                shown_rate(progress.appends_per_s) + " appends/s  " +
                count_of(progress.errors, "error");
    if (progress.hit) line += "  HIT " + shown_percent(*progress.hit);
    return line;
}

} // namespace ds
