// Offset tokens: golden spellings and what is refused.
#include "model/offset.h"

#include <doctest/doctest.h>

#include <string>

namespace ds {

TEST_CASE("offset: a token is sixteen digits, an underscore, sixteen digits") {
    CHECK(format_offset({}) == "0000000000000000_0000000000000000");
    CHECK(format_offset({3, 42}) == "0000000000000003_0000000000000042");
    CHECK(format_offset({9'999'999'999'999'999, 9'999'999'999'999'999}) ==
          "9999999999999999_9999999999999999");
    std::string text = "x";
    append_offset(text, {1, 2});
    CHECK(text == "x0000000000000001_0000000000000002");
}

TEST_CASE("offset: a token is read back as the place it was made from") {
    for (Offset const place : {Offset{0, 0}, Offset{1, 0}, Offset{7, 4'194'303},
                               Offset{9'999'999'999'999'999, 9'999'999'999'999'999}}) {
        auto const read = parse_offset(format_offset(place));
        REQUIRE(read);
        CHECK(*read == place);
    }
}

TEST_CASE("offset: the order of tokens is the order of places") {
    CHECK(Offset{1, 9} < Offset{2, 0});
    CHECK(format_offset({1, 9}) < format_offset({2, 0}));
    CHECK(format_offset({1, 9}) < format_offset({1, 10}));
    CHECK(format_offset({9, 0}) < format_offset({10, 0}));
}

TEST_CASE("offset: a token with any other digit count is refused") {
    for (auto const* token :
         {"", "0_0", "0000000000000000", "000000000000000_0000000000000000",
          "0000000000000000_000000000000000", "00000000000000000_0000000000000000",
          "0000000000000000_00000000000000000", "0000000000000000_0000000000000000_"}) {
        CAPTURE(token);
        auto const read = parse_offset(token);
        REQUIRE_FALSE(read);
        CHECK(read.error().fault == Fault::invalid);
    }
}

TEST_CASE("offset: a token with any other character is refused") {
    for (auto const* token :
         {"0000000000000000-0000000000000000", "000000000000000a_0000000000000000",
          "0000000000000000_-000000000000001", " 000000000000000_0000000000000000",
          "0000000000000000_000000000000000 ", "+000000000000000_0000000000000000",
          "0000000000000000,0000000000000000", "0000000000000000_00000000000000/.",
          "\xef\xbc\x91z000000000000_0000000000000000", "-1", "now"}) {
        CAPTURE(token);
        CHECK_FALSE(parse_offset(token));
    }
    CHECK_FALSE(parse_offset(std::string_view("000000000000000\0_0000000000000000", 33)));
}

TEST_CASE("read from: the start, the tail, or a token") {
    CHECK(*parse_read_from("-1") == ReadFrom{FromStart{}});
    CHECK(*parse_read_from("now") == ReadFrom{FromNow{}});
    CHECK(*parse_read_from("0000000000000001_0000000000000002") == ReadFrom{Offset{1, 2}});
    for (auto const* text : {"", "-2", "NOW", "now ", " -1", "-1,-1", "0_0", "../now", "1"}) {
        CAPTURE(text);
        auto const read = parse_read_from(text);
        REQUIRE_FALSE(read);
        CHECK(read.error().fault == Fault::invalid);
        CHECK(read.error().what.find("now") != std::string::npos);
    }
}

} // namespace ds
