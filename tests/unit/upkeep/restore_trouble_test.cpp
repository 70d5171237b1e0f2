// Restoring from a bucket that is not as one would like it: parts of it, strangers in it, damage.
#include "fakes/flaky_store.h"
#include "fakes/lost_world.h"
#include "format/segment_key.h"
#include "upkeep/operations.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <string>
#include <vector>

namespace ds::upkeep {

using namespace test;

namespace {

// Removes everything that nothing refers to, however young.
std::uint64_t collect_all(LostWorld& world) {
    Operations operations(*world.engine);
    auto const tally = operations.collect(std::chrono::milliseconds(0), Run::real, go_on);
    REQUIRE(tally);
    return tally->removed;
}

void rotate(LostWorld& world, std::string const& name, std::string const& letters) {
    world.append_each(name, letters);
    REQUIRE(world.rotated(name));
}

bool says(std::vector<std::string> const& lines, std::string const& what) {
    return std::ranges::any_of(
        lines, [&](std::string const& line) { return line.find(what) != std::string::npos; });
}

} // namespace

TEST_CASE("restore: what is left out is not collected as garbage") {
    LostWorld world;
    for (auto const* name : {"p/s", "q/s", "p/torn"}) {
        world.ask(create(name));
        rotate(world, name, "abcdefghi");
    }
    SUBCASE("other projects") {
        auto const tally = world.lose_and_restore({.project = "p"});
        CHECK(tally.streams.size() == 2);
        CHECK_FALSE(world.has("q/s"));
    }
    SUBCASE("what comes after a hole") {
        std::erase_if(world.objects->lock()->objects, [](auto const& object) {
            return object.first.find("cC90b3Ju") != std::string::npos && // p/torn
                   object.first.ends_with("1.seg");
        });
        auto const tally = world.lose_and_restore();
        CHECK(says(tally.left_out, "p/torn"));
        CHECK(world.read_all("p/torn") == "abc");
    }
    SUBCASE("a segment that cannot be read") {
        auto& first = world.objects->lock()->objects.begin()->second;
        first.back() = static_cast<char>(first.back() ^ 1);
        CHECK_FALSE(world.lose_and_restore().left_out.empty());
    }
    auto const before = world.objects->lock()->objects.size();
    CHECK(collect_all(world) == 0);
    CHECK(world.objects->lock()->objects.size() == before);
}

TEST_CASE("restore: what is left of deleted streams is collected") {
    LostWorld world;
    world.ask(create("p/s"));
    rotate(world, "p/s", "abc");
    world.ask(create("p/gone"));
    rotate(world, "p/gone", "xyz");
    world.objects->lock()->removes_fail = true;
    world.ask(Remove{name_of("p/gone")});
    // And the name has a new owner.
    world.ask(create("p/gone"));
    rotate(world, "p/gone", "123");
    REQUIRE(eventually([&] {
        auto const inside = world.objects->lock();
        return std::ranges::any_of(inside->objects,
                                   [](auto const& o) { return o.first.ends_with("deleted"); });
    }));
    CHECK(world.lose_and_restore().left_out.empty());
    world.objects->lock()->removes_fail = false;
    CHECK(world.read_all("p/gone") == "123");
    CHECK(collect_all(world) == 2); // a segment and the marker
    CHECK(world.objects->lock()->objects.size() == 2);
    CHECK(world.read_all("p/s") == "abc");
    CHECK(world.read_all("p/gone") == "123");
}

TEST_CASE("restore: a store that fails gives all or nothing") {
    LostWorld world;
    for (auto const* name : {"p/a", "p/b", "p/c"}) {
        world.ask(create(name));
        rotate(world, name, "abcdefghi");
    }
    world.back_up();
    int whole = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        FlakyStore store(std::make_unique<SwitchedStore>(world.objects), seed);
        store.set_percent(5);
        auto const data = world.home.path() + "/try-" + std::to_string(seed);
        auto const tally = restore({.data = data}, store, world.clock, go_on);
        CHECK(std::filesystem::exists(data) == tally.has_value());
        CHECK_FALSE(std::filesystem::exists(data + ".restoring"));
        if (!tally) continue;
        ++whole;
        CHECK(tally->streams.size() == 3);
        CHECK(tally->left_out.empty());
        for (auto const& line : tally->streams)
            CHECK(line.messages == 9);
    }
    CHECK(whole > 0);
    CHECK(whole < 40);
}

