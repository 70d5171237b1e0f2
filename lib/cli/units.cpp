// Reads and writes numbers with their units.
#include "cli/units.h"

#include "base/encoding.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <span>

namespace ds {

namespace {

struct Unit {
    std::string_view name;
    double worth; // in milliseconds, or in bytes
};

constexpr double k_second = 1'000;
constexpr double k_day = 24 * 3600 * k_second;
constexpr std::array<Unit, 6> k_times{{{"ms", 1},
                                       {"s", k_second},
                                       {"m", 60 * k_second},
                                       {"h", 3600 * k_second},
                                       {"d", k_day},
                                       {"w", 7 * k_day}}};
constexpr std::array<Unit, 13> k_sizes{{{"b", 1},
                                        {"kib", 0x1p10},
                                        {"mib", 0x1p20},
                                        {"gib", 0x1p30},
                                        {"tib", 0x1p40},
                                        {"k", 0x1p10},
                                        {"m", 0x1p20},
                                        {"g", 0x1p30},
                                        {"t", 0x1p40},
                                        {"kb", 1e3},
                                        {"mb", 1e6},
                                        {"gb", 1e9},
                                        {"tb", 1e12}}};

enum class Kind { plain, time, size, share };

struct Facts {
    Kind kind;
    double worth; // of its own unit
    std::string_view word;
    std::string_view many; // what it counts
    std::string_view note;
};

Facts facts_of(Measure measure) {
    switch (measure) {
    case Measure::plain: break;
    case Measure::seconds:
        return {Kind::time, k_second, "TIME", "seconds",
                "TIME is 250ms, 30s, 5m, 1h, 7d or 2w; a bare number is seconds"};
    case Measure::milliseconds:
        return {Kind::time, 1, "MS", "milliseconds",
                "MS is 250ms, 30s, 5m, 1h, 7d or 2w; a bare number is milliseconds"};
    case Measure::days:
        return {Kind::time, k_day, "DAYS", "days", "DAYS is 12h, 7d or 2w; a bare number is days"};
    case Measure::bytes:
        return {Kind::size, 1, "SIZE", "bytes",
                "SIZE is 64KiB, 16M or 1G (K is 1024), or 5MB, 1GB (thousands); a bare number is "
                "bytes"};
    case Measure::mebibytes:
        return {Kind::size, 0x1p20, "MIB", "MiB", "MIB is 512MiB or 10G; a bare number is MiB"};
    case Measure::share: return {Kind::share, 1, "SHARE", "", "SHARE is 0.99 or 99%"};
    case Measure::percent: return {Kind::share, 1, "PERCENT", "", "PERCENT is 99% or 0.99"};
    }
    return {Kind::plain, 1, "N", "", ""};
}

Error unreadable(std::string_view text, Kind kind) {
    auto const what = std::string(text);
    switch (kind) {
    case Kind::time: return {Fault::invalid, what + " is no time; write it as 90s, 15m, 12h or 7d"};
    case Kind::size: return {Fault::invalid, what + " is no size; write it as 64KiB, 16M or 1GiB"};
    case Kind::share: return {Fault::invalid, what + " is no share; write it as 0.99 or 99%"};
    case Kind::plain: break;
    }
    return {Fault::invalid, what + " is no number"};
}

// "12.5" as 125 tenths, so that what is exact in decimals stays exact.
struct Decimal {
    std::uint64_t digits = 0;
    double scale = 1;
};

// Takes the number off the front of the text.
std::optional<Decimal> take_number(std::string_view& text) {
    Decimal number;
    bool any = false;
    bool behind_point = false;
    std::size_t at = 0;
    for (; at < text.size(); ++at) {
        char const c = text[at];
        if (c == '.' && any && !behind_point) {
            behind_point = true;
            continue;
        }
        if (c < '0' || c > '9') break;
        auto const digit = static_cast<std::uint64_t>(c - '0');
        if (number.digits > (std::numeric_limits<std::uint64_t>::max() - digit) / 10)
            return std::nullopt;
        number.digits = number.digits * 10 + digit;
        if (behind_point) number.scale *= 10;
        any = true;
    }
    if (!any || text[at - 1] == '.') return std::nullopt;
    text.remove_prefix(at);
    return number;
}

// What one of the named unit is worth; a number without any is in `own`.
std::optional<double> worth_of(std::string_view name, Kind kind, double own) {
    if (name.empty()) return own;
    if (kind == Kind::share) return name == "%" ? std::optional(0.01) : std::nullopt;
    // A capital M is no minute.
    auto const wanted = kind == Kind::size ? to_lower(name) : std::string(name);
    auto const units = kind == Kind::time ? std::span<Unit const>(k_times) : k_sizes;
    for (auto const& unit : units)
        if (unit.name == wanted) return unit.worth;
    return std::nullopt;
}

std::string written(double value) {
    std::array<char, 400> text{};
    auto const end =
        std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    return {text.data(), end.ptr};
}

} // namespace

Result<std::string> plain_number(std::string_view text, Measure measure, Whole whole) {
    auto const [kind, own, word, many, note] = facts_of(measure);
    auto rest = trim(text);
    auto const number = take_number(rest);
    auto const unit = trim(rest);
    auto const worth = worth_of(unit, kind, own);
    if (!number || !worth) return unreadable(text, kind);
    if (kind == Kind::share) {
        auto const percent = !unit.empty() || (measure == Measure::percent &&
                                               static_cast<double>(number->digits) > number->scale);
        auto const share =
            static_cast<double>(number->digits) / (number->scale * (percent ? 100 : 1));
        if (share > 1) return unreadable(text, kind);
        return written(share);
    }
    // One division at the end: what comes out even is even.
    if (number->scale == 1 && *worth == own) return std::to_string(number->digits);
    auto const value = static_cast<long double>(number->digits) * *worth /
                       (static_cast<long double>(number->scale) * own);
    if (whole == Whole::no) return written(static_cast<double>(value));
    if (value > static_cast<long double>(std::numeric_limits<std::int64_t>::max()))
        return Error{Fault::invalid, std::string(text) + " is too much"};
    auto const floor = std::floor(value);
    // Of 1.1GiB nobody misses a part of a byte.
    if (floor != value && (kind == Kind::time || *worth == own))
        return Error{Fault::invalid,
                     std::string(text) + " is no whole number of " + std::string(many)};
    return std::to_string(static_cast<std::uint64_t>(floor));
}

std::string with_unit(std::string const& number, Measure measure) {
    auto const [kind, own, word, many, note] = facts_of(measure);
    double value = 0;
    auto const end = number.data() + number.size();
    auto const read = std::from_chars(number.data(), end, value);
    if (kind == Kind::plain || kind == Kind::share || read.ec != std::errc() || read.ptr != end ||
        !(value > 0))
        return number;
    auto const worth = value * own;
    auto const even = [&](double unit) { return std::floor(worth / unit) == worth / unit; };
    if (kind == Kind::time) {
        for (auto const* name : {"d", "h", "m", "s", "ms"})
            if (auto const unit = *worth_of(name, kind, own); even(unit))
                return written(worth / unit) + name;
        return number;
    }
    for (auto const* name : {"TiB", "GiB", "MiB", "KiB", "B"})
        if (auto const unit = *worth_of(name, kind, own); even(unit))
            return written(worth / unit) + name;
    return number;
}

std::string_view word_of(Measure measure) {
    return facts_of(measure).word;
}

std::string_view note_on(Measure measure) {
    return facts_of(measure).note;
}

} // namespace ds
