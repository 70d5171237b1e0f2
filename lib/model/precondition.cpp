// Tags held against a stream.
#include "model/precondition.h"

#include "base/encoding.h"

#include <algorithm>

namespace ds {

namespace {

struct Tag {
    bool weak = false;
    std::string_view text; // without its quotes
};

// Takes a tag off the front; empty when there is none.
std::optional<Tag> take_tag(std::string_view& rest) {
    Tag tag;
    tag.weak = rest.starts_with("W/");
    if (tag.weak) rest.remove_prefix(2);
    if (!rest.starts_with('"')) return std::nullopt;
    auto const close = rest.find('"', 1);
    if (close == std::string_view::npos) return std::nullopt;
    tag.text = rest.substr(1, close - 1);
    rest = trim(rest.substr(close + 1));
    return tag;
}

// Shows `look` each tag, until it says that it has seen enough. False when it is no list of tags.
template <typename Look>
bool each_tag(std::string_view list, Look look) {
    auto rest = trim(list);
    if (rest.empty()) return false;
    while (!rest.empty()) {
        auto const tag = take_tag(rest);
        if (!tag || (!rest.empty() && !rest.starts_with(','))) return false;
        if (look(*tag)) return true;
        while (rest.starts_with(','))
            rest = trim(rest.substr(1));
    }
    return true;
}

std::string_view take_tag_part(std::string_view& rest) {
    auto const part = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    return part;
}

// As make_etag writes them: directory-stream:start:end, then ":l<limit>" and ":c".
bool is_end_of(std::string_view tag, std::string_view directory, EndOfStream const& state) {
    if (tag == format_offset(state.tail)) return true;
    auto rest = tag;
    if (take_tag_part(rest) != std::string(directory) + "-" + std::to_string(state.stream))
        return false;
    auto const start = take_tag_part(rest);
    if (start.empty() || take_tag_part(rest) != std::to_string(state.end)) return false;
    bool closed = false;
    while (!rest.empty())
        closed = take_tag_part(rest) == "c" || closed;
    return closed == state.closed;
}

bool matches(std::string_view list, std::string_view directory, EndOfStream const& state,
             bool weakly) {
    if (trim(list) == "*") return true;
    bool found = false;
    each_tag(list, [&](Tag const& tag) {
        found = (weakly || !tag.weak) && is_end_of(tag.text, directory, state);
        return found;
    });
    return found;
}

} // namespace

bool is_tag_list(std::string_view text) {
    return trim(text) == "*" || each_tag(text, [](Tag const&) { return false; });
}

bool holds(Precondition const& condition, std::optional<EndOfStream> const& state) {
    if (condition.if_match &&
        (!state || !matches(*condition.if_match, condition.directory, *state, false)))
        return false;
    return !condition.if_none_match || !state ||
           !matches(*condition.if_none_match, condition.directory, *state, true);
}

} // namespace ds
