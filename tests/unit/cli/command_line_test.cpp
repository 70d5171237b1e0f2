// Promises of cli/command_line.
#include "cli/command_line.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

using namespace ds;

namespace {

struct Peek {
    std::string what;
    std::vector<std::string> more;
    std::string mode = "full";
    std::uint64_t depth = 3;
    std::optional<double> pause;
    bool loud = false;
    CommandLine line;

    Peek() {
        line.add("WHAT", &what, "At what").required();
        line.add("MORE", &more, "And at what").shown_as_default("");
        line.add("--mode", &mode, "How").one_of({"full", "os"}).under("Ways");
        line.add("--depth", &depth, "How deep").takes("N").within(1, 64);
        auto const slow = line.add("--pause", &pause, "How slow").takes("SECONDS").within(0, 1.5);
        line.add("--loud,-l", &loud, "Do not whisper").excludes(slow);
    }
    // What is wrong with the words, or nothing.
    std::string wrong(std::vector<std::string> words) {
        auto const read = line.read(std::move(words));
        return read ? "" : read.error().what;
    }
};

bool has(std::string const& text, std::string const& part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("command line: a value is what was said, or stays what it was") {
    Peek peek;
    CHECK(peek.wrong({"here", "--pause", "0.5", "there", "--depth=7", "beyond"}).empty());
    CHECK(peek.what == "here");
    CHECK(peek.more == std::vector<std::string>{"there", "beyond"});
    CHECK(peek.mode == "full");
    CHECK(peek.depth == 7);
    CHECK(peek.pause == 0.5);
    CHECK(!peek.loud);
    CHECK(peek.line.given("--depth"));
    CHECK(!peek.line.given("--mode"));
}

TEST_CASE("command line: what is wrong is told") {
    CHECK(has(Peek().wrong({}), "WHAT is required"));
    CHECK(has(Peek().wrong({"x", "--mode", "half"}), "half not in {full,os}"));
    CHECK(has(Peek().wrong({"x", "--depth", "65"}), "Value 65 not in range 1 to 64"));
    CHECK(has(Peek().wrong({"x", "--depth", "1.5"}), "Value 1.5 not in range 1 to 64"));
    CHECK(has(Peek().wrong({"x", "--pause", "2"}), "Value 2 not in range"));
    CHECK(has(Peek().wrong({"x", "-l", "--pause", "1"}), "--pause excludes --loud"));
    CHECK(Peek().wrong({"x", "--luod"}) == "'--luod' was not expected; did you mean --loud");
}

TEST_CASE("command line: who asks for help need not be right") {
    Peek peek;
    auto const read = peek.line.read({"--help"});
    REQUIRE(read);
    CHECK(*read == CommandLine::Wanted::help);
}

TEST_CASE("command line: rows are in the order of statements, with --help at last") {
    auto const rows = Peek().line.rows();
    REQUIRE(rows.size() == 7);
    CHECK(rows[0].long_name == "WHAT");
    CHECK(rows[0].required);
    CHECK(rows[1].preset.empty());
    CHECK(rows[2].choices == std::vector<std::string>{"full", "os"});
    CHECK(rows[2].group == "Ways");
    CHECK(rows[3].takes == "N");
    CHECK(rows[3].preset == "3");
    CHECK(rows[5].short_name == "-l");
    CHECK(rows[5].takes.empty());
    CHECK(rows[6].long_name == "--help");
}
