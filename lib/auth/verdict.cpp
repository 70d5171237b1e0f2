// Reading a hook's answer.
#include "auth/verdict.h"

#include "base/encoding.h"

#include <algorithm>
#include <optional>
#include <string_view>

namespace ds {

namespace {

// Nobody can take back what is kept here, short of a new start: a typing error must not last.
constexpr std::chrono::seconds k_kept_max = std::chrono::hours(24);
constexpr std::size_t k_challenge_bytes_max = 1024;

// It becomes a header of ours as it is.
bool is_header_text(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < '\x7f'; });
}

// Several challenges are one list (RFC 9110 section 11.6.1). One that is odd is left out.
std::string challenge_in(HeaderMap const& headers) {
    std::string all;
    for (auto const& [name, value] : headers) {
        if (!equals_ignoring_case(name, "WWW-Authenticate") || !is_header_text(value)) continue;
        if (value.empty() || all.size() + value.size() > k_challenge_bytes_max) continue;
        if (!all.empty()) all += ", ";
        all += value;
    }
    return all;
}

// One directive of Cache-Control; `age` keeps the smallest that was said.
void take_directive(std::string_view directive, std::optional<std::uint64_t>& age) {
    auto const equals = std::min(directive.find('='), directive.size());
    auto const name = trim(directive.substr(0, equals));
    bool const never =
        equals_ignoring_case(name, "no-store") || equals_ignoring_case(name, "no-cache");
    if (!never && !equals_ignoring_case(name, "max-age")) return;
    auto value = trim(directive.substr(std::min(equals + 1, directive.size())));
    if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"'))
        value = value.substr(1, value.size() - 2);
    auto const said = never ? 0 : parse_decimal(value).value_or(0);
    age = std::min(age.value_or(said), said);
}

} // namespace

Result<Verdict> verdict_of(FetchReply const& reply) {
    using Ruling = Verdict::Ruling;
    if (reply.status >= 200 && reply.status < 300) return Verdict{Ruling::let_in};
    if (reply.status == 401) return Verdict{Ruling::unauthorized, challenge_in(reply.headers)};
    if (reply.status == 403) return Verdict{Ruling::forbidden};
    return Error{Fault::invalid, "it answers with status " + std::to_string(reply.status) +
                                     "; want 2xx, 401 or 403"};
}

std::chrono::seconds kept_for(HeaderMap const& headers) {
    std::optional<std::uint64_t> age;
    for (auto const& [name, value] : headers) {
        if (!equals_ignoring_case(name, "Cache-Control")) continue;
        for (std::string_view rest = value; !rest.empty();)
            take_directive(take_item(rest), age);
    }
    auto const passed = headers.get("Age");
    auto const spent = passed ? parse_decimal(trim(*passed)).value_or(k_max_safe_integer) : 0;
    auto const most = static_cast<std::uint64_t>(k_kept_max.count());
    auto const lasts = std::min(age.value_or(0), most);
    return std::chrono::seconds(spent < lasts ? lasts - spent : 0);
}

} // namespace ds
