// Shared bytes and their slices.
#include "base/bytes.h"

#include <doctest/doctest.h>

#include <string>

namespace ds {

TEST_CASE("bytes: a slice shares the content of its whole") {
    Bytes const whole(std::string("abcdefghijklmnopqrstuvwxyz"));
    auto const part = whole.slice(2, 3);
    CHECK(part.view() == "cde");
    CHECK(part.data() == whole.data() + 2);
    CHECK(part.slice(1).view() == "de");
}

TEST_CASE("bytes: a slice is clipped to what is there") {
    Bytes const whole(std::string("abc"));
    CHECK(whole.slice(1, 100).view() == "bc");
    CHECK(whole.slice(3).empty());
    CHECK(whole.slice(4, 1).empty());
    CHECK(Bytes{}.slice(0, 1).empty());
}

TEST_CASE("bytes: a room grows when it is too small, and gives what was written") {
    for (std::size_t const bytes : {0U, 3U, 6U, 1000U}) {
        Room room(bytes);
        room.append("[");
        room.append("1234");
        room.append("]");
        CHECK(room.size() == 6);
        CHECK(room.take().view() == "[1234]");
    }
}

TEST_CASE("bytes: a slice outlives its whole") {
    Bytes part;
    {
        Bytes const whole(std::string(1'000, 'x') + "end");
        part = whole.slice(1'000);
    }
    CHECK(part.view() == "end");
    CHECK(part == Bytes(std::string("end")));
}

} // namespace ds
