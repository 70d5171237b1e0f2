// Numbers and texts as bytes: round trips, golden bytes, and what has no spelling.
#include "base/encoding.h"
#include "base/varint.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace ds {

namespace {

std::string number_bytes(std::uint64_t value) {
    std::string bytes;
    put_number(bytes, value);
    return bytes;
}

} // namespace

TEST_CASE("varint: numbers are these bytes, both ways") {
    std::vector<std::pair<std::uint64_t, std::string>> const vectors{
        {0, "00"},
        {1, "01"},
        {127, "7f"},
        {128, "8001"},
        {300, "ac02"},
        {std::uint64_t{1} << 32, "8080808010"},
        {UINT64_MAX, "ffffffffffffffffff01"},
    };
    for (auto const& [value, hex] : vectors) {
        auto const bytes = number_bytes(value);
        CHECK(hex_encode(bytes) == hex);
        FieldReader fields(bytes);
        CHECK(fields.number() == value);
        CHECK(fields.whole());
    }
}

TEST_CASE("varint: signed numbers and texts come back") {
    std::string bytes;
    put_signed(bytes, -1);
    put_signed(bytes, INT64_MIN);
    put_text(bytes, "");
    put_text(bytes, std::string(300, 'x'));
    FieldReader fields(bytes);
    CHECK(fields.signed_number() == -1);
    CHECK(fields.signed_number() == INT64_MIN);
    CHECK(fields.text().empty());
    CHECK(fields.text() == std::string(300, 'x'));
    CHECK(fields.whole());
}

TEST_CASE("varint: a number has one spelling, and 64 bits") {
    for (std::string const& bytes :
         {std::string("\x80\x00", 2), std::string("\xff\x80\x00", 3), std::string("\x80"),
          std::string(), std::string(9, '\xff') + "\x02", std::string(9, '\xff') + "\x7f",
          std::string(10, '\xff') + "\x01"}) {
        CAPTURE(hex_encode(bytes));
        FieldReader fields(bytes);
        CHECK(fields.number() == 0);
        CHECK_FALSE(fields.intact());
    }
}

TEST_CASE("varint: a number beyond its bound is broken, and so is all that follows") {
    auto const bytes = number_bytes(256) + number_bytes(7);
    FieldReader within(bytes);
    CHECK(within.number(256) == 256);
    CHECK(within.number() == 7);
    FieldReader beyond(bytes);
    CHECK(beyond.number(255) == 0);
    CHECK(beyond.number() == 0);
    CHECK(beyond.text().empty());
    CHECK_FALSE(beyond.whole());
}

TEST_CASE("varint: a text longer than what is left, and a count of things that cannot be there") {
    std::string bytes;
    put_text(bytes, "four");
    bytes.pop_back();
    FieldReader cut(bytes);
    CHECK(cut.text().empty());
    CHECK_FALSE(cut.intact());

    auto const eight = number_bytes(4) + "12345678";
    CHECK(FieldReader(eight).count(2) == 4);
    FieldReader lying(eight);
    CHECK(lying.count(3) == 0);
    CHECK_FALSE(lying.intact());
}

TEST_CASE("varint: bytes left over are not whole") {
    auto const bytes = number_bytes(5) + "x";
    FieldReader fields(bytes);
    CHECK(fields.number() == 5);
    CHECK(fields.intact());
    CHECK_FALSE(fields.whole());
    CHECK(fields.left() == "x");
}

} // namespace ds
