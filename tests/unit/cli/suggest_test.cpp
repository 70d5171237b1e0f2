// Promises of cli/suggest.
#include "cli/suggest.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace ds;

TEST_CASE("suggest: distance counts insertions, deletions, replacements and swaps") {
    CHECK(edit_distance("", "") == 0);
    CHECK(edit_distance("", "abc") == 3);
    CHECK(edit_distance("abc", "") == 3);
    CHECK(edit_distance("tail", "tail") == 0);
    CHECK(edit_distance("tial", "tail") == 1);
    CHECK(edit_distance("apend", "append") == 1);
    CHECK(edit_distance("serve", "swerve") == 1);
    CHECK(edit_distance("put", "get") == 2);
}

TEST_CASE("suggest: near words are suggested, far ones are not") {
    std::vector<std::string> const known{"append", "completion", "put", "serve", "tail"};
    CHECK(nearest("tial", known) == "tail");
    CHECK(nearest("server", known) == "serve");
    CHECK(nearest("apennd", known) == "append");
    CHECK(nearest("comp", known) == "completion");
    CHECK(nearest("xyz", known) == std::nullopt);
    CHECK(nearest("get", known) == std::nullopt);
    CHECK(nearest("", known) == std::nullopt);
}
