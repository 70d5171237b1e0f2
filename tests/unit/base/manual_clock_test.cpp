// The hand-turned clock that other tests rely on.
#include "base/encoding.h"
#include "fakes/manual_clock.h"

#include <doctest/doctest.h>

namespace ds {

TEST_CASE("manual clock: moves only when it is turned") {
    test::ManualClock clock;
    CHECK(format_rfc3339(clock.now()) == "2026-01-01T00:00:00.000Z");
    clock.advance(std::chrono::seconds{90});
    CHECK(format_rfc3339(clock.now()) == "2026-01-01T00:01:30.000Z");
    clock.set(from_count_ms(5));
    CHECK(count_ms(clock.now()) == 5);
}

} // namespace ds
