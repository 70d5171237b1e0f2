// Names and sizes of what stands in namespaces and classes: nothing has the name of another, and no
// class has too many member functions.
#include "cpp_text.h"
#include "source_tree.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

namespace {

using test::each_statement;
using test::ScopeKind;
using test::SourceFile;
using test::Statement;

constexpr std::size_t k_member_functions_max = 30;
// Those that are larger, and why.
struct LargeClass {
    std::string_view name;
    std::string_view because;
};
constexpr std::array<LargeClass, 3> k_large_classes{{
    {"Batch", "it is to become a transaction that judges of each subject take"},
    {"Registry", "it is to become one class for each kind of request"},
    {"HotLog", "each kind of row has a statement that is prepared once"},
}};

// What stands in a namespace, as it is to be told from others.
struct Named {
    std::string key;  // "ds::http::is_host(std::string_view)"
    std::string text; // of an alias what it stands for; else empty
    std::string path;
};

// Where the parentheses of a function begin: the first that are no template's arguments.
std::size_t parentheses_of(std::string_view text) {
    int open = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '<') ++open;
        if (text[at] == '>' && open > 0) --open;
        if (text[at] == '(' && open == 0) return at;
    }
    return std::string_view::npos;
}

// The word that ends at `end`, with the scopes in front of it: "Engine::submit".
std::string_view word_before(std::string_view text, std::size_t end) {
    while (end > 0 && text[end - 1] == ' ')
        --end;
    auto begin = end;
    while (begin > 0 && (test::is_word_char(text[begin - 1]) || text[begin - 1] == ':' ||
                         text[begin - 1] == '~'))
        --begin;
    return text.substr(begin, end - begin);
}

// "std::string const& name = {}" → "std::string const&".
std::string type_of_parameter(std::string_view parameter) {
    parameter = trim(parameter.substr(0, parameter.find('=')));
    auto const name = word_before(parameter, parameter.size());
    bool const has_name = name.size() < parameter.size() && !name.empty() &&
                          name.find(':') == std::string_view::npos && name != "const";
    if (has_name) parameter.remove_suffix(name.size());
    return std::string(trim(parameter));
}

std::string types_in(std::string_view text, std::size_t open) {
    std::string types;
    int depth = 0;
    auto begin = open + 1;
    for (auto at = open; at < text.size(); ++at) {
        char const c = text[at];
        depth += c == '(' || c == '<' || c == '{' ? 1 : c == ')' || c == '>' || c == '}' ? -1 : 0;
        bool const ends = depth == 0 && c == ')';
        if (!ends && !(depth == 1 && c == ',')) continue;
        types += (types.empty() ? "" : ", ") + type_of_parameter(text.substr(begin, at - begin));
        begin = at + 1;
        if (ends) break;
    }
    return types;
}

bool stands_in_namespaces(Statement const& statement) {
    return std::ranges::all_of(statement.scopes,
                               [](auto const& scope) { return scope.kind == ScopeKind::space; });
}

bool begins_with_any(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::ranges::any_of(words, [&](auto const word) { return text.starts_with(word); });
}

bool is_function(std::string_view text) {
    if (begins_with_any(text,
                        {"using ", "friend ", "static_assert", "typedef ", "alignas", ",", ":"}))
        return false;
    auto const open = parentheses_of(text);
    if (open == std::string_view::npos) return false;
    if (text.find("operator") < open) return true;
    return text.substr(0, open).find('=') == std::string_view::npos;
}

// What a statement in a namespace defines; an empty key when that is nothing that could collide.
Named defined_by(Statement const& statement, std::string const& path) {
    std::string space;
    for (auto const& scope : statement.scopes)
        if (!scope.name.empty()) space += scope.name + "::";
    std::string_view text = statement.text;
    // What comes after an initializer in braces defines nothing.
    if (!test::is_word_char(text.front()) && text.front() != '[') return {};
    if (text.starts_with("using ")) {
        auto const equals = text.find(" = ");
        if (equals == std::string_view::npos) return {};
        return {space + std::string(text.substr(6, equals - 6)),
                std::string(text.substr(equals + 3)), path};
    }
    auto const type = test::scope_of(statement.text);
    if (type.kind == ScopeKind::space) return {};
    if (type.kind == ScopeKind::type) {
        if (!statement.opens || type.name.find(':') != std::string::npos) return {};
        return {space + type.name, {}, path};
    }
    std::string name;
    if (is_function(text)) {
        auto const open = parentheses_of(text);
        name = word_before(text, open);
        bool const counts = statement.opens && text.find("operator") >= open;
        if (!counts) return {};
        if (name.find(':') == std::string::npos)
            name += "(" + types_in(text, open) + ")";
        else
            return {};
    } else {
        if (begins_with_any(text, {"extern ", "template "})) return {};
        if (parentheses_of(text) < text.find('=')) return {}; // a statement of a macro
        auto end = std::min({text.find('='), text.find('['), text.size()});
        name = word_before(text, end);
        if (name.empty() || name.find(':') != std::string::npos) return {};
    }
    return {space + name, {}, path};
}

std::string unit_of(std::string_view path) {
    return std::string(path.substr(0, path.rfind('.')));
}

