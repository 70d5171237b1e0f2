// Promises of cli/environment.
#include "cli/environment.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace ds;

namespace {

using Names = std::vector<std::string>;

// What is said of one variable that is set, to a command that reads two of the three known ones.
Names told(std::string const& set) {
    Names const all{set};
    Names const read{"DS_LISTEN", "DS_LOG_LEVEL"};
    Names const known{"DS_LISTEN", "DS_LOG_LEVEL", "DS_SECRET"};
    return misspelt_variables(all, read, known);
}

} // namespace

TEST_CASE("environment: a variable that nothing reads is told when one that is read was meant") {
    CHECK(told("DS_LISTNE") ==
          Names{"DS_LISTNE is set, and nothing reads it; did you mean DS_LISTEN"});
    CHECK(told("DS_LISTENS").size() == 1);
    CHECK(told("DS_LOG") ==
          Names{"DS_LOG is set, and nothing reads it; did you mean DS_LOG_LEVEL"});
    CHECK(told("DS_LISTEN").empty());
    CHECK(told("DS_SECRET").empty());
    // That command is not the one it was meant for.
    CHECK(told("DS_SECRT").empty());
    // Nobody knows what was meant.
    CHECK(told("DS_BENCH_PEERS").empty());
    CHECK(told("DS_").empty());
    CHECK(told("LISTNE").empty());
}
