// Rules of style that a machine can hold: sizes, first lines, and words that have no place here.
#include "cpp_text.h"
#include "source_tree.h"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

namespace {

using test::is_word_char;
using test::Layers;
using test::layers_of;
using test::line_at;
using test::lines_of;
using test::SourceFile;
using Findings = std::vector<std::string>;

constexpr std::size_t k_file_lines_max = 400;
constexpr std::size_t k_function_lines_max = 70;
constexpr std::size_t k_line_columns_max = 100;

// The places of `word`, not as a part of a longer word.
std::vector<std::size_t> places_of(std::string_view word, std::string_view text) {
    std::vector<std::size_t> places;
    for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
        auto const end = at + word.size();
        bool const starts = at == 0 || !is_word_char(text[at - 1]) || !is_word_char(word.front());
        bool const ends =
            end == text.size() || !is_word_char(text[end]) || !is_word_char(word.back());
        if (starts && ends) places.push_back(at);
    }
    return places;
}

// From the head of each block that has parentheses and is neither type nor namespace to its brace.
std::vector<std::size_t> long_functions(std::string_view code) {
    std::vector<std::size_t> lines;
    std::vector<std::size_t> heads; // where the statement in front of each open brace starts
    std::size_t statement = 0;
    for (std::size_t at = 0; at < code.size(); ++at) {
        if (code[at] == '{') {
            heads.push_back(statement);
        } else if (code[at] == '}' && !heads.empty()) {
            auto const start = code.find_first_not_of(" \n", heads.back());
            auto const head = code.substr(start, code.find('{', start) - start);
            heads.pop_back();
            bool scope = head.find('(') == std::string_view::npos;
            for (std::string_view const word : {"namespace", "class", "struct", "union", "enum"})
                scope = scope || head.starts_with(word);
            if (!scope && line_at(code, at) - line_at(code, start) >= k_function_lines_max)
                lines.push_back(line_at(code, start));
        }
        if (code[at] == '{' || code[at] == '}' || code[at] == ';') statement = at + 1;
    }
    return lines;
}

struct BannedWord {
    std::string_view word;
    std::string_view where; // what the path must contain
    std::string_view instead;
};
constexpr std::array<BannedWord, 9> k_banned_words{{
    {"std::regex", "", "write the parser out"},
    {".detach()", "", "a thread belongs to an object that joins it"},
    {"->detach()", "", "a thread belongs to an object that joins it"},
    {"sleep_for", "tests/unit/", "turn a clock or wait for a condition"},
    {"sleep_until", "tests/unit/", "turn a clock or wait for a condition"},
    {"usleep(", "tests/unit/", "turn a clock or wait for a condition"},
    {"using namespace", ".h", "name what is used"},
    {"std::cout", "lib/", "standard output belongs to cli"},
    {"std::async", "", "a thread belongs to an object that joins it"},
}};
constexpr std::array<std::string_view, 7> k_banned_endings{"Manager", "Helper",    "Util", "Utils",
                                                           "Service", "Processor", "Impl"};

Findings banned_words(SourceFile const& file, Layers const& layers) {
    Findings found;
    auto const report = [&](std::size_t place, std::string_view what, std::string_view instead) {
        found.push_back(file.path + ":" + std::to_string(line_at(file.text, place)) + ": " +
                        std::string(what) + ": " + std::string(instead));
    };
    for (auto const& banned : k_banned_words) {
        bool const header_only = banned.where == ".h";
        bool const here = header_only ? file.path.ends_with(banned.where)
                                      : banned.where.empty() || file.path.starts_with(banned.where);
        bool const cli_may = banned.word == "std::cout" && file.path.starts_with("lib/cli/");
        if (!here || cli_may) continue;
        for (auto const place : places_of(banned.word, layers.code))
            report(place, banned.word, banned.instead);
    }
    for (std::string_view const word : {"TODO", "FIXME", "XXX"})
        for (auto const* layer : {&layers.code, &layers.comments})
            for (auto const place : places_of(word, *layer))
                report(place, word, "do it or leave it out");
    for (std::string_view const keyword : {"class", "struct"}) {
        for (auto const place : places_of(keyword, layers.code)) {
            auto const start = layers.code.find_first_not_of(' ', place + keyword.size());
            auto end = std::min(start, layers.code.size());
            while (end < layers.code.size() && is_word_char(layers.code[end]))
                ++end;
            auto const name = layers.code.substr(std::min(start, end), end - std::min(start, end));
            for (auto const ending : k_banned_endings)
                if (name.ends_with(ending)) report(place, name, "name it for what it is");
        }
    }
    return found;
}

std::size_t columns_of(std::string_view line) {
    return static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; // continues a character
    }));
}

Findings check(SourceFile const& file) {
    auto const layers = layers_of(file.text);
    auto findings = banned_words(file, layers);
    auto const report = [&](std::size_t line, std::string const& what) {
        findings.push_back(file.path + ":" + std::to_string(line) + ": " + what);
    };
    auto const lines = lines_of(file.text);
    if (lines.empty() || !lines[0].starts_with("// "))
        report(1, "the first line does not say what this is");
    if (lines.size() > k_file_lines_max)
        report(lines.size(), "more than " + std::to_string(k_file_lines_max) + " lines");
    for (std::size_t i = 0; i < lines.size(); ++i)
        if (columns_of(lines[i]) > k_line_columns_max)
            report(i + 1, "more than " + std::to_string(k_line_columns_max) + " columns");
    for (auto const line : long_functions(layers.code))
        report(line, "a function of more than " + std::to_string(k_function_lines_max) + " lines");
    return findings;
}