std::vector<std::string> names_twice(std::vector<SourceFile> const& files) {
    std::vector<std::string> found;
    std::map<std::string, Named> known;
    for (auto const& file : files)
        each_statement(test::layers_of(file.text).code, [&](Statement const& statement) {
            if (!stands_in_namespaces(statement)) return;
            auto const named = defined_by(statement, file.path);
            if (named.key.empty()) return;
            auto const [at, is_new] = known.emplace(named.key, named);
            if (is_new || unit_of(at->second.path) == unit_of(file.path)) return;
            bool const same_alias = !named.text.empty() && named.text == at->second.text;
            if (!same_alias)
                found.push_back(named.key + " is in " + at->second.path + " and in " + file.path);
        });
    return found;
}

std::vector<std::string> large_classes(SourceFile const& file) {
    std::map<std::string, std::size_t> functions;
    each_statement(test::layers_of(file.text).code, [&](Statement const& statement) {
        if (statement.scopes.empty() || statement.scopes.back().kind != ScopeKind::type) return;
        std::string_view const text = statement.text;
        bool const given = text.ends_with("= delete") || text.ends_with("= default");
        if (is_function(text) && !given) ++functions[statement.scopes.back().name];
    });
    std::vector<std::string> found;
    for (auto const& [name, count] : functions) {
        bool const may = std::ranges::any_of(
            k_large_classes, [&](LargeClass const& large) { return large.name == name; });
        if (count > k_member_functions_max && !may)
            found.push_back(file.path + ": " + name + " has " + std::to_string(count) +
                            " member functions");
    }
    return found;
}

std::size_t twice(std::string const& one, std::string const& other) {
    return names_twice({{"lib/a/one.cpp", one}, {"lib/b/other.cpp", other}}).size();
}

std::string class_of(std::size_t functions) {
    std::string text = "class Large {\npublic:\n    Large(Large const&) = delete;\n";
    for (std::size_t i = 0; i < functions; ++i)
        text += "    int f" + std::to_string(i) + "(std::function<void()> const& f = {}) const;\n";
    return text + "private:\n    std::function<void(int)> done_;\n    int x_ = g();\n};\n";
}

} // namespace

TEST_CASE("names: nothing in a namespace of the program has the name of another") {
    auto const files = test::read_cpp({"lib", "apps"});
    CHECK(files.size() > 20);
    for (auto const& finding : names_twice(files))
        FAIL_CHECK(finding);
}

TEST_CASE("names: a class has a subject, not dozens of functions") {
    for (auto const& file : test::read_cpp({"lib", "apps", "tests"}))
        for (auto const& finding : large_classes(file))
            FAIL_CHECK(finding);
}

TEST_CASE("names check: types, constants and functions of the same parameters are found") {
    CHECK(twice("namespace ds {\nstruct A {};\n}", "namespace ds {\nclass A final : B {\n};\n}") ==
          1);
    CHECK(twice("namespace ds { namespace {\nenum class A { x };\n} }",
                "namespace ds {\nunion A {};\n}") == 1);
    CHECK(twice("namespace ds {\nconstexpr int k_a = 1;\n}",
                "namespace ds {\nint const k_a{2};\n}") == 1);
    CHECK(twice("namespace ds {\nbool f(int a, B const& b) {\n}\n}",
                "namespace ds {\nstatic bool f(int c, B const& d = {}) {\n}\n}") == 1);
    CHECK(twice("namespace ds {\nusing A = int;\n}", "namespace ds {\nusing A = long;\n}") == 1);
    CHECK(twice("namespace ds::x {\nstruct A {};\n}",
                "namespace ds { namespace x {\nstruct A {};\n} }") == 1);
}

TEST_CASE("names check: overloads, members, declarations and equal aliases are not") {
    CHECK(twice("namespace ds {\nbool f(int) {\n}\n}", "namespace ds {\nbool f(long) {\n}\n}") ==
          0);
    CHECK(twice("namespace ds {\nvoid A::f() {\n}\n}", "namespace ds {\nvoid B::f() {\n}\n}") == 0);
    CHECK(twice("namespace ds {\nvoid f();\nclass A;\n}",
                "namespace ds {\nvoid f() {\n}\nclass A {};\n}") == 0);
    CHECK(twice("namespace ds {\nusing A = int;\n}", "namespace ds {\nusing A = int;\n}") == 0);
    CHECK(twice("namespace ds {\nstruct A {};\n}", "namespace ds::http {\nstruct A {};\n}") == 0);
    CHECK(twice("namespace ds {\nstruct B { struct A {}; void f() {} };\n}",
                "namespace ds {\nstruct A {};\nvoid f() {\n}\n}") == 0);
    CHECK(twice("namespace ds {\nvoid g() { struct A {}; int k_a = 1; }\n}",
                "namespace ds {\nstruct A {};\nint const k_a = 2;\n}") == 0);
}

TEST_CASE("names check: a class with too many member functions is found") {
    CHECK(large_classes({"a.h", class_of(k_member_functions_max)}).empty());
    CHECK(large_classes({"a.h", class_of(k_member_functions_max + 1)}).size() == 1);
}

} // namespace ds