TEST_CASE("restore: a directory that was lost does not mix with the one that was made of it") {
    LostWorld world;
    world.ask(create("p/s"));
    rotate(world, "p/s", "abc");
    // The old machine was not lost after all, and goes on.
    auto const made = world.options.data;
    auto const old = world.home.path() + "/old";
    world.stop();
    std::filesystem::copy(made, old, std::filesystem::copy_options::recursive);
    world.start();
    world.lose_and_restore();
    world.stop();
    world.options.data = old;
    world.start();
    rotate(world, "p/s", "defghi");
    world.stop();
    world.options.data = made;
    world.start();
    world.clock.advance(std::chrono::hours(1));
    rotate(world, "p/s", "DEF");
    world.lose_and_restore();
    CHECK(world.read_all("p/s") == "abcDEF");
}

TEST_CASE("restore: retention may have taken all that a backup knows") {
    LostWorld world;
    world.ask(create("p/s"));
    rotate(world, "p/s", "abcdefgh");
    world.back_up();
    rotate(world, "p/s", "ijklmnopqr");
    Operations operations(*world.engine);
    REQUIRE(operations.set_retention("p", {.messages = 4}));
    // Known here first, and then taken out of the store.
    REQUIRE(eventually([&] {
        auto const inside = world.objects->lock();
        return std::ranges::count_if(inside->objects, [](auto const& object) {
                   return object.first.ends_with(".seg");
               }) == 2;
    }));
    REQUIRE(world.stream("p/s")->earliest() == 12);
    auto const tally = world.lose_and_restore();
    CHECK_FALSE(tally.backup.empty());
    CHECK(world.stream("p/s")->earliest() == 12);
    CHECK(world.courier->page(world.stream("p/s"), 12)->body.view().starts_with("mno"));
    CHECK(as<Appended>(world.ask(append("p/s", "s"))).next == Offset{6, 1});
}

TEST_CASE("restore: a stream that retention has emptied is still there") {
    LostWorld world;
    world.ask(create("p/s"));
    rotate(world, "p/s", "abc");
    Operations operations(*world.engine);
    REQUIRE(operations.set_retention("p", {.age_ms = 1000}));
    world.clock.advance(std::chrono::hours(1));
    REQUIRE(eventually([&] { return world.objects->lock()->objects.empty(); }));
    world.ask(append("p/s", "d"));
    world.back_up();
    auto const tally = world.lose_and_restore();
    REQUIRE(tally.streams.size() == 1);
    CHECK(tally.streams[0].tail == Offset{1, 1});
    CHECK(world.stream("p/s")->earliest() == 3);
    CHECK(world.courier->page(world.stream("p/s"), 3)->body.view() == "d");
    CHECK(world.engine->parts().retentions.all().size() == 1);
}

TEST_CASE("restore: a lifetime that nobody could renew begins anew") {
    LostWorld world;
    world.ask(create("p/hot", "text/plain", Ttl{std::chrono::seconds(3600)}));
    world.ask(append("p/hot", "x"));
    world.ask(create("p/cold", "text/plain", Ttl{std::chrono::seconds(3600)}));
    rotate(world, "p/cold", "abc");
    world.back_up();
    world.stop();
    world.clock.advance(std::chrono::hours(5));
    SwitchedStore store(world.objects);
    std::filesystem::remove_all(world.options.data);
    REQUIRE(restore({.data = world.options.data}, store, world.clock, go_on));
    world.clock.advance(std::chrono::minutes(59));
    world.start();
    CHECK(world.read_all("p/hot") == "x");
    CHECK(world.read_all("p/cold") == "abc");
}

TEST_CASE("restore: a damaged backup is told, and the one before it is taken") {
    LostWorld world;
    world.ask(create("p/one"));
    world.ask(append("p/one", "x"));
    world.back_up();
    world.ask(create("p/two"));
    world.ask(append("p/two", "y"));
    world.clock.advance(std::chrono::minutes(1));
    world.back_up();
    auto const newest = std::prev(world.objects->lock()->objects.end());
    REQUIRE(newest->first.ends_with("manifest.json"));
    auto const part = newest->first.substr(0, newest->first.rfind('/')) + "/lane-0.000000";
    world.objects->lock()->objects[part][100] ^= 1;
    auto const tally = world.lose_and_restore();
    CHECK(says(tally.left_out, "is damaged"));
    CHECK(world.read_all("p/one") == "x");
    CHECK_FALSE(world.has("p/two"));
}

