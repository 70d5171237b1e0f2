// Characters that are cut off, and text that is none.
#include "base/encoding.h"
#include "base/utf8.h"

#include <doctest/doctest.h>

#include <string>

namespace ds {

TEST_CASE("utf8: a character at the end that bytes to come may finish is told by its size") {
    std::string const smile = "\xf0\x9f\x98\x80";
    for (std::string const before : {"", "a", "\xc3\xa9", "\xff"}) {
        for (std::size_t size = 1; size < smile.size(); ++size)
            CHECK(unfinished_utf8(before + smile.substr(0, size)) == size);
        CHECK(unfinished_utf8(before + smile) == 0);
        CHECK(unfinished_utf8(before + "\xe2\x82") == 2);
        CHECK(unfinished_utf8(before + "\xc3") == 1);
    }
    // What can become no character does not wait.
    for (std::string const lost : {"", "a", "\x80", "\xff", "\xc0", "\xe0\x80", "\xed\xa0",
                                   "\xf4\x90", "\xf5", "\xc3\xa9\xa9", "\xe2\x82\xac\x82"})
        CHECK(unfinished_utf8(lost) == 0);
}

TEST_CASE("utf8: what is none is replaced once for each piece of a character") {
    std::string const sign = "\xef\xbf\xbd";
    CHECK(repaired_utf8("") == "");
    CHECK(repaired_utf8("gr\xc3\xbc\xc3\x9f"
                        "e") == "gr\xc3\xbc\xc3\x9f"
                                "e");
    CHECK(repaired_utf8("caf\xe9 au lait") == "caf" + sign + " au lait");
    CHECK(repaired_utf8("a\xf0\x9f\x98") == "a" + sign);
    CHECK(repaired_utf8("\xf0\x9f\x41\xe2\x82") == sign + "A" + sign);
    CHECK(repaired_utf8("\x80\x80") == sign + sign);
    CHECK(repaired_utf8("\xed\xa0\x80") == sign + sign + sign); // half of a pair
    CHECK(repaired_utf8("\xc0\xaf") == sign + sign);
    CHECK(is_utf8(repaired_utf8(std::string(1000, '\xff'))));
}

} // namespace ds
