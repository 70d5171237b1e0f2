// Labels of plots are text of the page; only lines and bars are stretched.
#include "loadtest/html.h"

#include "loadtest/figures.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace ds {

namespace {

constexpr std::array<double, 3> k_round{1, 2, 5};

// The largest of 1, 2 and 5 times a power of ten that is not above `value`.
double round_below(double value) {
    constexpr double k_rounding = 1e-9;
    auto const power = std::pow(10, std::floor(std::log10(value) + k_rounding));
    double below = power;
    for (auto const factor : k_round)
        if (factor * power <= value * (1 + k_rounding)) below = factor * power;
    return below;
}
double round_above(double value) {
    auto const below = round_below(value);
    if (below >= value) return below;
    auto const factor = below / std::pow(10, std::floor(std::log10(below) + 1e-9));
    return below * (std::lround(factor) == 2 ? 2.5 : 2); // 1, 2, 5, 10
}

std::string percent(double share) {
    return short_number(share * 100) + "%";
}

std::string_view without_mark(std::string_view heading) {
    return heading.substr(heading.starts_with('>') ? 1 : 0);
}

} // namespace

std::string html_escaped(std::string_view text) {
    std::string safe;
    safe.reserve(text.size());
    for (auto const c : text) {
        switch (c) {
        case '&': safe += "&amp;"; break;
        case '<': safe += "&lt;"; break;
        case '>': safe += "&gt;"; break;
        case '"': safe += "&quot;"; break;
        case '\'': safe += "&#39;"; break;
        default: safe += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
        }
    }
    return safe;
}

std::string html_details(std::string_view summary, std::string_view markup) {
    return "<details><summary>" + html_escaped(summary) + "</summary>" + std::string(markup) +
           "</details>";
}

std::string html_div(std::string_view css_class, std::string_view markup) {
    return "<div class=\"" + std::string(css_class) + "\">" + std::string(markup) + "</div>";
}

std::string html_table(std::string_view caption, std::vector<std::string> const& headings,
                       std::vector<std::vector<std::string>> const& rows) {
    std::vector<std::string_view> classes;
    std::string html = "<div class=\"wide\"><table>";
    if (!caption.empty()) html += "<caption>" + html_escaped(caption) + "</caption>";
    html += "<thead><tr>";
    for (auto const& heading : headings) {
        classes.emplace_back(heading.starts_with('>') ? " class=\"n\"" : "");
        html += "<th scope=\"col\"" + std::string(classes.back()) + ">" +
                html_escaped(without_mark(heading)) + "</th>";
    }
    html += "</tr></thead><tbody>";
    for (auto const& row : rows) {
        html += "<tr>";
        for (std::size_t i = 0; i < row.size(); ++i) {
            auto const* const name = i == 0 ? "th" : "td";
            html += "<" + std::string(name) + (i == 0 ? " scope=\"row\"" : "") +
                    std::string(classes[i]) + ">" + row[i] + "</" + name + ">";
        }
        html += "</tr>";
    }
    return html + "</tbody></table></div>";
}

std::string shape_rect(double x, double y, double width, double height, std::string_view css_class,
                       std::string_view title) {
    return "<rect x=\"" + short_number(x) + "\" y=\"" + short_number(y) + "\" width=\"" +
           short_number(width) + "\" height=\"" + short_number(height) + "\" class=\"" +
           std::string(css_class) + "\">" +
           (title.empty() ? "" : "<title>" + html_escaped(title) + "</title>") + "</rect>";
}

std::string plot_html(Plot const& plot) {
    constexpr double k_near_end = 0.93;
    std::string html = "<div class=\"plot\"><svg viewBox=\"0 0 1000 1000\" "
                       "preserveAspectRatio=\"none\" role=\"img\" aria-label=\"" +
                       html_escaped(plot.label) + "\">";
    for (auto const& tick : plot.y)
        html += "<path class=\"grid\" d=\"M0 " + short_number(k_plot_side * (1 - tick.at)) +
                "H1000\"/>";
    html += plot.shapes + "</svg><div aria-hidden=\"true\">";
    for (auto const& tick : plot.y)
        html += "<span class=\"y\" style=\"bottom:" + percent(tick.at) + "\">" +
                html_escaped(tick.label) + "</span>";
    for (auto const& tick : plot.x) {
        std::string place = tick.at > k_near_end ? "x end" : tick.at <= 0 ? "x start" : "x";
        if (tick.minor) place += " minor";
        html += "<span class=\"" + place + "\" style=\"left:" + percent(tick.at) + "\">" +
                html_escaped(tick.label) + "</span>";
    }
    for (std::size_t i = 0; i < plot.marks.size(); ++i) {
        auto const& mark = plot.marks[i];
        // On the side that has more room, however narrow the page.
        html += "<span class=\"mark" + std::string(mark.at > 0.5 ? " left" : "") +
                (i % 2 == 1 ? " high" : "") + "\" style=\"left:" + percent(mark.at) + "\"><b>" +
                html_escaped(mark.label) + "</b></span>";
    }
    return html + "</div></div>";
}

Axis round_axis(double most, std::size_t values_most) {
    if (!(most > 0)) return {1, {0, 1}};
    auto const step = round_above(most / static_cast<double>(values_most - 1));
    Axis axis;
    auto const steps = static_cast<int>(std::ceil(most / step - 1e-9));
    for (int i = 0; i <= steps; ++i)
        axis.values.push_back(step * i);
    axis.end = axis.values.back();
    return axis;
}

LogAxis::LogAxis(double least, double most) {
    constexpr double k_least = 1e-3;
    least_ = round_below(std::max(least, k_least));
    most_ = round_above(std::max(most, least_ * 10));
}

double LogAxis::place(double value) const {
    auto const inside = std::clamp(value, least_, most_);
    return std::log(inside / least_) / std::log(most_ / least_);
}

double LogAxis::value(double place) const {
    return least_ * std::pow(most_ / least_, place);
}

std::vector<AxisTick> LogAxis::ticks(std::string (*shown)(double)) const {
    // Beyond these, neighbours would touch: on a small screen, and on any.
    constexpr double k_decades_when_small = 1;
    constexpr double k_decades_with_minor = 3;
    constexpr double k_powers_when_small = 4;
    auto const decades = std::log10(most_ / least_);
    std::vector<AxisTick> ticks;
    auto const first = static_cast<int>(std::floor(std::log10(least_) + 1e-9));
    for (int power = first; std::pow(10, power) <= most_ * 1.001; ++power) {
        for (auto const factor : k_round) {
            auto const at = factor * std::pow(10, power);
            if (at < least_ * 0.999 || at > most_ * 1.001) continue;
            bool const minor = factor > 1;
            if (minor && decades > k_decades_with_minor) continue;
            bool const spare = minor ? decades > k_decades_when_small
                                     : decades > k_powers_when_small && (power - first) % 2 == 1;
            ticks.push_back({place(at), shown(at), spare});
        }
    }
    return ticks;
}

} // namespace ds
