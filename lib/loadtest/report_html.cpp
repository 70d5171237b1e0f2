// The page, section by section. Whatever comes from a server or a command line is escaped.
#include "loadtest/report_html.h"

#include "base/encoding.h"
#include "loadtest/figures.h"
#include "loadtest/findings.h"
#include "loadtest/html.h"
#include "loadtest/report_charts.h"
#include "loadtest/report_style.h"

#include <algorithm>
#include <array>
#include <utility>

namespace ds {

namespace {

using ReportRow = std::vector<std::string>;

char const* css_of(Grade grade) {
    switch (grade) {
    case Grade::good: return "good";
    case Grade::fair: return "fair";
    case Grade::bad: return "bad";
    case Grade::unknown: break;
    }
    return "unknown";
}

// The same as a word, for those who do not see colours.
char const* mark_of(Grade grade) {
    switch (grade) {
    case Grade::good: return "Good:";
    case Grade::fair: return "Note:";
    case Grade::bad: return "Bad:";
    case Grade::unknown: break;
    }
    return "Unknown:";
}

std::string finding_html(Finding const& finding) {
    return std::string("<p class=\"finding ") + css_of(finding.grade) + "\"><b>" +
           mark_of(finding.grade) + "</b><span>" + html_escaped(finding.sentence) + "</span></p>";
}

std::string section(std::string_view id, std::string_view title, std::string const& content) {
    auto const name = html_escaped(title);
    return "<section id=\"" + std::string(id) + "\" aria-labelledby=\"" + std::string(id) +
           "-title\"><h2 id=\"" + std::string(id) + "-title\">" + name + "</h2>" + content +
           "</section>";
}

std::string sign_of(Grade grade) {
    std::string svg = "<svg viewBox=\"0 0 46 46\" aria-hidden=\"true\"><circle class=\"ring\" "
                      "cx=\"23\" cy=\"23\" r=\"23\"/><path class=\"sign\" d=\"";
    svg += grade == Grade::good  ? "M14 24l6.5 6.5L33 17"
           : grade == Grade::bad ? "M16 16l14 14M30 16L16 30"
                                 : "M23 13v13M23 32v.5";
    return svg + "\"/></svg>";
}

std::string seconds_html(std::chrono::milliseconds time) {
    return short_number(static_cast<double>(time.count()) / 1000) + " s";
}

std::string missed(LoadReport const& report) {
    std::string html;
    for (auto const& verdict : report.verdicts)
        if (!verdict.kept)
            html += "<p class=\"missed\"><code>" + html_escaped(verdict.option) + "</code> " +
                    html_escaped(verdict.figure) + ", " + html_escaped(verdict.limit) + "</p>";
    return html;
}

std::string heading(LoadReport const& report) {
    auto const verdict = overall(report);
    auto const& plan = report.plan;
    return "<header class=\"" + std::string(css_of(verdict.grade)) +
           "\"><div><div class=\"brand\"><span><b>ds loadtest</b> of " +
           html_escaped(report.server) + "</span><time datetime=\"" + format_rfc3339(report.began) +
           "\">" + format_rfc3339(report.began).replace(10, 1, " ").substr(0, 16) +
           " UTC</time></div><div class=\"verdict\">" + sign_of(verdict.grade) + "<div><h1>" +
           html_escaped(verdict.sentence) + "</h1>" + missed(report) + "<p>" +
           count_of(plan.clients, "reader") + " on " + count_of(plan.streams, "stream") + " for " +
           seconds_html(plan.duration) + ", a message of " + shown_size(plan.message_bytes) +
           " to each of them every " + seconds_html(plan.write_interval) +
           ".</p></div></div></div></header>";
}

std::string rate_html(std::uint64_t count, double seconds) {
    return seconds > 0 ? shown_rate(static_cast<double>(count) / seconds) + " a second" : "";
}

struct KeyFigure {
    std::string name;
    std::string value;
    std::string more;
    Grade grade = Grade::unknown;
};

std::string key_figures(LoadReport const& report) {
    auto const& tally = report.tally;
    auto const delivery = delivery_of(tally);
    auto const hits = hit_share(tally, report.plan.cache_header);
    auto const gaps = tally.sse.gaps + tally.long_poll.gaps;
    auto const duplicates = tally.sse.duplicates + tally.long_poll.duplicates;
    auto const errors = errors_of(tally);
    auto const messages = tally.sse.messages + tally.long_poll.messages;
    std::array<KeyFigure, 6> const figures{{
        {"Delivery, p99", delivery.count() == 0 ? "-" : shown_ms(delivery.p99_ms()),
         delivery.count() == 0 ? "" : "half within " + shown_ms(delivery.p50_ms())},
        {"Delivered", grouped(messages), rate_html(messages, tally.took_s)},
        {"Lost or twice", grouped(gaps + duplicates),
         grouped(gaps) + " lost, " + grouped(duplicates) + " twice", completeness(tally).grade},
        {"Out of the cache", hits.answers == 0 ? "-" : shown_percent(hits.share()),
         hits.answers == 0 ? "no header says so" : "says " + hits.header,
         cache_finding(tally, report.plan.cache_header).grade},
        {"Errors", grouped(errors), "readers and writers", errors == 0 ? Grade::good : Grade::bad},
        {"Appends", grouped(tally.writes.appends), rate_html(tally.writes.appends, tally.took_s)},
    }};
    std::string html = "<dl class=\"figures\">";
    for (auto const& figure : figures) {
        bool const toned = figure.grade != Grade::unknown;
        html += "<div><dt>" + html_escaped(figure.name) + "</dt><dd class=\"" +
                (toned ? "tone " : "") + css_of(figure.grade) + "\">" + html_escaped(figure.value) +
                "</dd><dd>" + html_escaped(figure.more) + "</dd></div>";
    }
    return html + "</dl>";
}

std::string budgets_html(LoadReport const& report) {
    if (report.verdicts.empty())
        return "<p>None was set. <code>--max-p99</code>, <code>--max-errors</code> and "
               "<code>--min-hit</code> set them.</p>";
    std::vector<ReportRow> rows;
    for (auto const& verdict : report.verdicts)
        rows.push_back({"<code>" + html_escaped(verdict.option) + "</code>",
                        html_escaped(verdict.figure) + "<br><small>" + html_escaped(verdict.limit) +
                            "</small>",
                        verdict.kept ? "<span class=\"pill good\">kept</span>"
                                     : "<span class=\"pill bad\">missed</span>"});
    return html_table("", {"Budget", "Found", ">Verdict"}, rows);
}

// Modes that have readers, and what is said of each: a column for each mode.
using Reading = std::string (*)(ReaderTally const&);
std::string mode_table(Tally const& tally, std::string const& first,
                       std::vector<std::pair<std::string, Reading>> const& readings) {
    std::vector<std::string> headings{first};
    std::vector<ReaderTally const*> modes;
    for (auto const& [name, mode] :
         {std::pair(">SSE", &tally.sse), std::pair(">Long-poll", &tally.long_poll)}) {
        if (mode->clients == 0) continue;
        headings.emplace_back(name);
        modes.push_back(mode);
    }
    std::vector<ReportRow> rows;
    for (auto const& [name, reading] : readings) {
        ReportRow row{name};
        for (auto const* mode : modes)
            row.push_back(reading(*mode));
        rows.push_back(std::move(row));
    }
    return html_table("", headings, rows);
}

template <int Permille>
std::string delivered_within(ReaderTally const& readers) {
    auto const& times = readers.delivery;
    return times.count() == 0 ? "-" : shown_ms(times.quantile_ms(Permille / 1000.0));
}

std::string delivery_table(Tally const& tally) {
    return mode_table(
        tally, "Delivered",
        {{"fastest", delivered_within<0>},
         {"on average",
          [](ReaderTally const& readers) { return shown_ms(readers.delivery.mean_ms()); }},
         {"half (p50) within", delivered_within<500>},
         {"90 % within", delivered_within<900>},
         {"99 % within", delivered_within<990>},
         {"99.9 % within", delivered_within<999>},
         {"slowest",
          [](ReaderTally const& readers) { return shown_ms(readers.delivery.max_ms()); }},
         {"99 % after storing, within", [](ReaderTally const& readers) {
              auto const& times = readers.after_storing;
              return times.count() == 0 ? std::string("-") : shown_ms(times.p99_ms());
          }}});
}

std::string delivery(LoadReport const& report) {
    auto const& tally = report.tally;
    return "<p>From the writer's clock when a message was sent to the reader that got it.</p>" +
           finding_html(completeness(tally)) +
           html_div("split",
                    html_div("", latency_charts(tally)) + html_div("side", delivery_table(tally)));
}

std::string statuses(Tally const& tally) {
    Counts all = tally.sse.statuses;
    all.insert(tally.long_poll.statuses.begin(), tally.long_poll.statuses.end());
    if (all.empty()) return {};
    auto const shown = [](Counts const& of, std::string const& status) {
        auto const found = of.find(status);
        return grouped(found == of.end() ? 0 : found->second);
    };
    std::vector<ReportRow> rows;
    for (auto const& [status, _] : all)
        rows.push_back({html_escaped(status), shown(tally.sse.statuses, status),
                        shown(tally.long_poll.statuses, status)});
    return html_details("Answers by status",
                        html_table("", {"Status", ">SSE", ">Long-poll"}, rows));
}

std::string readers(LoadReport const& report) {
    using Tally = ReaderTally const&;
    std::string drifts;
    for (auto const& [name, mode] :
         {std::pair("SSE", &report.tally.sse), std::pair("Long-poll", &report.tally.long_poll)}) {
        if (mode->clients == 0) continue;
        auto finding = drift_finding(*mode, report.plan);
        finding.sentence = std::string(name) + ", offset drift. " + finding.sentence;
        drifts += finding_html(finding);
    }
    auto const table = mode_table(report.tally, "",
                                  {{"Readers", [](Tally of) { return grouped(of.clients); }},
                                   {"Requests", [](Tally of) { return grouped(of.requests); }},
                                   {"Reconnects", [](Tally of) { return grouped(of.reconnects); }},
                                   {"Batches", [](Tally of) { return grouped(of.batches); }},
                                   {"Messages", [](Tally of) { return grouped(of.messages); }},
                                   {"Bytes", [](Tally of) { return shown_size(of.bytes); }},
                                   {"Lost", [](Tally of) { return grouped(of.gaps); }},
                                   {"Seen twice", [](Tally of) { return grouped(of.duplicates); }},
                                   {"Errors", [](Tally of) { return grouped(of.errors); }}});
    return html_div("split", html_div("", readers_chart(report)) +
                                 html_div("side", table + statuses(report.tally))) +
           drifts;
}

std::string cache_html(LoadReport const& report) {
    return finding_html(cache_finding(report.tally, report.plan.cache_header)) +
           html_div("halves", cache_charts(report));
}

std::string misses_html(LoadReport const& report) {
    auto const figures = url_figures(report.tally);
    auto html = "<p>" + count_of(figures.urls, "unique URL") + " (a stream, an offset and a " +
                "cursor), asked for " + fixed(figures.average_requests(), 1) +
                " times on average: " + fixed(figures.average_misses(), 2) +
                " misses per URL, at most " + grouped(figures.most_misses) + ". Ideal is 1.</p>" +
                finding_html(miss_finding(report.tally, report.plan));
    if (figures.urls > 0) html += misses_chart(figures);
    if (report.tally.urls_left_out > 0)
        html += "<p>" + count_of(report.tally.urls_left_out, "request") +
                " of further URLs are not counted here.</p>";
    return html;
}

std::string pops(LoadReport const& report) {
    auto html = finding_html(pop_finding(report.tally));
    if (!report.tally.pops.empty()) html += counts_chart("Data centre", report.tally.pops);
    return html;
}

std::string errors(LoadReport const& report) {
    if (report.tally.errors.empty())
        return finding_html({Grade::good, "No reader and no writer met one."});
    return counts_chart("Cause", report.tally.errors);
}

std::string writes(LoadReport const& report) {
    auto const& writes = report.tally.writes;
    auto const& times = writes.latency;
    auto const shown = [&](double ms) { return times.count() == 0 ? "-" : shown_ms(ms); };
    return html_table("", {"", ">Appends"},
                      {{"Writers", grouped(writes.writers)},
                       {"Appends", grouped(writes.appends)},
                       {"Errors", grouped(writes.errors)},
                       {"Late, behind the one before", grouped(writes.late)},
                       {"Answered on average in", shown(times.mean_ms())},
                       {"half (p50) within", shown(times.p50_ms())},
                       {"90 % within", shown(times.quantile_ms(0.9))},
                       {"99 % within", shown(times.p99_ms())},
                       {"slowest", shown(times.max_ms())}});
}

std::string use_of(ProcessUse const& use) {
    std::string text = use.memory_bytes ? shown_size(*use.memory_bytes) : "not known";
    if (use.cpu_s) text += ", " + fixed(*use.cpu_s, 1) + " s of processor time";
    return text;
}

std::string config_html(LoadReport const& report) {
    auto const& plan = report.plan;
    std::string html = "<dl class=\"facts\">";
    auto const add = [&](std::string_view name, std::string const& what) {
        if (!what.empty())
            html += "<dt>" + html_escaped(name) + "</dt><dd>" + html_escaped(what) + "</dd>";
    };
    add("Server", report.server);
    if (plan.write_url != plan.url) add("Written to", plan.write_url);
    add("Project", plan.project);
    add("Ramp-up", seconds_html(plan.ramp_up));
    add("Took", fixed(report.tally.took_s, 1) + " s");
    add("Machine", report.machine);
    add("Load test used", use_of(report.driver_use));
    add("Server used", use_of(report.server_use));
    html += "</dl>";
    if (report.agents.empty()) return html;
    std::vector<ReportRow> rows;
    for (auto const& agent : report.agents)
        rows.push_back({html_escaped(agent.name), grouped(agent.clients),
                        agent.error.empty() ? "<span class=\"pill good\">done</span>"
                                            : "<span class=\"pill bad\">failed</span> " +
                                                  html_escaped(agent.error)});
    return html + html_table("Agents", {"Agent", ">Readers", "State"}, rows);
}

std::string bill_html(LoadReport const& report) {
    double most = 0;
    for (auto const& table : report.bill)
        most = std::max(most, table.total_usd);
    std::vector<ReportRow> totals;
    std::string tables;
    for (auto const& table : report.bill) {
        auto const share = most > 0 ? table.total_usd / most : 0;
        totals.push_back(
            {html_escaped(table.title),
             "<span class=\"bar\"><span class=\"" + std::string(table.measured ? "hit" : "other0") +
                 "\" style=\"width:" + short_number(share * 100) + "%\"></span></span>",
             html_escaped(table.total)});
        std::vector<ReportRow> lines;
        for (auto const& line : table.lines)
            lines.push_back({html_escaped(line.what) + "<br><small>" + html_escaped(line.quantity) +
                                 " at " + html_escaped(line.unit_price) + "</small>",
                             html_escaped(line.amount)});
        lines.push_back(
            {"<strong>Total</strong>", "<strong>" + html_escaped(table.total) + "</strong>"});
        tables += std::string("<details") + (table.measured ? " class=\"measured\" open" : "") +
                  "><summary><b>" + html_escaped(table.title) + "</b> " +
                  html_escaped(table.total) + "</summary><p>" + html_escaped(table.note) + "</p>" +
                  html_table("", {"", ">A month"}, lines) + "</details>";
    }
    return "<p>What a month of this costs, in several ways of doing it.</p>" +
           html_table("", {"Way", "", ">A month"}, totals) + html_div("bills", tables);
}

} // namespace

std::string report_html(LoadReport const& report) {
    std::string page =
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
        "style-src 'unsafe-inline'; img-src data:\">\n<link rel=\"icon\" href=\"data:,\">\n"
        "<title>ds loadtest: " +
        html_escaped(overall(report).sentence) + "</title>\n<style>" + std::string(report_style()) +
        "</style>\n</head>\n<body>\n";
    page += heading(report) + "\n<main>\n" + key_figures(report);
    page += section("budgets", "Budgets", budgets_html(report));
    page += section("delivery", "Delivery", delivery(report));
    page += section("time", "Delivery over time", delivery_charts(report));
    page += section("readers", "Readers", readers(report));
    page += section("cache", "Cache", cache_html(report));
    page +=
        html_div("pair", section("misses", "Misses per URL", misses_html(report)) +
                             html_div("column", section("pops", "Data centres", pops(report)) +
                                                    section("errors", "Errors", errors(report))));
    page += html_div("pair", section("writes", "Writes", writes(report)) +
                                 section("config", "Configuration", config_html(report)));
    if (!report.bill.empty()) page += section("bill", "The bill", bill_html(report));
    page += "\n</main>\n<footer>Made by " +
            html_escaped(report.version.empty() ? "ds" : report.version) +
            ". This page asks no server for anything.</footer>\n</body>\n</html>\n";
    return page;
}

} // namespace ds
