// The manual is true: every option has its entry, and every entry its option.
#include "cli/option_table.h"
#include "unit/source_root.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

using namespace ds;

namespace {

// "peek twice" has the page ds-peek-twice.1.
std::string dashed(std::string name) {
    std::replace(name.begin(), name.end(), ' ', '-');
    return name;
}

std::string page_of(std::string const& name) {
    std::ifstream file(test::source_root() / "man" / name);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

// The long options that have an entry: on the line after ".TP", with "\-" read as "-".
std::set<std::string> entries(std::string const& page) {
    std::set<std::string> found;
    std::istringstream lines(page);
    auto after_tp = false;
    for (std::string line; std::getline(lines, line);) {
        std::erase(line, '\\');
        auto const at = after_tp ? line.find("--") : std::string::npos;
        if (at != std::string::npos)
            found.insert(line.substr(at, line.find_first_of(" ,]", at) - at));
        after_tp = line == ".TP";
    }
    return found;
}

// The chapters of the manual, "ds-access" and so on: its pages of section 7.
std::set<std::string> chapters() {
    std::set<std::string> names;
    for (auto const& file : std::filesystem::directory_iterator(test::source_root() / "man"))
        if (file.path().extension() == ".7") names.insert(file.path().stem().string());
    return names;
}

// What a page names below SEE ALSO.
std::set<std::string> seen_in(std::string const& page) {
    std::set<std::string> names;
    auto const from = page.find("\n.SH SEE ALSO\n");
    REQUIRE(from != std::string::npos);
    std::istringstream lines(page.substr(from));
    for (std::string line; std::getline(lines, line);) {
        std::erase(line, '\\');
        if (line.starts_with(".BR ")) names.insert(line.substr(4, line.find(' ', 4) - 4));
    }
    return names;
}

} // namespace

TEST_CASE("manual: the options of each command are those of its page") {
    for (auto const& command : option_tables(commands())) {
        CAPTURE(command.name);
        std::set<std::string> stated;
        for (auto const& row : command.options)
            stated.insert(row.long_name);
        CHECK(entries(page_of("ds-" + dashed(command.name) + ".1")) == stated);
    }
}

TEST_CASE("manual: the first page names every command and every exit code") {
    auto const page = page_of("ds.1");
    for (auto const& command : commands()) {
        CAPTURE(command.name);
        auto const entry = "\n.BR ds\\-" + dashed(command.name) + " (1)\n";
        CHECK(page.find(entry) != std::string::npos);
    }
    for (int code = 0; code <= 6; ++code)
        CHECK(page.find("\n.B " + std::to_string(code) + "\n") != std::string::npos);
}

TEST_CASE("manual: what to see also is there, and the first page has all of it") {
    auto all = chapters();
    for (auto const& command : commands())
        all.insert("ds-" + dashed(command.name));
    CHECK(seen_in(page_of("ds.1")) == all);
    all.insert("ds");
    for (auto const& command : commands()) {
        CAPTURE(command.name);
        for (auto const& name : seen_in(page_of("ds-" + dashed(command.name) + ".1"))) {
            CHECK(all.contains(name));
            CHECK(name != "ds-" + dashed(command.name));
        }
    }
    for (auto const& chapter : chapters()) {
        CAPTURE(chapter);
        for (auto const& name : seen_in(page_of(chapter + ".7"))) {
            CHECK(all.contains(name));
            CHECK(name != chapter);
        }
    }
}

TEST_CASE("manual: the README leads to each chapter, and the first page says what it is about") {
    std::ifstream file(test::source_root() / "README.md");
    std::ostringstream readme;
    readme << file.rdbuf();
    auto const first = page_of("ds.1");
    CHECK(chapters().size() > 5);
    for (auto const& chapter : chapters()) {
        CAPTURE(chapter);
        CHECK(readme.str().find("[" + chapter + "(7)](man/" + chapter + ".7)") !=
              std::string::npos);
        auto const entry = "\n.TP\n.BR ds\\-" + chapter.substr(3) + " (7)\n";
        CHECK(first.find(entry) != std::string::npos);
    }
}

TEST_CASE("manual: each option that the environment can set is named there") {
    for (auto const& command : option_tables(commands()))
        for (auto const& row : command.options) {
            if (row.environment.empty()) continue;
            CAPTURE(row.long_name);
            // One rule for the server's variables, and names for the client's.
            auto rule = "DS_" + row.long_name.substr(2);
            std::replace(rule.begin(), rule.end(), '-', '_');
            std::transform(rule.begin(), rule.end(), rule.begin(),
                           [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
            CHECK(row.environment == rule);
        }
}