TEST_CASE("restore: an object that came too late does not bring a deleted stream back") {
    LostWorld world;
    world.ask(create("p/s"));
    world.ask(append("p/s", "a"));
    world.ask(create("p/gone"));
    rotate(world, "p/gone", "xyz");
    auto const late = world.objects->lock()->objects;
    world.ask(Remove{name_of("p/gone")});
    REQUIRE(eventually([&] { return world.objects->lock()->objects.empty(); }));
    world.back_up();
    world.objects->lock()->objects.insert(late.begin(), late.end());
    world.lose_and_restore();
    CHECK_FALSE(world.has("p/gone"));
    CHECK(world.read_all("p/s") == "a");
    CHECK(collect_all(world) == 1);
}

TEST_CASE("restore: the backup's lanes, and ids that nobody ever had") {
    LostWorld world;
    world.stop();
    world.options.data = world.home.path() + "/wide";
    world.options.lanes = 3;
    world.start();
    std::vector<std::string> const projects{"a", "b", "c", "d", "e", "f"};
    for (auto const& project : projects) {
        world.ask(create(project + "/s"));
        rotate(world, project + "/s", "abcd");
    }
    std::set<std::int64_t> ids;
    auto const note_ids = [&] {
        for (auto const& project : projects) {
            auto const name = project + "/" + std::to_string(ids.size());
            world.ask(create(name));
            CHECK(ids.insert(world.stream(name)->id).second);
        }
    };
    note_ids();
    world.back_up();
    world.lose_and_restore();
    CHECK(world.engine->parts().directory.lanes() == 3);
    for (auto const& project : projects)
        CHECK(world.read_all(project + "/s") == "abcd");
    note_ids();
    // Another number of lanes: from segments alone there is one.
    world.lose_and_restore({.without_backup = true});
    CHECK(world.engine->parts().directory.lanes() == 1);
    for (auto const& project : projects)
        CHECK(world.read_all(project + "/s") == "abc");
}

TEST_CASE("restore: lists what a backup would bring, and changes nothing") {
    LostWorld world;
    world.ask(create("p/hot"));
    world.ask(append("p/hot", "xy"));
    world.back_up();
    SwitchedStore store(world.objects);
    auto const objects = world.objects->lock()->objects;
    auto const data = world.home.path() + "/nowhere/data";
    auto const tally = restore({.data = data, .list = true}, store, world.clock, go_on);
    REQUIRE(tally);
    REQUIRE(tally->streams.size() == 1);
    CHECK(tally->streams[0].messages == 1);
    CHECK(tally->streams[0].bytes == 2);
    CHECK(tally->identity == world.engine->identity());
    CHECK_FALSE(std::filesystem::exists(world.home.path() + "/nowhere"));
    CHECK(world.objects->lock()->objects == objects);
}

TEST_CASE("restore: what a killed one left behind is cleared away, and nothing comes of nothing") {
    LostWorld world;
    world.ask(create("p/s"));
    SwitchedStore store(world.objects);
    auto const data = world.home.path() + "/again";
    auto const nothing = restore({.data = data}, store, world.clock, go_on);
    REQUIRE_FALSE(nothing);
    CHECK(nothing.error().fault == Fault::invalid);
    rotate(world, "p/s", "abc");
    std::filesystem::create_directories(data + ".restoring/backup");
    std::ofstream(data + ".restoring/lane-0.db") << "half";
    std::filesystem::create_directories(data);
    REQUIRE(restore({.data = data + "/"}, store, world.clock, go_on));
    CHECK_FALSE(std::filesystem::exists(data + ".restoring"));
    CHECK(std::filesystem::exists(data + "/lane-0.db"));
    CHECK_FALSE(std::filesystem::exists(data + "/backup"));
    auto const stop = [](std::uint64_t, std::uint64_t, std::string const&) { return false; };
    CHECK_FALSE(restore({.data = data + "2"}, store, world.clock, stop));
    CHECK_FALSE(std::filesystem::exists(data + "2"));
}

} // namespace ds::upkeep
