// Promises of the fan-out: each subscriber gets exactly what was appended while it subscribed,
// once, in order, whatever ends or fails in between.
#include "fakes/estuary_world.h"
#include "fakes/failing_disk.h"
#include "fakes/switched_store.h"
#include "storage/sqlite.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

using namespace ds;
using namespace ds::test;

TEST_CASE("estuary: copies that are owed survive a stop, and none is made twice") {
    EstuaryWorld world;
    world.options.fanout.inline_max = 0;
    world.options.tail_cache_bytes = 2000; // most of what is owed is read from the log
    world.restart();
    as<Created>(world.ask(create("p/s")));
    for (int i = 0; i < 700; ++i)
        as<Subscribed>(world.ask(subscribe("p/s", estuary_of(i))));
    std::uint64_t owed_after_stop = 0;
    for (int round = 0; round < 8; ++round) {
        world.publish("p/s", round * 10, round * 10 + 9);
        world.restart();
        owed_after_stop += world.engine->fanout().appends_owed.load();
    }
    CHECK(owed_after_stop > 0); // else nothing has been tried
    world.wait_for_copies();
    for (int i = 0; i < 700; ++i)
        CHECK(world.read_all(estuary_of(i)) == numbers(0, 79));
}

TEST_CASE("estuary: who unsubscribes has what was appended until then, and nothing after") {
    EstuaryWorld world(0);
    as<Created>(world.ask(create("p/s")));
    for (int i = 0; i < 300; ++i)
        as<Subscribed>(world.ask(subscribe("p/s", estuary_of(i))));
    world.publish("p/s", 1, 20);
    as<Unsubscribed>(world.ask(unsubscribe("p/s", estuary_of(299))));
    CHECK(world.read_all(estuary_of(299)) == numbers(1, 20));
    as<Unsubscribed>(world.ask(unsubscribe("p/s", estuary_of(299)))); // it is no longer
    world.publish("p/s", 21, 40);
    as<Subscribed>(world.ask(subscribe("p/s", estuary_of(299))));
    world.publish("p/s", 41, 50);
    world.wait_for_copies();
    CHECK(world.read_all(estuary_of(299)) == numbers(1, 20) + numbers(41, 50));
    CHECK(world.read_all(estuary_of(0)) == numbers(1, 50));
    as<Unsubscribed>(world.ask(unsubscribe("p/nothing", "p/nobody")));
}

TEST_CASE("estuary: a source that is deleted is copied first, and others do not wait") {
    EstuaryWorld world(0);
    as<Created>(world.ask(create("p/s")));
    as<Created>(world.ask(create("p/other")));
    for (int i = 0; i < 500; ++i)
        as<Subscribed>(world.ask(subscribe("p/s", estuary_of(i))));
    world.publish("p/s", 1, 20);
    auto const removal = world.courier->submit(Remove{name_of("p/s")}).value();
    CHECK(refusal(world.ask(append("p/s", "late;"))) == Refusal::fanout_behind);
    as<Appended>(world.ask(append("p/other", "x")));
    as<Removed>(world.courier->wait(removal));
    for (int i = 0; i < 500; ++i)
        CHECK(world.read_all(estuary_of(i)) == numbers(1, 20));
    CHECK(world.sources_of(estuary_of(0)).empty());
    CHECK(world.engine->fanout().subscriptions.load() == 0);
    // A stream of the same name is another.
    as<Created>(world.ask(create("p/s")));
    as<Appended>(world.ask(append("p/s", "new;")));
    world.restart();
    CHECK(world.read_all(estuary_of(0)) == numbers(1, 20));
}

TEST_CASE("estuary: a source that expires is copied first") {
    EstuaryWorld world(0);
    as<Created>(world.ask(create("p/s", "text/plain", Ttl{std::chrono::seconds(10)})));
    for (int i = 0; i < 500; ++i)
        as<Subscribed>(world.ask(subscribe("p/s", estuary_of(i))));
    world.publish("p/s", 1, 20);
    world.clock.advance(std::chrono::seconds(11));
    CHECK(refusal(world.ask(append("p/s", "late;"))) == Refusal::stream_not_found);
    auto again = world.ask(create("p/s"));
    while (std::holds_alternative<Refused>(again)) {
        CHECK(refusal(again) == Refusal::busy);
        again = world.ask(create("p/s"));
    }
    CHECK_FALSE(as<Created>(again).existed);
    for (int i = 0; i < 500; ++i)
        CHECK(world.read_all(estuary_of(i)) == numbers(1, 20));
}

