// Looks for names as whole words.
#include "cli/option_words.h"

#include "base/encoding.h"
#include "cli/suggest.h"

#include <sstream>
#include <string_view>

namespace ds {

namespace {

// Where a text names an option, and no longer one that begins so.
std::size_t place_of_name(std::string const& text, std::string const& name) {
    constexpr std::string_view k_letters = "abcdefghijklmnopqrstuvwxyz0123456789-";
    for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at + 1)) {
        auto const end = at + name.size();
        if (end == text.size() || k_letters.find(text[end]) == std::string_view::npos) return at;
    }
    return std::string::npos;
}

} // namespace

std::vector<std::string> choices_in(std::string const& takes) {
    std::vector<std::string> choices;
    if (takes.find('|') == std::string::npos) return choices;
    std::istringstream words(takes);
    for (std::string word; std::getline(words, word, '|');)
        if (to_lower(word) == word) choices.push_back(word);
    return choices;
}

std::string unexpected(std::string const& word, std::span<OptionRow const> rows) {
    auto what = "'" + word + "' was not expected";
    if (!word.starts_with('-')) return what;
    std::vector<std::string> names;
    for (auto const& row : rows)
        if (row.long_name.starts_with("--")) names.push_back(row.long_name);
    if (auto const near = nearest(word.substr(0, word.find('=')), names))
        what += "; did you mean " + *near;
    return what;
}

std::string unreadable_value(std::string text) {
    constexpr std::string_view k_could_not = "Could not convert: ";
    constexpr std::string_view k_equals = " = ";
    auto const equals = text.find(k_equals);
    if (!text.starts_with(k_could_not) || equals == std::string::npos) return text;
    text.replace(equals, k_equals.size(), ": ");
    return text.substr(k_could_not.size()) + " is no value for it";
}

std::optional<OptionInText> first_option_in(std::string const& text,
                                            std::span<OptionRow const> rows) {
    std::optional<OptionInText> first;
    for (auto const& row : rows)
        if (auto const at = place_of_name(text, row.long_name); row.long_name.starts_with("--") &&
                                                                at != std::string::npos &&
                                                                (!first || at < first->at))
            first = OptionInText{&row, at};
    return first;
}

} // namespace ds
