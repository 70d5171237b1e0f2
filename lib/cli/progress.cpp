// Draws the progress line.
#include "cli/progress.h"

#include "cli/terminal.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

namespace ds {
namespace {

constexpr std::size_t k_bar_cells = 24;
// Often enough to look alive, seldom enough to cost nothing.
constexpr std::chrono::milliseconds k_interval{100};

std::string one_decimal(double value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1f", value);
    return text.data();
}

} // namespace

std::string shown_bytes(std::uint64_t bytes) {
    constexpr std::array units{"KiB", "MiB", "GiB", "TiB"};
    if (bytes < 1024) return std::to_string(bytes) + " B";
    auto value = static_cast<double>(bytes) / 1024;
    std::size_t unit = 0;
    for (; value >= 1024 && unit + 1 < units.size(); ++unit)
        value /= 1024;
    return one_decimal(value) + " " + units.at(unit);
}

std::string progress_line(Totals done, std::optional<std::uint64_t> bytes_in_all, Millis began,
                          Millis now) {
    std::string line;
    if (bytes_in_all && *bytes_in_all > 0) {
        auto const part =
            std::min(1.0, static_cast<double>(done.bytes) / static_cast<double>(*bytes_in_all));
        auto const full = static_cast<std::size_t>(part * k_bar_cells);
        line = "[" + std::string(full, '#') + std::string(k_bar_cells - full, '.') + "] " +
               std::to_string(static_cast<int>(part * 100)) + "%  ";
    }
    line += shown_bytes(done.bytes);
    if (done.lines > 0) line += "  " + std::to_string(done.lines) + " lines";
    auto const milliseconds = (now - began).count();
    if (milliseconds > 0)
        line +=
            "  " + shown_bytes(done.bytes * 1000 / static_cast<std::uint64_t>(milliseconds)) + "/s";
    return line;
}

Progress::Progress(int descriptor, Clock const& clock, std::optional<std::uint64_t> bytes_in_all)
    : descriptor_(descriptor),
      clock_(clock),
      bytes_in_all_(bytes_in_all),
      on_(is_terminal(descriptor)),
      began_(clock.now()) {}

Progress::~Progress() {
    clear();
}

void Progress::show(Totals done) {
    auto const now = clock_.now();
    if (!on_ || now - shown_at_ < k_interval) return;
    shown_at_ = now;
    shown_ = true;
    // Return to the first column, write, and erase what an older, longer line left.
    write_all(descriptor_, "\r" + progress_line(done, bytes_in_all_, began_, now) + "\x1b[K");
}

void Progress::clear() {
    if (shown_) write_all(descriptor_, "\r\x1b[K");
    shown_ = false;
}

} // namespace ds