TEST_CASE("estuary: a source that owes too much takes appends, and its subscribers are told") {
    EstuaryWorld world(0);
    world.options.fanout.backlog_bytes = 100'000; // one append to all owes more
    world.restart();
    as<Created>(world.ask(create("p/s")));
    CopyForm const envelope{CopyMode::envelope, 0};
    for (int i = 0; i < 1000; ++i)
        as<Subscribed>(
            world.ask(subscribe("p/s", estuary_of(i), i % 2 == 0 ? CopyForm{} : envelope)));
    world.publish("p/s", 1, 100);
    CHECK(world.engine->fanout().announced.load() > 0); // which counts anew after a start
    world.restart();                                    // what is announced survives a stop
    world.publish("p/s", 101, 200);
    world.wait_for_copies();
    auto const tail = world.stream("p/s")->head().tail;
    CHECK(world.read_all("p/s") == numbers(1, 200));
    for (int i : {0, 998}) {
        // Copies are in their order, and how far they may be missing is said.
        auto const copies = world.read_all(estuary_of(i));
        CHECK(copies.size() < numbers(1, 200).size());
        auto const facts = as<EstuaryFacts>(world.ask(LookAtEstuary{name_of(estuary_of(i))}));
        REQUIRE(facts.subscriptions.front().missed);
        auto const from = facts.subscriptions.front().missed->position;
        CHECK(copies.ends_with(numbers(1, 200).substr(from)));
    }
    for (int i : {1, 999}) {
        auto const copies = nlohmann::json::parse(world.read_all(estuary_of(i)));
        std::string known; // of the source, by what the envelopes say
        std::string before;
        for (auto const& one : copies) {
            std::string const at = one["offset"];
            CHECK(at > before);
            before = at;
            known = one["type"] == "data" ? known + std::string(one["payload"])
                                          : numbers(1, 200).substr(0, parse_offset(at)->position);
        }
        CHECK(known == numbers(1, 200));
        CHECK(before == format_offset(tail));
    }
    world.options.fanout.backlog_bytes = 1'000'000;
    world.restart();
    as<Appended>(world.ask(append("p/s", "more;")));
    world.wait_for_copies();
    CHECK(world.read_all(estuary_of(0)).ends_with("more;"));
}

TEST_CASE("estuary: a segment stays in the hot log until it has been copied") {
    EstuaryWorld world(0);
    auto const objects = SwitchedStore::none();
    world.options.segment.messages = 5;
    world.options.open_store = [&](DataDirectory const&) -> Result<std::unique_ptr<ObjectStore>> {
        return std::unique_ptr<ObjectStore>(std::make_unique<SwitchedStore>(objects));
    };
    world.restart();
    as<Created>(world.ask(create("p/s")));
    for (int i = 0; i < 300; ++i)
        as<Subscribed>(world.ask(subscribe("p/s", estuary_of(i))));
    for (int round = 0; round < 5; ++round)
        world.publish("p/s", round * 20, round * 20 + 19);
    world.wait_for_copies();
    for (int i = 0; i < 300; i += 7)
        CHECK(world.read_all(estuary_of(i)) == numbers(0, 99));
}

TEST_CASE("estuary: a failed commit takes back subscriptions and copies") {
    FailingDisk disk;
    EstuaryWorld world;
    as<Created>(world.ask(create("p/s")));
    as<Subscribed>(world.ask(subscribe("p/s", "p/a")));
    disk.set(Disk::full);
    CHECK(refusal(world.ask(append("p/s", "lost"))) == Refusal::storage_full);
    CHECK(refusal(world.ask(subscribe("p/s", "p/b"))) == Refusal::storage_full);
    CHECK(refusal(world.ask(unsubscribe("p/s", "p/a"))) == Refusal::storage_full);
    CHECK(refusal(world.ask(RemoveEstuary{name_of("p/a")})) == Refusal::storage_full);
    disk.set(Disk::well);
    CHECK(world.sources_of("p/a") == std::vector<std::string>{"p/s"});
    CHECK_FALSE(world.is_there("p/b"));
    as<Appended>(world.ask(append("p/s", "kept")));
    world.clock.advance(std::chrono::seconds(2)); // the pause after a failure
    as<Appended>(world.ask(append("p/s", "2")));
    world.wait_for_copies();
    CHECK(world.read_all("p/a") == "kept2");
    CHECK(world.engine->fanout().failures.load() > 0);
}

TEST_CASE("estuary: a body that a stop left behind is not taken for one that comes after") {
    EstuaryWorld world;
    as<Created>(world.ask(create("p/s")));
    for (int i = 0; i < 20; ++i)
        as<Subscribed>(world.ask(subscribe("p/s", estuary_of(i))));
    auto const path = world.engine->parts().directory.lane_paths().front();
    world.stop();
    {
        auto database = sqlite::Database::open(path, sqlite::Open::read_write);
        REQUIRE(database);
        REQUIRE(database->execute("WITH RECURSIVE row(seq) AS (VALUES (1) UNION ALL "
                                  "SELECT seq + 1 FROM row WHERE seq < 4000) "
                                  "INSERT INTO payload (id, body) SELECT 2 * seq, x'00' FROM row"));
    }
    world.start();
    std::string const large(5'000, 'x');
    as<Appended>(world.ask(append("p/s", large)));
    world.wait_for_copies();
    world.restart();
    CHECK(world.read_all(estuary_of(0)) == large);
    CHECK(world.read_all(estuary_of(19)) == large);
}
