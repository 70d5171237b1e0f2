// Promises of admin/operate, on a console without an engine.
#include "admin/operate.h"
#include "fakes/fake_console.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

using namespace ds;
using test::FakeConsole;

namespace {

std::vector<nlohmann::json> lines_of(Console& console, std::string_view name,
                                     std::string_view arguments) {
    std::vector<nlohmann::json> lines;
    operate(console, name, arguments, [&](std::string_view line) {
        lines.push_back(nlohmann::json::parse(line));
        return true;
    });
    REQUIRE(!lines.empty());
    return lines;
}

nlohmann::json result_of(Console& console, std::string_view name, std::string_view arguments) {
    auto const last = lines_of(console, name, arguments).back();
    CAPTURE(last.dump());
    REQUIRE(last.contains("result"));
    return last.at("result");
}

std::string fault_of(Console& console, std::string_view name, std::string_view arguments) {
    auto const last = lines_of(console, name, arguments).back();
    CAPTURE(last.dump());
    REQUIRE(last.contains("fault"));
    return last.at("fault").at("kind");
}

} // namespace

TEST_CASE("operate: the directory and a stream are looked at; an absent stream is null") {
    FakeConsole console;
    CHECK(result_of(console, "inspect", "").at("identity") == "0123456789abcdef");
    auto const stream = result_of(console, "inspect", R"({"scope":"demo/log"})").at("stream");
    CHECK(stream.at("tail") == "0000000000000002_0000000000000000");
    CHECK(stream.at("lifetime").at("ttl_seconds") == 60);
    CHECK(stream.at("producers").at(0).at("sequence") == 7);
    CHECK(stream.at("stream_seq") == "\xef\xbf\xbd"); // it was no UTF-8
    CHECK(result_of(console, "inspect", R"({"scope":"demo/none"})").at("stream").is_null());
}

TEST_CASE("operate: what lists something does so in lines of bounded size") {
    FakeConsole console;
    console.segments = 1201;
    auto const lines = lines_of(console, "segments", R"({"scope":"demo"})");
    REQUIRE(lines.size() == 4);
    CHECK(lines[0].at("items").size() == 500);
    CHECK(lines[2].at("items").size() == 201);
    CHECK(lines[2].at("items").at(200).at("number") == 1200);
    CHECK(lines[3].at("result") == nlohmann::json{{"segments", 1201}, {"object_bytes", 120100}});
    CHECK(result_of(console, "streams", R"({"scope":"other"})").at("streams") == 0);
}

TEST_CASE("operate: progress is told, but not more often than an eye can follow") {
    FakeConsole console;
    console.ticks = 5;
    CHECK(lines_of(console, "rotate", "{}").size() == 6);
    console.tick_takes = std::chrono::milliseconds(50);
    auto const lines = lines_of(console, "rotate", R"({"scope":"demo/log","dry_run":true})");
    CHECK(lines.size() == 4); // of the ticks: the first, the third, the fifth
    CHECK(lines[1].at("progress").at("of") == 5);
    CHECK(lines.back().at("result").at("bytes") == 400);
    CHECK(console.asked == std::vector<std::string>{"rotate  ", "rotate demo demo/log dry"});
}

TEST_CASE("operate: when nobody listens any more, the operation is told to stop") {
    FakeConsole console;
    console.ticks = 0;
    operate(console, "rotate", "{}", [](std::string_view) { return false; });
    CHECK(console.told_to_stop);
}

TEST_CASE("operate: retention is shown, set, replaced and forgotten") {
    FakeConsole console;
    CHECK(result_of(console, "retention", "{}").at("retention").empty());
    auto const set = result_of(console, "retention", R"({"scope":"demo","set":{"age_ms":1000}})");
    CHECK(set.at("retention").at(0).at("age_ms") == 1000);
    result_of(console, "retention", R"({"scope":"demo","set":{"bytes":5}})");
    CHECK(console.kept.at("demo") == Retention{0, 5, 0});
    CHECK(result_of(console, "retention", R"({"scope":"else"})").at("retention").empty());
    result_of(console, "retention", R"({"scope":"demo","set":{}})");
    CHECK(console.kept.empty());
    CHECK(fault_of(console, "retention", R"({"set":{"bytes":5}})") == "invalid");
}

TEST_CASE("operate: grace, number of backups and their defaults") {
    FakeConsole console;
    CHECK(result_of(console, "gc", "{}").at("keys").size() == 1);
    result_of(console, "gc", R"({"grace_ms":0,"dry_run":true})");
    CHECK(console.asked == std::vector<std::string>{"gc 86400000", "gc 0 dry"});
    CHECK(result_of(console, "backup", "{}").at("removed") == 3);
    CHECK(fault_of(console, "backup", R"({"keep":0})") == "invalid");
}

TEST_CASE("operate: a fault keeps its kind, and comes last") {
    FakeConsole console;
    console.broken = Error{Fault::truncated, "segment 3 ends early"};
    CHECK(fault_of(console, "verify", "{}") == "truncated");
    CHECK(fault_of(console, "rotate", "{}") == "truncated");
}

TEST_CASE("operate: unknown names and wrong arguments are told, and change nothing") {
    FakeConsole console;
    CHECK(fault_of(console, "explode", "{}") == "invalid");
    for (auto const* arguments :
         {"[]", "{", R"({"scop":"a"})", R"({"scope":7})", R"({"scope":"a b"})",
          R"({"scope":"a/../b"})", R"({"dry_run":"yes"})"}) {
        CAPTURE(arguments);
        CHECK(fault_of(console, "rotate", arguments) == "invalid");
    }
    for (auto const* arguments : {R"({"grace_ms":-1})", R"({"grace_ms":1.5})",
                                  R"({"grace_ms":18446744073709551615})", R"({"grace_ms":"1"})"}) {
        CAPTURE(arguments);
        CHECK(fault_of(console, "gc", arguments) == "invalid");
    }
    CHECK(console.asked.empty());
}

TEST_CASE("scope: a word is a project, a slash makes a stream, nothing is all") {
    auto const scope = [](std::string_view text) {
        auto const parsed = parse_scope(text);
        REQUIRE(parsed);
        return std::pair(parsed->project, parsed->stream);
    };
    CHECK(scope("") == std::pair<std::string, std::string>("", ""));
    CHECK(scope("demo") == std::pair<std::string, std::string>("demo", ""));
    CHECK(scope("demo/a/b") == std::pair<std::string, std::string>("demo", "demo/a/b"));
    CHECK(scope("_default/x") == std::pair<std::string, std::string>("_default", "_default/x"));
    CHECK(!parse_scope("no project"));
    CHECK(!parse_scope("demo/"));
}
