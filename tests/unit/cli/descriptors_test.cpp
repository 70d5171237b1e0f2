// Promises of what is left for connections.
#include "cli/descriptors.h"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <unistd.h>

using namespace ds;

TEST_CASE("descriptors: what is open, and what comes and goes, is left out") {
    CHECK(connections_within(1'048'576, 40) == 1'048'576 - 40 - 640);
    CHECK(connections_within(1024, 40) == 1024 - 40 - 128);
    CHECK(connections_within(80, 40) == 80 - 40 - 10);
    CHECK(connections_within(40, 40) == 1);
    CHECK(connections_within(0, 40) == 1);
}

TEST_CASE("descriptors: one more is one more") {
    auto const before = open_descriptors();
    CHECK(before >= 3);
    int const one = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    CHECK(open_descriptors() == before + 1);
    ::close(one);
}
