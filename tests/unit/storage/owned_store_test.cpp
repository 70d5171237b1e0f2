// Who owns a store: crashes, copies, stores that fail, and marks that are gone.
#include "fakes/flaky_store.h"
#include "fakes/manual_clock.h"
#include "fakes/switched_store.h"
#include "storage/owned_store.h"
#include "storage/retrying_store.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

namespace ds {

using namespace test;

namespace {

// A data directory with the store that it shares with its copies.
struct Owner {
    DataDirectory directory;
    std::unique_ptr<OwnedStore> store;

    Owner(std::string const& path, SwitchedStore::Objects const& objects, Clock const& clock)
        : directory(*DataDirectory::open(path, 1)),
          store(std::make_unique<OwnedStore>(std::make_unique<SwitchedStore>(objects), directory,
                                             clock)) {}
    Result<void> start() { return store->claim_within(std::chrono::seconds(20)); }
    Result<bool> put(std::string const& key, std::string const& bytes) {
        return store->put_if(key, std::nullopt, bytes, "text/plain");
    }
};

struct Owners {
    TempDir home;
    ManualClock clock;
    SwitchedStore::Objects objects = SwitchedStore::none();

    std::string path(std::string const& name) const { return home.path() + "/" + name; }
    std::unique_ptr<Owner> open(std::string const& name) {
        return std::make_unique<Owner>(path(name), objects, clock);
    }
    void copy(std::string const& from, std::string const& to) const {
        std::filesystem::copy(path(from), path(to), std::filesystem::copy_options::recursive);
    }
};

} // namespace

TEST_CASE("owned store: the only owner goes on by itself, however it ended") {
    Owners world;
    for (int start = 0; start < 5; ++start) {
        auto const owner = world.open("a");
        REQUIRE(owner->start());
        REQUIRE(owner->put("k" + std::to_string(start), "x"));
    }
    CHECK(world.objects->lock()->marks.size() == 1);
    CHECK(world.objects->lock()->objects.size() == 5);
}

TEST_CASE("owned store: of two copies the later one has it, and the other changes nothing") {
    Owners world;
    auto const first = world.open("a");
    REQUIRE(first->start());
    REQUIRE(first->put("k1", "by a"));
    world.copy("a", "b");
    auto const second = world.open("b");
    REQUIRE(second->start());
    REQUIRE(second->put("k2", "by b"));

    auto const looked = first->store->look();
    REQUIRE_FALSE(looked);
    CHECK(looked.error().what.find(world.path("b")) != std::string::npos);
    CHECK(looked.error().what.find("--store-takeover") != std::string::npos);
    CHECK(first->store->lost());
    CHECK_FALSE(first->put("k3", "by a"));
    CHECK_FALSE(first->store->remove("k1"));
    CHECK_FALSE(first->store->put("k2", "by a", "text/plain"));
    CHECK_FALSE(second->store->lost());
    REQUIRE(second->put("k4", "by b"));
    auto const objects = world.objects->lock()->objects;
    CHECK(objects.size() == 3);
    CHECK(objects.at("k1") == "by a");
    CHECK(objects.at("k2") == "by b");
    auto const read = first->store->get("k2"); // reads go on
    REQUIRE(read);
    CHECK(read->has_value());
}

TEST_CASE("owned store: a copy of before the last start is refused, as is the one that lost it") {
    Owners world;
    {
        auto const first = world.open("a");
        REQUIRE(first->start());
    }
    world.copy("a", "yesterday");
    {
        auto const first = world.open("a");
        REQUIRE(first->start());
    }
    {
        auto const old = world.open("yesterday");
        auto const refused = old->start();
        REQUIRE_FALSE(refused);
        CHECK(refused.error().fault == Fault::invalid);
        CHECK_FALSE(old->put("k", "x"));
        // With consent it goes on as another directory, and the first one is told.
        auto const before = old->directory.identity();
        SwitchedStore inner(world.objects);
        REQUIRE(end_ownership(inner, old->directory, world.clock));
        REQUIRE(old->directory.become_another());
        CHECK(old->directory.identity() != before);
    }
    auto const taken = world.open("yesterday");
    REQUIRE(taken->start());
    REQUIRE(taken->put("k", "x"));
    auto const first = world.open("a");
    CHECK_FALSE(first->start());
}

TEST_CASE("owned store: a crash at any moment of taking it shuts nobody out") {
    Owners world;
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        DataDirectory const directory = *DataDirectory::open(world.path("a"), 1);
        auto flaky =
            std::make_unique<FlakyStore>(std::make_unique<SwitchedStore>(world.objects), seed);
        flaky->set_percent(50);
        OwnedStore store(std::move(flaky), directory, world.clock);
        static_cast<void>(store.put("k", "x", "text/plain"));
        CHECK_FALSE(store.lost());
    }
    auto const owner = world.open("a");
    CHECK(owner->start());
    CHECK_FALSE(owner->store->lost());
}

TEST_CASE("owned store: a store that does not answer holds up no start, and is asked again") {
    Owners world;
    world.objects->lock()->gets_fail = true;
    auto const owner = world.open("a");
    REQUIRE(owner->start());
    CHECK_FALSE(owner->put("k", "x"));
    CHECK_FALSE(owner->store->lost());
    world.objects->lock()->gets_fail = false;
    CHECK(owner->put("k", "x"));
    CHECK(world.objects->lock()->marks.size() == 1);
}

TEST_CASE("owned store: where the mark has gone nothing is changed until it is back") {
    Owners world;
    {
        auto const owner = world.open("a");
        REQUIRE(owner->start());
        REQUIRE(owner->put("k1", "x"));
        auto const marks = std::exchange(world.objects->lock()->marks, {});
        auto const looked = owner->store->look();
        REQUIRE_FALSE(looked);
        CHECK(looked.error().fault == Fault::unreachable);
        CHECK(looked.error().what.find("--store-takeover") != std::string::npos);
        CHECK(owner->store->lost());
        CHECK_FALSE(owner->put("k2", "x"));
        CHECK(world.objects->lock()->marks.empty());
        world.objects->lock()->marks = marks;
        CHECK(owner->put("k2", "x"));
        CHECK_FALSE(owner->store->lost());
        world.objects->lock()->marks.clear();
    }
    // After a restart as well: it starts, and its store is red.
    auto const owner = world.open("a");
    REQUIRE(owner->start());
    CHECK(owner->store->lost());
    CHECK_FALSE(owner->put("k3", "x"));
    CHECK(world.objects->lock()->objects.size() == 2);
    // With consent it begins anew.
    REQUIRE(owner->directory.become_another());
    CHECK(owner->put("k3", "x"));
    CHECK_FALSE(owner->store->lost());
}

TEST_CASE("owned store: a mark that says nothing is another's") {
    Owners world;
    auto const owner = world.open("a");
    REQUIRE(owner->start());
    world.objects->lock()->marks.begin()->second = "{\"token\": 7";
    CHECK_FALSE(owner->store->look());
    CHECK(owner->store->lost());
}

} // namespace ds
