// Draws the progress line.
#include "cli/progress.h"

#include "cli/report_text.h"
#include "cli/terminal.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

namespace ds {
namespace {

constexpr std::size_t k_bar_cells = 24;
constexpr std::size_t k_width = 79;
// Often enough to look alive, seldom enough to cost nothing.
constexpr std::chrono::milliseconds k_draw_interval{100};

std::string one_decimal(double value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1f", value);
    return text.data();
}

// "[######..................] 25%  "
std::string bar(std::uint64_t done, std::uint64_t of) {
    auto const part = std::min(1.0, static_cast<double>(done) / static_cast<double>(of));
    auto const full = static_cast<std::size_t>(part * k_bar_cells);
    return "[" + std::string(full, '#') + std::string(k_bar_cells - full, '.') + "] " +
           std::to_string(static_cast<int>(part * 100)) + "%  ";
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

std::string progress_line(Totals done, std::optional<std::uint64_t> bytes_in_all,
                          std::chrono::milliseconds elapsed) {
    std::string line;
    if (bytes_in_all && *bytes_in_all > 0) line = bar(done.bytes, *bytes_in_all);
    line += shown_bytes(done.bytes);
    if (done.lines > 0) line += "  " + counted(done.lines, "line");
    if (elapsed.count() > 0) {
        auto const milliseconds = static_cast<std::uint64_t>(elapsed.count());
        line += "  " + shown_bytes(done.bytes * 1000 / milliseconds) + "/s";
    }
    return line;
}

std::string progress_line(std::uint64_t done, std::uint64_t of, std::string_view what) {
    std::string line;
    if (of > 0) line = bar(done, of);
    line += std::to_string(done);
    if (of > 0) line += " of " + std::to_string(of);
    if (!what.empty()) line.append("  ").append(what);
    return line;
}

Progress::Progress(int descriptor, Clock const& clock, Drawn drawn)
    : descriptor_(descriptor),
      clock_(clock),
      on_(drawn == Drawn::yes && is_terminal(descriptor)),
      began_(clock.now()) {}

Progress::~Progress() {
    clear();
}

void Progress::show(std::string line) {
    auto const now = clock_.now();
    if (!on_ || now - shown_at_ < k_draw_interval) return;
    shown_at_ = now;
    shown_ = true;
    // A longer line would wrap, and could not be rewritten; not in the middle of a character.
    if (line.size() > k_width) {
        auto end = k_width;
        while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xc0U) == 0x80U)
            --end;
        line.resize(end);
    }
    // Return to the first column, write, and erase what an older, longer line left.
    write_all(descriptor_, "\r" + line + "\x1b[K");
}

void Progress::clear() {
    if (shown_) write_all(descriptor_, "\r\x1b[K");
    shown_ = false;
}

} // namespace ds
