// Segments of the hosted reference system, taken in and served.
#include "fakes/cold_world.h"
#include "format/reference_segment.h"
#include "upkeep/import.h"
#include "upkeep/verify.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace ds::upkeep {

using namespace test;

namespace {

using namespace std::string_view_literals;

// As that system wrote them: four bytes of length, and the message.
constexpr auto k_first = "\0\0\0\5hello\0\0\0\1 "sv;
constexpr auto k_second = "\0\0\0\5world\0\0\0\1!"sv;
constexpr auto k_json = "\0\0\0\7{\"a\":1}\0\0\0\3[2]\0\0\0\1\x33"sv;

struct Imports : ColdWorld {
    std::string bucket = home.path() + "/bucket";

    void put(std::string const& name, std::uint64_t number, std::string_view bytes) const {
        auto const path = bucket + "/" + reference_segment_key({name, number});
        std::filesystem::create_directories(std::filesystem::path(path).parent_path());
        std::ofstream(path, std::ios::binary) << bytes;
    }
    // While no engine runs.
    Result<ImportTally> take_in(std::string const& type, std::string const& source,
                                std::optional<std::string> stream = {}) {
        stop();
        SwitchedStore store(objects);
        Result<ImportTally> tally = Error{Fault::io, ""};
        {
            auto const directory = DataDirectory::open_existing(options.data);
            REQUIRE(directory);
            tally =
                import_segments(*directory, {source, std::move(stream), type}, store, clock, go_on);
            auto const verified = verify_lanes(directory->lane_paths(), &store, {}, go_on);
            CHECK_MESSAGE(verified, (verified ? "" : verified.error().what));
        }
        start();
        return tally;
    }
};

} // namespace

TEST_CASE("import: what the other system held is served, and its offsets hold") {
    Imports world;
    world.ask(create("p/here"));
    world.put("acme/orders/1", 0, k_first);
    world.put("acme/orders/1", 1, k_second);
    world.put("acme/other", 0, k_first);
    auto const tally = world.take_in("text/plain", world.bucket);
    REQUIRE_MESSAGE(tally, (tally ? "" : tally.error().what));
    CHECK(tally->streams == 2);
    CHECK(tally->segments == 3);
    CHECK(tally->messages == 6);
    CHECK(tally->bytes == 18);
    CHECK(world.read_all("acme/orders/1") == "hello world!");
    CHECK(world.read_all("acme/other") == "hello ");

    auto const stream = world.stream("acme/orders/1");
    CHECK(stream->head().tail == Offset{2, 0});
    CHECK(stream->head().ordinal == 4);
    auto const place = [&](Offset token) {
        return std::get<std::uint64_t>(stream->resolve(token));
    };
    CHECK(place({0, 5}) == 5);
    CHECK(place({0, 6}) == 6); // where the segment ended when it was handed out
    CHECK(place({1, 0}) == 6);
    CHECK(place({1, 6}) == 12);
    CHECK(as<Appended>(world.ask(append("acme/orders/1", "?"))).next == Offset{2, 1});
    CHECK(world.read_all("acme/orders/1") == "hello world!?");
    world.restart();
    CHECK(world.read_all("acme/orders/1") == "hello world!?");
}

TEST_CASE("import: JSON messages keep their bytes") {
    Imports world;
    world.put("p/json", 0, k_json);
    REQUIRE(world.take_in("application/json", world.bucket + "/stream"));
    auto const stream = world.stream("p/json");
    CHECK(stream->json);
    CHECK(stream->head().tail == Offset{1, 0});
    CHECK(stream->head().end == 3);
    auto const page = world.courier->page(stream, 0);
    REQUIRE(page);
    CHECK(page->body.view() == R"([{"a":1},[2],3])");
}

TEST_CASE("import: a single file is the stream that it is said to be") {
    Imports world;
    std::filesystem::create_directories(world.bucket);
    auto const file = world.bucket + "/anything.bin";
    std::ofstream(file, std::ios::binary) << k_first;
    CHECK_FALSE(world.take_in("text/plain", file));
    REQUIRE(world.take_in("text/plain", file, "p/one"));
    CHECK(world.read_all("p/one") == "hello ");
    // Its number says that something is missing before it.
    auto const later = world.bucket + "/segment-3.seg";
    std::ofstream(later, std::ios::binary) << k_first;
    CHECK_FALSE(world.take_in("text/plain", later, "p/two"));
}

TEST_CASE("import: what is not whole or not legal is refused, and nothing of it stays") {
    Imports world;
    world.ask(create("p/there"));
    auto const refused = [&](std::string const& name, std::string_view bytes,
                             std::uint64_t number = 0, std::string const& type = "text/plain") {
        CAPTURE(name);
        world.put(name, number, bytes);
        auto const tally = world.take_in(type, world.bucket);
        std::filesystem::remove_all(world.bucket);
        REQUIRE_FALSE(tally);
        CHECK(world.engine->parts().catalog.size() == 1);
        return tally.error();
    };
    CHECK(refused("p/there", k_first).what.find("exists already") != std::string::npos);
    CHECK(refused("p/gap", k_first, 1).fault == Fault::invalid);
    CHECK(refused("p/cut", k_first.substr(0, k_first.size() - 1)).fault == Fault::truncated);
    CHECK(refused("p/cut", k_first.substr(0, 2)).fault == Fault::truncated);
    CHECK(refused("p/none", "").fault == Fault::truncated);
    CHECK(refused("p/empty", "\0\0\0\0"sv).fault == Fault::corrupt);
    CHECK(refused("p/json", k_first, 0, "application/json").fault == Fault::invalid);
    CHECK(refused("p/type", k_first, 0, "no type").fault == Fault::invalid);
    CHECK(refused("no project", k_first).fault == Fault::invalid);
    CHECK(refused("p/../x", k_first).fault == Fault::invalid);
    CHECK(world.take_in("text/plain", world.bucket).error().fault == Fault::invalid);
    world.objects->lock()->puts_fail = true;
    CHECK(refused("p/fails", k_first).fault == Fault::unreachable);
}

} // namespace ds::upkeep
