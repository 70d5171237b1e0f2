// Promises of admin/lines.
#include "admin/lines.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace ds;

namespace {

template <typename T>
T again(T const& told) {
    auto const line = read_line(write_line(told));
    REQUIRE(line);
    REQUIRE(std::holds_alternative<T>(*line));
    return std::get<T>(*line);
}

} // namespace

TEST_CASE("lines: each kind is written as its drawing says, and read back the same") {
    CHECK(write_line(Progressed{3, 12, "a\"b"}) ==
          R"({"progress":{"done":3,"of":12,"what":"a\"b"}})");
    CHECK(again(Progressed{3, 12, "a\"b"}).what == "a\"b");
    CHECK(write_line(Items{{"{\"a\":1}", "{}"}}) == R"({"items":[{"a":1},{}]})");
    CHECK(again(Items{{"{\"b\":1,\"a\":2}"}}).documents.at(0) == R"({"b":1,"a":2})");
    CHECK(write_line(Finished{"{}"}) == R"({"result":{}})");
    CHECK(again(Finished{"{\"b\":1}"}).document == R"({"b":1})");
    for (auto const fault : {Fault::invalid, Fault::busy, Fault::full, Fault::io, Fault::corrupt,
                             Fault::missing, Fault::truncated, Fault::unreachable})
        CHECK(again(Error{fault, "why"}).fault == fault);
    CHECK(write_line(Error{Fault::busy, "why"}) == R"({"fault":{"kind":"busy","error":"why"}})");
}

TEST_CASE("lines: text that is no UTF-8 is shown as far as it can be") {
    CHECK(again(Error{Fault::io, "\xff!"}).what == "\xef\xbf\xbd!");
}

TEST_CASE("lines: what is no line is an error") {
    for (auto const* text : {"", "<html>", "{}", "[]", R"({"fault":{}})", R"({"progress":3})"}) {
        CAPTURE(text);
        auto const line = read_line(text);
        REQUIRE(!line);
        CHECK(line.error().fault == Fault::corrupt);
    }
}

TEST_CASE("gathering: items of all lines, the last progress, and the result") {
    std::vector<std::uint64_t> seen;
    Gathering gathering([&](Progressed const& progress) { seen.push_back(progress.done); });
    CHECK(gathering.take(write_line(Progressed{1, 2, ""})));
    CHECK(gathering.take(write_line(Items{{"1"}})));
    CHECK(gathering.take(write_line(Items{{"2", "3"}})));
    CHECK(gathering.take(write_line(Finished{"{}"})));
    auto const outcome = gathering.finish();
    REQUIRE(outcome);
    CHECK(outcome->items == std::vector<std::string>{"1", "2", "3"});
    CHECK(outcome->result == "{}");
    CHECK(seen == std::vector<std::uint64_t>{1});
}

TEST_CASE("gathering: an operation without an end, with a fault or with rubbish is none") {
    auto const fault_after = [](std::string const& line) {
        Gathering gathering([](Progressed const&) {});
        if (!line.empty()) gathering.take(line);
        auto const outcome = gathering.finish();
        REQUIRE(!outcome);
        return outcome.error().fault;
    };
    CHECK(fault_after("") == Fault::io);
    CHECK(fault_after(write_line(Error{Fault::full, "disk"})) == Fault::full);
    CHECK(fault_after("<html>") == Fault::corrupt);
}
