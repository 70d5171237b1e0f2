// What operators ask of an engine: to move, to trim, to find orphans, and to check.
#include "fakes/cold_world.h"
#include "upkeep/operations.h"
#include "upkeep/verify.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace ds::upkeep {

using namespace test;

namespace {} // namespace

TEST_CASE("operations: retention takes the oldest segments, and says where the stream begins") {
    ColdWorld world;
    world.ask(create("p/s"));
    world.ask(create("q/s"));
    world.append_each("p/s", "abcdefghijk");
    world.append_each("q/s", "abcdefghijk");
    REQUIRE(world.rotated("p/s"));
    REQUIRE(world.rotated("q/s"));
    Operations operations(*world.engine);
    REQUIRE(operations.set_retention("p", {.messages = 5}));
    REQUIRE(eventually([&] { return world.stream("p/s")->earliest() == 6; }));
    REQUIRE(eventually([&] { return world.objects->lock()->objects.size() == 4; }));
    auto const check = [&] {
        auto const stream = world.stream("p/s");
        CHECK(stream->earliest() == 6);
        CHECK(std::get<Refusal>(stream->resolve({1, 1})) == Refusal::offset_trimmed);
        CHECK(std::get<Refusal>(stream->resolve({0, 0})) == Refusal::offset_trimmed);
        CHECK(std::get<std::uint64_t>(stream->resolve({2, 1})) == 7);
        CHECK(stream->locate(6) == Offset{2, 0});
        auto const page = world.courier->page(stream, 6);
        REQUIRE(page);
        CHECK(page->body.view().starts_with("ghi"));
        CHECK(world.read_all("q/s") == "abcdefghijk");
    };
    check();
    world.restart();
    check();
    // A fork needs what is there: nothing more goes while it lives.
    as<Created>(world.ask(fork("p/f", "p/s", Offset{2, 1})));
    CHECK(refusal(world.ask(fork("p/g", "p/s", Offset{0, 1}))) == Refusal::offset_trimmed);
    CHECK(world.stream("p/f")->earliest() == 6);
    world.append_each("p/s", "lmnopqrst");
    REQUIRE(world.rotated("p/s"));
    CHECK(world.stream("p/s")->earliest() == 6);
    world.ask(Remove{name_of("p/f")});
    REQUIRE(eventually([&] { return world.stream("p/s")->earliest() >= 12; }));
}

TEST_CASE("operations: what is open is moved, and find orphans") {
    ColdWorld world(100);
    world.ask(create("p/s"));
    world.append_each("p/s", "abc");
    Operations operations(*world.engine);
    auto const plan = operations.rotate({}, Run::dry, go_on);
    REQUIRE(plan);
    CHECK(plan->segments == 1);
    CHECK(plan->messages == 3);
    CHECK(world.stream("p/s")->rotation()->holdings().hot_rows == 3);
    REQUIRE(operations.rotate({}, Run::real, go_on));
    CHECK(world.is_cold("p/s"));

    auto const home = world.engine->identity();
    StreamRecord gone;
    gone.id = 77;
    gone.name = "p/gone";
    auto const orphan = segment_key(home, gone, 0);
    world.objects->lock()->objects[orphan] = "x";
    gone.id = 1;
    gone.name = "p/s";
    auto const coming = segment_key(home, gone, 1);
    world.objects->lock()->objects[coming] = "put, and not recorded yet";
    auto const foreign = segment_key("0123456789abcdef", gone, 0);
    world.objects->lock()->objects[foreign] = "x";
    auto const found = operations.collect(std::chrono::hours(1), Run::dry, go_on);
    REQUIRE(found);
    CHECK(found->orphans == 1);
    CHECK(found->foreign == 1);
    CHECK(found->keys == std::vector{orphan});
    auto const removed = operations.collect(std::chrono::milliseconds(0), Run::real, go_on);
    REQUIRE(removed);
    CHECK(removed->removed == 1);
    CHECK_FALSE(world.objects->lock()->objects.contains(orphan));
    CHECK(world.objects->lock()->objects.contains(coming));
    CHECK(world.read_all("p/s") == "abc");
}

