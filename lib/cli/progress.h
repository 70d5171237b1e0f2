// How far something long has come: one line on a terminal, rewritten in place; nothing elsewhere.
#pragma once

#include "base/clock.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ds {

struct Totals {
    std::uint64_t bytes = 0;
    std::uint64_t lines = 0;
};

// "12.3 MiB"
std::string shown_bytes(std::uint64_t bytes);

// The line of an append: a bar when the size is known, else counters.
std::string progress_line(Totals done, std::optional<std::uint64_t> bytes_in_all,
                          std::chrono::milliseconds elapsed);
// The line of an operation: a bar when it is known of how many, and what is at work.
std::string progress_line(std::uint64_t done, std::uint64_t of, std::string_view what);

enum class Drawn { no, yes };

class Progress {
public:
    // Writes to `descriptor` if that is a terminal, and the line is to be drawn at all.
    Progress(int descriptor, Clock const& clock, Drawn drawn = Drawn::yes);
    ~Progress();
    Progress(Progress const&) = delete;
    Progress& operator=(Progress const&) = delete;

    // Not more often than an eye can follow. A line is cut to the width of a terminal.
    void show(std::string line);
    // Wipes the line, so that something else may be written.
    void clear();
    std::chrono::milliseconds elapsed() const { return clock_.now() - began_; }

private:
    int descriptor_;
    Clock const& clock_;
    bool on_;
    bool shown_ = false;
    Millis began_;
    Millis shown_at_{};
};

} // namespace ds
