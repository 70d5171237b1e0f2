// Times, sizes and shares as people write them: "90s", "16MiB", "99%". The one place that reads
// them, whether they come from the command line, the environment or a config file.
//
//     times   250ms  30s  5m  1h  7d  2w
//     sizes   64KiB  16M  1G   (binary: K is 1024)    5MB  1GB   (decimal)
//     shares  0.99  99%
//
// A number without a unit is in the measure's own one.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace ds {

// What a number counts.
enum class Measure : std::uint8_t {
    plain,
    seconds,
    milliseconds,
    days,
    bytes,
    mebibytes,
    share,   // 0 to 1
    percent, // a share too, but a bare number above 1 is a percentage
};

enum class Whole { no, yes };

// The number in the measure's own unit, as plain text: of "5m" as seconds "300". With Whole::yes,
// times that are no whole number of it are refused. Fault::invalid says what is possible.
Result<std::string> plain_number(std::string_view text, Measure measure, Whole whole);

// The other way, for defaults: "604800" as seconds is "7d". What is no number stays as it is.
std::string with_unit(std::string const& number, Measure measure);

// The word that stands for such a value in help: "TIME".
std::string_view word_of(Measure measure);
// What help says about it, for one line at the end; empty for plain numbers.
std::string_view note_on(Measure measure);

} // namespace ds
