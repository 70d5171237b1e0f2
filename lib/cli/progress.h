// How far an append has come: one line on a terminal, rewritten in place; nothing elsewhere.
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <optional>
#include <string>

namespace ds {

struct Totals {
    std::uint64_t bytes = 0;
    std::uint64_t lines = 0;
};

// "12.3 MiB"
std::string shown_bytes(std::uint64_t bytes);

// The line without its colours of the moment: a bar when the size is known, else counters.
std::string progress_line(Totals done, std::optional<std::uint64_t> bytes_in_all, Millis began,
                          Millis now);

class Progress {
public:
    // Writes to `descriptor` if that is a terminal.
    Progress(int descriptor, Clock const& clock, std::optional<std::uint64_t> bytes_in_all);
    ~Progress();
    Progress(Progress const&) = delete;
    Progress& operator=(Progress const&) = delete;

    void show(Totals done);
    // Wipes the line, so that something else may be written.
    void clear();

private:
    int descriptor_;
    Clock const& clock_;
    std::optional<std::uint64_t> bytes_in_all_;
    bool on_;
    bool shown_ = false;
    Millis began_;
    Millis shown_at_{};
};

} // namespace ds
