// C++ as text, for the tests that hold the tree to its own rules: comments and literals apart, and
// statements with the scopes around them.
#pragma once

#include "base/encoding.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ds::test {

inline bool is_word_char(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// A text in two layers of the same shape: code without comments and the content of literals, and
// comments without the rest. What is left out is blanks, so that places and lines stay the same.
struct Layers {
    std::string code;
    std::string comments;
};

// Where the literal or comment that starts at `at` ends, or `at` when none starts there.
inline std::size_t end_of_quoted(std::string_view text, std::size_t at) {
    auto const after = [&](std::string_view mark, std::size_t from) {
        auto const found = text.find(mark, from);
        return found == std::string_view::npos ? text.size() : found + mark.size();
    };
    auto const rest = text.substr(at);
    if (rest.starts_with("//")) return std::min(text.find('\n', at), text.size());
    if (rest.starts_with("/*")) return after("*/", at + 2);
    if (rest.starts_with("R\"") && (at == 0 || !is_word_char(text[at - 1]))) {
        auto const open = std::min(text.find('(', at), text.size());
        return after(")" + std::string(text.substr(at + 2, open - at - 2)) + "\"", open);
    }
    // Between digits, ' only groups them.
    bool const groups = rest.starts_with('\'') && at > 0 && is_word_char(text[at - 1]);
    if (groups || (!rest.starts_with('"') && !rest.starts_with('\''))) return at;
    std::size_t end = at + 1;
    while (end < text.size() && text[end] != rest.front() && text[end] != '\n')
        end += text[end] == '\\' ? 2 : 1;
    return std::min(end + 1, text.size());
}

inline Layers layers_of(std::string_view text) {
    Layers layers{std::string(text), std::string(text)};
    auto const blank = [](std::string& layer, std::size_t from, std::size_t to) {
        for (std::size_t i = from; i < to; ++i)
            if (layer[i] != '\n') layer[i] = ' ';
    };
    for (std::size_t at = 0; at < text.size();) {
        auto const end = end_of_quoted(text, at);
        if (text[at] == '/' && end > at)
            blank(layers.code, at, end);
        else if (end > at + 1)
            blank(layers.code, at + 1, end - 1); // the quotes stay
        if (text[at] != '/' || end == at) blank(layers.comments, at, std::max(end, at + 1));
        at = std::max(end, at + 1);
    }
    return layers;
}

inline std::size_t line_at(std::string_view text, std::size_t place) {
    auto const before = text.substr(0, place);
    return static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')) + 1;
}

// What opens a brace, and what stands in it.
enum class ScopeKind : std::uint8_t { space, type, other };
struct Scope {
    ScopeKind kind = ScopeKind::other;
    std::string name{}; // of the namespace or type; empty for an anonymous one
};
// A statement with its scope: up to a semicolon, or the head in front of a brace.
struct Statement {
    std::vector<Scope> const& scopes; // from the outermost in
    std::string text;                 // in one line, without labels such as public:
    bool opens = false;               // a brace follows
    std::size_t place = 0;            // of its end
};

// In one line, with single blanks, and without what in front of it is no part of it.
inline std::string in_one_line(std::string_view code) {
    std::string text;
    for (char const c : code) {
        bool const blank = std::isspace(static_cast<unsigned char>(c)) != 0;
        if (!blank)
            text.push_back(c);
        else if (!text.empty() && text.back() != ' ')
            text.push_back(' ');
    }
    if (text.ends_with(' ')) text.pop_back();
    for (std::string_view const label : {"public:", "private:", "protected:"})
        if (text.starts_with(label))
            return in_one_line(std::string_view(text).substr(label.size()));
    return text;
}

// The name after `keyword` at the head of a type: "class alignas(8) Gate final : public Door".
inline std::string name_after_keyword(std::string_view head) {
    if (head.starts_with("template")) {
        std::size_t at = head.find('<');
        for (int open = 0; at < head.size(); ++at) {
            open += head[at] == '<' ? 1 : head[at] == '>' ? -1 : 0;
            if (open == 0) break;
        }
        head.remove_prefix(std::min(head.size(), at + 2));
    }
    for (std::string_view const keyword : {"class ", "struct ", "union ", "enum "}) {
        if (!head.starts_with(keyword)) continue;
        head.remove_prefix(keyword.size());
        for (std::string_view const skipped : {"class ", "struct "})
            if (head.starts_with(skipped)) head.remove_prefix(skipped.size());
        if (head.starts_with("alignas"))
            head.remove_prefix(std::min(head.size(), head.find(')') + 2));
        std::size_t end = 0;
        while (end < head.size() && (is_word_char(head[end]) || head[end] == ':'))
            ++end;
        auto name = head.substr(0, end);
        while (name.ends_with(':'))
            name.remove_suffix(1);
        bool const rest_is_bases = head.find('(') == std::string_view::npos;
        return rest_is_bases ? std::string(name) : std::string();
    }
    return {};
}

inline Scope scope_of(std::string const& head) {
    constexpr std::string_view k_namespace = "namespace";
    if (head.starts_with(k_namespace)) {
        auto const name = head.substr(k_namespace.size());
        return {ScopeKind::space, name.empty() ? name : name.substr(1)};
    }
    auto name = name_after_keyword(head);
    if (name.empty()) return {};
    return {ScopeKind::type, std::move(name)};
}

// Calls `visit` for each statement of code without comments, literals and preprocessor lines. What
// stands between parentheses is part of its statement.
inline void each_statement(std::string code, std::function<void(Statement const&)> const& visit) {
    for (std::size_t at = 0; at < code.size();) { // preprocessor lines
        auto const end = std::min(code.find('\n', at), code.size());
        if (trim(std::string_view(code).substr(at, end - at)).starts_with('#'))
            std::fill(code.begin() + static_cast<std::ptrdiff_t>(at),
                      code.begin() + static_cast<std::ptrdiff_t>(end), ' ');
        at = end + 1;
    }
    std::vector<Scope> scopes;
    std::size_t start = 0;
    int parentheses = 0;
    std::vector<int> outer; // open parentheses around each brace
    for (std::size_t at = 0; at < code.size(); ++at) {
        char const c = code[at];
        parentheses += c == '(' || c == '[' ? 1 : c == ')' || c == ']' ? -1 : 0;
        if (c != '{' && c != '}' && c != ';') continue;
        if (c == '}') {
            if (scopes.empty()) continue;
            scopes.pop_back();
            parentheses = outer.back();
            outer.pop_back();
            if (parentheses == 0) start = at + 1;
            continue;
        }
        bool const inside = parentheses > 0;
        auto const text = inside ? std::string() : in_one_line(code.substr(start, at - start));
        if (!inside && !text.empty()) visit({scopes, text, c == '{', at});
        if (c == '{') {
            scopes.push_back(inside ? Scope{} : scope_of(text));
            outer.push_back(std::exchange(parentheses, 0));
        }
        if (!inside) start = at + 1;
    }
}

} // namespace ds::test
