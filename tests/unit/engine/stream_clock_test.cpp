// What jumps of the machine's clock do to the time of streams.
#include "engine/stream_clock.h"

#include <doctest/doctest.h>

#include <chrono>

namespace ds {

namespace {

using namespace std::chrono_literals;

// Two clocks that go on together, until the one that people set is set.
struct Hands {
    ClockReading reading{1'767'225'600'000ms, 5'000'000ms};
    StreamClock clock{[this] { return reading; }};

    void go_on(std::chrono::milliseconds by) {
        reading.wall += by;
        reading.steady += by;
    }
    void set_by(std::chrono::milliseconds by) { reading.wall += by; }
};

} // namespace

TEST_CASE("stream clock: it is the machine's, and follows what keeps that right") {
    Hands hands;
    CHECK(hands.clock.now() == Millis(hands.reading.wall));
    for (int i = 0; i < 10; ++i) {
        hands.go_on(1h);
        hands.set_by(i % 3 == 0 ? -3s : 4s);
        CHECK(hands.clock.now() == Millis(hands.reading.wall));
    }
}

TEST_CASE("stream clock: a jump ahead and back is none") {
    Hands hands;
    auto const start = hands.clock.now();
    for (auto const by : {std::chrono::milliseconds(24h * 60), std::chrono::milliseconds(-24h)}) {
        hands.set_by(by);
        CHECK(hands.clock.now() == start);
        hands.go_on(1s);
        CHECK(hands.clock.now() == start + 1s);
        hands.go_on(-1s);
        hands.set_by(-by);
        CHECK(hands.clock.now() == start);
    }
}

TEST_CASE("stream clock: a jump that lasts is believed, and one after it counts anew") {
    Hands hands;
    auto const start = hands.clock.now();
    hands.set_by(2h);
    CHECK(hands.clock.now() == start);
    hands.go_on(9min);
    CHECK(hands.clock.now() == start + 9min);
    hands.set_by(2h);
    CHECK(hands.clock.now() == start + 9min);
    hands.go_on(9min);
    CHECK(hands.clock.now() == start + 18min);
    hands.go_on(1min);
    CHECK(hands.clock.now() == start + 19min + 4h);
    hands.go_on(1s);
    CHECK(hands.clock.now() == Millis(hands.reading.wall));
}

TEST_CASE("stream clock: the machine's own clocks are read") {
    auto const before = std::chrono::system_clock::now();
    StreamClock const clock;
    auto const now = clock.now();
    CHECK(now >= std::chrono::floor<std::chrono::milliseconds>(before));
    CHECK(now <= std::chrono::system_clock::now());
    CHECK(read_clocks().steady > 0ms);
}

} // namespace ds
