// Promises of loadtest/marks.
#include "loadtest/marks.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

using namespace ds;

namespace {

std::vector<std::uint64_t> numbers_in(std::string_view body) {
    std::vector<std::uint64_t> numbers;
    while (auto const mark = take_mark(body))
        numbers.push_back(mark->number);
    return numbers;
}

std::string message(std::uint64_t number) {
    return marked_message({1'795'690'607'770.125, number}, 3, 100);
}

} // namespace

TEST_CASE("marks: what is written is read back") {
    auto const text = marked_message({1'795'690'607'770.125, 7}, 3, 256);
    CHECK(text.starts_with(R"({"t":1795690607770.125,"seq":7,"s":3,"d":"xxx)"));
    CHECK(text.size() == 256);
    std::string_view body = text;
    auto const mark = take_mark(body);
    REQUIRE(mark);
    CHECK(mark->number == 7);
    CHECK(mark->written_ms == 1'795'690'607'770.125);
    CHECK(body.empty());
    CHECK(!take_mark(body));
}

TEST_CASE("marks: a size that is too small for a message is as small as it gets") {
    auto const text = marked_message({0, 0}, 0, 1);
    CHECK(text == R"({"t":0.000,"seq":0,"s":0,"d":""})");
}

TEST_CASE("marks: all of an array, however it is spaced") {
    CHECK(numbers_in("[" + message(1) + "," + message(2) + "]") ==
          std::vector<std::uint64_t>{1, 2});
    CHECK(numbers_in("[\n  { \"t\" : 5 , \"seq\" : 9 } ]") == std::vector<std::uint64_t>{9});
    CHECK(numbers_in("[]").empty());
    CHECK(numbers_in("").empty());
}

TEST_CASE("marks: messages of others are passed over") {
    CHECK(numbers_in("[{\"hello\":1}," + message(4) + ",{\"seq\":1},{\"t\":1},5,\"x\"," +
                     message(5) + "]") == std::vector<std::uint64_t>{4, 5});
}

TEST_CASE("marks: what is damaged is no message") {
    auto const whole = message(12);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CAPTURE(size);
        CHECK(numbers_in(whole.substr(0, size)).empty());
    }
    for (std::string const bad :
         {R"({"t":"x","seq":1})", R"({"t":1,"seq":-1})", R"({"t":1,"seq":1.5})",
          R"({"t":nan,"seq":1})", R"({"t":inf,"seq":1})", R"({"t":1e300,"seq":1})",
          R"({"t":,"seq":1})", R"({"t":1,"seq":})", R"({"t":1,"seq":99999999999999999999})"}) {
        CAPTURE(bad);
        CHECK(numbers_in(bad).empty());
    }
}

TEST_CASE("marks: a field of flat JSON") {
    constexpr std::string_view k_json = R"({"a":"text","b" : 12, "c":true})";
    CHECK(json_field(k_json, "\"a\"") == "text");
    CHECK(json_field(k_json, "\"b\"") == "12");
    CHECK(json_field(k_json, "\"c\"") == "true");
    CHECK(json_field(k_json, "\"d\"").empty());
    CHECK(json_field(R"({"a")", "\"a\"").empty());
    CHECK(json_field(R"({"a":)", "\"a\"").empty());
    CHECK(json_field(R"({"a":"cut)", "\"a\"") == "cut");
}
