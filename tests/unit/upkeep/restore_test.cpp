// A lost machine: what its bucket and its backups bring back.
#include "fakes/lost_world.h"
#include "upkeep/operations.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace ds::upkeep {

using namespace test;

TEST_CASE("restore: every rotated message comes back, with its offset, its writers and its end") {
    LostWorld world;
    world.ask(create("p/s"));
    world.ask(numbered("p/s", "a", "w", 0));
    auto sequenced = append("p/s", "b");
    sequenced.stream_seq = "5";
    world.ask(sequenced);
    world.append_each("p/s", "cdefgh");
    world.ask(create("p/closed", "application/json", Ttl{std::chrono::seconds(3600)}));
    auto filling = append("p/closed", "[1,2,3]", "application/json");
    filling.close = true;
    world.ask(filling);
    world.ask(create("p/hot"));
    world.ask(append("p/hot", "x"));
    REQUIRE(world.rotated("p/s"));
    REQUIRE(world.is_cold("p/closed"));

    auto const tally = world.lose_and_restore();
    CHECK(tally.streams.size() == 2);
    CHECK(tally.left_out.empty());
    CHECK(world.engine->identity() != world.lost_identity);
    CHECK(world.engine->parts().directory.homes().size() == 2);
    CHECK(world.read_all("p/s") == "abcdef");
    CHECK(world.stream("p/s")->head().tail == Offset{2, 0});
    CHECK(world.read_all("p/closed") == "[1,2,3]");
    CHECK(world.stream("p/closed")->head().closed);
    CHECK(world.stream("p/closed")->lifespan.lifetime() ==
          Lifetime(Ttl{std::chrono::seconds(3600)}));
    CHECK_FALSE(world.has("p/hot"));
    CHECK(as<Duplicate>(world.ask(numbered("p/s", "a", "w", 0))).producer == ProducerMark{0, 0});
    CHECK(refusal(world.ask(sequenced)) == Refusal::stream_seq_regression);
    // It goes on, and can be lost once more.
    world.append_each("p/s", "ghi");
    REQUIRE(world.rotated("p/s"));
    auto const again = world.lose_and_restore();
    CHECK(again.streams.size() == 2);
    CHECK(world.engine->parts().directory.homes().size() == 3);
    CHECK(world.read_all("p/s") == "abcdefghi");
    // Ids go on from what was restored.
    world.ask(create("p/new"));
    CHECK(world.stream("p/new")->id > world.stream("p/closed")->id);
}

TEST_CASE("restore: an estuary comes back with its copies, and without its subscriptions") {
    LostWorld world;
    std::string const large(5000, 'x');
    world.ask(create("p/s"));
    auto const subscribe = [&] {
        return world.ask(Subscribe{name_of("p/s"), name_of("p/e"), {}, std::chrono::seconds(3600)});
    };
    as<Subscribed>(subscribe());
    world.ask(append("p/s", large));
    world.back_up();
    world.lose_and_restore();
    CHECK(world.read_all("p/e") == large);
    CHECK(world.read_all("p/s") == large);
    auto const facts = as<EstuaryFacts>(world.ask(LookAtEstuary{name_of("p/e")}));
    CHECK(facts.subscriptions.empty());
    CHECK_FALSE(as<Subscribed>(subscribe()).is_new);
    world.ask(append("p/s", "more"));
    CHECK(world.read_all("p/e") == large + "more");
}

TEST_CASE("restore: forks need their past, and deleted streams stay away") {
    LostWorld world;
    world.ask(create("p/s"));
    world.append_each("p/s", "abcdef");
    world.ask(create("p/short"));
    world.append_each("p/short", "abcd");
    world.ask(create("p/gone"));
    world.append_each("p/gone", "xyz");
    for (auto const* name : {"p/s", "p/short", "p/gone"})
        REQUIRE(world.rotated(name));
    as<Created>(world.ask(fork("p/f", "p/s", Offset{1, 1})));
    world.append_each("p/f", "123");
    as<Created>(world.ask(fork("p/lost", "p/short")));
    world.append_each("p/lost", "123");
    REQUIRE(world.rotated("p/f"));
    REQUIRE(world.rotated("p/lost"));
    world.ask(Remove{name_of("p/s")});
    REQUIRE(eventually([&] {
        auto const inside = world.objects->lock();
        return std::ranges::any_of(inside->objects,
                                   [](auto const& o) { return o.first.ends_with("deleted"); });
    }));
    // The machine is lost while the objects of a deleted stream are being removed.
    world.objects->lock()->removes_fail = true;
    world.ask(Remove{name_of("p/gone")});
    REQUIRE(eventually([&] {
        auto const inside = world.objects->lock();
        return std::ranges::count_if(inside->objects, [](auto const& object) {
                   return object.first.ends_with("deleted");
               }) == 2;
    }));
    auto const tally = world.lose_and_restore();
    world.objects->lock()->removes_fail = false;
    CHECK(world.read_all("p/f") == "abcd123");
    CHECK(world.read_all("p/short") == "abc");
    CHECK_FALSE(world.has("p/s"));
    CHECK_FALSE(world.has("p/gone"));
    CHECK_FALSE(world.has("p/lost"));
    REQUIRE(tally.left_out.size() == 1);
    CHECK(tally.left_out[0].find("p/lost") == 0);
    // The source is there for its fork alone.
    CHECK(std::get<Refusal>(world.engine->find(name_of("p/s"))) == Refusal::stream_gone);
}

