// How long an answer may be kept, and how it is recognised.
#include "protocol/caching.h"

#include "base/encoding.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

namespace ds {

namespace {

std::string kept_for(std::chrono::seconds age) {
    if (age < std::chrono::seconds{1}) return "public, no-cache";
    return "public, max-age=" + std::to_string(age.count());
}

// An answer may not outlive its stream in a cache.
std::string bounded_by(Millis ends, Millis now, std::chrono::seconds age) {
    auto const left = std::chrono::floor<std::chrono::seconds>(ends - now);
    return left < std::chrono::seconds{1} ? "no-store" : kept_for(std::min(left, age));
}

void append_number(std::string& to, std::uint64_t number) {
    std::array<char, 20> text{}; // 2^64 - 1 has 20 digits
    auto const end = std::to_chars(text.begin(), text.end(), number).ptr;
    to.append(text.begin(), end);
}

} // namespace

std::string catch_up_cache_control(CacheAges const& ages, std::optional<Millis> ends, Millis now) {
    if (ends) return bounded_by(*ends, now, ages.catch_up);
    auto control = kept_for(ages.catch_up);
    if (ages.catch_up.count() > 0 && ages.stale.count() > 0)
        control.append(", stale-while-revalidate=").append(std::to_string(ages.stale.count()));
    return control;
}

std::string long_poll_cache_control(CacheAges const& ages, std::optional<Millis> ends, Millis now) {
    return ends ? bounded_by(*ends, now, ages.long_poll) : kept_for(ages.long_poll);
}

std::string restricted(std::string cache_control, Sharing sharing) {
    constexpr std::string_view k_public = "public";
    if (sharing == Sharing::shared) return cache_control;
    if (sharing == Sharing::never) return "private, no-store";
    if (cache_control.starts_with(k_public)) cache_control.replace(0, k_public.size(), "private");
    return cache_control;
}

CacheControls::CacheControls(CacheAges const& ages) : ages_(ages) {
    for (auto const sharing : {Sharing::shared, Sharing::own, Sharing::never}) {
        auto const place = static_cast<std::size_t>(sharing);
        catch_up_[place] = restricted(catch_up_cache_control(ages, {}, {}), sharing);
        long_poll_[place] = restricted(long_poll_cache_control(ages, {}, {}), sharing);
    }
}

std::string_view CacheControls::catch_up(Sharing sharing, std::optional<Millis> ends, Millis now,
                                         std::string& made) const {
    if (!ends) return catch_up_[static_cast<std::size_t>(sharing)];
    return made = restricted(catch_up_cache_control(ages_, ends, now), sharing);
}

std::string_view CacheControls::long_poll(Sharing sharing, std::optional<Millis> ends, Millis now,
                                          std::string& made) const {
    if (!ends) return long_poll_[static_cast<std::size_t>(sharing)];
    return made = restricted(long_poll_cache_control(ages_, ends, now), sharing);
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

bool wants_fresh(std::string_view cache_control) {
    while (!cache_control.empty()) {
        auto const directive = take_item(cache_control);
        if (equals_ignoring_case(directive, "no-cache") ||
            equals_ignoring_case(directive, "no-store"))
            return true;
    }
    return false;
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