TEST_CASE("operations: verify finds nothing wrong, and whatever is made wrong") {
    ColdWorld world;
    world.ask(create("p/s"));
    world.ask(create("p/json", "application/json"));
    world.append_each("p/s", "abcdefgh");
    for (int i = 0; i < 7; ++i)
        world.ask(append("p/json", "[1,2]", "application/json"));
    world.ask(fork("p/f", "p/s", Offset{0, 2}));
    world.append_each("p/f", "1234");
    auto last = numbered("p/s", "end", "w", 0);
    last.close = true;
    world.ask(last);
    for (auto const* name : {"p/s", "p/json", "p/f"})
        REQUIRE(world.rotated(name));
    SwitchedStore store(world.objects);
    auto const verify = [&] {
        return verify_lanes(world.engine->parts().directory.lane_paths(), &store, {}, go_on);
    };
    auto const clean = verify();
    REQUIRE_MESSAGE(clean, (clean ? "" : clean.error().what));
    CHECK(clean->streams == 3);
    CHECK(clean->segments == world.objects->lock()->objects.size());

    auto const objects = world.objects->lock()->objects;
    for (auto const& [key, content] : objects) {
        auto& object = world.objects->lock()->objects[key];
        object[content.size() / 2] = static_cast<char>(object[content.size() / 2] ^ 4);
        CHECK_FALSE(verify());
        object = content.substr(0, content.size() - 1);
        CHECK(verify().error().fault == Fault::truncated);
        object = content;
    }
    auto const [key, content] = *objects.begin();
    world.objects->lock()->objects.erase(key);
    auto const missing = verify();
    REQUIRE_FALSE(missing);
    CHECK(missing.error().fault == Fault::missing);
    CHECK(missing.error().what.find(key) != std::string::npos);
    // Another object in its place, whole as it may be.
    world.objects->lock()->objects[key] = objects.rbegin()->second;
    CHECK_FALSE(verify());
    world.objects->lock()->objects[key] = content;
    CHECK(verify());

    // What the tables say.
    world.stop();
    auto const path = world.options.data + "/lane-0.db";
    auto const broken_by = [&](char const* change, char const* back) {
        auto database = sqlite::Database::open(path, sqlite::Open::read_write);
        REQUIRE(database);
        REQUIRE(database->execute(change));
        bool const found = !verify_lanes({path}, &store, {}, go_on).has_value();
        REQUIRE(database->execute(back));
        return found;
    };
    CHECK(broken_by("UPDATE segment SET start = start + 1 WHERE number = 1",
                    "UPDATE segment SET start = start - 1 WHERE number = 1"));
    CHECK(
        broken_by("UPDATE rotated SET until = until - 1", "UPDATE rotated SET until = until + 1"));
    CHECK(broken_by("UPDATE rotated SET closed = 1 - closed",
                    "UPDATE rotated SET closed = 1 - closed"));
    CHECK(broken_by("UPDATE log_0 SET body = CAST(body || 'x' AS BLOB)",
                    "UPDATE log_0 SET body = CAST(substr(body, 1, length(body) - 1) AS BLOB)"));
    CHECK(broken_by("UPDATE stream SET fork_point = 1000 WHERE fork_point IS NOT NULL",
                    "UPDATE stream SET fork_point = 2 WHERE fork_point IS NOT NULL"));
    CHECK(broken_by("UPDATE sqlite_sequence SET seq = 1", "UPDATE sqlite_sequence SET seq = 3"));
    CHECK(verify_lanes({path}, &store, {}, go_on));
    world.start();
}

TEST_CASE("operations: verify holds rows that are kept against those of the segments") {
    ColdWorld world;
    world.options.rotate.keep_hot = true;
    world.restart();
    world.ask(create("p/s"));
    world.append_each("p/s", "abcdefgh");
    REQUIRE(world.rotated("p/s"));
    SwitchedStore store(world.objects);
    auto const paths = world.engine->parts().directory.lane_paths();
    world.stop();
    auto const told = [&](char const* change) {
        auto database = sqlite::Database::open(paths[0], sqlite::Open::read_write);
        REQUIRE(database);
        REQUIRE(database->execute(change));
        auto const verified = verify_lanes(paths, &store, {}, go_on);
        return verified ? std::string() : verified.error().what;
    };
    CHECK(told("SELECT 1").empty());
    CHECK(told("UPDATE log_0 SET body = CAST('x' AS BLOB) WHERE seq = 2").find("damaged") !=
          std::string::npos);
    CHECK(told("UPDATE log_0 SET sum = NULL WHERE seq = 2").find("kept") != std::string::npos);
    CHECK(told("UPDATE log_0 SET body = CAST('b' AS BLOB) WHERE seq = 2").empty());
    CHECK(told("INSERT INTO log_1 SELECT * FROM log_0 WHERE seq = 2").find("another row's table") !=
          std::string::npos);
    CHECK(told("DELETE FROM log_1").empty());
    CHECK(told("DELETE FROM log_0 WHERE seq = 2").empty()); // it need not be there
    world.start();
}

} // namespace ds::upkeep
