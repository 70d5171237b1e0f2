// Percent, base64, hex, decimals, instants and UTF-8.
#include "base/encoding.h"
#include "support/text.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

namespace {

std::string all_bytes() {
    std::string bytes;
    for (int i = 0; i < 256; ++i)
        bytes.push_back(static_cast<char>(i));
    return bytes;
}

} // namespace

TEST_CASE("percent: every escape is decoded exactly once") {
    CHECK(percent_decode("") == "");
    CHECK(percent_decode("a%20b") == "a b");
    CHECK(percent_decode("%2520") == "%20");
    CHECK(percent_decode("%e2%82%AC") == "\xe2\x82\xac");
    CHECK(percent_decode("a+b") == "a+b");
    CHECK(percent_decode("%00") == std::string(1, '\0'));
}

TEST_CASE("percent: an escape without two hex digits is refused") {
    for (auto const* text : {"%", "%2", "a%", "a%f", "%g0", "%0g", "%%20", "% 20", "%-1"}) {
        CAPTURE(text);
        CHECK_FALSE(percent_decode(text));
    }
    CHECK_FALSE(percent_decode(std::string_view("%20").substr(0, 2))); // digits beyond the end
}

TEST_CASE("percent: only unreserved characters and those to keep stay bare") {
    CHECK(percent_encode("aZ09-._~") == "aZ09-._~");
    CHECK(percent_encode("a/b c") == "a%2Fb%20c");
    CHECK(percent_encode("a/b c", "/") == "a/b%20c");
    CHECK(percent_encode("\xe2\x82\xac%") == "%E2%82%AC%25");
    CHECK(percent_decode(percent_encode(all_bytes())) == all_bytes());
}

TEST_CASE("base64: the vectors of RFC 4648 hold both ways") {
    std::vector<std::pair<std::string, std::string>> const vectors{
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
        {"\xfb\xff\xfe", "+//+"},
    };
    for (auto const& [bytes, text] : vectors) {
        CHECK(base64_encode(bytes) == text);
        CHECK(base64_decode(text) == bytes);
    }
    std::string appended = "x";
    base64_append(appended, "foob");
    CHECK(appended == "xZm9vYg==");
}

TEST_CASE("base64: what another length or alphabet spells is refused") {
    for (auto const* text : {"Z", "Zg", "Zg=", "Zg===", "====", "Z===", "Zg==Zg==", "Zm9v\n",
                             "Zm 9", "Zm-_", "=Zm9", "Zm=v"}) {
        CAPTURE(text);
        CHECK_FALSE(base64_decode(text));
    }
}

TEST_CASE("base64: bits that belong to no byte must be zero") {
    CHECK(base64_decode("Zg=="));
    CHECK_FALSE(base64_decode("Zh=="));
    CHECK(base64_decode("Zm8="));
    CHECK_FALSE(base64_decode("Zm9="));
}

TEST_CASE("base64url: letters of a path, no padding, one spelling") {
    std::vector<std::pair<std::string, std::string>> const vectors{
        {"", ""}, {"f", "Zg"}, {"fo", "Zm8"}, {"foo", "Zm9v"}, {"\xfb\xff\xfe\xff", "-__-_w"},
    };
    for (auto const& [bytes, text] : vectors) {
        CHECK(base64url_encode(bytes) == text);
        CHECK(base64url_decode(text) == bytes);
    }
    CHECK(base64url_decode(base64url_encode(all_bytes())) == all_bytes());
    for (auto const* text : {"Z", "Zg==", "Zm9vZ", "+//+", "Zh", "Zm 9"}) {
        CAPTURE(text);
        CHECK_FALSE(base64url_decode(text));
    }
}

TEST_CASE("base64: random bytes come back") {
    auto const seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 random(seed);
    for (std::size_t size = 0; size < 100; ++size) {
        std::string bytes(size, '\0');
        for (char& c : bytes)
            c = static_cast<char>(random() & 0xffU);
        CHECK(base64_decode(base64_encode(bytes)) == bytes);
    }
}

TEST_CASE("hex: two lower-case digits for each byte") {
    CHECK(hex_encode("") == "");
    CHECK(hex_encode(std::string_view("\x00\x0f\xa5\xff", 4)) == "000fa5ff");
}

TEST_CASE("decimal: digits without sign or leading zero are a number") {
    CHECK(parse_decimal("0") == 0);
    CHECK(parse_decimal("7") == 7);
    CHECK(parse_decimal("9007199254740991") == k_max_safe_integer);
    for (auto const* text : {"", "-5", "+60", "060", "00", "60.5", "1e3", "abc", " 1", "1 ", "0x1",
                             "1abc", "9007199254740992", "18446744073709551616"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_decimal(text));
    }
}

TEST_CASE("decimal: the bound itself is inside") {
    CHECK(parse_decimal("10", 10) == 10);
    CHECK_FALSE(parse_decimal("11", 10));
    CHECK(parse_decimal("0", 0) == 0);
    CHECK_FALSE(parse_decimal("1", 0));
    CHECK(parse_decimal("18446744073709551615", UINT64_MAX) == UINT64_MAX);
    CHECK_FALSE(parse_decimal("18446744073709551616", UINT64_MAX));
    CHECK_FALSE(parse_decimal("99999999999999999999999", UINT64_MAX));
}

