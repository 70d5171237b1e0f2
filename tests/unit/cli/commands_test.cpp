// Promises of the table of subcommands, and of what help says about each.
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/option_table.h"
#include "support/text.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

using namespace ds;

namespace {

using ds::test::has;

std::size_t widest_line(std::string const& text) {
    std::size_t widest = 0;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        widest = std::max(widest, line.size());
    return widest;
}

// Ends with a code that tells which one ran, or that it was given an argument.
template <ExitCode Code>
Action add_ending(CommandLine& line, Session&) {
    auto const what = std::make_shared<std::string>();
    line.options({{"WHAT", what.get(), "At what"}});
    return [what] { return what->empty() ? Code : ExitCode::refused; };
}

constexpr std::array k_peeks{
    Command{"peek", "Look", add_ending<ExitCode::done>},
    Command{"peek deep", "Look under it", add_ending<ExitCode::not_found>},
    Command{"peek twice", "Look again", add_ending<ExitCode::conflict>},
    Command{"put", "Lay down", add_ending<ExitCode::unreachable>},
};

std::string meant(std::vector<std::string> const& words) {
    return nearest_command(k_peeks, words).value_or("");
}

} // namespace

TEST_CASE("commands: the table is in alphabetical order, and says what each row is") {
    auto const table = commands();
    CHECK(std::is_sorted(table.begin(), table.end(), [](auto const& a, auto const& b) {
        return std::string(a.name) < b.name;
    }));
    for (auto const& command : table) {
        CAPTURE(command.name);
        CHECK(!std::string(command.summary).empty());
        CHECK(!std::string(command.summary).ends_with('.'));
        CHECK(std::any_of(table.begin(), table.end(), [&](auto const& other) {
            return other.name == first_word(command.name);
        }));
    }
}

TEST_CASE("commands: the longest name that fits runs, on the words behind it") {
    CHECK(dispatch(k_peeks, {"peek"}) == ExitCode::done);
    CHECK(dispatch(k_peeks, {"peek", "deep"}) == ExitCode::not_found);
    CHECK(dispatch(k_peeks, {"peek", "twice"}) == ExitCode::conflict);
    CHECK(dispatch(k_peeks, {"put"}) == ExitCode::unreachable);
    CHECK(dispatch(k_peeks, {"peek", "around"}) == ExitCode::refused);
    CHECK(dispatch(k_peeks, {"peek", "deep", "twice"}) == ExitCode::refused);
    CHECK(dispatch(k_peeks, {"put", "deep"}) == ExitCode::refused);
}

TEST_CASE("commands: of a mistyped name both words are corrected") {
    CHECK(meant({"peke"}) == "peek");
    CHECK(meant({"peke", "depp"}) == "peek deep");
    CHECK(meant({"peek", "twcie", "x"}) == "peek twice");
    CHECK(meant({"peek", "elsewhere"}) == "peek");
    CHECK(meant({"peek", "--deep"}) == "peek");
    CHECK(meant({"put", "deep"}) == "put");
    CHECK(meant({"elsewhere", "deep"}).empty());
}

TEST_CASE("help: a name of two words has a line and a page of its own") {
    auto const all = overview(k_peeks);
    CHECK(
        has(all, "\n  peek        Look\n  peek deep   Look under it\n  peek twice  Look again\n"));
    auto const tables = option_tables(k_peeks);
    CHECK(has(help_page(tables[1]), "Look under it\n\nUsage: ds peek deep [OPTIONS] [WHAT]\n"));
}

TEST_CASE("help: an argument that may come several times is shown so") {
    std::map<std::string, std::string> pages;
    for (auto const& command : option_tables(commands()))
        pages[command.name] = help_page(command);
    CHECK(has(pages["head"], "Usage: ds head [OPTIONS] STREAM...\n"));
    CHECK(has(pages["subscribe"], "Usage: ds subscribe [OPTIONS] ESTUARY [SOURCE...]\n"));
    CHECK(has(pages["tail"], "Usage: ds tail [OPTIONS] STREAM\n"));
}

TEST_CASE("help: every page fits a terminal, shows every option, and ends with examples") {
    CHECK(widest_line(overview(commands())) <= 80);
    for (auto const& command : option_tables(commands())) {
        auto const page = help_page(command);
        CAPTURE(page);
        CHECK(widest_line(page) <= 80);
        CHECK(has(page, "Usage: ds " + command.name));
        CHECK(has(page, "Examples:\n"));
        for (auto const& row : command.options) {
            CHECK(has(page, row.long_name));
            CHECK(!row.help.empty());
            CHECK(!row.help.ends_with('.'));
        }
    }
}

TEST_CASE("help: pages are as wide as the terminal, within reason") {
    CHECK(help_width(0, "") == 80);
    CHECK(help_width(100, "") == 100);
    CHECK(help_width(100, "60") == 60);
    CHECK(help_width(0, "wide") == 80);
    CHECK(help_width(3, "") == 40);
    CHECK(help_width(500, "") == 120);
    for (auto const& command : option_tables(commands())) {
        auto const narrow = help_page(command, 72);
        auto const wide = help_page(command, 110);
        CAPTURE(command.name);
        // What stands below the options is laid out for 80.
        CHECK(widest_line(narrow.substr(0, narrow.size() - command.footer.size() - 2)) <= 72);
        CHECK(std::ranges::count(wide, '\n') <= std::ranges::count(narrow, '\n'));
    }
}

TEST_CASE("help: a page says what an option takes, its default and its variable") {
    CommandRow command{"peek", "Look", {}, {}, "Examples:\n  ds peek"};
    command.options = {
        {"--depth", "-d", "N", "How deep", "DS_DEPTH", {}, "3", "Options", false},
        {"--a-very-long-option-name", "", "SECONDS", "Long", "", {}, "", "Server", false},
        {"--age", "", "TIME", "How old", "", {}, "1m", "Server", false, Measure::seconds},
    };
    command.positionals = {{"WHAT", "", "TEXT", "At what", "", {}, "", "", true},
                           {"WHERE", "", "TEXT", "And where", "", {}, "", "", false}};
    CHECK(help_page(command) == "Look\n"
                                "\n"
                                "Usage: ds peek [OPTIONS] WHAT [WHERE]\n"
                                "\n"
                                "Arguments:\n"
                                "  WHAT   At what\n"
                                "  WHERE  And where\n"
                                "\n"
                                "Options:\n"
                                "  -d, --depth N  How deep (default 3; or set DS_DEPTH)\n"
                                "\n"
                                "Server:\n"
                                "  --a-very-long-option-name SECONDS\n"
                                "              Long\n"
                                "  --age TIME  How old (default 1m)\n"
                                "\n"
                                "  TIME is 250ms, 30s, 5m, 1h, 7d or 2w; a bare number is "
                                "seconds\n"
                                "\n"
                                "Examples:\n"
                                "  ds peek\n");
}

TEST_CASE("option table: types are those that were stated, checks and all") {
    auto const tables = option_tables(commands());
    auto const append = std::find_if(tables.begin(), tables.end(),
                                     [](auto const& table) { return table.name == "append"; });
    REQUIRE(append != tables.end());
    for (auto const& row : append->options)
        if (row.long_name == "--retry-for") {
            CHECK(row.takes == "TIME");
            CHECK(row.preset == "1m");
        }
    CHECK(append->options.back().long_name == "--help");
    REQUIRE(append->positionals.size() == 2);
    CHECK(append->positionals[0].long_name == "STREAM");
    CHECK(append->positionals[0].required);
    CHECK(!append->positionals[1].required);
}
