// Text for bytes and back, by table and by hand: no locale, no streams.
#include "base/encoding.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstring>

namespace ds {

namespace {

constexpr std::string_view k_base64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t k_no_digit = 0xff;

constexpr auto k_base64_value = [] {
    std::array<std::uint8_t, 256> value{};
    value.fill(k_no_digit);
    for (std::size_t i = 0; i < k_base64.size(); ++i)
        value[static_cast<unsigned char>(k_base64[i])] = static_cast<std::uint8_t>(i);
    return value;
}();

std::uint8_t byte_of(char c) {
    return static_cast<std::uint8_t>(c);
}

char char_of(std::uint32_t low_byte) {
    return static_cast<char>(low_byte & 0xffU);
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::optional<unsigned> hex_value(char c) {
    if (is_digit(c)) return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
    return std::nullopt;
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

bool is_unreserved(char c) {
    char const l = lower(c);
    return (l >= 'a' && l <= 'z') || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

// Reads an RFC 3339 date-time from left to right; `good` turns false at the first broken rule.
struct DateReader {
    std::string_view rest;
    bool good = true;

    int number(std::size_t digits, int least, int most) {
        int value = 0;
        if (rest.size() < digits) good = false;
        for (std::size_t i = 0; good && i < digits; ++i) {
            if (!is_digit(rest[i])) good = false;
            value = value * 10 + (rest[i] - '0');
        }
        if (value < least || value > most) good = false;
        if (good) rest.remove_prefix(digits);
        return good ? value : least;
    }
    bool take(char lower_case) {
        if (rest.empty() || lower(rest.front()) != lower_case) return false;
        rest.remove_prefix(1);
        return true;
    }
    void expect(char lower_case) { good = take(lower_case) && good; }

    std::chrono::milliseconds fraction() {
        int count = 0;
        int unit = 100;
        std::size_t digits = 0;
        for (; digits < rest.size() && is_digit(rest[digits]); ++digits, unit /= 10)
            count += (rest[digits] - '0') * unit;
        if (digits == 0) good = false;
        rest.remove_prefix(digits);
        return std::chrono::milliseconds(count);
    }
    // How far local time is ahead of UTC.
    std::chrono::minutes zone() {
        if (take('z')) return {};
        bool const behind = take('-');
        if (!behind) expect('+');
        int const hours = number(2, 0, 23);
        expect(':');
        std::chrono::minutes const ahead{hours * 60 + number(2, 0, 59)};
        return behind ? -ahead : ahead;
    }
};

void append_padded(std::string& to, int value, std::size_t digits) {
    std::array<char, 12> text{};
    auto const end = std::to_chars(text.begin(), text.end(), value).ptr;
    auto const size = static_cast<std::size_t>(end - text.begin());
    if (size < digits) to.append(digits - size, '0');
    to.append(text.begin(), size);
}

} // namespace

std::optional<std::string> percent_decode(std::string_view text) {
    if (text.find('%') == std::string_view::npos) return std::string(text);
    std::string bytes;
    bytes.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            bytes.push_back(text[i]);
            continue;
        }
        if (text.size() - i < 3) return std::nullopt;
        auto const high = hex_value(text[i + 1]);
        auto const low = hex_value(text[i + 2]);
        if (!high || !low) return std::nullopt;
        bytes.push_back(char_of(*high << 4 | *low));
        i += 2;
    }
    return bytes;
}

std::string percent_encode(std::string_view bytes, std::string_view keep) {
    constexpr std::string_view k_digits = "0123456789ABCDEF";
    std::string text;
    text.reserve(bytes.size());
    for (char const c : bytes) {
        if (is_unreserved(c) || keep.find(c) != std::string_view::npos) {
            text.push_back(c);
        } else {
            text.push_back('%');
            text.push_back(k_digits[byte_of(c) >> 4U]);
            text.push_back(k_digits[byte_of(c) & 15U]);
        }
    }
    return text;
}

std::string base64_encode(std::string_view bytes) {
    std::string text;
    base64_append(text, bytes);
    return text;
}

void base64_append(std::string& to, std::string_view bytes) {
    auto const start = to.size();
    to.resize(start + (bytes.size() + 2) / 3 * 4);
    char* out = to.data() + start;
    std::size_t i = 0;
    for (; i + 3 <= bytes.size(); i += 3) {
        std::uint32_t const three = static_cast<std::uint32_t>(byte_of(bytes[i])) << 16U |
                                    static_cast<std::uint32_t>(byte_of(bytes[i + 1])) << 8U |
                                    byte_of(bytes[i + 2]);
        *out++ = k_base64[three >> 18U];
        *out++ = k_base64[three >> 12U & 63U];
        *out++ = k_base64[three >> 6U & 63U];
        *out++ = k_base64[three & 63U];
    }
    if (i == bytes.size()) return;
    bool const two = bytes.size() - i == 2;
    std::uint32_t const last = static_cast<std::uint32_t>(byte_of(bytes[i])) << 16U |
                               (two ? static_cast<std::uint32_t>(byte_of(bytes[i + 1])) << 8U : 0U);
    *out++ = k_base64[last >> 18U];
    *out++ = k_base64[last >> 12U & 63U];
    *out++ = two ? k_base64[last >> 6U & 63U] : '=';
    *out++ = '=';
}

std::optional<std::string> base64_decode(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::size_t padding = 0;
    while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=')
        ++padding;
    std::string bytes;
    bytes.reserve(text.size() / 4 * 3);
    std::uint32_t bits = 0;
    std::size_t held = 0; // bits that have not left yet
    for (char const c : text.substr(0, text.size() - padding)) {
        auto const value = k_base64_value[byte_of(c)];
        if (value == k_no_digit) return std::nullopt;
        bits = bits << 6U | value;
        held += 6;
        if (held < 8) continue;
        held -= 8;
        bytes.push_back(char_of(bits >> held));
    }
    // Bits that belong to no byte must be zero: bytes have one spelling.
    if ((bits & ((1U << held) - 1U)) != 0) return std::nullopt;
    return bytes;
}

std::string base64url_encode(std::string_view bytes) {
    auto text = base64_encode(bytes);
    text.resize(std::min(text.find('='), text.size()));
    std::replace(text.begin(), text.end(), '+', '-');
    std::replace(text.begin(), text.end(), '/', '_');
    return text;
}

std::optional<std::string> base64url_decode(std::string_view text) {
    if (text.find_first_of("+/=") != std::string_view::npos) return std::nullopt;
    std::string padded(text);
    std::replace(padded.begin(), padded.end(), '-', '+');
    std::replace(padded.begin(), padded.end(), '_', '/');
    padded.append((4 - text.size() % 4) % 4, '=');
    return base64_decode(padded);
}

std::string hex_encode(std::string_view bytes) {
    constexpr std::string_view k_digits = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (char const c : bytes) {
        text.push_back(k_digits[byte_of(c) >> 4U]);
        text.push_back(k_digits[byte_of(c) & 15U]);
    }
    return text;
}

std::optional<std::uint64_t> parse_decimal(std::string_view text, std::uint64_t most) {
    if (text.empty() || (text[0] == '0' && text.size() > 1)) return std::nullopt;
    std::uint64_t value = 0;
    for (char const c : text) {
        if (!is_digit(c)) return std::nullopt;
        auto const digit = static_cast<std::uint64_t>(c - '0');
        if (digit > most || value > (most - digit) / 10) return std::nullopt;
        value = value * 10 + digit;
    }
    return value;
}

std::optional<Millis> parse_rfc3339(std::string_view text) {
    DateReader read{text};
    int const year = read.number(4, 0, 9999);
    read.expect('-');
    int const month = read.number(2, 1, 12);
    read.expect('-');
    int const day = read.number(2, 1, 31);
    read.expect('t');
    int const hour = read.number(2, 0, 23);
    read.expect(':');
    int const minute = read.number(2, 0, 59);
    read.expect(':');
    int const second = read.number(2, 0, 60);
    auto const fraction = read.take('.') ? read.fraction() : std::chrono::milliseconds{};
    auto const zone = read.zone();
    std::chrono::year_month_day const date{std::chrono::year{year},
                                           std::chrono::month{static_cast<unsigned>(month)},
                                           std::chrono::day{static_cast<unsigned>(day)}};
    if (!read.good || !read.rest.empty() || !date.ok()) return std::nullopt;
    auto const utc_minute = std::chrono::sys_days{date} + std::chrono::hours{hour} +
                            std::chrono::minutes{minute} - zone;
    // Leap seconds are only ever put in at the end of a UTC day.
    bool const leap = second == 60;
    auto const day_end = std::chrono::floor<std::chrono::days>(utc_minute) +
                         std::chrono::hours{23} + std::chrono::minutes{59};
    if (leap && utc_minute != day_end) return std::nullopt;
    Millis const instant = utc_minute + std::chrono::seconds{leap ? 59 : second} + fraction;
    // A zone can push an instant out of the years that can be written again.
    auto const utc_year =
        std::chrono::year_month_day{std::chrono::floor<std::chrono::days>(instant)}.year();
    if (utc_year < std::chrono::year{0} || utc_year > std::chrono::year{9999}) return std::nullopt;
    return instant;
}

std::string format_rfc3339(Millis time) {
    auto const midnight = std::chrono::floor<std::chrono::days>(time);
    std::chrono::year_month_day const date{midnight};
    auto const of_day = static_cast<int>((time - midnight).count());
    std::string text;
    append_padded(text, static_cast<int>(date.year()), 4);
    text.push_back('-');
    append_padded(text, static_cast<int>(static_cast<unsigned>(date.month())), 2);
    text.push_back('-');
    append_padded(text, static_cast<int>(static_cast<unsigned>(date.day())), 2);
    text.push_back('T');
    append_padded(text, of_day / 3'600'000, 2);
    text.push_back(':');
    append_padded(text, of_day / 60'000 % 60, 2);
    text.push_back(':');
    append_padded(text, of_day / 1'000 % 60, 2);
    text.push_back('.');
    append_padded(text, of_day % 1'000, 3);
    text.push_back('Z');
    return text;
}

bool same_letters(std::string_view a, std::string_view b) {
    if (a == b) return true; // most peers spell a header as we do
    for (std::size_t i = 0; i < a.size(); ++i)
        if (lower(a[i]) != lower(b[i])) return false;
    return true;
}

std::string to_lower(std::string_view text) {
    std::string result(text);
    for (char& c : result)
        c = lower(c);
    return result;
}

std::string_view trim(std::string_view text) {
    constexpr std::string_view k_blank = " \t";
    auto const first = text.find_first_not_of(k_blank);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(k_blank) - first + 1);
}

std::string_view take_item(std::string_view& list) {
    auto const item = list.substr(0, list.find(','));
    list.remove_prefix(std::min(item.size() + 1, list.size()));
    return trim(item);
}

} // namespace ds
