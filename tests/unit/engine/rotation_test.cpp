// Segments on their way to the object store, and reads across the border.
#include "engine/engine.h"
#include "fakes/cold_world.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace ds {

using namespace test;

TEST_CASE("rotation: a full segment leaves the hot log, and reads do not notice") {
    ColdWorld world;
    world.ask(create("p/s"));
    world.append_each("p/s", "abcdefgh");
    REQUIRE(world.rotated("p/s"));
    auto const held = world.stream("p/s")->rotation()->holdings();
    CHECK(held.segments == 2);
    CHECK(held.hot_rows == 2);
    CHECK(world.objects->lock()->objects.size() == 2);
    CHECK(world.read_all("p/s") == "abcdefgh");
    world.restart();
    CHECK(world.read_all("p/s") == "abcdefgh");
    CHECK(world.stream("p/s")->rotation()->holdings().segments == 2);
    CHECK(as<Appended>(world.ask(append("p/s", "i"))).next == Offset{3, 0});
    REQUIRE(world.rotated("p/s"));
    CHECK(world.read_all("p/s") == "abcdefghi");
}

TEST_CASE("rotation: every token stays valid and means the same place") {
    ColdWorld world;
    world.ask(create("p/s", "application/json"));
    std::vector<Offset> tokens{{0, 0}};
    for (int i = 0; i < 10; ++i)
        tokens.push_back(
            as<Appended>(world.ask(append("p/s", std::to_string(i), "application/json"))).next);
    auto const check = [&] {
        auto const stream = world.stream("p/s");
        for (std::size_t i = 0; i < tokens.size(); ++i) {
            auto const place = stream->resolve(tokens[i]);
            REQUIRE(std::holds_alternative<std::uint64_t>(place));
            CHECK(std::get<std::uint64_t>(place) == i);
            CHECK(stream->locate(i) == tokens[i]);
        }
    };
    check();
    REQUIRE(world.rotated("p/s"));
    check();
    world.restart();
    check();
}

TEST_CASE("rotation: a closed stream goes to the store whole, also when only closed") {
    ColdWorld world;
    world.ask(create("p/with"));
    world.append_each("p/with", "abcd");
    auto last = append("p/with", "e");
    last.close = true;
    world.ask(last);
    CHECK(world.is_cold("p/with"));

    world.ask(create("p/only"));
    world.append_each("p/only", "abc");
    auto only = append("p/only", "");
    only.close = true;
    CHECK(as<Appended>(world.ask(only)).next == Offset{1, 0});
    CHECK(world.is_cold("p/only"));
    CHECK(world.stream("p/only")->rotation()->holdings().segments == 2);

    world.ask(create("p/filled"));
    world.append_each("p/filled", "ab");
    auto filling = append("p/filled", "c");
    filling.close = true;
    CHECK(as<Appended>(world.ask(filling)).next == Offset{1, 0});
    CHECK(world.is_cold("p/filled"));

    world.restart();
    CHECK(world.stream("p/filled")->head().closed);
    CHECK(world.stream("p/filled")->head().tail == Offset{1, 0});
    CHECK(world.stream("p/filled")->rotation()->waiting().count == 0);
    CHECK(world.read_all("p/filled") == "abc");
    CHECK(world.read_all("p/with") == "abcde");
    CHECK(world.stream("p/with")->head().tail == Offset{1, 2});
    CHECK(world.stream("p/with")->head().closed);
    CHECK(world.read_all("p/only") == "abc");
    CHECK(world.stream("p/only")->head().closed);
    CHECK(refusal(world.ask(append("p/only", "x"))) == Refusal::stream_closed);
    CHECK(world.is_cold("p/only"));
}

TEST_CASE("rotation: what rows said of writers outlives them") {
    ColdWorld world(2);
    world.ask(create("p/s"));
    world.ask(numbered("p/s", "a", "w", 0));
    auto sequenced = append("p/s", "b");
    sequenced.stream_seq = "5";
    world.ask(sequenced);
    world.append_each("p/s", "cd");
    REQUIRE(world.is_cold("p/s"));
    world.restart();
    CHECK(as<Duplicate>(world.ask(numbered("p/s", "a", "w", 0))).producer == ProducerMark{0, 0});
    CHECK(refusal(world.ask(numbered("p/s", "x", "w", 2))) == Refusal::producer_sequence_gap);
    CHECK(refusal(world.ask(sequenced)) == Refusal::stream_seq_regression);
    auto last = numbered("p/s", "e", "w", 1);
    last.close = true;
    world.ask(last);
    REQUIRE(world.is_cold("p/s"));
    world.restart();
    CHECK(as<Duplicate>(world.ask(last)).closed);
    CHECK(world.read_all("p/s") == "abcde");
}

