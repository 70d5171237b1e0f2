// Patterns, segment by segment.
#include "jobs/webhooks/glob.h"

#include "base/encoding.h"

#include <vector>

namespace ds::webhooks {

namespace {

constexpr std::string_view k_any_segments = "**";

std::vector<std::string_view> segments_of(std::string_view text) {
    std::vector<std::string_view> segments;
    for (std::size_t from = 0; from <= text.size();) {
        auto const slash = std::min(text.find('/', from), text.size());
        segments.push_back(text.substr(from, slash - from));
        from = slash + 1;
    }
    return segments;
}

// Whether `text` is matched, when each wildcard of `pattern` takes any run of it. After a mismatch
// the last wildcard takes one more: earlier ones need no second look.
template <typename Sequence, typename IsWildcard, typename Fits>
bool runs_match(Sequence const& pattern, Sequence const& text, IsWildcard is_wildcard, Fits fits) {
    constexpr auto k_none = static_cast<std::size_t>(-1);
    std::size_t at = 0;
    std::size_t wildcard = k_none;
    std::size_t taken = 0; // up to here by the wildcard
    for (std::size_t i = 0; i < text.size();) {
        if (at < pattern.size() && is_wildcard(pattern[at])) {
            wildcard = at++;
            taken = i;
        } else if (at < pattern.size() && fits(pattern[at], text[i])) {
            ++at;
            ++i;
        } else if (wildcard != k_none) {
            at = wildcard + 1;
            i = ++taken;
        } else {
            return false;
        }
    }
    while (at < pattern.size() && is_wildcard(pattern[at]))
        ++at;
    return at == pattern.size();
}

bool segment_matches(std::string_view pattern, std::string_view segment) {
    return runs_match(
        pattern, segment, [](char c) { return c == '*'; }, [](char a, char b) { return a == b; });
}

} // namespace

Result<void> check_pattern(std::string_view pattern) {
    if (pattern.empty() || pattern.size() > k_pattern_bytes_max)
        return Error{Fault::invalid, "a pattern has 1 to 577 bytes"};
    if (!is_utf8(pattern)) return Error{Fault::invalid, "the pattern is not UTF-8"};
    for (auto const segment : segments_of(pattern))
        if (segment.empty() || segment == "." || segment == "..")
            return Error{Fault::invalid,
                         "the pattern has an empty segment, or '.' or '..', which no stream has"};
    return {};
}

bool matches(std::string_view pattern, std::string_view path) {
    return runs_match(
        segments_of(pattern), segments_of(path),
        [](std::string_view segment) { return segment == k_any_segments; }, segment_matches);
}

} // namespace ds::webhooks
