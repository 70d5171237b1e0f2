// How long an answer may be kept, and how it is recognised.
#include "protocol/caching.h"

#include "base/encoding.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

namespace ds {

namespace {

constexpr std::chrono::seconds k_catch_up_age{60};
constexpr std::chrono::seconds k_long_poll_age{20};

// An answer may not outlive its stream in a cache.
std::string bounded_by(Millis ends, Millis now, std::chrono::seconds age) {
    auto const left = std::chrono::floor<std::chrono::seconds>(ends - now);
    if (left < std::chrono::seconds{1}) return "no-store";
    return "public, max-age=" + std::to_string(std::min(left, age).count());
}

void append_number(std::string& to, std::uint64_t number) {
    std::array<char, 20> text{}; // 2^64 - 1 has 20 digits
    auto const end = std::to_chars(text.begin(), text.end(), number).ptr;
    to.append(text.begin(), end);
}

} // namespace

std::string catch_up_cache_control(std::optional<Millis> ends, Millis now) {
    if (ends) return bounded_by(*ends, now, k_catch_up_age);
    return "public, max-age=60, stale-while-revalidate=300";
}

std::string long_poll_cache_control(std::optional<Millis> ends, Millis now) {
    if (ends) return bounded_by(*ends, now, k_long_poll_age);
    return "public, max-age=20";
}

std::string restricted(std::string cache_control, Sharing sharing) {
    constexpr std::string_view k_public = "public";
    if (sharing == Sharing::shared) return cache_control;
    if (sharing == Sharing::never) return "private, no-store";
    if (cache_control.starts_with(k_public)) cache_control.replace(0, k_public.size(), "private");
    return cache_control;
}

std::string make_etag(EtagParts const& parts) {
    std::string tag;
    tag.reserve(parts.directory.size() + 64);
    tag.push_back('"');
    tag.append(parts.directory);
    tag.push_back('-');
    append_number(tag, parts.stream);
    tag.push_back(':');
    append_number(tag, parts.start);
    tag.push_back(':');
    append_number(tag, parts.end);
    if (parts.limit != 0) {
        tag.append(":l");
        append_number(tag, parts.limit);
    }
    if (parts.closed) tag.append(":c");
    tag.push_back('"');
    return tag;
}

bool etag_matches(std::string_view if_none_match, std::string_view etag) {
    auto rest = trim(if_none_match);
    if (rest == "*") return true;
    // Anything that is no list of tags ends the search: a full answer is always right.
    while (!rest.empty()) {
        if (rest.starts_with("W/")) rest.remove_prefix(2);
        if (!rest.starts_with('"')) return false;
        auto const close = rest.find('"', 1);
        if (close == std::string_view::npos) return false;
        if (rest.substr(0, close + 1) == etag) return true;
        rest = trim(rest.substr(close + 1));
        if (!rest.starts_with(',')) return false;
        while (rest.starts_with(','))
            rest = trim(rest.substr(1));
    }
    return false;
}

} // namespace ds
