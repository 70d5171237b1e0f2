// The glossary: the tables below "## Words" in the README of each folder of lib. One row for each
// word, and words that were given up do not come back.
#include "base/encoding.h"
#include "source_tree.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace ds::words_test {

namespace {

using test::lines_of;
using test::SourceFile;

// The renames are one mechanical change. Once it has been made, the tree is held against the list.
constexpr bool k_is_renamed = false;

// A word that was given up, and the word of the glossary that stands in its place.
struct GivenUp {
    enum class As {
        word, // wherever it stands: in a text, or as a part of an identifier
        name, // only as a whole identifier of code: in texts it means what it means in English
    };
    std::string_view word;
    std::string_view instead;
    As as = As::word;
};
constexpr std::array k_given_up{
    GivenUp{"lane", "shard"},
    GivenUp{"shelf", "shard state"},
    GivenUp{"courier", "mailbox"},
    GivenUp{"parcel", "delivery"},
    GivenUp{"mail", "delivery"},
    GivenUp{"chore", "internal command"},
    GivenUp{"roster", "subscription index"},
    GivenUp{"owed", "backlog"},
    GivenUp{"debt", "backlog"},
    GivenUp{"ledger", "producer snapshot"},
    GivenUp{"realm", "scope"},
    GivenUp{"errand", "access request"},
    GivenUp{"guest", "client"},
    GivenUp{"seat", "slot"},
    GivenUp{"calm", "background, urgent"},
    GivenUp{"hasty", "background, urgent"},
    GivenUp{"sick", "degraded, healthy"},
    GivenUp{"Ask", "command", GivenUp::As::name},
    GivenUp{"Answer", "reply", GivenUp::As::name},
    GivenUp{"Deed", "command", GivenUp::As::name},
    GivenUp{"Told", "outcome", GivenUp::As::name},
    GivenUp{"Said", "outcome", GivenUp::As::name},
    GivenUp{"World", "context", GivenUp::As::name},
    GivenUp{"Millis", "Instant", GivenUp::As::name},
};

// What people type, or have stored: names of options, files, tables and columns, fields of JSON.
constexpr std::array<std::string_view, 15> k_kept{
    "--lanes",   "DS_LANES",        "lanes.kept",          "lane-",           "\"lane\"",
    "\"lanes\"", "identity, lanes", "lanes INTEGER",       "EXISTS lane",     "INTO lane",
    "FROM lane", "ledger_part",     "stream, ledger FROM", "number, ledger)", "closed, ledger,",
};

struct Row {
    std::string word;
    std::string is;
    std::vector<std::string> never;
    std::string file;
};

std::vector<std::string> split_at(std::string_view text, char mark) {
    std::vector<std::string> parts;
    for (;;) {
        auto const end = std::min(text.find(mark), text.size());
        parts.emplace_back(trim(text.substr(0, end)));
        if (end == text.size()) return parts;
        text.remove_prefix(end + 1);
    }
}

// The rows below "## Words" whose head is: word, is, never.
std::vector<Row> rows_of(SourceFile const& readme) {
    std::vector<Row> rows;
    bool inside = false;
    for (auto const line : lines_of(readme.text)) {
        if (line.starts_with("## ")) inside = line == "## Words";
        if (!inside || !line.starts_with("| ") || line.starts_with("| word | is | never |"))
            continue;
        auto const cells = split_at(line.substr(1, line.size() - 2), '|');
        REQUIRE_MESSAGE(cells.size() == 3, readme.path, ": ", line);
        rows.push_back({cells[0], cells[1], split_at(cells[2], ','), readme.path});
    }
    return rows;
}

// The text without its tables of words, whose last column has to name what is given up.
std::string without_words(std::string_view readme) {
    std::string text;
    bool inside = false;
    for (auto const line : lines_of(readme)) {
        if (line.starts_with("## ")) inside = line == "## Words";
        if (!inside || !line.starts_with('|')) text.append(line);
        text.push_back('\n');
    }
    return text;
}

bool is_letter(char c) {
    return std::isalpha(static_cast<unsigned char>(c)) != 0;
}

bool is_capital(char c) {
    return std::isupper(static_cast<unsigned char>(c)) != 0;
}

struct Found {
    std::string text;
    std::size_t line = 1;
};

// The words of a text and the parts of its identifiers in small letters: "LaneHealth",
// "lane_health" and "a lane's health" have "lane" and "health".
std::vector<Found> words_in(std::string_view text) {
    std::vector<Found> words;
    std::size_t line = 1;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '\n') ++line;
        if (!is_letter(text[at])) continue;
        auto end = at + 1;
        while (end < text.size() && is_letter(text[end]) &&
               (!is_capital(text[end]) || is_capital(text[end - 1])))
            ++end;
        words.push_back({to_lower(text.substr(at, end - at)), line});
        at = end - 1;
    }
    return words;
}

// Whole identifiers, as they are.
std::vector<Found> names_in(std::string_view text) {
    auto const belongs = [](char c) {
        return is_letter(c) || c == '_' || std::isdigit(static_cast<unsigned char>(c)) != 0;
    };
    std::vector<Found> names;
    std::size_t line = 1;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '\n') ++line;
        if (!belongs(text[at])) continue;
        auto end = at + 1;
        while (end < text.size() && belongs(text[end]))
            ++end;
        names.push_back({std::string(text.substr(at, end - at)), line});
        at = end - 1;
    }
    return names;
}

