// Result, Error and TRY.
#include "base/result.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <variant>

namespace ds {

namespace {

Result<int> half(int number) {
    if (number % 2 != 0) return Error{Fault::invalid, "odd"};
    return number / 2;
}

Result<int> quarter(int number) {
    auto const once = TRY(half(number));
    return half(once);
}

Result<void> only_even(int number) {
    TRY(half(number));
    return {};
}

Result<std::unique_ptr<int>> boxed(int number) {
    auto value = TRY(half(number));
    return std::make_unique<int>(value);
}

Result<int> unboxed(int number) {
    auto const box = TRY(boxed(number));
    return *box;
}

} // namespace

TEST_CASE("result: holds either the value or the error") {
    auto const good = half(4);
    REQUIRE(good);
    CHECK(*good == 2);
    auto const bad = half(3);
    REQUIRE_FALSE(bad);
    CHECK(bad.error().fault == Fault::invalid);
    CHECK(bad.error().what == "odd");
}

TEST_CASE("result: reading the side that is not there throws") {
    auto const good = half(4);
    auto const bad = half(3);
    CHECK_THROWS_AS(static_cast<void>(*bad), std::bad_variant_access);
    CHECK_THROWS_AS(static_cast<void>(good.error()), std::bad_variant_access);
}

TEST_CASE("result: TRY goes on with the value and leaves with the error") {
    CHECK(*quarter(8) == 2);
    CHECK_FALSE(quarter(7));
    CHECK_FALSE(quarter(6));
    CHECK(only_even(2));
    CHECK(only_even(3).error().what == "odd");
}

TEST_CASE("result: carries what can only be moved") {
    CHECK(*unboxed(10) == 5);
    CHECK_FALSE(unboxed(9));
    auto box = boxed(10);
    REQUIRE(box);
    auto const owned = *std::move(box);
    CHECK(*owned == 5);
}

TEST_CASE("result: of nothing is success by default") {
    Result<void> const done;
    CHECK(done.has_value());
}

TEST_CASE("error: says what we were doing, outermost first") {
    auto const error = Error{Fault::io, "timed out"}.within("put").within("rotate orders/7");
    CHECK(error.what == "rotate orders/7: put: timed out");
    CHECK(error.fault == Fault::io);
}

} // namespace ds
