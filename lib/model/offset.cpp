// Sixteen digits, an underscore, sixteen digits.
#include "model/offset.h"

#include "base/ensure.h"

#include <array>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <optional>

namespace ds {

namespace {

constexpr std::size_t k_digits = 16;
constexpr std::size_t k_token_bytes = k_digits + 1 + k_digits;
constexpr std::uint64_t k_number_max = 9'999'999'999'999'999;

void write_number(char* to, std::uint64_t number) {
    ENSURE(number <= k_number_max);
    std::array<char, k_digits> text{};
    auto const end = std::to_chars(text.begin(), text.end(), number).ptr;
    auto const size = static_cast<std::size_t>(end - text.begin());
    std::memset(to, '0', k_digits - size);
    std::memcpy(to + (k_digits - size), text.data(), size);
}

std::optional<std::uint64_t> read_number(std::string_view digits) {
    std::uint64_t number = 0;
    for (char const c : digits) {
        if (c < '0' || c > '9') return std::nullopt;
        number = number * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return number;
}

} // namespace

bool is_token(Offset offset) {
    return offset.segment <= k_number_max && offset.position <= k_number_max;
}

std::string format_offset(Offset offset) {
    std::string token;
    append_offset(token, offset);
    return token;
}

void append_offset(std::string& to, Offset offset) {
    std::array<char, k_token_bytes> token{};
    write_number(token.data(), offset.segment);
    token[k_digits] = '_';
    write_number(token.data() + k_digits + 1, offset.position);
    to.append(token.data(), token.size());
}

Result<Offset> parse_offset(std::string_view token) {
    if (token.size() == k_token_bytes && token[k_digits] == '_') {
        auto const segment = read_number(token.substr(0, k_digits));
        auto const position = read_number(token.substr(k_digits + 1));
        if (segment && position) return Offset{*segment, *position};
    }
    return Error{
        Fault::invalid,
        "an offset is 16 digits, an underscore and 16 digits, as an earlier answer gave it"};
}

Result<ReadFrom> parse_read_from(std::string_view text) {
    if (text == "-1") return ReadFrom{FromStart{}};
    if (text == "now") return ReadFrom{FromNow{}};
    if (auto const offset = parse_offset(text)) return ReadFrom{*offset};
    return Error{Fault::invalid, "an offset is -1 for the start, now for the tail, or a token of "
                                 "16 digits, an underscore and 16 digits from an earlier answer"};
}

} // namespace ds
