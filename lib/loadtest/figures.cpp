// Figures without a locale.
#include "loadtest/figures.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>

namespace ds {

std::string fixed(double value, int decimals) {
    std::array<char, 352> digits{}; // the longest double, and some decimals
    auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), value,
                                   std::chars_format::fixed, decimals);
    return {digits.data(), end.ptr};
}

std::string short_number(double value) {
    auto text = fixed(value, 2);
    while (text.ends_with('0'))
        text.pop_back();
    if (text.ends_with('.')) text.pop_back();
    return text == "-0" ? "0" : text;
}

std::string grouped(std::uint64_t count) {
    auto digits = std::to_string(count);
    for (auto at = digits.size(); at > 3; at -= 3)
        digits.insert(at - 3, 1, ',');
    return digits;
}

std::string count_of(std::uint64_t count, std::string_view what) {
    return grouped(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

std::string shown_ms(double ms) {
    if (ms >= 9999.5) return fixed(ms / 1000, 1) + " s";
    if (ms >= 999.5) return fixed(ms / 1000, 2) + " s";
    if (ms >= 99.95) return fixed(ms, 0) + " ms";
    if (ms >= 9.995) return fixed(ms, 1) + " ms";
    if (ms >= 0.1 || ms == 0) return fixed(ms, 2) + " ms";
    return fixed(ms, 3) + " ms";
}

std::string shown_rate(double per_second) {
    if (per_second < 9.95) return fixed(per_second, 1);
    return grouped(static_cast<std::uint64_t>(std::llround(per_second)));
}

std::string shown_percent(double share) {
    constexpr double k_hundredths = 10'000;
    auto const cut = std::floor(share * k_hundredths + 1e-6);
    if (share > 0 && cut < 1) return "< 0.01 %";
    auto const whole = std::fmod(cut, k_hundredths) == 0;
    return fixed(cut / 100, whole ? 0 : 2) + " %";
}

std::string shown_size(std::uint64_t bytes) {
    constexpr std::array<char const*, 5> k_units{" B", " KiB", " MiB", " GiB", " TiB"};
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    for (; value >= 1024 && unit + 1 < k_units.size(); ++unit)
        value /= 1024;
    return fixed(value, unit == 0 ? 0 : 1) + k_units[unit];
}

std::string shown_time(double seconds) {
    auto const all = static_cast<std::uint64_t>(std::llround(std::max(0.0, seconds)));
    auto const two = [](std::uint64_t value) {
        return (value < 10 ? "0" : "") + std::to_string(value);
    };
    auto const hours = all / 3600;
    auto const minutes = all / 60 % 60;
    auto const clock = ":" + two(all % 60);
    if (hours == 0) return std::to_string(minutes) + clock;
    return std::to_string(hours) + ":" + two(minutes) + clock;
}

std::string printable(std::string_view text) {
    std::string shown(text);
    std::replace_if(
        shown.begin(), shown.end(),
        [](char c) {
            auto const byte = static_cast<unsigned char>(c);
            return byte < 0x20 || byte == 0x7f;
        },
        '?');
    return shown;
}

} // namespace ds
