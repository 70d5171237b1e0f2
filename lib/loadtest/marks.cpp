// Messages of a load test, written and looked through. Everybody else's JSON is left alone.
#include "loadtest/marks.h"

#include "base/encoding.h"

#include <array>
#include <charconv>
#include <cmath>

namespace ds {

namespace {

std::string_view after_blanks(std::string_view text) {
    auto const begin = text.find_first_not_of(" \t\r\n");
    return begin == std::string_view::npos ? std::string_view() : text.substr(begin);
}

std::string decimal(double number) {
    std::array<char, 40> text{};
    auto const end =
        std::to_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed, 3);
    return {text.data(), end.ptr};
}

std::optional<Mark> mark_in(std::string_view message) {
    constexpr double k_written_ms_max = 1e15;
    auto const written = json_field(message, "\"t\"");
    auto const number = parse_decimal(json_field(message, "\"seq\""));
    Mark mark;
    auto const [_, error] =
        std::from_chars(written.data(), written.data() + written.size(), mark.written_ms);
    if (error != std::errc{} || !number) return std::nullopt;
    // Beyond that it is no time, and cannot be reckoned with.
    if (!(std::abs(mark.written_ms) <= k_written_ms_max)) return std::nullopt;
    mark.number = *number;
    return mark;
}

} // namespace

std::string marked_message(Mark const& mark, std::uint64_t stream, std::uint64_t bytes) {
    auto text = "{\"t\":" + decimal(mark.written_ms) + ",\"seq\":" + std::to_string(mark.number) +
                ",\"s\":" + std::to_string(stream) + ",\"d\":\"";
    constexpr std::string_view k_end = "\"}";
    if (text.size() + k_end.size() < bytes) text.append(bytes - text.size() - k_end.size(), 'x');
    return text.append(k_end);
}

std::string_view json_field(std::string_view json, std::string_view quoted_name) {
    auto const at = json.find(quoted_name);
    if (at == std::string_view::npos) return {};
    auto rest = after_blanks(json.substr(at + quoted_name.size()));
    if (!rest.starts_with(':')) return {};
    rest = after_blanks(rest.substr(1));
    if (rest.starts_with('"')) {
        rest.remove_prefix(1);
        return rest.substr(0, rest.find('"'));
    }
    return rest.substr(0, rest.find_first_of(",}] \t\r\n"));
}

std::optional<Mark> take_mark(std::string_view& body) {
    for (;;) {
        auto const begin = body.find('{');
        auto const end = begin == std::string_view::npos ? begin : body.find('}', begin);
        if (end == std::string_view::npos) return std::nullopt;
        auto const message = body.substr(begin, end - begin + 1);
        body.remove_prefix(end + 1);
        if (auto const mark = mark_in(message)) return mark;
    }
}

} // namespace ds
