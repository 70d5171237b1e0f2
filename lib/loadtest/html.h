// Pieces of an HTML page: text that is safe in it, tables, and plots whose labels stay readable
// however wide the page is.
//
// What is called markup is taken as it is; every other text is escaped here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

// For text, and for attributes between double quotes.
std::string html_escaped(std::string_view text);

// Shown when somebody asks for it.
std::string html_details(std::string_view summary, std::string_view markup);
std::string html_div(std::string_view css_class, std::string_view markup);

// Columns that begin with ">" hold numbers. Cells are markup; the first of each row heads it.
std::string html_table(std::string_view caption, std::vector<std::string> const& headings,
                       std::vector<std::vector<std::string>> const& rows);

// A place on an axis, 0 to 1, and what stands there.
struct AxisTick {
    double at = 0;
    std::string label;
    bool minor = false; // left out where there is little room
};

// A vertical line with a word above it. Each of two words has a row of its own.
struct PlotMark {
    double at = 0;
    std::string label;
};

struct Plot {
    std::string label; // what the picture shows, for those who do not see it
    std::vector<AxisTick> x;
    std::vector<AxisTick> y;
    std::vector<PlotMark> marks;
    std::string shapes; // SVG in a square of 1000 by 1000, which is stretched; y points down
};
inline constexpr double k_plot_side = 1000;

std::string plot_html(Plot const& plot);

std::string shape_rect(double x, double y, double width, double height, std::string_view css_class,
                       std::string_view title);

// A linear axis from 0 to at least `most`, with a few round numbers on it.
struct Axis {
    double end = 1;
    std::vector<double> values;
};
Axis round_axis(double most, std::size_t values_most = 5);
// A logarithmic axis around two times: it begins and ends at 1, 2 or 5 times a power of ten.
class LogAxis {
public:
    LogAxis(double least, double most);

    double place(double value) const; // 0 to 1
    double value(double place) const;
    double least() const { return least_; }
    double most() const { return most_; }
    // 1, 2 and 5 times powers of ten; some of them minor.
    std::vector<AxisTick> ticks(std::string (*shown)(double)) const;

private:
    double least_;
    double most_;
};

} // namespace ds
