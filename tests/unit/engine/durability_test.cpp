// What the engine still knows after restarts, failing disks and torn logs.
#include "engine/engine.h"
#include "fakes/engine_world.h"
#include "fakes/failing_disk.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <memory>
#include <string>

namespace ds {

using namespace test;

TEST_CASE("engine: what is acknowledged is read back, before and after a restart") {
    World world;
    CHECK_FALSE(as<Created>(world.ask(create("p/s"))).existed);
    CHECK(as<Created>(world.ask(create("p/s"))).existed);
    CHECK(as<Appended>(world.ask(append("p/s", "one"))).next == Offset{0, 3});
    CHECK(as<Appended>(world.ask(append("p/s", "two"))).next == Offset{0, 6});
    CHECK(world.read_all("p/s") == "onetwo");
    world.restart();
    CHECK(world.read_all("p/s") == "onetwo");
    CHECK(as<Appended>(world.ask(append("p/s", "3"))).next == Offset{0, 7});
}

TEST_CASE("engine: producers, Stream-Seq and closure survive a restart with the data") {
    World world;
    world.ask(create("p/s"));
    world.ask(numbered("p/s", "a", "w", 0));
    auto sequenced = append("p/s", "b");
    sequenced.stream_seq = "5";
    world.ask(sequenced);
    world.restart();
    CHECK(as<Duplicate>(world.ask(numbered("p/s", "a", "w", 0))).producer == ProducerMark{0, 0});
    CHECK(refusal(world.ask(numbered("p/s", "x", "w", 2))) == Refusal::producer_sequence_gap);
    CHECK(refusal(world.ask(sequenced)) == Refusal::stream_seq_regression);
    auto last = numbered("p/s", "end", "w", 1);
    last.close = true;
    CHECK(as<Appended>(world.ask(last)).closed);
    world.restart();
    CHECK(as<Duplicate>(world.ask(last)).closed);
    CHECK(refusal(world.ask(append("p/s", "more"))) == Refusal::stream_closed);
    CHECK(world.read_all("p/s") == "abend");
}

TEST_CASE("engine: a full disk refuses, keeps what was acknowledged, and heals by itself") {
    test::FailingDisk disk;
    World world;
    world.ask(create("p/s"));
    world.ask(append("p/s", "kept"));
    disk.set(test::Disk::full);
    CHECK(refusal(world.ask(append("p/s", "lost"))) == Refusal::storage_full);
    CHECK(refusal(world.ask(create("p/other"))) == Refusal::storage_full);
    CHECK(world.engine->sickness());
    CHECK(world.read_all("p/s") == "kept");
    CHECK(world.stream("p/s")->head().tail == Offset{0, 4});
    disk.set(test::Disk::well);
    CHECK(as<Appended>(world.ask(append("p/s", "more"))).next == Offset{0, 8});
    CHECK_FALSE(world.engine->sickness());
    world.restart();
    CHECK(world.read_all("p/s") == "keptmore");
}

TEST_CASE("engine: after a failed sync nothing of the batch is shown or acknowledged") {
    test::FailingDisk disk;
    World world;
    world.ask(create("p/s"));
    world.ask(numbered("p/s", "a", "w", 0));
    disk.set(test::Disk::sync_fails);
    CHECK(refusal(world.ask(numbered("p/s", "b", "w", 1))) == Refusal::storage_failing);
    CHECK(world.read_all("p/s") == "a");
    disk.set(test::Disk::well);
    // The producer's retry is new data, not a duplicate: its first try did not happen.
    CHECK(std::holds_alternative<Appended>(world.ask(numbered("p/s", "b", "w", 1))));
    world.restart();
    CHECK(world.read_all("p/s") == "ab");
}

TEST_CASE("engine: a restart leaves readers time to come back, but revives nothing that is dated") {
    World world;
    auto const soon = world.clock.now() + std::chrono::seconds(5);
    world.ask(create("p/sliding", "text/plain", Ttl{std::chrono::hours(1)}));
    world.ask(create("p/dated", "text/plain", ExpiresAt{soon}));
    world.stop();
    world.clock.advance(std::chrono::hours(2));
    world.start();
    world.stream("p/sliding");
    CHECK(std::get<Refusal>(world.engine->find(name_of("p/dated"))) == Refusal::stream_not_found);
    world.clock.advance(std::chrono::seconds(60));
    CHECK(std::get<Refusal>(world.engine->find(name_of("p/sliding"))) == Refusal::stream_not_found);
}

TEST_CASE("engine: a log torn anywhere gives back whole batches, from the first on") {
    World world;
    world.ask(create("p/s"));
    for (int i = 0; i < 8; ++i)
        world.ask(numbered("p/s", std::string(1, static_cast<char>('a' + i)), "w",
                           static_cast<std::uint64_t>(i)));
    // What a power cut leaves: the database as it is, and some first part of the write-ahead log.
    auto const from = std::filesystem::path(world.options.data);
    auto const whole = std::filesystem::file_size(from / "lane-0.db-wal");
    std::size_t last = 0;
    for (auto size = whole / 3; size <= whole; size += 977) {
        World after;
        after.stop();
        auto const to = std::filesystem::path(after.options.data);
        for (auto const* name : {"ds.db", "lane-0.db", "lane-0.db-wal"})
            std::filesystem::copy_file(from / name, to / name,
                                       std::filesystem::copy_options::overwrite_existing);
        std::filesystem::resize_file(to / "lane-0.db-wal", size);
        if (auto opened = Engine::open(after.options, after.clock); !opened) {
            // It was synced before the server took anything in: then it is no power cut.
            REQUIRE(opened.error().what.find("is older than the data directory knows it") !=
                    std::string::npos);
            REQUIRE(last == 0);
            continue;
        }
        after.start();
        auto const found = after.engine->find(name_of("p/s"));
        if (!std::holds_alternative<std::shared_ptr<Stream>>(found)) continue;
        auto const all = after.read_all("p/s");
        CHECK(std::string("abcdefgh").starts_with(all));
        CHECK(all.size() >= last);
        last = all.size();
        // The producer goes on exactly where the log ends.
        auto const next = numbered("p/s", "next", "w", all.size());
        CHECK(std::holds_alternative<Appended>(after.ask(next)));
    }
    CHECK(last >= 7);
}

TEST_CASE("engine: tokens keep their spelling when the segment limits change") {
    World world;
    world.options.segment.messages = 3;
    world.restart();
    world.ask(create("p/s"));
    for (int i = 0; i < 7; ++i)
        world.ask(append("p/s", "ab"));
    CHECK(world.stream("p/s")->head().tail == Offset{2, 2});
    world.options.segment.messages = 1000;
    world.restart();
    auto const stream = world.stream("p/s");
    CHECK(stream->head().tail == Offset{2, 2});
    CHECK(std::get<std::uint64_t>(stream->resolve({1, 0})) == 6);
    CHECK(std::get<Refusal>(stream->resolve({0, 6})) == Refusal::invalid_offset);
    CHECK(std::get<Refusal>(stream->resolve({2, 3})) == Refusal::offset_beyond_tail);
    CHECK(stream->locate(6) == Offset{1, 0});
    CHECK(stream->locate(5) == Offset{0, 5});
}

TEST_CASE("engine: the rows of a deleted stream leave the log") {
    World world;
    world.ask(create("p/s"));
    for (int i = 0; i < 100; ++i)
        world.ask(append("p/s", "some bytes"));
    world.ask(Remove{name_of("p/s")});
    for (int i = 0; i < 10; ++i) {
        world.ask(create("p/closed"));
        auto close = append("p/closed", "");
        close.close = true;
        world.ask(close);
        world.ask(Remove{name_of("p/closed")});
    }
    for (int i = 0; i < 10; ++i)
        world.ask(append("p/nothing", "x"));
    world.restart();
    // Whatever was not swept before the restart is swept after it.
    for (int i = 0; i < 100; ++i)
        world.ask(Remove{name_of("p/nothing")});
    world.restart();
    CHECK(world.engine->parts().recovered_rows == 0);
}

} // namespace ds
