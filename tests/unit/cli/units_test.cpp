// Promises of cli/units.
#include "cli/units.h"

#include <doctest/doctest.h>

#include <string>

using namespace ds;

namespace {

// The number, or what is wrong.
std::string read(std::string_view text, Measure measure, Whole whole = Whole::no) {
    auto const number = plain_number(text, measure, whole);
    return number ? *number : number.error().what;
}

std::string seconds(std::string_view text) {
    return read(text, Measure::seconds);
}

std::string bytes(std::string_view text) {
    return read(text, Measure::bytes, Whole::yes);
}

} // namespace

TEST_CASE("units: times, in seconds where nothing else is said") {
    CHECK(seconds("250ms") == "0.25");
    CHECK(seconds("30s") == "30");
    CHECK(seconds("30") == "30");
    CHECK(seconds("0") == "0");
    CHECK(seconds("1.5") == "1.5");
    CHECK(seconds("5m") == "300");
    CHECK(seconds("1.1m") == "66");
    CHECK(seconds("1h") == "3600");
    CHECK(seconds("7d") == "604800");
    CHECK(seconds("2w") == "1209600");
    CHECK(seconds(" 90 s ") == "90");
    CHECK(read("1s", Measure::milliseconds) == "1000");
    CHECK(read("1500", Measure::milliseconds) == "1500");
    CHECK(read("2w", Measure::days) == "14");
    CHECK(read("12h", Measure::days) == "0.5");
}

TEST_CASE("units: what counts whole seconds takes no parts of them") {
    CHECK(read("1.5m", Measure::seconds, Whole::yes) == "90");
    CHECK(read("250ms", Measure::seconds, Whole::yes) == "250ms is no whole number of seconds");
    CHECK(read("1.5", Measure::seconds, Whole::yes) == "1.5 is no whole number of seconds");
    CHECK(read("18446744073709551615w", Measure::seconds, Whole::yes) ==
          "18446744073709551615w is too much");
}

TEST_CASE("units: sizes, binary unless they say thousands") {
    CHECK(bytes("64KiB") == "65536");
    CHECK(bytes("16M") == "16777216");
    CHECK(bytes("16MiB") == "16777216");
    CHECK(bytes("16m") == "16777216");
    CHECK(bytes("1G") == "1073741824");
    CHECK(bytes("1.5GiB") == "1610612736");
    CHECK(bytes("2TiB") == "2199023255552");
    CHECK(bytes("5MB") == "5000000");
    CHECK(bytes("1GB") == "1000000000");
    CHECK(bytes("10kB") == "10000");
    CHECK(bytes("512B") == "512");
    CHECK(bytes("18446744073709551615") == "18446744073709551615");
    CHECK(bytes("1.1GiB") == "1181116006");
    CHECK(bytes("1.5") == "1.5 is no whole number of bytes");
    CHECK(bytes("16000000T") == "16000000T is too much");
    CHECK(read("10G", Measure::mebibytes, Whole::yes) == "10240");
    CHECK(read("512", Measure::mebibytes, Whole::yes) == "512");
}

TEST_CASE("units: shares, and percentages") {
    CHECK(read("0.99", Measure::share) == "0.99");
    CHECK(read("99%", Measure::share) == "0.99");
    CHECK(read("99.9%", Measure::share) == "0.999");
    CHECK(read("1", Measure::share) == "1");
    CHECK(read("100%", Measure::share) == "1");
    CHECK(read("1%", Measure::percent) == "0.01");
    CHECK(read("99.9", Measure::percent) == "0.999");
    CHECK(read(" 99 % ", Measure::percent) == "0.99");
    CHECK(read("1", Measure::percent) == "1");
    CHECK(read("100", Measure::percent) == "1");
    for (auto const* wrong : {"", "%", "-1", "101", "9o", "1e1", "nan", "inf", "0,9", "50%%"}) {
        CAPTURE(wrong);
        CHECK(!plain_number(wrong, Measure::percent, Whole::no));
        CHECK(!plain_number(wrong, Measure::share, Whole::no));
    }
    CHECK(read("99.9", Measure::share) == "99.9 is no share; write it as 0.99 or 99%");
}

TEST_CASE("units: what is none says what is possible") {
    CHECK(seconds("7x") == "7x is no time; write it as 90s, 15m, 12h or 7d");
    for (auto const* wrong : {"", "s", "-5", "+5", "1.", ".5", "1..5", "5M", "5 m m", "1e3", "0x10",
                              "nan", "99999999999999999999", "5MiB"}) {
        CAPTURE(wrong);
        CHECK(!plain_number(wrong, Measure::seconds, Whole::no));
    }
    CHECK(bytes("16Q") == "16Q is no size; write it as 64KiB, 16M or 1GiB");
    CHECK(!plain_number("7d", Measure::bytes, Whole::yes));
    CHECK(!plain_number("-1", Measure::bytes, Whole::yes));
}

TEST_CASE("units: defaults are shown as people write them") {
    CHECK(with_unit("604800", Measure::seconds) == "7d");
    CHECK(with_unit("3600", Measure::seconds) == "1h");
    CHECK(with_unit("90", Measure::seconds) == "90s");
    CHECK(with_unit("0.25", Measure::seconds) == "250ms");
    CHECK(with_unit("0", Measure::seconds) == "0");
    CHECK(with_unit("1000", Measure::milliseconds) == "1s");
    CHECK(with_unit("8388608", Measure::bytes) == "8MiB");
    CHECK(with_unit("1000", Measure::bytes) == "1000B");
    CHECK(with_unit("10240", Measure::mebibytes) == "10GiB");
    CHECK(with_unit("0.999", Measure::share) == "0.999");
    CHECK(with_unit("5", Measure::plain) == "5");
    CHECK(with_unit("auto", Measure::seconds) == "auto");
    // And read back, they are the same.
    for (auto const* number : {"604800", "90", "0.25", "1209600", "123457"}) {
        CAPTURE(number);
        CHECK(seconds(with_unit(number, Measure::seconds)) == number);
    }
}