TEST_CASE("instant: RFC 3339 texts are read to the millisecond") {
    auto const read = [](std::string_view text) {
        auto const instant = parse_rfc3339(text);
        return instant ? count_ms(*instant) : -1;
    };
    CHECK(read("1970-01-01T00:00:00Z") == 0);
    CHECK(read("2026-01-02T03:04:05Z") == 1'767'323'045'000);
    CHECK(read("2026-01-02t03:04:05z") == 1'767'323'045'000);
    CHECK(read("2026-01-02T03:04:05.678Z") == 1'767'323'045'678);
    CHECK(read("2026-01-02T03:04:05.6Z") == 1'767'323'045'600);
    CHECK(read("2026-01-02T03:04:05.6789999999999999999999Z") == 1'767'323'045'678);
    CHECK(read("2026-01-02T05:04:05+02:00") == 1'767'323'045'000);
    CHECK(read("2026-01-01T22:34:05-04:30") == 1'767'323'045'000);
    CHECK(read("2026-01-02T03:04:05-00:00") == 1'767'323'045'000);
    CHECK(read("2024-02-29T00:00:00Z") == 1'709'164'800'000);
}

TEST_CASE("instant: a leap second is the second before it, and stands only where one can be") {
    auto const last = parse_rfc3339("2016-12-31T23:59:59Z");
    CHECK(parse_rfc3339("2016-12-31T23:59:60Z") == last);
    CHECK(parse_rfc3339("2017-01-01T00:59:60+01:00") == last);
    CHECK(parse_rfc3339("2016-12-31T23:59:60.5Z") == parse_rfc3339("2016-12-31T23:59:59.5Z"));
    CHECK_FALSE(parse_rfc3339("2016-12-31T22:59:60Z"));
    CHECK_FALSE(parse_rfc3339("2016-12-31T23:58:60Z"));
    CHECK_FALSE(parse_rfc3339("2016-12-31T23:59:61Z"));
}

TEST_CASE("instant: anything but the exact form of RFC 3339 is refused") {
    for (auto const& text : test::between_bars(
             "|tomorrow|2026-01-02|2026-01-02T03:04:05|2026-01-02 03:04:05Z|2026-01-02T03:04Z|"
             "2026-1-2T03:04:05Z|26-01-02T03:04:05Z|2026-01-02T03:04:05.Z|"
             "2026-01-02T03:04:05,5Z|2026-01-02T03:04:05+02|2026-01-02T03:04:05+0200|"
             "2026-01-02T03:04:05+24:00|2026-01-02T03:04:05+02:60|2026-13-02T03:04:05Z|"
             "2026-00-02T03:04:05Z|2026-02-29T03:04:05Z|2026-04-31T00:00:00Z|"
             "2026-01-00T03:04:05Z|2026-01-02T24:00:00Z|2026-01-02T03:60:05Z|"
             "2026-01-02T03:04:05Z | 2026-01-02T03:04:05Z|2026-01-02T03:04:05ZZ|"
             "+2026-01-02T03:04:05Z|2026-01-02T03:04:05UTC|1767323045|20260102T030405Z|"
             "0000-01-01T00:00:00+00:01|9999-12-31T23:59:59-00:01")) {
        CAPTURE(text);
        CHECK_FALSE(parse_rfc3339(text));
    }
}

TEST_CASE("instant: the written form is read back as the same instant") {
    CHECK(format_rfc3339(from_count_ms(0)) == "1970-01-01T00:00:00.000Z");
    CHECK(format_rfc3339(from_count_ms(-1)) == "1969-12-31T23:59:59.999Z");
    CHECK(format_rfc3339(from_count_ms(1'767'323'045'007)) == "2026-01-02T03:04:05.007Z");
    for (auto const* text : {"0000-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z",
                             "1900-02-28T23:59:59.001Z", "2000-02-29T12:34:56.789Z"}) {
        auto const instant = parse_rfc3339(text);
        REQUIRE(instant);
        CHECK(format_rfc3339(*instant) == text);
    }
}

TEST_CASE("utf8: well-formed text of every length is accepted at every alignment") {
    for (auto const* text :
         {"", "a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
          "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
        for (std::size_t before = 0; before < 17; ++before) {
            CAPTURE(hex_encode(text));
            CHECK(is_utf8(std::string(before, 'x') + text + std::string(9, 'y')));
        }
    }
    CHECK(is_utf8(std::string(1, '\0')));
}

TEST_CASE("utf8: overlong forms, surrogates, cut and stray bytes are refused") {
    for (auto const* text :
         {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2x", "\xe0\x9f\xbf", "\xe0\xa0",
          "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf", "\xf0\x90\x80", "\xf4\x90\x80\x80",
          "\xf5\x80\x80\x80", "\xff", "\xfe", "\xe2\x82x", "\xf0\x9f\x98x"}) {
        for (std::size_t before = 0; before < 17; ++before) {
            CAPTURE(hex_encode(text));
            CHECK_FALSE(is_utf8(std::string(before, 'x') + text));
            CHECK_FALSE(is_utf8(std::string(before, 'x') + text + std::string(9, 'y')));
        }
    }
}

TEST_CASE("text: case and blanks are those of ASCII") {
    CHECK(equals_ignoring_case("Content-TYPE", "content-type"));
    CHECK_FALSE(equals_ignoring_case("a", "ab"));
    CHECK_FALSE(equals_ignoring_case("[", "{"));
    CHECK_FALSE(equals_ignoring_case("\xc4", "\xe4"));
    CHECK(to_lower("AbZ\xc4[") == "abz\xc4[");
    CHECK(trim(" \t a b\t ") == "a b");
    CHECK(trim(" \t ") == "");
    CHECK(trim("\na") == "\na");
    std::string_view list = " a ,, b c\t,d,";
    for (auto const* item : {"a", "", "b c", "d"})
        CHECK(take_item(list) == item);
    CHECK(list.empty());
}

} // namespace ds
