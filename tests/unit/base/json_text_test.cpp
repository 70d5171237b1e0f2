// The JSON scanner: the grammar by example.
#include "base/encoding.h"
#include "base/json_text.h"
#include "support/sure.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

namespace {

constexpr std::size_t k_depth = 100;

bool accepts(std::string_view text) {
    return scan_json(text, k_depth).has_value();
}

std::string why(std::string_view text) {
    auto const scanned = scan_json(text, k_depth);
    return scanned ? "accepted" : scanned.error().what;
}

std::vector<std::string> elements(std::string_view text) {
    auto const scanned = test::sure(scan_json(text, k_depth));
    REQUIRE(scanned->is_array);
    std::vector<std::string> all;
    for (auto const& element : scanned->elements)
        all.emplace_back(text.substr(element.begin, element.end - element.begin));
    return all;
}

// Documents, one for each part between line ends and '@', without the blanks around it.
std::vector<std::string_view> samples(std::string_view list) {
    std::vector<std::string_view> all;
    while (!list.empty()) {
        auto const end = std::min(list.find_first_of("@\n"), list.size());
        if (auto const one = trim(list.substr(0, end)); !one.empty()) all.push_back(one);
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return all;
}

} // namespace

TEST_CASE("json: every kind of value is a document") {
    for (auto const text : samples(R"json(
        null @ true @ false @ 0 @ -0 @ -1 @ 10 @ 1.5 @ 0.0 @ 1e9 @ 1E+9 @ 0e-0 @ -1.25e-7
        123456789012345678901234567890123456789 @ "" @ "a" @ "\"\\\/\b\f\n\r\t" @ "é€😀"
        "\u0000\uABCD\uabcd" @ "\ud800" @ "\udc00\ud800" @ "\ud83d\ude00"
        {} @ [] @ [ ] @ {"a":1} @ {"":{"":[]}} @ {"a":1,"a":2} @ [[],[[]],{}] @ [1,2,3]
        { "a" : [ 1 , { } ] , "b" : null })json")) {
        CAPTURE(text);
        CHECK(accepts(text));
    }
    CHECK(accepts("\t{\r\n}\n"));
    CHECK(accepts(" 1 "));
    CHECK(accepts("\"\x7f\""));
}

TEST_CASE("json: what the grammar has no place for is refused") {
    for (auto const text : samples(R"json(
        nul @ nulll @ True @ NaN @ Infinity @ undefined @ - @ +1 @ 01 @ -01 @ 00 @ 1. @ .5 @ 1.e5
        1e @ 1e+ @ 1e5.5 @ 0x10 @ 1_000 @ --1 @ 'a' @ " @ "a @ "\ @ "\" @ "\x41" @ "\u" @ "\u12"
        "\u12g4" @ "\u 123" @ "\U0041" @ [ @ ] @ [1 @ [1, @ [1,] @ [,1] @ [,] @ [1 2] @ [1,,2] @ [1}
        { @ } @ {] @ {1:2} @ {a:1} @ {"a"} @ {"a":} @ {"a":1,} @ {"a" 1} @ {,} @ {"a":1 "b":2}
        {"a":1,,"b":2} @ {"a"::1} @ 1 2 @ {} [] @ []] @ null, @ /* */ 1 @ 1 // x @ "a" "b")json")) {
        CAPTURE(text);
        CHECK(test::failed_as(scan_json(text, k_depth)) == Fault::invalid);
    }
    for (auto const* text : {"", " ", "\"a\nb\"", "\"\t\"", "\"\x1f\"", "\v1", "[1,\f2]"})
        CHECK_FALSE(accepts(text));
    CHECK_FALSE(accepts("\xef\xbb\xbf" + std::string("1")));
    CHECK_FALSE(accepts("\xc2\xa0" + std::string("1")));
    CHECK_FALSE(accepts(std::string_view("1\0", 2)));
    CHECK_FALSE(accepts(std::string_view("\"\0\"", 3)));
    CHECK_FALSE(accepts(std::string_view("\"\\\0\"", 4)));
    CHECK_FALSE(accepts(std::string_view("[\0]", 3)));
}

TEST_CASE("json: strings must be UTF-8, at every place in the text") {
    for (std::size_t before = 0; before < 20; ++before) {
        std::string const lead = "\"" + std::string(before, 'x');
        CHECK(accepts(lead + "\xc3\xa9\""));
        CHECK(accepts(lead + "\xf0\x9f\x98\x80yyyyyyyyy\""));
        CHECK_FALSE(accepts(lead + "\xff\""));
        CHECK_FALSE(accepts(lead + "\xc3\""));
        CHECK_FALSE(accepts(lead + "\xed\xa0\x80yyyyyyyyy\""));
        CHECK_FALSE(accepts(lead + "\xc0\xafyyyyyyyyy\""));
        CHECK_FALSE(accepts(lead + "\xc3\\n\xa9\""));
    }
    CHECK_FALSE(accepts("{\"\xff\":1}"));
}

TEST_CASE("json: stops in a string are found at every place in a word") {
    for (std::size_t before = 0; before < 20; ++before) {
        for (std::size_t after = 0; after < 20; ++after) {
            auto const with = [&](std::string_view stop) {
                auto text = "\"" + std::string(before, 'x');
                return text.append(stop).append(after, '\x7f').append("\"");
            };
            CHECK(accepts(with("")));
            CHECK(accepts(with("\\\"")));
            CHECK_FALSE(accepts(with("\"")));
            CHECK_FALSE(accepts(with("\x1f")));
            CHECK_FALSE(accepts(with("\\\x7f")));
        }
    }
}

TEST_CASE("json: the error says what is wrong and at which byte") {
    CHECK(why("") == "invalid JSON at byte 0: expected a value, but the text ends");
    CHECK(why("\xef\xbb\xbf[1]") ==
          "invalid JSON at byte 0: a byte order mark (EF BB BF); save the text without it");
    CHECK(why("[1,]") == "invalid JSON at byte 3: expected a value");
    CHECK(why("{\"a\" 1}") == "invalid JSON at byte 5: expected ':'");
    CHECK(why("{\"a\":1") == "invalid JSON at byte 6: expected ',' or '}', but the text ends");
    CHECK(why("[1 2]") == "invalid JSON at byte 3: expected ',' or ']'");
    CHECK(why("{a:1}") == "invalid JSON at byte 1: expected a member's name in quotes");
    CHECK(why("\"ab") == "invalid JSON at byte 3: expected the end of a string, but the text ends");
    CHECK(why("[\"a\nb\"]") ==
          "invalid JSON at byte 3: a control character in a string must be escaped");
    CHECK(why("[\"\\x\"]") ==
          "invalid JSON at byte 3: expected one of \"\\/bfnrtu after a backslash");
    CHECK(why("\"\\u12\"") == "invalid JSON at byte 5: expected four hex digits after \\u");
    CHECK(why("[\"ok\",\"\xff\"]") == "invalid JSON at byte 7: this string is not UTF-8");
    CHECK(why("012") == "invalid JSON at byte 1: a number with a leading zero");
    CHECK(why("1. ") == "invalid JSON at byte 2: expected a digit");
    CHECK(why("1 x") == "invalid JSON at byte 2: something follows the document");
}

TEST_CASE("json: a document's span leaves the white space around it out") {
    auto const scanned = test::sure(scan_json(" \n{\"a\" : 1}\t ", k_depth));
    CHECK_FALSE(scanned->is_array);
    CHECK(scanned->elements.empty());
    CHECK(scanned->value == JsonSpan{2, 11});
    CHECK(scan_json("7", k_depth)->value == JsonSpan{0, 1});
}

TEST_CASE("json: the elements of a top-level array are found, and those of no other") {
    using Texts = std::vector<std::string>;
    CHECK(elements("[]") == Texts{});
    CHECK(elements(" [ ] ") == Texts{});
    CHECK(elements("[1]") == Texts{"1"});
    CHECK(elements("[ 1 , \"b,c]\" ,{\"a\":[1,2]}\n, [ 3, [4] ] ,{},[]]") ==
          Texts{"1", "\"b,c]\"", "{\"a\":[1,2]}", "[ 3, [4] ]", "{}", "[]"});
    CHECK_FALSE(scan_json("{\"a\":[1,2]}", k_depth)->is_array);
    CHECK(scan_json("{\"a\":[1,2]}", k_depth)->elements.empty());
    auto const scanned = scan_json(" [1, 2] ", k_depth);
    CHECK(scanned->value == JsonSpan{1, 7});
    CHECK(scanned->elements == std::vector<JsonSpan>{{2, 3}, {5, 6}});
}

TEST_CASE("json: nesting is bounded at any bound") {
    auto const nested = [](std::size_t depth) {
        return std::string(depth, '[') + std::string(depth, ']');
    };
    for (std::size_t const most : {0U, 1U, 2U, 63U, 64U, 65U, 128U, 129U, 512U}) {
        CAPTURE(most);
        CHECK(scan_json(nested(most) + (most == 0 ? "1" : ""), most));
        CHECK_FALSE(scan_json(nested(most + 1), most));
    }
    CHECK(why(nested(k_depth + 1)) == "invalid JSON at byte 100: nested deeper than 100 levels");
    CHECK_FALSE(scan_json(std::string(1U << 20U, '['), 1U << 19U));
}

TEST_CASE("json: what closes must be what was opened, at every depth") {
    std::mt19937 random(7);
    std::string text;
    std::string closing;
    for (int depth = 0; depth < 300; ++depth) {
        bool const object = random() % 2 == 0;
        text.append(object ? "{\"a\":" : "[");
        closing.insert(closing.begin(), object ? '}' : ']');
    }
    CHECK(scan_json(text + "1" + closing, 300));
    for (std::size_t i = 0; i < closing.size(); ++i) {
        auto wrong = text + "1";
        wrong.append(closing);
        auto& brace = wrong[wrong.size() - closing.size() + i];
        brace = brace == '}' ? ']' : '}';
        CHECK_FALSE(scan_json(wrong, 300));
    }
}

} // namespace ds
