// Figures of reports as people read them: counts, times, shares and sizes. No locale has a say.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ds {

// "12.50": so many decimals.
std::string fixed(double value, int decimals);
// "12.5": two decimals at most, and no noughts behind them.
std::string short_number(double value);
// "12,345,678"
std::string grouped(std::uint64_t count);
// "1 reader", "12,345 readers"
std::string count_of(std::uint64_t count, std::string_view what);
// "0.043 ms", "3.14 ms", "312 ms", "4.20 s"
std::string shown_ms(double ms);
// "0.4", "9.9", "12,345"
std::string shown_rate(double per_second);
// "99.95 %", cut and never rounded up: 100 % is all of them.
std::string shown_percent(double share);
// "12.3 MiB"
std::string shown_size(std::uint64_t bytes);
// "1:05", "2:01:05"
std::string shown_time(double seconds);

// For a terminal: what came from a server, without control characters.
std::string printable(std::string_view text);

} // namespace ds
