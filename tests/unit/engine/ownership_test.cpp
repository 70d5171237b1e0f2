// Two copies of a data directory, keys that hold something else, lanes that are lost, and rows that
// are damaged.
#include "fakes/lost_world.h"
#include "format/segment.h"
#include "upkeep/operations.h"
#include "upkeep/verify.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <utility>

namespace ds {

using namespace test;

namespace {

namespace fs = std::filesystem;

void damage(ColdWorld const& world, std::string const& sql) {
    auto database =
        sqlite::Database::open(world.options.data + "/lane-0.db", sqlite::Open::read_write);
    REQUIRE(database);
    REQUIRE(database->execute(sql.c_str()));
}

// The key of a segment of p/s that was never put.
std::string next_key(ColdWorld& world, std::uint64_t number) {
    StreamRecord record;
    record.name = "p/s";
    record.id = world.stream("p/s")->id;
    return segment_key(world.engine->identity(), record, number);
}

Result<std::unique_ptr<Engine>> open_again(ColdWorld& world) {
    world.stop();
    return Engine::open(world.options, world.clock);
}

} // namespace

TEST_CASE("ownership: two copies of a directory on one store, and no reader sees wrong bytes") {
    ColdWorld first;
    first.ask(create("p/s"));
    first.append_each("p/s", "abc");
    REQUIRE(first.is_cold("p/s"));

    ColdWorld second;
    second.stop();
    second.objects = first.objects;
    fs::remove_all(second.options.data);
    first.stop();
    fs::copy(first.options.data, second.options.data, fs::copy_options::recursive);
    first.start();
    second.options.claim_store = true;
    second.start();
    second.append_each("p/s", "DEF");
    REQUIRE(second.is_cold("p/s"));

    first.append_each("p/s", "xyz");
    auto const found = [&] { return first.engine->store_sickness().has_value(); };
    REQUIRE(eventually(found));
    CHECK(first.engine->store_taken());
    CHECK_FALSE(second.engine->store_taken());
    CHECK(first.read_all("p/s") == "abcxyz");
    CHECK(second.read_all("p/s") == "abcDEF");
    CHECK(first.stream("p/s")->rotation()->waiting().count == 1);
    CHECK_FALSE(second.engine->store_sickness());
    CHECK(first.objects->lock()->objects.size() == 2);

    // It is refused after a restart as well, until somebody says that it is to have the store.
    first.options.claim_store = true;
    auto const refused = open_again(first);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().fault == Fault::invalid);
    auto const before = second.engine->identity();
    first.options.take_over_store = true;
    first.start();
    first.options.take_over_store = false;
    CHECK(first.engine->identity() != before);
    REQUIRE(first.is_cold("p/s")); // under a key of its own
    CHECK(first.objects->lock()->objects.size() == 3);
    CHECK(first.read_all("p/s") == "abcxyz");
    first.restart();
    CHECK(first.read_all("p/s") == "abcxyz");
    // And now it is the other that has lost it.
    CHECK(second.read_all("p/s") == "abcDEF");
    CHECK_FALSE(open_again(second));
}

TEST_CASE("ownership: a key that holds something else is left alone, and told") {
    ColdWorld world;
    world.ask(create("p/s"));
    world.ask(create("p/other"));
    auto const key = next_key(world, 0);
    world.objects->lock()->objects[key] = "not ours";
    world.append_each("p/s", "abcd");
    REQUIRE(eventually([&] { return world.engine->store_sickness().has_value(); }));
    CHECK(world.engine->store_sickness()->find(key) != std::string::npos);
    // It does not keep other streams from the store, and stays told while they go there.
    world.append_each("p/other", "123");
    REQUIRE(world.is_cold("p/other"));
    CHECK(world.engine->store_sickness());
    CHECK(world.objects->lock()->objects.at(key) == "not ours");
    CHECK(world.read_all("p/s") == "abcd");
    world.restart();
    CHECK(world.read_all("p/s") == "abcd");
    world.objects->lock()->objects.erase(key);
    REQUIRE(world.rotated("p/s"));
    CHECK(eventually([&] { return !world.engine->store_sickness(); }));
    CHECK(world.read_all("p/s") == "abcd");
}

TEST_CASE("ownership: what was put before a crash is taken, also when it is packed otherwise") {
    ColdWorld world;
    world.options.rotate.compression = Compression::none;
    world.restart();
    world.ask(create("p/s"));
    auto const copy = world.home.path() + "/before";
    world.stop();
    fs::copy(world.options.data, copy, fs::copy_options::recursive);
    world.start();
    world.append_each("p/s", "abc");
    REQUIRE(world.is_cold("p/s"));
    auto const objects = world.objects->lock()->objects;
    // The same rows once more, of which nothing is recorded.
    world.stop();
    fs::remove_all(world.options.data);
    fs::copy(copy, world.options.data, fs::copy_options::recursive);
    world.objects->lock()->marks.clear();
    world.options.rotate.compression = Compression::zstd;
    world.start();
    world.append_each("p/s", "abc");
    REQUIRE(world.is_cold("p/s"));
    CHECK(world.objects->lock()->objects == objects);
    CHECK(world.read_all("p/s") == "abc");
    SwitchedStore store(world.objects);
    CHECK(upkeep::verify_lanes(world.engine->parts().directory.lane_paths(), &store, {}, go_on));
}

