// Promises of cli/progress.
#include "cli/progress.h"

#include <doctest/doctest.h>

using namespace ds;

TEST_CASE("progress: bytes are shown in the unit that fits") {
    CHECK(shown_bytes(0) == "0 B");
    CHECK(shown_bytes(1023) == "1023 B");
    CHECK(shown_bytes(1024) == "1.0 KiB");
    CHECK(shown_bytes(1572864) == "1.5 MiB");
}

TEST_CASE("progress: a known size draws a bar, an unknown one counts") {
    std::chrono::seconds const later(2);
    CHECK(progress_line({512, 0}, 1024, later) == "[############............] 50%  512 B  256 B/s");
    CHECK(progress_line({2048, 20}, std::nullopt, later) == "2.0 KiB  20 lines  1.0 KiB/s");
    // A file that grew while it was read is no more than done.
    CHECK(progress_line({2048, 0}, 1024, {}) == "[########################] 100%  2.0 KiB");
}

TEST_CASE("progress: an operation shows how many of how many, and what is at work") {
    CHECK(progress_line(3, 12, "orders/7") == "[######..................] 25%  3 of 12  orders/7");
    CHECK(progress_line(3, 0, "") == "3");
}
