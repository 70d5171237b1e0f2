// Renders an event as one line and hands it to the kernel in one write.
#include "base/log.h"

#include "base/clock.h"
#include "base/encoding.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstddef>
#include <cstdio>

namespace ds {

namespace {

// Set before other threads start, only read afterwards: no lock.
Level least_level = Level::info;
LogForm log_form = LogForm::json;

std::string_view name_of(Level level) {
    constexpr std::array<std::string_view, 4> k_names{"debug", "info", "warn", "error"};
    return k_names[static_cast<std::size_t>(level)];
}

// The length of the well-formed UTF-8 character that starts `bytes`, or 0.
std::size_t character_bytes(std::string_view bytes) {
    for (std::size_t length = 1; length <= 4 && length <= bytes.size(); ++length)
        if (is_utf8(bytes.substr(0, length))) return length;
    return 0;
}

// The code of a control beyond ASCII, or 0: terminals obey those of C1, U+2028 and U+2029 end lines
// for some readers, and the others turn text around.
unsigned control_code(std::string_view one) {
    auto const byte = [&](std::size_t at) { return static_cast<unsigned char>(one[at]); };
    if (one.size() == 2 && byte(0) == 0xc2 && byte(1) < 0xa0) return byte(1);
    if (one.size() != 3 || byte(0) != 0xe2) return 0;
    auto const code = 0x2000U + (byte(1) - 0x80U) * 64U + (byte(2) - 0x80U);
    bool const misleads = (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
    return misleads ? code : 0;
}

void append_code(std::string& line, unsigned code) {
    constexpr std::string_view k_digits = "0123456789abcdef";
    line.append("\\u");
    for (unsigned shift = 16; shift > 0; shift -= 4)
        line.push_back(k_digits[(code >> (shift - 4)) & 15U]);
}

// A JSON string. Bytes that are no UTF-8 become U+FFFD, so that every line can be read back.
void append_quoted(std::string& line, std::string_view bytes) {
    line.push_back('"');
    while (!bytes.empty()) {
        char const c = bytes.front();
        auto const code = static_cast<unsigned char>(c);
        std::size_t taken = 1;
        if (c == '"' || c == '\\') {
            line.append({'\\', c});
        } else if (c == '\n') {
            line.append("\\n");
        } else if (code < 0x20 || code == 0x7f) {
            append_code(line, code);
        } else if (auto const length = character_bytes(bytes); length > 0) {
            auto const one = bytes.substr(0, length);
            if (auto const control = control_code(one); control != 0)
                append_code(line, control);
            else
                line.append(one);
            taken = length;
        } else {
            line.append("\\ufffd");
        }
        bytes.remove_prefix(taken);
    }
    line.push_back('"');
}

// A word stays bare; anything a reader or a terminal could misread is quoted.
void append_readable(std::string& line, std::string_view text) {
    bool const word = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return c > ' ' && c <= '~' && c != '"' && c != '\\' && c != '=';
    });
    if (word)
        line.append(text);
    else
        append_quoted(line, text);
}

void append_json(std::string& line, std::string_view time, Level level, std::string_view event,
                 std::initializer_list<LogField> fields) {
    line.append(R"({"time":")").append(time);
    line.append(R"(","level":")").append(name_of(level));
    line.append(R"(","event":)");
    append_quoted(line, event);
    for (auto const& [key, value] : fields) {
        line.push_back(',');
        append_quoted(line, key);
        line.push_back(':');
        if (value.bare)
            line.append(value.text);
        else
            append_quoted(line, value.text);
    }
    line.append("}\n");
}

void append_text(std::string& line, std::string_view time, Level level, std::string_view event,
                 std::initializer_list<LogField> fields) {
    constexpr std::size_t k_level_width = 6; // the longest name and a space
    line.append(time).append(" ").append(name_of(level));
    line.append(k_level_width - name_of(level).size(), ' ');
    line.append(event);
    for (auto const& [key, value] : fields) {
        line.append(" ").append(key).append("=");
        append_readable(line, value.text);
    }
    line.push_back('\n');
}

} // namespace

LogValue::LogValue(double value) {
    constexpr double k_beyond = 1e15; // JSON knows neither infinity nor what is no number
    std::array<char, 32> digits{};
    auto const told = std::isfinite(value) ? std::clamp(value, -k_beyond, k_beyond) : 0.0;
    auto const size = std::snprintf(digits.data(), digits.size(), "%.3f", told);
    text.assign(digits.data(), static_cast<std::size_t>(size));
    bare = true;
}

void set_log(Level least, LogForm form) {
    least_level = least;
    log_form = form;
}

void log_event(Level level, std::string_view event, std::initializer_list<LogField> fields) {
    if (level < least_level) return;
    std::string line;
    auto const time = format_rfc3339(SystemClock{}.now());
    if (log_form == LogForm::json)
        append_json(line, time, level, event, fields);
    else
        append_text(line, time, level, event, fields);
    std::string_view rest = line;
    while (!rest.empty()) {
        auto const written = ::write(STDERR_FILENO, rest.data(), rest.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return; // nowhere left to complain
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
}

} // namespace ds