TEST_CASE("ownership: a lane that is lost stops the start; with consent nothing is put twice") {
    ColdWorld world;
    world.ask(create("p/s"));
    world.append_each("p/s", "abcdef");
    REQUIRE(world.is_cold("p/s"));
    auto const objects = world.objects->lock()->objects;
    world.stop();
    for (auto const* ending : {"", "-wal", "-shm"})
        fs::remove(world.options.data + "/lane-0.db" + ending);
    auto const refused = open_again(world);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().fault == Fault::missing);
    CHECK(refused.error().what.find("--accept-loss") != std::string::npos);
    world.options.accept_loss = true;
    world.start();
    world.ask(create("p/s"));
    world.append_each("p/s", "ABC");
    REQUIRE(world.is_cold("p/s"));
    CHECK(world.read_all("p/s") == "ABC");
    auto const now = world.objects->lock()->objects;
    CHECK(now.size() == objects.size() + 1);
    for (auto const& [key, bytes] : objects)
        CHECK(now.at(key) == bytes);
    world.options.accept_loss = false;
    world.restart(); // it is nobody's loss any more
    CHECK(world.read_all("p/s") == "ABC");
}

TEST_CASE("ownership: a damaged row is not served, not moved, and found by a check") {
    ColdWorld world;
    world.options.rotate.on = false;
    world.restart();
    world.ask(create("p/s"));
    world.ask(create("p/whole"));
    world.append_each("p/s", "abcd");
    world.append_each("p/whole", "12");
    world.stop();
    damage(world, "UPDATE log_0 SET body = x'58' WHERE body = x'62'"); // b
    world.options.rotate.on = true;
    world.start();
    auto const stream = world.stream("p/s");
    auto const page = world.courier->page(stream, 0);
    REQUIRE_FALSE(page);
    CHECK(page.error().fault == Fault::corrupt);
    CHECK_FALSE(world.courier->page(stream, 0));
    REQUIRE(world.engine->notice());
    CHECK(world.engine->notice()->find("p/s") != std::string::npos);
    CHECK(world.read_all("p/whole") == "12");
    // Its segment stays where it is.
    REQUIRE(eventually([&] { return world.engine->store_sickness().has_value(); }));
    CHECK(world.engine->store_sickness()->find("damaged") != std::string::npos);
    CHECK(world.objects->lock()->objects.empty());
    auto const checked =
        upkeep::verify_lanes(world.engine->parts().directory.lane_paths(), nullptr, {}, go_on);
    REQUIRE_FALSE(checked);
    CHECK(checked.error().what.find("checksum") != std::string::npos);
}

TEST_CASE("ownership: a list that leaves keys out is found, and nothing is restored from it") {
    struct Forgetful final : ObjectStore {
        SwitchedStore all;
        std::string hidden;
        explicit Forgetful(SwitchedStore::Objects objects) : all(std::move(objects)) {}
        Result<void> put(std::string const& key, std::string_view bytes,
                         std::string const& type) override {
            return all.put(key, bytes, type);
        }
        Result<bool> put_if(std::string const& key, std::optional<std::string_view> was,
                            std::string_view bytes, std::string const& type) override {
            return all.put_if(key, was, bytes, type);
        }
        Result<std::optional<Bytes>> get(std::string const& key) override { return all.get(key); }
        Result<std::optional<ObjectPart>> get_range(std::string const& key,
                                                    ByteRange range) override {
            return all.get_range(key, range);
        }
        Result<void> remove(std::string const& key) override { return all.remove(key); }
        Result<void> list(std::string const& prefix,
                          std::function<Result<void>(ObjectEntry const&)> const& visit) override {
            return all.list(prefix, [&](ObjectEntry const& entry) {
                bool const left_out =
                    !hidden.empty() && entry.key.find(hidden) != std::string::npos;
                return left_out ? Result<void>() : visit(entry);
            });
        }
        std::string where() const override { return "forgetful"; }
    };
    LostWorld world;
    world.ask(create("p/s"));
    world.append_each("p/s", "abcdefghijkl");
    REQUIRE(world.is_cold("p/s"));
    world.ask(create("p/t"));
    world.append_each("p/t", "abc");
    REQUIRE(world.is_cold("p/t"));
    world.back_up();
    world.stop();
    Forgetful store(world.objects);
    auto const data = world.home.path() + "/restored";
    // The first, one in the middle, the last, and all of a stream that only the backup knows.
    for (auto const* hidden : {"0.seg", "1.seg", "3.seg", "cC90"}) {
        store.hidden = hidden;
        auto const made = upkeep::restore({.data = data}, store, world.clock, go_on);
        REQUIRE_FALSE_MESSAGE(made, hidden);
        CHECK(made.error().what.find("leaves out") != std::string::npos);
        CHECK_FALSE(fs::exists(data));
    }
    store.hidden.clear();
    auto const made = upkeep::restore({.data = data}, store, world.clock, go_on);
    REQUIRE(made);
    CHECK_FALSE(made->incomplete);
}

} // namespace ds
