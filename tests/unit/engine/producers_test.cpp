// Streams with very many producers: how many there may be, and what is kept of them.
#include "engine/engine.h"
#include "fakes/lost_world.h"

#include <doctest/doctest.h>

#include <string>

namespace ds {

using namespace test;

namespace {

constexpr std::uint32_t k_in_segment = 20;
constexpr int k_segments = 30;

std::string long_id(int number) {
    return std::to_string(number) + std::string(240, 'x');
}

// Each append by a producer of its own.
void append_as_many(LostWorld& world, int from, int until) {
    for (int number = from; number < until; ++number)
        REQUIRE(
            std::holds_alternative<Appended>(world.ask(numbered("p/s", "m", long_id(number), 0))));
}

bool knows(LostWorld& world, int number) {
    auto const again = world.ask(numbered("p/s", "m", long_id(number), 0));
    return std::holds_alternative<Duplicate>(again);
}

std::size_t stored_bytes(LostWorld& world) {
    std::size_t bytes = 0;
    for (auto const& [key, object] : world.objects->lock()->objects)
        bytes += object.size();
    return bytes;
}

std::uint64_t refused_producers(World& world) {
    return world.engine->refused_by_limit().producers;
}

} // namespace

TEST_CASE("producers: what segments say of them grows with what changed, and comes back") {
    LostWorld world;
    world.options.segment.messages = k_in_segment;
    world.restart();
    world.ask(create("p/s"));
    constexpr int k_all = k_segments * static_cast<int>(k_in_segment);
    append_as_many(world, 0, k_all);
    REQUIRE(world.is_cold("p/s"));
    // Rows, parts and now and then all of it: each once. All of it each time was 2.4 MB.
    CHECK(stored_bytes(world) > k_all * 240);
    CHECK(stored_bytes(world) < 620'000);

    auto const knows_all = [&] {
        for (int number = 0; number < k_all; number += 37)
            if (!knows(world, number)) return false;
        return knows(world, k_all - 1) && world.stream("p/s")->head().end == k_all;
    };
    CHECK(knows_all());
    world.restart();
    CHECK(knows_all());
    auto const tally = world.lose_and_restore(); // and verified
    CHECK(tally.left_out.empty());
    CHECK(knows_all());
    // The new directory goes on with parts where the old one ended.
    append_as_many(world, k_all, k_all + 2 * static_cast<int>(k_in_segment));
    REQUIRE(world.is_cold("p/s"));
    static_cast<void>(world.lose_and_restore());
    CHECK(knows(world, 0));
    CHECK(knows(world, k_all));
    CHECK(knows(world, k_all + 2 * static_cast<int>(k_in_segment) - 1));
}

TEST_CASE("producers: a segment that is built again is the same, byte for byte") {
    LostWorld world;
    world.options.segment.messages = k_in_segment;
    world.restart();
    world.ask(create("p/s"));
    append_as_many(world, 0, 5 * static_cast<int>(k_in_segment));
    REQUIRE(world.is_cold("p/s"));
    world.restart(); // the ledger is read from the log
    append_as_many(world, 5 * static_cast<int>(k_in_segment), 7 * static_cast<int>(k_in_segment));
    REQUIRE(world.is_cold("p/s"));
    std::vector<std::size_t> sizes;
    for (auto const& [key, object] : world.objects->lock()->objects)
        sizes.push_back(object.size());
    LostWorld other;
    other.options.segment.messages = k_in_segment;
    other.restart();
    other.ask(create("p/s"));
    append_as_many(other, 0, 7 * static_cast<int>(k_in_segment));
    REQUIRE(other.is_cold("p/s"));
    std::vector<std::size_t> others;
    for (auto const& [key, object] : other.objects->lock()->objects)
        others.push_back(object.size());
    CHECK(sizes == others); // the home differs, its length does not
}

TEST_CASE(
    "producers: a stream remembers so many, and the next one is refused until one is silent") {
    World world;
    world.options.stream_producers_max = 3;
    world.restart();
    world.ask(create("p/s"));
    world.ask(create("p/other"));
    auto const write = [&](std::string const& name, std::string const& id, std::uint64_t sequence) {
        return world.ask(numbered(name, "m", id, sequence));
    };
    for (std::string const id : {"a", "b", "c"})
        CHECK(std::holds_alternative<Appended>(write("p/s", id, 0)));
    CHECK(refusal(write("p/s", "d", 0)) == Refusal::too_many_producers);
    CHECK(refused_producers(world) == 1);
    CHECK(world.stream("p/s")->head().end == 3);
    // Who is known goes on, who is none is let in, and other streams have room of their own.
    CHECK(std::holds_alternative<Appended>(write("p/s", "a", 1)));
    CHECK(std::holds_alternative<Duplicate>(write("p/s", "b", 0)));
    CHECK(std::holds_alternative<Appended>(world.ask(append("p/s", "m"))));
    CHECK(std::holds_alternative<Appended>(write("p/other", "d", 0)));
    world.restart();
    CHECK(refusal(write("p/s", "d", 0)) == Refusal::too_many_producers);
    world.clock.advance(std::chrono::hours(6 * 24));
    CHECK(std::holds_alternative<Appended>(write("p/s", "a", 2)));
    world.clock.advance(std::chrono::hours(2 * 24));
    CHECK(std::holds_alternative<Appended>(write("p/s", "d", 0))); // b and c were silent
    CHECK(std::holds_alternative<Appended>(write("p/s", "e", 0)));
    CHECK(refusal(write("p/s", "f", 0)) == Refusal::too_many_producers);
    CHECK(std::holds_alternative<Appended>(write("p/s", "a", 3)));
}

TEST_CASE("producers: one that writes once is forgotten after an hour, also over a restart") {
    World world;
    world.options.stream_producers_max = 2;
    world.restart();
    world.ask(create("p/s"));
    CHECK(std::holds_alternative<Appended>(world.ask(numbered("p/s", "m", "once-a", 0))));
    CHECK(std::holds_alternative<Appended>(world.ask(numbered("p/s", "m", "lasting", 0))));
    world.clock.advance(std::chrono::minutes(59));
    CHECK(std::holds_alternative<Duplicate>(world.ask(numbered("p/s", "m", "once-a", 0))));
    CHECK(refusal(world.ask(numbered("p/s", "m", "once-b", 0))) == Refusal::too_many_producers);
    world.restart();
    world.clock.advance(std::chrono::minutes(2));
    CHECK(std::holds_alternative<Appended>(world.ask(numbered("p/s", "m", "once-b", 0))));
    CHECK(std::holds_alternative<Duplicate>(world.ask(numbered("p/s", "m", "lasting", 0))));
    world.clock.advance(std::chrono::minutes(61));
    CHECK(std::holds_alternative<Appended>(world.ask(numbered("p/s", "m", "once-c", 0))));
}

} // namespace ds