TEST_CASE("rotation: an open segment is sealed by its age, and its tail token stays valid") {
    ColdWorld world(100);
    world.options.rotate.age = std::chrono::seconds(60);
    world.restart();
    world.ask(create("p/s"));
    world.append_each("p/s", "abc");
    world.clock.advance(std::chrono::seconds(61));
    world.ask(create("p/other")); // a lane that sleeps looks at the clock when it wakes
    REQUIRE(eventually([&] { return world.stream("p/s")->head().tail == Offset{1, 0}; }));
    REQUIRE(world.is_cold("p/s"));
    auto const check = [&] {
        auto const stream = world.stream("p/s");
        CHECK(std::get<std::uint64_t>(stream->resolve({0, 3})) == 3);
        CHECK(std::get<std::uint64_t>(stream->resolve({1, 0})) == 3);
        CHECK(std::get<Refusal>(stream->resolve({0, 4})) == Refusal::invalid_offset);
    };
    check();
    world.restart();
    check();
    CHECK(as<Appended>(world.ask(append("p/s", "d"))).next == Offset{1, 1});
    CHECK(world.read_all("p/s") == "abcd");
    check();
    // Nothing in the open segment that could be too old: nothing happens.
    world.clock.advance(std::chrono::seconds(61));
    world.ask(append("p/other", "x"));
    REQUIRE(world.is_cold("p/s"));
    world.clock.advance(std::chrono::seconds(200));
    world.ask(append("p/other", "x"));
    CHECK(world.stream("p/s")->head().tail == Offset{2, 0});
    CHECK(world.read_all("p/s") == "abcd");
}

TEST_CASE("rotation: with --keep-hot rows stay, and go once it is left out") {
    ColdWorld world;
    world.options.rotate.keep_hot = true;
    world.restart();
    world.ask(create("p/s"));
    world.append_each("p/s", "abcdefgh");
    REQUIRE(world.rotated("p/s"));
    CHECK(world.stream("p/s")->rotation()->holdings().hot_rows == 8);
    auto const gets = world.objects->lock()->range_gets;
    CHECK(world.read_all("p/s") == "abcdefgh");
    CHECK(world.objects->lock()->range_gets == gets);
    world.restart();
    CHECK(world.stream("p/s")->rotation()->holdings().hot_rows == 8);
    CHECK(world.read_all("p/s") == "abcdefgh");
    world.options.rotate.keep_hot = false;
    world.restart();
    CHECK(world.stream("p/s")->rotation()->holdings().hot_rows == 2);
    CHECK(world.read_all("p/s") == "abcdefgh");
}

TEST_CASE("rotation: while the store fails rows stay hot, and nothing is lost or double after") {
    ColdWorld world;
    world.objects->lock()->puts_fail = true;
    world.ask(create("p/s"));
    world.append_each("p/s", "abcdefgh");
    REQUIRE(eventually([&] { return world.engine->store_sickness().has_value(); }));
    CHECK_FALSE(world.engine->sickness());
    CHECK(world.stream("p/s")->rotation()->holdings().hot_rows == 8);
    CHECK(world.read_all("p/s") == "abcdefgh");
    world.objects->lock()->puts_fail = false;
    REQUIRE(world.rotated("p/s"));
    CHECK(eventually([&] { return !world.engine->store_sickness(); }));
    CHECK(world.read_all("p/s") == "abcdefgh");
    world.restart();
    CHECK(world.read_all("p/s") == "abcdefgh");
}

TEST_CASE("rotation: a fork reads through segments of its source, and its own") {
    ColdWorld world;
    world.ask(create("p/s"));
    world.append_each("p/s", "abcdefgh");
    REQUIRE(world.rotated("p/s"));
    // At a place that lies in a segment, and in the middle of the hot part.
    as<Created>(world.ask(fork("p/cold", "p/s", Offset{0, 2})));
    as<Created>(world.ask(fork("p/hot", "p/s", Offset{2, 1})));
    world.append_each("p/cold", "123456");
    world.append_each("p/hot", "123456");
    REQUIRE(world.rotated("p/cold"));
    REQUIRE(world.rotated("p/hot"));
    auto const check = [&] {
        CHECK(world.read_all("p/cold") == "ab123456");
        CHECK(world.read_all("p/hot") == "abcdefg123456");
        CHECK(world.read_all("p/s") == "abcdefgh");
    };
    check();
    world.restart();
    check();
    world.ask(Remove{name_of("p/s")});
    world.restart();
    CHECK(world.read_all("p/hot") == "abcdefg123456");
}

TEST_CASE("rotation: where segments are sealed by age, a fork goes after what it inherits") {
    ColdWorld world;
    world.options.rotate.age = std::chrono::seconds(60);
    world.restart();
    world.ask(create("p/s"));
    world.append_each("p/s", "abcde");
    as<Created>(world.ask(fork("p/f", "p/s")));
    world.append_each("p/f", "1234");
    REQUIRE(world.rotated("p/s"));
    CHECK(world.stream("p/s")->rotation()->until() == 3);
    CHECK(world.stream("p/f")->rotation()->waiting().count == 1);
    world.clock.advance(std::chrono::seconds(61));
    world.ask(create("p/other")); // a lane that sleeps looks at the clock when it wakes
    REQUIRE(world.rotated("p/f"));
    CHECK(world.stream("p/s")->rotation()->until() == 5);
    world.restart();
    CHECK(world.read_all("p/f") == "abcde1234");
}

