// Lanes that are missing, empty, another's or older than the data directory knows them.
#include "storage/lane_births.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace ds {

namespace {

namespace fs = std::filesystem;

// What a start does with the lanes.
Result<void> start(std::string const& path) {
    auto const directory = TRY(DataDirectory::open(path, 2));
    for (unsigned lane = 0; lane < directory.lanes(); ++lane) {
        TRY(check_lane_file(directory, lane));
        auto log = TRY(HotLog::open(directory.lane_path(lane), Durability::os));
        TRY(check_birth(directory, lane, log));
        TRY(count_start(directory, lane, log));
        TRY(log.checkpoint());
    }
    return {};
}

void check_refused(std::string const& path, char const* words) {
    auto const refused = start(path);
    REQUIRE_FALSE(refused);
    CHECK(is_damage(refused.error().fault));
    CHECK(refused.error().what.find(words) != std::string::npos);
    CHECK(refused.error().what.find("ds restore") != std::string::npos);
}

std::uint32_t mode_of(std::string const& path) {
    struct stat facts {};
    REQUIRE(::stat(path.c_str(), &facts) == 0);
    return facts.st_mode & 0777U;
}

} // namespace

TEST_CASE("lane births: starts follow one another, and a lane that is gone is told") {
    TempDir const home;
    auto const path = home.path() + "/data";
    for (int i = 0; i < 3; ++i)
        REQUIRE(start(path));
    auto const lane = path + "/lane-1.db";
    fs::rename(lane, lane + ".aside");
    check_refused(path, "lane-1.db is missing");
    CHECK_FALSE(fs::exists(lane)); // nothing was made in its place
    std::ofstream(lane).close();
    check_refused(path, "lane-1.db is empty");
    fs::rename(lane + ".aside", lane);
    CHECK(start(path));
}

TEST_CASE("lane births: an older copy is found, and another directory's lane") {
    TempDir const home;
    auto const path = home.path() + "/data";
    REQUIRE(start(path));
    auto const lane = path + "/lane-0.db";
    fs::copy_file(lane, home.path() + "/yesterday.db");
    REQUIRE(start(path));
    fs::copy_file(lane, home.path() + "/today.db");
    fs::copy_file(home.path() + "/yesterday.db", lane, fs::copy_options::overwrite_existing);
    check_refused(path, "older than the data directory knows it (start 1 of 2)");
    REQUIRE(start(home.path() + "/other"));
    fs::copy_file(home.path() + "/other/lane-0.db", lane, fs::copy_options::overwrite_existing);
    check_refused(path, "not the one that the data directory had");
    fs::copy_file(home.path() + "/today.db", lane, fs::copy_options::overwrite_existing);
    CHECK(start(path));
}

TEST_CASE("lane births: a directory from before knows its lanes, and is closed to others") {
    TempDir const home;
    auto const path = home.path() + "/data";
    REQUIRE(start(path));
    {
        auto facts = sqlite::Database::open(path + "/ds.db", sqlite::Open::read_write);
        REQUIRE(facts);
        REQUIRE(facts->execute("DROP TABLE lane; PRAGMA user_version = 0"));
    }
    fs::permissions(path, fs::perms(0755));
    fs::rename(path + "/lane-0.db", path + "/aside");
    check_refused(path, "lane-0.db is missing");
    fs::rename(path + "/aside", path + "/lane-0.db");
    REQUIRE(start(path));
    CHECK(mode_of(path) == 0750); // closed to others; a group stays
}

TEST_CASE("lane births: without ds.db its lanes are nobody's, and other folders are left alone") {
    TempDir const home;
    auto const path = home.path() + "/data";
    REQUIRE(start(path));
    CHECK(mode_of(path) == 0700);
    for (auto const* name : {"/ds.db", "/lane-0.db", "/lock"})
        CHECK(mode_of(path + name) == 0600);
    fs::rename(path + "/ds.db", home.path() + "/aside");
    check_refused(path, "ds.db is missing");
    std::ofstream(path + "/ds.db").close();
    check_refused(path, "ds.db says nothing");

    auto const photos = home.path() + "/photos";
    fs::create_directory(photos);
    std::ofstream(photos + "/cat.jpg") << "cat";
    auto const refused = DataDirectory::open(photos, 1);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().fault == Fault::invalid);
    CHECK(refused.error().what.find("cat.jpg") != std::string::npos);
    CHECK(std::distance(fs::directory_iterator(photos), fs::directory_iterator()) == 1);
}

} // namespace ds