// A line of code without its comment and without what stands between quotes.
std::string without_texts(std::string_view line) {
    std::string code;
    bool inside = false;
    for (std::size_t at = 0; at < line.size(); ++at) {
        if (!inside && line.substr(at).starts_with("//")) break;
        if (!inside && line.substr(at).starts_with("'\"'")) {
            at += 2;
        } else if (inside && line[at] == '\\') {
            ++at;
        } else {
            inside = inside != (line[at] == '"');
            if (!inside) code.push_back(line[at]);
        }
    }
    return code;
}

std::vector<std::string> given_up_in(SourceFile const& file) {
    auto text = file.path.ends_with("README.md") ? without_words(file.text) : file.text;
    // A manual page writes "-" as "\-".
    if (file.path.starts_with("man/")) std::erase(text, '\\');
    for (auto const kept : k_kept)
        for (auto at = text.find(kept); at != std::string::npos; at = text.find(kept, at))
            text.replace(at, kept.size(), kept.size(), ' ');
    std::vector<std::string> findings;
    auto const report = [&](Found const& found, GivenUp const& entry) {
        findings.push_back(file.path + ":" + std::to_string(found.line) + ": " + found.text +
                           ": the word is " + std::string(entry.instead));
    };
    for (auto const& found : words_in(text))
        for (auto const& entry : k_given_up)
            if (entry.as == GivenUp::As::word &&
                (found.text == entry.word || found.text == std::string(entry.word) + "s"))
                report(found, entry);
    if (!test::is_cpp(file.path)) return findings;
    std::string code;
    for (auto const line : lines_of(text))
        code.append(without_texts(line)).push_back('\n');
    for (auto const& found : names_in(code))
        for (auto const& entry : k_given_up)
            if (entry.as == GivenUp::As::name && found.text == entry.word) report(found, entry);
    return findings;
}

std::vector<SourceFile> with_text(std::vector<SourceFile> files) {
    for (auto& file : files)
        file.text = test::read_source(test::source_root() / file.path);
    return files;
}

std::vector<Row> glossary() {
    std::vector<Row> all;
    for (auto const& file : with_text(test::read_tree({"lib"})))
        if (file.path.ends_with("README.md"))
            for (auto& row : rows_of(file))
                all.push_back(std::move(row));
    return all;
}

} // namespace

TEST_CASE("words: each has one row in the READMEs of lib") {
    auto const rows = glossary();
    CHECK(rows.size() > 50);
    std::map<std::string, std::string> seen;
    for (auto const& row : rows) {
        CAPTURE(row.word);
        CHECK_FALSE(row.is.empty());
        auto const [at, is_new] = seen.emplace(to_lower(row.word), row.file);
        CHECK_MESSAGE(is_new, row.file, " and ", at->second, " have the same word");
    }
}

TEST_CASE("words: what is given up stands in the row of the word that took its place") {
    auto const rows = glossary();
    for (auto const& entry : k_given_up) {
        CAPTURE(entry.word);
        auto const named = std::ranges::find(rows, entry.instead, &Row::word);
        REQUIRE_MESSAGE(named != rows.end(), "the glossary lacks ", entry.instead);
        auto const stands = [&](std::string const& word) {
            return to_lower(word) == to_lower(entry.word);
        };
        CHECK(std::ranges::any_of(named->never, stands));
        CHECK(std::ranges::none_of(rows, stands, &Row::word));
    }
}

TEST_CASE("words: what is given up does not come back in lib, in the manual or in the README" *
          doctest::skip(!k_is_renamed)) {
    auto files = test::read_tree({"lib", "apps", "man"});
    files.push_back({"README.md", {}});
    for (auto const& file : with_text(std::move(files)))
        for (auto const& finding : given_up_in(file))
            FAIL_CHECK(finding);
}

TEST_CASE("words check: words and parts of identifiers are found, and nothing else") {
    auto const count = [](std::string text, std::string path = "lib/base/x.cpp") {
        return given_up_in({std::move(path), std::move(text)}).size();
    };
    CHECK(count("class LaneHealth;\n") == 1);
    CHECK(count("int lane_count; // of all lanes\n") == 2);
    CHECK(count("int k_lane;\nint plane;\nint lanyard;\n") == 1);
    CHECK(count("// A planet's lane's end\n") == 1);
    CHECK(count("option(\"--lanes\"); log(\"lanes.kept\");\n") == 0);
    CHECK(count(".BI \\-\\-lanes \" N\"\n", "man/ds-serve.1") == 0);
    CHECK(count("std::variant<Ask, Create> x; // Ask for it\n") == 1);
    CHECK(count("int x; // Said and done\n") == 0);
    CHECK(count("auto x = \"Ask \\\"Ask\\\"\"; char y = '\"'; Ask z;\n") == 1);
    CHECK(count("Ask for it.\n", "README.md") == 0);
}

TEST_CASE("words check: the tables are read, and left out of what is searched") {
    SourceFile const readme{"lib/x/README.md", "## Words\n\n| word | is | never |\n|---|---|---|\n"
                                               "| shard | a thread | lane, worker |\n\n"
                                               "## Decisions\n| a | b | c |\nA lane.\n"};
    auto const rows = rows_of(readme);
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].word == "shard");
    CHECK(rows[0].never == std::vector<std::string>{"lane", "worker"});
    auto const found = given_up_in(readme);
    REQUIRE(found.size() == 1);
    CHECK(found[0].starts_with("lib/x/README.md:9: "));
}

} // namespace ds::words_test
