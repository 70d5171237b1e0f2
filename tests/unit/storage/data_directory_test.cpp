// The data directory: who may work on it, and what it remembers.
#include "storage/data_directory.h"
#include "support/sure.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace ds {

TEST_CASE("data directory: one server at a time; identity and lanes stay") {
    TempDir const home;
    auto const path = home.path() + "/data";
    std::string identity;
    {
        auto first = test::sure(DataDirectory::open(path, 3));
        identity = first->identity();
        CHECK(identity.size() == 16);
        for (auto const& second :
             {DataDirectory::open(path, 3), DataDirectory::open_existing(path)}) {
            REQUIRE_FALSE(second);
            CHECK(second.error().fault == Fault::busy);
            CHECK(second.error().what.find("is in use by a running ds serve") != std::string::npos);
        }
    }
    auto again = test::sure(DataDirectory::open(path, 8));
    CHECK(again->identity() == identity);
    CHECK(again->lanes() == 3);
    CHECK(again->lane_paths() ==
          std::vector{path + "/lane-0.db", path + "/lane-1.db", path + "/lane-2.db"});
}

TEST_CASE("data directory: one that must be there is not made") {
    TempDir const home;
    auto const path = home.path() + "/data";
    auto const absent = DataDirectory::open_existing(path);
    REQUIRE_FALSE(absent);
    CHECK(absent.error().fault == Fault::invalid);
    CHECK(absent.error().what.find(path) != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(path));

    std::filesystem::create_directories(path);
    CHECK_FALSE(DataDirectory::open_existing(path));
    CHECK(std::filesystem::is_empty(path));

    std::string identity;
    {
        auto const made = test::sure(DataDirectory::open(path, 2));
        identity = made->identity();
    }
    auto const there = test::sure(DataDirectory::open_existing(path));
    CHECK(there->identity() == identity);
    CHECK(there->lanes() == 2);
}

TEST_CASE("data directory: facts and earlier homes are remembered") {
    TempDir const home;
    auto const path = home.path() + "/data";
    {
        auto directory = test::sure(DataDirectory::open(path, 1));
        CHECK(directory->homes() == std::vector{directory->identity()});
        REQUIRE(directory->fact("store"));
        CHECK_FALSE(directory->fact("store")->has_value());
        REQUIRE(directory->set_fact("store", "a"));
        REQUIRE(directory->set_fact("store", "b"));
        REQUIRE(directory->add_home("bbbb"));
        REQUIRE(directory->add_home("aaaa"));
        REQUIRE(directory->add_home("bbbb"));
    }
    auto const again = test::sure(DataDirectory::open_existing(path));
    CHECK(**again->fact("store") == "b");
    CHECK(again->homes() == std::vector<std::string>{again->identity(), "bbbb", "aaaa"});
}

TEST_CASE("data directory: the lane of a project never changes") {
    // FNV-1a of "a" is 0xaf63dc4c8601ec8c.
    CHECK(lane_of_project("a", 1) == 0);
    CHECK(lane_of_project("a", 7) == 0xaf63dc4c8601ec8cU % 7);
    CHECK(lane_of_project("", 10) == 0xcbf29ce484222325U % 10);
}

} // namespace ds