// What is found in a text that has a good first line.
std::size_t count(std::string_view text, std::string path = "lib/base/x.cpp") {
    auto const findings = check({std::move(path), "// What it is.\n" + std::string(text)});
    return findings.size();
}

std::string repeat(std::string_view line, std::size_t times) {
    std::string text;
    for (std::size_t i = 0; i < times; ++i)
        text.append(line);
    return text;
}

} // namespace

TEST_CASE("tidy: the tree keeps the rules") {
    auto const files = test::read_cpp({"lib", "apps", "tests"});
    CHECK(files.size() > 20);
    for (auto const& file : files)
        for (auto const& finding : check(file))
            FAIL_CHECK(finding);
}

TEST_CASE("tidy check: a good file has no findings") {
    CHECK(count("int x;\n") == 0);
    CHECK(check({"a.cpp", "int x;\n"}).size() == 1);
    CHECK(check({"a.cpp", ""}).size() == 1);
    CHECK(check({"a.cpp", "\n// Late.\n"}).size() == 1);
}

TEST_CASE("tidy check: a long file is found") {
    CHECK(count(repeat("int x;\n", k_file_lines_max - 1)) == 0);
    CHECK(count(repeat("int x;\n", k_file_lines_max)) == 1);
}

TEST_CASE("tidy check: a long line is found, and columns are characters") {
    CHECK(count("// " + repeat("x", 97) + "\n") == 0);
    CHECK(count("// " + repeat("x", 98) + "\n") == 1);
    CHECK(count("// " + repeat("\xc3\xa9", 97) + "\n") == 0);
}

TEST_CASE("tidy check: a long function is found, wherever it stands") {
    auto const body = [](std::size_t lines) { return repeat("    x();\n", lines) + "}\n"; };
    CHECK(count("void f() {\n" + body(68)) == 0);
    CHECK(count("void f() {\n" + body(69)) == 1);
    CHECK(count("void f(int a,\n       int b) {\n" + body(67)) == 0);
    CHECK(count("void f(int a,\n       int b) {\n" + body(68)) == 1);
    CHECK(count("class A {\n    void f() {\n" + body(69) + "};\n") == 1);
    CHECK(count("namespace a {\nvoid f() {\n" + body(40) + "void g() {\n" + body(40) + "}\n") == 0);
    CHECK(count("struct A {\n" + repeat("    int x;\n", 90) + "};\n") == 0);
    CHECK(count("constexpr int k_table[] = {\n" + repeat("    1,\n", 90) + "};\n") == 0);
    CHECK(count("void f() {\n    g(\"{\"); // {\n    h('{');\n" + body(10) + "void g() {\n" +
                body(60)) == 0);
}

TEST_CASE("tidy check: banned words are found in code") {
    CHECK(count("std::regex r;\n") == 1);
    CHECK(count("thread.detach();\n") == 1);
    CHECK(count("thread->detach();\n") == 1);
    CHECK(count("reader.detach(now);\n") == 0); // not a thread's: that takes nothing
    CHECK(count("auto f = std::async(g);\n") == 1);
    CHECK(count("std::cout << 1;\n") == 1);
    CHECK(count("std::cout << 1;\n", "lib/cli/x.cpp") == 0);
    CHECK(count("std::cout << 1;\n", "tests/bench/x.cpp") == 0);
    CHECK(count("sleep_for(x);\n", "tests/unit/x.cpp") == 1);
    CHECK(count("sleep_for(x);\n", "tests/http/x.cpp") == 0);
    CHECK(count("using namespace std;\n", "lib/base/x.h") == 1);
    CHECK(count("using namespace std::chrono_literals;\n", "lib/base/x.cpp") == 0);
}

TEST_CASE("tidy check: leftovers are found in comments too, but not in text for people") {
    CHECK(count("// TODO: later\n") == 1);
    CHECK(count("/* a\n FIXME */\n") == 1);
    CHECK(count("int TODO;\n") == 1);
    CHECK(count("auto t = \"TODO\";\n") == 0);
    CHECK(count("// TODOS is another word\n") == 0);
}

TEST_CASE("tidy check: empty names of types are found") {
    for (auto const* text :
         {"class StreamManager {\n};\n", "struct JsonHelper;\n", "class Util final {\n};\n",
          "class PushService : A {\n};\n", "struct Impl;\n", "class BatchProcessor;\n"}) {
        CAPTURE(text);
        CHECK(count(text) == 1);
    }
    CHECK(count("class Simplex;\nstruct Implied {\n};\nenum class Sync { yes, no };\n") == 0);
}

TEST_CASE("tidy check: words in comments and literals are no code") {
    CHECK(count("// std::regex is slow; std::cout too\n") == 0);
    CHECK(count("auto a = \"std::regex\";\n") == 0);
    CHECK(count("auto a = \"\\\"std::regex\";\n") == 0);
    CHECK(count("auto a = R\"(\"std::regex)\";\n") == 0);
    CHECK(count("auto a = R\"x(\")\" std::regex)x\";\n") == 0);
    CHECK(count("char q = '\"';\nstd::regex r;\n") == 1);
    CHECK(count("int n = 1'000;\nstd::regex r;\nint m = 2'000;\n") == 1);
    CHECK(count("auto a = \"x\"; std::regex r; auto b = \"y\";\n") == 1);
}

} // namespace ds
