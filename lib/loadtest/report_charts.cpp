// Bars and lines out of counts.
#include "loadtest/report_charts.h"

#include "base/encoding.h"
#include "loadtest/figures.h"
#include "loadtest/html.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace ds {

namespace {

double share_of(std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

// ---- How long the delivery took

constexpr std::size_t k_bins = 64;
using Bins = std::array<std::uint64_t, k_bins>;

Bins bins_of(Histogram const& times, LogAxis const& axis) {
    Bins bins{};
    for (auto const& [bucket, count] : times.buckets()) {
        auto const place = axis.place(Histogram::ms_of(bucket)) * static_cast<double>(k_bins);
        bins[std::min(static_cast<std::size_t>(place), k_bins - 1)] += count;
    }
    return bins;
}

std::string bin_name(LogAxis const& axis, std::size_t bin) {
    auto const side = [&](std::size_t at) {
        return shown_ms(axis.value(static_cast<double>(at) / static_cast<double>(k_bins)));
    };
    return side(bin) + " to " + side(bin + 1);
}

std::string short_ms(double ms) {
    if (ms >= 999.5) return short_number(ms / 1000) + " s";
    if (ms > 0 && ms < 0.01) return short_number(ms * 1000) + " µs";
    return short_number(ms) + " ms";
}

struct Mode {
    char const* name;
    char const* css_class;
    Histogram const& times;
};

std::string latency_panel(Mode const& mode, Bins const& bins, LogAxis const& axis, double most) {
    // What is hardly there is still seen: the tail is what one looks for.
    constexpr double k_seen = 8;
    constexpr double k_width = k_plot_side / static_cast<double>(k_bins);
    auto const all = mode.times.count();
    auto const y = round_axis(most, 4);
    Plot plot;
    plot.label = std::string("How long the delivery to ") + mode.name + " readers took: half of " +
                 count_of(all, "message") + " within " + shown_ms(mode.times.p50_ms()) +
                 ", 99 % within " + shown_ms(mode.times.p99_ms());
    plot.x = axis.ticks(short_ms);
    for (auto const value : y.values)
        plot.y.push_back({value / y.end, short_number(value * 100) + " %", false});
    for (std::size_t i = 0; i < k_bins; ++i) {
        if (bins[i] == 0) continue;
        auto const share = share_of(bins[i], all);
        auto const height = std::max(k_seen, share / y.end * k_plot_side);
        plot.shapes += shape_rect(static_cast<double>(i) * k_width + k_width * 0.08,
                                  k_plot_side - height, k_width * 0.84, height, mode.css_class,
                                  bin_name(axis, i) + ": " + count_of(bins[i], "message") + ", " +
                                      shown_percent(share));
    }
    plot.marks = {{axis.place(mode.times.p50_ms()), "p50 " + shown_ms(mode.times.p50_ms())},
                  {axis.place(mode.times.p99_ms()), "p99 " + shown_ms(mode.times.p99_ms())}};
    return "<figure><figcaption><i class=\"key " + std::string(mode.css_class) + "\"></i>" +
           mode.name + " <small>" + count_of(all, "message") + "</small></figcaption>" +
           plot_html(plot) + "</figure>";
}

// ---- Over time

// A few seconds of a run, taken together so that a long one has room.
struct Stretch {
    double from_s = 0;
    double length_s = 1;
    double messages_per_s = 0;
    double readers = 0; // at its end
    double slowest_ms = 0;
    std::uint64_t errors = 0;
};

std::vector<Stretch> stretches_of(std::vector<Second> const& seconds, std::size_t most) {
    std::vector<Stretch> stretches;
    auto const length = std::max<std::size_t>(1, (seconds.size() + most - 1) / most);
    for (std::size_t from = 0; from < seconds.size(); from += length) {
        auto const end = std::min(from + length, seconds.size());
        Stretch one{static_cast<double>(from), static_cast<double>(end - from)};
        for (auto i = from; i < end; ++i) {
            one.messages_per_s += static_cast<double>(seconds[i].messages) / one.length_s;
            one.slowest_ms =
                std::max(one.slowest_ms, static_cast<double>(seconds[i].slowest_us) / 1000);
            one.errors += seconds[i].errors;
            one.readers = static_cast<double>(seconds[i].readers);
        }
        stretches.push_back(one);
    }
    return stretches;
}

constexpr std::size_t k_stretches = 150;

std::vector<AxisTick> time_ticks(double seconds) {
    constexpr std::array<double, 15> k_steps{1,   2,   5,    10,   15,    30,    60,   120,
                                             300, 600, 1800, 3600, 14400, 43200, 86400};
    constexpr double k_ticks = 7;
    auto const* step = std::find_if(k_steps.begin(), k_steps.end() - 1,
                                    [&](double one) { return seconds / one <= k_ticks; });
    std::vector<AxisTick> ticks;
    for (int i = 0; i * *step <= seconds; ++i)
        ticks.push_back({i * *step / seconds, shown_time(i * *step), i % 2 == 1});
    return ticks;
}

struct Series {
    std::string name;
    std::string css_class;
    double Stretch::*value;
    std::string (*shown)(double);
};

std::string time_chart(std::vector<Stretch> const& stretches, Series const& series,
                       double ramp_up_s) {
    auto const end = stretches.back().from_s + stretches.back().length_s;
    double most = 0;
    for (auto const& one : stretches)
        most = std::max(most, one.*series.value);
    auto const y = round_axis(most, 5);
    Plot plot;
    plot.label = series.name + " over " + shown_time(end) + ", at most " + series.shown(most);
    plot.x = time_ticks(end);
    for (auto const value : y.values)
        plot.y.push_back({value / y.end, series.shown(value), false});
    if (ramp_up_s > 0)
        plot.shapes += shape_rect(0, 0, std::min(ramp_up_s / end, 1.0) * k_plot_side, k_plot_side,
                                  "ramp", "Readers are started");
    std::string line;
    std::string marks;
    for (auto const& one : stretches) {
        auto const left = one.from_s / end * k_plot_side;
        auto const width = one.length_s / end * k_plot_side;
        auto const top = k_plot_side * (1 - one.*series.value / y.end);
        line +=
            (line.empty() ? "M" : "L") + short_number(left + width / 2) + " " + short_number(top);
        auto title = shown_time(one.from_s) + ": " + series.shown(one.*series.value);
        if (one.errors > 0) title += ", " + count_of(one.errors, "error");
        marks +=
            shape_rect(left, 0, width, k_plot_side, one.errors > 0 ? "spot bad" : "spot", title);
    }
    auto const first = short_number(stretches.front().length_s / end * k_plot_side / 2);
    auto const last = short_number(k_plot_side - stretches.back().length_s / end * k_plot_side / 2);
    plot.shapes += "<path class=\"fill " + series.css_class + "\" d=\"" + line + "L" + last +
                   " 1000L" + first + " 1000Z\"/><path class=\"line " + series.css_class +
                   "\" d=\"" + line + "\"/>" + marks;
    return "<figure><figcaption>" + html_escaped(series.name) + "</figcaption>" + plot_html(plot) +
           "</figure>";
}

std::string rate_label(double value) {
    return value < 10 ? short_number(value)
                      : grouped(static_cast<std::uint64_t>(std::llround(value)));
}

double ramp_up_of(LoadReport const& report) {
    return static_cast<double>(report.plan.ramp_up.count()) / 1000;
}

std::string table_over_time(std::vector<Second> const& seconds) {
    constexpr std::size_t k_rows = 24;
    std::vector<std::vector<std::string>> rows;
    for (auto const& one : stretches_of(seconds, k_rows))
        rows.push_back({shown_time(one.from_s), rate_label(one.messages_per_s),
                        shown_ms(one.slowest_ms), rate_label(one.readers), grouped(one.errors)});
    return html_details(
        "The run as a table",
        html_table("", {"From", ">Messages/s", ">Slowest", ">Readers", ">Errors"}, rows));
}

// ---- Shares

// Colours have a meaning where a value has one.
std::string colour_of(std::string const& value, std::size_t rank) {
    if (says_hit(value)) return "hit";
    if (to_lower(value).starts_with("miss")) return "miss";
    return "other" + std::to_string(rank % 4);
}

std::string bar(double share, std::string const& css_class) {
    return "<span class=\"bar\"><span class=\"" + css_class +
           "\" style=\"width:" + short_number(share * 100) + "%\"></span></span>";
}

} // namespace

std::string latency_charts(Tally const& tally) {
    auto const both = delivery_of(tally);
    if (both.count() == 0) return "<p>Nothing was delivered.</p>";
    LogAxis const axis(both.quantile_ms(0), both.max_ms());
    std::string panels;
    std::string table;
    double most = 0;
    std::vector<std::pair<Mode, Bins>> modes;
    for (auto const& mode : {Mode{"SSE", "sse", tally.sse.delivery},
                             Mode{"Long-poll", "poll", tally.long_poll.delivery}}) {
        if (mode.times.count() == 0) continue;
        modes.emplace_back(mode, bins_of(mode.times, axis));
        for (auto const count : modes.back().second)
            most = std::max(most, share_of(count, mode.times.count()));
    }
    for (auto const& [mode, bins] : modes) {
        panels += latency_panel(mode, bins, axis, most);
        std::vector<std::vector<std::string>> rows;
        for (std::size_t i = 0; i < k_bins; ++i)
            if (bins[i] > 0)
                rows.push_back({bin_name(axis, i), grouped(bins[i]),
                                shown_percent(share_of(bins[i], mode.times.count()))});
        table += html_table(mode.name, {"Delivered in", ">Messages", ">Share"}, rows);
    }
    return panels + html_details("The histogram as a table", table);
}

std::string delivery_charts(LoadReport const& report) {
    if (report.tally.seconds.empty()) return "<p>No second of the run was counted.</p>";
    auto const stretches = stretches_of(report.tally.seconds, k_stretches);
    auto const ramp_up = ramp_up_of(report);
    return html_div("halves", time_chart(stretches,
                                         {"Messages delivered a second", "both",
                                          &Stretch::messages_per_s, rate_label},
                                         ramp_up) +
                                  time_chart(stretches,
                                             {"Slowest delivery of each second", "slow",
                                              &Stretch::slowest_ms, short_ms},
                                             ramp_up)) +
           "<p class=\"legend\"><i class=\"key grey\"></i>readers are started "
           "<i class=\"key red\"></i>seconds with errors</p>" +
           table_over_time(report.tally.seconds);
}

std::string readers_chart(LoadReport const& report) {
    if (report.tally.seconds.empty()) return {};
    return time_chart(stretches_of(report.tally.seconds, k_stretches),
                      {"Readers connected", "readers", &Stretch::readers, rate_label},
                      ramp_up_of(report));
}

std::string cache_charts(LoadReport const& report) {
    constexpr std::size_t k_values = 8;
    constexpr double k_room_for_word = 0.2;
    std::string html;
    for (auto const& [header, values] : report.tally.caches) {
        auto const all = total_of(values);
        std::string parts;
        std::vector<std::vector<std::string>> rows;
        for (auto const& [value, count] : ranked(values, k_values)) {
            auto const share = share_of(count, all);
            auto const colour = colour_of(value, rows.size());
            auto const shown = value.empty() ? std::string("(empty)") : value;
            parts += "<span class=\"" + colour + "\" style=\"flex-grow:" + std::to_string(count) +
                     "\" title=\"" + html_escaped(shown) + ": " + shown_percent(share) + "\">" +
                     (share > k_room_for_word ? html_escaped(shown) : std::string()) + "</span>";
            rows.push_back({"<i class=\"key " + colour + "\"></i>" + html_escaped(shown),
                            grouped(count), shown_percent(share)});
        }
        html += "<div class=\"cache\"><h3><code>" + html_escaped(header) +
                "</code></h3><div class=\"stack\" aria-hidden=\"true\">" + parts + "</div>" +
                html_table("", {"Value", ">Answers", ">Share"}, rows) + "</div>";
    }
    return html;
}

std::string misses_chart(UrlFigures const& figures) {
    std::uint64_t counted = 0;
    std::vector<std::vector<std::string>> rows;
    for (auto const& [name, urls] : figures.by_misses) {
        if (counted == figures.urls && rows.size() > 2) break; // the rest is empty
        counted += urls;
        auto const share = share_of(urls, figures.urls);
        auto const colour = name == "0" || name == "1" ? "hit" : "miss";
        rows.push_back({name, bar(share, colour), grouped(urls), shown_percent(share)});
    }
    return html_table("", {"Misses", "", ">URLs", ">Share"}, rows);
}

std::string counts_chart(std::string const& of, Counts const& counts) {
    constexpr std::size_t k_rows = 12;
    auto const all = total_of(counts);
    std::vector<std::vector<std::string>> rows;
    for (auto const& [name, count] : ranked(counts, k_rows))
        rows.push_back({html_escaped(name), bar(share_of(count, all), "other0"), grouped(count)});
    return html_table("", {of, "", ">Count"}, rows);
}

} // namespace ds
