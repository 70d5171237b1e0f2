// Lines on standard error, caught and read.
#include "base/encoding.h"
#include "base/log.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace ds {

namespace {

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

// What `work` writes to standard error. Logs JSON of every level again afterwards.
template <typename Work>
std::string caught(Level least, LogForm form, Work work) {
    std::unique_ptr<std::FILE, CloseFile> const file(std::tmpfile());
    REQUIRE(file);
    int const kept = ::dup(STDERR_FILENO);
    REQUIRE(::dup2(::fileno(file.get()), STDERR_FILENO) == STDERR_FILENO);
    set_log(least, form);
    work();
    set_log(Level::info, LogForm::json);
    REQUIRE(::dup2(kept, STDERR_FILENO) == STDERR_FILENO);
    ::close(kept);
    std::rewind(file.get());
    std::string text;
    for (int c = std::fgetc(file.get()); c != EOF; c = std::fgetc(file.get()))
        text.push_back(static_cast<char>(c));
    return text;
}

std::vector<std::string> lines_of(std::string const& text) {
    std::vector<std::string> lines;
    for (std::size_t from = 0; from < text.size();) {
        auto const end = text.find('\n', from);
        REQUIRE(end != std::string::npos);
        lines.push_back(text.substr(from, end - from));
        from = end + 1;
    }
    return lines;
}

} // namespace

TEST_CASE("log: a JSON line holds time, level, event and the fields in order") {
    auto const text = caught(Level::debug, LogForm::json, [] {
        log_event(Level::warn, "lane.sick",
                  {{"lane", "0"}, {"error", "disk \"a\\b\"\n\t\x01\x7f"}});
    });
    auto const lines = lines_of(text);
    REQUIRE(lines.size() == 1);
    auto const line = nlohmann::ordered_json::parse(lines[0]);
    CHECK(parse_rfc3339(line.at("time").get<std::string>()));
    CHECK(line.at("level") == "warn");
    CHECK(line.at("event") == "lane.sick");
    CHECK(line.at("lane") == "0");
    CHECK(line.at("error") == "disk \"a\\b\"\n\t\x01\x7f");
    CHECK(std::next(line.begin(), 3).key() == "lane");
    for (char const c : lines[0])
        CHECK((c >= ' ' && c < '\x7f'));
}

TEST_CASE("log: controls beyond ASCII are written as codes, in both forms") {
    std::string const sent = "a\xc2\x9b"
                             "2J\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xae\xe2\x81\xa6\xc2\x80z";
    std::string const told = "\"a\\u009b2J\\u2028\\u2029\\u202e\\u2066\\u0080z\"";
    for (auto const form : {LogForm::json, LogForm::text}) {
        auto const text = caught(Level::info, form, [&] {
            log_event(Level::info, "e", {{"path", sent}});
        });
        CHECK(text.find(told) != std::string::npos);
        if (form == LogForm::json) CHECK(nlohmann::json::parse(text)["path"] == sent);
    }
    // What is text stays as it is.
    std::string const words =
        "\xc2\xa0\xc3\xa9\xe2\x80\xa7\xe2\x80\xaf\xe2\x82\xac\xf0\x9f\x98\x80";
    auto const text = caught(Level::info, LogForm::text, [&] {
        log_event(Level::info, "e", {{"path", words}});
    });
    CHECK(text.find(words) != std::string::npos);
}

TEST_CASE("log: numbers and whether something holds are no strings") {
    auto const text = caught(Level::info, LogForm::json, [] {
        log_event(Level::info, "e",
                  {{"n", 5},
                   {"big", 18446744073709551615ULL},
                   {"share", 0.25},
                   {"yes", true},
                   {"text", "5"},
                   {"none", std::numeric_limits<double>::infinity()}});
    });
    auto const line = nlohmann::json::parse(text);
    CHECK(line.at("n") == 5);
    CHECK(line.at("big") == 18446744073709551615ULL);
    CHECK(line.at("share") == 0.25);
    CHECK(line.at("yes") == true);
    CHECK(line.at("text") == "5");
    CHECK(line.at("none") == 0.0);
}

TEST_CASE("log: bytes that are no UTF-8 become U+FFFD, and text stays text") {
    auto const text = caught(Level::info, LogForm::json, [] {
        log_event(Level::info, "e",
                  {{"k", "\xe2\x82\xac \xff\xc3 \xed\xa0\x80 \xf0\x9f\x98\x80\xf0"}});
    });
    auto const line = nlohmann::json::parse(text);
    CHECK(line.at("k") ==
          "\xe2\x82\xac \xef\xbf\xbd\xef\xbf\xbd \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
          " \xf0\x9f\x98\x80\xef\xbf\xbd");
}

TEST_CASE("log: a readable line quotes what could be misread, and no escape reaches a terminal") {
    auto const text = caught(Level::info, LogForm::text, [] {
        log_event(Level::error, "boot",
                  {{"dir", "./ds-data"}, {"why", "no space"}, {"esc", "\x1b[2J"}});
        log_event(Level::info, "x", {{"empty", ""}});
    });
    auto const lines = lines_of(text);
    REQUIRE(lines.size() == 2);
    CHECK(parse_rfc3339(lines[0].substr(0, 24)));
    CHECK(lines[0].substr(24) == R"( error boot dir=./ds-data why="no space" esc="\u001b[2J")");
    CHECK(lines[1].substr(24) == R"( info  x empty="")");
}

TEST_CASE("log: events below the least level are not written") {
    auto const text = caught(Level::warn, LogForm::json, [] {
        log_event(Level::debug, "a");
        log_event(Level::info, "b");
        log_event(Level::warn, "c");
        log_event(Level::error, "d");
    });
    auto const lines = lines_of(text);
    REQUIRE(lines.size() == 2);
    CHECK(nlohmann::json::parse(lines[0]).at("event") == "c");
    CHECK(nlohmann::json::parse(lines[1]).at("event") == "d");
}

TEST_CASE("log: lines of many threads do not mix") {
    constexpr int k_threads = 4;
    constexpr int k_lines = 200;
    auto const text = caught(Level::info, LogForm::json, [] {
        std::vector<std::thread> threads;
        for (int t = 0; t < k_threads; ++t) {
            threads.emplace_back([t] {
                for (int i = 0; i < k_lines; ++i)
                    log_event(Level::info, "many", {{"thread", std::to_string(t)}});
            });
        }
        for (auto& thread : threads)
            thread.join();
    });
    auto const lines = lines_of(text);
    CHECK(lines.size() == k_threads * k_lines);
    for (auto const& line : lines)
        CHECK(nlohmann::json::accept(line));
}

} // namespace ds
