// Backups: consistent, whole or none, and no more of them than are wanted.
#include "fakes/cold_world.h"
#include "storage/hot_reader.h"
#include "upkeep/backup.h"
#include "upkeep/backup_manifest.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace ds::upkeep {

using namespace test;

namespace {

std::vector<std::string> folders_of(std::vector<FoundBackup> const& backups) {
    std::vector<std::string> folders;
    for (auto const& backup : backups)
        folders.push_back(backup.folder);
    return folders;
}

} // namespace

TEST_CASE("backup: holds what was acknowledged, beside a server that goes on") {
    ColdWorld world;
    world.ask(create("p/s"));
    world.append_each("p/s", "abcdefgh");
    REQUIRE(world.rotated("p/s"));
    SwitchedStore store(world.objects);
    auto const& directory = world.engine->parts().directory;
    auto const tally = back_up(directory, store, world.clock.now(), 3, go_on);
    REQUIRE_MESSAGE(tally, (tally ? "" : tally.error().what));
    CHECK(tally->name == "backup/" + directory.identity() + "/2026-01-01T00-00-00.000Z");
    CHECK(tally->parts == 1);
    CHECK(tally->removed == 0);
    world.append_each("p/s", "i");
    CHECK_FALSE(std::filesystem::exists(directory.path() + "/backup.db"));

    auto const found = find_backups(store, "");
    REQUIRE(found);
    REQUIRE(found->size() == 1);
    CHECK(found->front().whole);
    auto const text = store.get(tally->name + "/manifest.json");
    auto const manifest = decode_manifest((*text)->view());
    REQUIRE(manifest);
    CHECK(manifest->homes == directory.homes());
    CHECK(manifest->time == world.clock.now());

    // A database that needs nothing beside it.
    TempDir const folder;
    auto const path = folder.path() + "/lane.db";
    REQUIRE(fetch_lane(store, tally->name, *manifest, 0, path));
    auto log = HotReader::open(path);
    REQUIRE(log);
    CHECK_FALSE(*log->damage());
    std::string letters;
    REQUIRE(
        log->each_row([&](std::int64_t, std::int64_t, HotReader::Row const& row) -> Result<void> {
            letters += row.body;
            return {};
        }));
    CHECK(letters.ends_with("gh"));
    CHECK_FALSE(std::filesystem::exists(path + "-wal"));
}

TEST_CASE("backup: the newest ones stay, and nothing of one that was broken off") {
    ColdWorld world;
    world.ask(create("p/s"));
    SwitchedStore store(world.objects);
    auto const& directory = world.engine->parts().directory;
    auto const root = backup_root(directory.identity());
    REQUIRE(store.put(root + "2020-01-01T00-00-00.000Z/lane-0.000000", "half", ""));
    REQUIRE(store.put("backup/0123456789abcdef/2020-01-01T00-00-00.000Z/manifest.json", "{}", ""));
    std::ofstream(directory.path() + "/backup.db") << "left by a crash";

    std::vector<std::string> names;
    for (int i = 0; i < 4; ++i) {
        // The clock stands still, and once it goes back: the newest is the last all the same.
        if (i == 2) world.clock.advance(-std::chrono::hours(5));
        auto const tally = back_up(directory, store, world.clock.now(), 2, go_on);
        REQUIRE_MESSAGE(tally, (tally ? "" : tally.error().what));
        CHECK(tally->removed == (i < 2 ? 0 : 1));
        names.push_back(tally->name);
    }
    CHECK(std::is_sorted(names.begin(), names.end()));
    auto const mine = find_backups(store, directory.identity());
    REQUIRE(mine);
    CHECK(folders_of(*mine) == std::vector{names[2], names[3]});
    CHECK(find_backups(store, "")->size() == 3); // that of another directory is left alone

    world.objects->lock()->puts_fail = true;
    auto const failed = back_up(directory, store, world.clock.now(), 2, go_on);
    REQUIRE_FALSE(failed);
    CHECK(failed.error().fault == Fault::unreachable);
    world.objects->lock()->puts_fail = false;
    CHECK_FALSE(std::filesystem::exists(directory.path() + "/backup.db"));
    auto const stop = [](std::uint64_t, std::uint64_t, std::string const&) { return false; };
    CHECK_FALSE(back_up(directory, store, world.clock.now(), 2, stop));
    CHECK(folders_of(*find_backups(store, directory.identity())) ==
          std::vector{names[2], names[3]});
}

TEST_CASE("backup: one at a time") {
    ColdWorld world;
    SwitchedStore store(world.objects);
    auto const& directory = world.engine->parts().directory;
    auto const nested = [&](std::uint64_t, std::uint64_t, std::string const&) {
        auto const second = back_up(directory, store, world.clock.now(), 1, go_on);
        CHECK_FALSE(second);
        if (!second) CHECK(second.error().fault == Fault::busy);
        return true;
    };
    CHECK(back_up(directory, store, world.clock.now(), 1, nested));
}

TEST_CASE("backup: a manifest says all of itself, and strangers are refused") {
    BackupManifest manifest{"0011", {"0011", "2233"}, 2, from_count_ms(1'767'225'600'123), {}};
    manifest.parts = {{0, 10, 20, Compression::zstd, "ab"}, {1, 30, 30, Compression::none, "cd"}};
    auto const text = encode_manifest(manifest);
    auto const read = decode_manifest(text);
    REQUIRE(read);
    CHECK(*read == manifest);
    CHECK(decode_manifest("{").error().fault == Fault::corrupt);
    CHECK(decode_manifest("[]").error().fault == Fault::corrupt);
    CHECK(decode_manifest(R"({"format": 7})").error().fault == Fault::corrupt);
    CHECK(decode_manifest(R"({"format": "ds-backup"})").error().fault == Fault::corrupt);
    CHECK(decode_manifest(R"({"format": "ds-backup", "version": 2})").error().fault ==
          Fault::invalid);
}

TEST_CASE("backup: a part that is not what was written is found") {
    ColdWorld world;
    world.ask(create("p/s"));
    SwitchedStore store(world.objects);
    auto const tally = back_up(world.engine->parts().directory, store, world.clock.now(), 1, go_on);
    REQUIRE(tally);
    auto manifest = *decode_manifest((*store.get(tally->name + "/manifest.json"))->view());
    auto const key = tally->name + "/lane-0.000000";
    auto const good = world.objects->lock()->objects[key];
    TempDir const folder;
    auto fault = [&, number = 0]() mutable {
        auto const path = folder.path() + "/" + std::to_string(number++);
        auto const fetched = fetch_lane(store, tally->name, manifest, 0, path);
        return fetched ? std::optional<Fault>() : fetched.error().fault;
    };
    CHECK_FALSE(fault());
    world.objects->lock()->objects[key] = good.substr(1);
    CHECK(fault() == Fault::truncated);
    world.objects->lock()->objects[key] = good.substr(1) + "x";
    CHECK(fault() == Fault::corrupt);
    world.objects->lock()->objects[key] = good;
    manifest.parts.front().codec = Compression::zstd;
    manifest.parts.front().raw_bytes = std::uint64_t{1} << 60U; // that is not made room for
    CHECK(fault() == Fault::corrupt);
    world.objects->lock()->objects.erase(key);
    CHECK(fault() == Fault::missing);
}

} // namespace ds::upkeep