TEST_CASE("rotation: a fork in the middle of a message that lies in a segment") {
    ColdWorld world;
    world.ask(create("p/s"));
    for (auto const* text : {"first", "second", "third"})
        world.ask(append("p/s", text));
    REQUIRE(world.is_cold("p/s"));
    Create ask = std::get<Create>(fork("p/f", "p/s", Offset{0, 5}));
    ask.fork->sub_offset = 3;
    as<Created>(world.ask(ask));
    world.ask(append("p/f", "!"));
    CHECK(world.read_all("p/f") == "firstsec!");
    ask.name = name_of("p/g");
    ask.fork->sub_offset = 7;
    CHECK(refusal(world.ask(ask)) == Refusal::fork_sub_offset_invalid);
    CHECK(world.stream("p/f")->head().ordinal == 3);
}

TEST_CASE("rotation: a stream that ends takes its objects along") {
    ColdWorld world;
    world.ask(create("p/s"));
    world.append_each("p/s", "abcdefgh");
    REQUIRE(world.rotated("p/s"));
    world.objects->lock()->removes_fail = true;
    world.ask(Remove{name_of("p/s")});
    // A namesake has objects of its own.
    world.ask(create("p/s"));
    world.append_each("p/s", "xyz");
    REQUIRE(world.rotated("p/s"));
    CHECK(world.read_all("p/s") == "xyz");
    world.restart();
    CHECK(world.objects->lock()->objects.size() > 1);
    world.objects->lock()->removes_fail = false;
    REQUIRE(eventually([&] { return world.objects->lock()->objects.size() == 1; }));
    CHECK(world.read_all("p/s") == "xyz");
    world.restart();
    CHECK(world.read_all("p/s") == "xyz");
}

TEST_CASE("rotation: a source that is soft-deleted is marked, and goes with its last fork") {
    ColdWorld world;
    world.ask(create("p/s"));
    world.append_each("p/s", "abc");
    REQUIRE(world.is_cold("p/s"));
    world.ask(fork("p/f", "p/s"));
    world.ask(Remove{name_of("p/s")});
    REQUIRE(eventually([&] { return world.objects->lock()->objects.size() == 2; }));
    CHECK(world.read_all("p/f") == "abc");
    world.ask(Remove{name_of("p/f")});
    CHECK(eventually([&] { return world.objects->lock()->objects.empty(); }));
}

TEST_CASE("rotation: what cannot be read is told, and everything else goes on") {
    ColdWorld world;
    world.ask(create("p/s"));
    world.append_each("p/s", "abcdefgh");
    REQUIRE(world.rotated("p/s"));
    world.restart(); // nothing is in memory
    auto const stream = world.stream("p/s");
    auto const fault_at = [&](std::uint64_t from) {
        auto const page = world.courier->page(stream, from);
        REQUIRE_FALSE(page);
        return page.error().fault;
    };
    world.objects->lock()->gets_fail = true;
    CHECK(fault_at(0) == Fault::unreachable);
    world.objects->lock()->gets_fail = false;
    auto const first = world.objects->lock()->objects.begin()->first;
    auto const content = world.objects->lock()->objects[first];
    world.objects->lock()->objects[first].resize(content.size() / 2);
    CHECK(fault_at(0) == Fault::truncated);
    world.objects->lock()->objects[first] = content;
    for (auto& byte : world.objects->lock()->objects[first])
        byte = static_cast<char>(byte ^ 1);
    CHECK(fault_at(1) == Fault::corrupt);
    world.objects->lock()->objects.erase(first);
    CHECK(fault_at(2) == Fault::missing);
    auto const page = world.courier->page(stream, 3);
    REQUIRE(page);
    CHECK(page->body.view().starts_with("def"));
    world.objects->lock()->objects[first] = content;
    CHECK(world.read_all("p/s") == "abcdefgh");
}

TEST_CASE("rotation: many who want one cold page cost one get") {
    ColdWorld world;
    world.ask(create("p/s"));
    for (int i = 0; i < 9; ++i)
        world.ask(append("p/s", "text")); // a page is worth sending from one character on
    REQUIRE(world.is_cold("p/s"));
    world.restart();
    auto const stream = world.stream("p/s");
    auto const before = world.objects->lock()->range_gets;
    for (auto const& page : world.courier->pages_later(stream, 12, 100))
        CHECK(page.has_value());
    CHECK(world.objects->lock()->range_gets == before + 1);
}

} // namespace ds
