// Promises of cli/command_line.
#include "cli/command_line.h"
#include "support/text.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

using namespace ds;

namespace {

using ds::test::has;

struct Peek {
    std::string what;
    std::vector<std::string> more;
    std::string mode = "full";
    std::uint64_t depth = 3;
    std::optional<double> pause;
    double age = 60;
    std::uint64_t size = 1024;
    std::optional<std::string> ttl;
    std::string type;
    std::string key;
    bool loud = false;
    CommandLine line;

    Peek() {
        line.options({
            {"WHAT", &what, "At what", takes().required()},
            {"MORE", &more, "And at what"},
        });
        line.under("Ways").options({{"--mode", &mode, "How", takes_one_of("full|os")}});
        line.options({{"--pause", &pause, "How slow", takes_number(0, 1.5, "SECONDS")}});
        line.settings({
            {"--depth", &depth, "How deep", takes_number(1, 64)},
            {"--age", &age, "How old", takes_measure(Measure::seconds, 1, 7200)},
            {"--peek-size", &size, "How large", takes_measure(Measure::bytes)},
            {"--key", &key, "How to get in", takes_secret("KEY")},
        });
        line.options({
            {"--ttl", &ttl, "How long it lives", takes_measure(Measure::seconds)},
            {"--type", &type, "What it is", takes_media_type()},
            {"--loud,-l", &loud, "Do not whisper", takes().excludes("--pause")},
        });
    }
    // What is wrong with the words, or nothing.
    std::string wrong(std::vector<std::string> words) {
        auto const read = line.read(std::move(words));
        return read ? "" : read.error().what;
    }
};

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
    CHECK(has(Peek().wrong({"x", "--depth", "abc"}), "--depth: abc is no number"));
    CHECK(has(Peek().wrong({"x", "--depth", "65"}), "65 is not between 1 and 64"));
    CHECK(has(Peek().wrong({"x", "--depth", "1.5"}), "1.5 is no whole number"));
    CHECK(has(Peek().wrong({"x", "--pause", "2"}), "2 is not between"));
    CHECK(has(Peek().wrong({"x", "-l", "--pause", "1"}), "--pause excludes --loud"));
    CHECK(Peek().wrong({"x", "--luod"}) == "'--luod' was not expected; did you mean --loud");
}

TEST_CASE("command line: values are taken with their units, and bounds are told with them") {
    Peek peek;
    CHECK(peek.wrong({"x", "--age", "1.5h", "--peek-size", "16M", "--ttl", "7d"}).empty());
    CHECK(peek.age == 5400);
    CHECK(peek.size == 16 << 20);
    CHECK(peek.ttl == "604800");
    CHECK(Peek().wrong({"x", "--age", "3h"}) == "--age: 3h is not between 1s and 2h");
    CHECK(Peek().wrong({"x", "--age", "500ms"}) == "--age: 500ms is not between 1s and 2h");
    CHECK(Peek().wrong({"x", "--age", "7x"}) ==
          "--age: 7x is no time; write it as 90s, 15m, 12h or 7d");
    CHECK(has(Peek().wrong({"x", "--ttl", "1.5"}), "no whole number of seconds"));
    CHECK(has(Peek().wrong({"x", "--peek-size", "big"}), "big is no size; write it as 64KiB"));
}

TEST_CASE("command line: content types have short names") {
    Peek peek;
    CHECK(peek.wrong({"x", "--type", "json"}).empty());
    CHECK(peek.type == "application/json");
    CHECK(peek.wrong({"x", "--type", "image/png"}).empty());
    CHECK(peek.type == "image/png");
    CHECK(has(Peek().wrong({"x", "--type", "jsn"}), "jsn is no media type; write it as"));
}

TEST_CASE("command line: an option is told by what it was said with") {
    Peek peek;
    REQUIRE(peek.wrong({"x", "--age", "2m"}).empty());
    CHECK(peek.line.as_said("--age 2m: too old") == "--age 2m: too old");
    CHECK(peek.line.as_said("--peek-size: too large") == "--peek-size: too large");
    CHECK(peek.line.as_said("nothing of it") == "nothing of it");

    struct Set {
        Set() { ::setenv("DS_PEEK_SIZE", "16Q", 1); } // NOLINT(concurrency-mt-unsafe)
        ~Set() { ::unsetenv("DS_PEEK_SIZE"); }        // NOLINT(concurrency-mt-unsafe)
    } const set;
    CHECK(Peek().wrong({"x"}) == "DS_PEEK_SIZE: 16Q is no size; write it as 64KiB, 16M or 1GiB");
    CHECK(Peek().wrong({"x", "--peek-size=17Q"}).starts_with("--peek-size: 17Q is no size"));
    CHECK(peek.line.as_said("add --peek-sizes, not --peek-size") ==
          "add --peek-sizes, not DS_PEEK_SIZE");
    peek.line.also_reads("DS_ALSO");
    CHECK(peek.line.variables() ==
          std::vector<std::string>{"DS_ALSO", "DS_DEPTH", "DS_AGE", "DS_PEEK_SIZE", "DS_KEY"});
}

TEST_CASE("command line: a written configuration sets what was said, and no default") {
    Peek peek;
    CHECK(peek.wrong({"x", "--age", "2m"}).empty());
    auto const page = peek.line.effective_config();
    CHECK(has(page, "\nage=120\n"));
    CHECK(has(page, "\n#peek-size=\"1KiB\"\n"));
    CHECK(has(page, "\n#depth=3\n"));
    CHECK(!has(page, "key"));  // a secret
    CHECK(!has(page, "loud")); // said on the command line only
}

TEST_CASE("command line: who asks for help need not be right") {
    Peek peek;
    auto const read = peek.line.read({"--help"});
    REQUIRE(read);
    CHECK(*read == CommandLine::Wanted::help);
}

TEST_CASE("command line: rows are in the order of statements, with --help at last") {
    auto const rows = Peek().line.rows();
    REQUIRE(rows.size() == 12);
    CHECK(rows[0].long_name == "WHAT");
    CHECK(rows[0].required);
    CHECK(rows[1].preset.empty());
    CHECK(rows[2].choices == std::vector<std::string>{"full", "os"});
    CHECK(rows[2].group == "Ways");
    CHECK(rows[3].group == "Options");
    CHECK(rows[4].takes == "N");
    CHECK(rows[4].preset == "3");
    CHECK(rows[5].takes == "TIME");
    CHECK(rows[5].preset == "1m");
    CHECK(rows[5].measure == Measure::seconds);
    CHECK(rows[6].preset == "1KiB");
    CHECK(rows[6].environment == "DS_PEEK_SIZE");
    CHECK(rows[8].environment.empty());
    CHECK(rows[10].short_name == "-l");
    CHECK(rows[10].takes.empty());
    CHECK(rows[11].long_name == "--help");
}
