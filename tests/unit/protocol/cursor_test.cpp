// The collapsing cursor.
#include "base/encoding.h"
#include "protocol/cursor.h"

#include <doctest/doctest.h>

namespace ds {

namespace {

Millis at(std::string_view instant) {
    return *parse_rfc3339(instant);
}

} // namespace

TEST_CASE("cursor: counts intervals of twenty seconds since its epoch") {
    CHECK(cursor_interval(at("2024-10-09T00:00:00Z")) == 0);
    CHECK(cursor_interval(at("2024-10-09T00:00:19.999Z")) == 0);
    CHECK(cursor_interval(at("2024-10-09T00:00:20Z")) == 1);
    CHECK(cursor_interval(at("2026-01-01T00:00:00Z")) == 1'939'680);
}

TEST_CASE("cursor: a clock before the epoch is in interval 0") {
    CHECK(cursor_interval(at("1970-01-01T00:00:00Z")) == 0);
    CHECK(cursor_interval(at("2024-10-08T23:59:59Z")) == 0);
}

TEST_CASE("cursor: always moves forward for the one who echoes it") {
    auto const now = at("2024-10-09T00:20:00Z"); // interval 60
    CHECK(next_cursor(now, {}) == 60);
    CHECK(next_cursor(now, 59) == 60);
    CHECK(next_cursor(now, 60) == 61);
    CHECK(next_cursor(now, 61) == 62);
    CHECK(next_cursor(now, k_max_safe_integer - 1) == k_max_safe_integer);
    // With data, all that are ahead get the time of the last append, in milliseconds.
    auto const written = at("2024-10-09T00:20:01Z");
    CHECK(next_cursor(now, {}, written) == 60);
    CHECK(next_cursor(now, 59, written) == 60);
    CHECK(next_cursor(now, 60, written) == 1'201'000);
    CHECK(next_cursor(now, 61, written) == 1'201'000);
    CHECK(next_cursor(now, 1'200'000, written) == 1'201'000);
    CHECK(next_cursor(now, 1'201'000, written) == 1'201'001);
    CHECK(next_cursor(now, k_max_safe_integer - 1, written) == k_max_safe_integer);
    CHECK(next_cursor(now, 60, at("2001-01-01T00:00:00Z")) == 61);
}

TEST_CASE("cursor: equal askers get equal cursors") {
    CHECK(next_cursor(at("2024-10-09T00:20:00Z"), 60) ==
          next_cursor(at("2024-10-09T00:20:19Z"), 60));
}

TEST_CASE("cursor: what is no decimal number below the safe maximum is ignored") {
    CHECK(parse_cursor("0") == 0);
    CHECK(parse_cursor("1939680") == 1'939'680);
    CHECK(parse_cursor("9007199254740990") == k_max_safe_integer - 1);
    for (auto const* text : {"", "-1", "007", "abc", "1.5", "9007199254740991", "1e9", "NaN"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_cursor(text));
    }
}

} // namespace ds