TEST_CASE("restore: what was trimmed stays trimmed, and after a gap nothing is made up") {
    LostWorld world;
    world.ask(create("p/s"));
    world.append_each("p/s", "abcdefghi");
    world.ask(create("p/torn"));
    world.append_each("p/torn", "abcdefghi");
    REQUIRE(world.is_cold("p/s"));
    REQUIRE(world.is_cold("p/torn"));
    Operations operations(*world.engine);
    REQUIRE(operations.set_retention("p/s", {.messages = 4}));
    REQUIRE(eventually([&] { return world.objects->lock()->objects.size() == 5; }));
    auto const id = std::to_string(world.stream("p/torn")->id);
    std::erase_if(world.objects->lock()->objects, [&](auto const& object) {
        return object.first.ends_with("-" + id + "/segment-0000000000000001.seg");
    });
    auto const tally = world.lose_and_restore();
    CHECK(world.stream("p/s")->earliest() == 3);
    CHECK(world.courier->page(world.stream("p/s"), 3)->body.view().starts_with("def"));
    CHECK(world.read_all("p/torn") == "abc");
    for (auto const& line : tally.streams)
        CHECK_FALSE(line.note.empty());
}

TEST_CASE("restore: a backup brings what was hot, and segments what came after it") {
    LostWorld world;
    world.ask(create("p/s"));
    world.append_each("p/s", "abcd");
    world.ask(create("p/hot"));
    world.ask(append("p/hot", "x"));
    world.ask(create("p/gone"));
    world.append_each("p/gone", "xyz");
    world.ask(create("p/more"));
    world.append_each("p/more", "12345");
    for (auto const* name : {"p/s", "p/gone", "p/more"})
        REQUIRE(world.rotated(name));
    world.back_up();
    world.append_each("p/more", "6789");
    world.ask(create("p/later"));
    world.append_each("p/later", "abc");
    REQUIRE(world.rotated("p/more"));
    REQUIRE(world.rotated("p/later"));
    world.ask(Remove{name_of("p/gone")});
    REQUIRE(eventually([&] {
        auto const inside = world.objects->lock();
        return std::ranges::none_of(inside->objects, [](auto const& object) {
            return object.first.find("cC9nb25l") != std::string::npos; // p/gone
        });
    }));
    auto const tally = world.lose_and_restore();
    CHECK_FALSE(tally.backup.empty());
    CHECK(world.read_all("p/s") == "abcd");
    CHECK(world.read_all("p/hot") == "x");
    CHECK(world.read_all("p/more") == "123456789");
    CHECK(world.read_all("p/later") == "abc");
    CHECK_FALSE(world.has("p/gone"));
    CHECK(as<Appended>(world.ask(append("p/s", "e"))).next == Offset{1, 2});

    auto const without = world.lose_and_restore({.without_backup = true});
    CHECK(without.backup.empty());
    CHECK(world.read_all("p/s") == "abc");
    CHECK_FALSE(world.has("p/hot"));
}

TEST_CASE("restore: refuses what is there, and leaves nothing behind when it fails") {
    LostWorld world;
    world.ask(create("p/s"));
    world.append_each("p/s", "abc");
    REQUIRE(world.is_cold("p/s"));
    SwitchedStore store(world.objects);
    auto const there = restore({.data = world.options.data}, store, world.clock, go_on);
    REQUIRE_FALSE(there);
    CHECK(there.error().fault == Fault::invalid);
    auto const elsewhere = world.home.path() + "/elsewhere";
    auto const listed = restore({.data = elsewhere, .list = true}, store, world.clock, go_on);
    REQUIRE(listed);
    CHECK(listed->streams.size() == 1);
    CHECK_FALSE(std::filesystem::exists(elsewhere));
    world.objects->lock()->gets_fail = true;
    CHECK_FALSE(restore({.data = elsewhere}, store, world.clock, go_on));
    CHECK_FALSE(std::filesystem::exists(elsewhere));
    CHECK_FALSE(std::filesystem::exists(elsewhere + ".restoring"));
    world.objects->lock()->gets_fail = false;
}

} // namespace ds::upkeep
