// Promises of the fan-out: each subscriber gets exactly what was appended while it subscribed,
// once, in order, whatever ends or fails in between.
#include "fakes/estuary_world.h"
#include "fakes/failing_disk.h"
#include "fakes/switched_store.h"
#include "storage/sqlite.h"

#include <doctest/doctest.h>

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

TEST_CASE("estuary: a source that owes too much refuses appends, and nothing is lost") {
    EstuaryWorld world(0);
    world.options.fanout.backlog_bytes = 300'000;
    world.restart();
    as<Created>(world.ask(create("p/s")));
    for (int i = 0; i < 1000; ++i)
        as<Subscribed>(world.ask(subscribe("p/s", estuary_of(i))));
    std::vector<Ticket> tickets;
    for (int i = 0; i < 200; ++i)
        tickets.push_back(world.courier->submit(append("p/s", "x")).value());
    std::string taken;
    for (auto const ticket : tickets) {
        auto const answer = world.courier->wait(ticket);
        if (std::holds_alternative<Appended>(answer))
            taken += "x";
        else
            CHECK(refusal(answer) == Refusal::fanout_behind);
    }
    CHECK(taken.size() > 1);
    CHECK(taken.size() < 200);
    CHECK(world.engine->fanout().refused.load() == 200 - taken.size());
    world.wait_for_copies();
    CHECK(world.read_all(estuary_of(0)) == taken);
    CHECK(world.read_all(estuary_of(999)) == taken);
    as<Appended>(world.ask(append("p/s", "y")));
    world.wait_for_copies();
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
    auto const path = world.engine->lane_paths().front();
    world.stop();
    {
        auto database = sqlite::Database::open(path, sqlite::Open::read_write);
        REQUIRE(database);
        REQUIRE(database->execute("WITH RECURSIVE row(seq) AS (VALUES (1) UNION ALL "
                                  "SELECT seq + 1 FROM row WHERE seq < 4000) "
                                  "INSERT INTO payload SELECT 2 * seq, x'00' FROM row"));
    }
    world.start();
    std::string const large(5'000, 'x');
    as<Appended>(world.ask(append("p/s", large)));
    world.wait_for_copies();
    world.restart();
    CHECK(world.read_all(estuary_of(0)) == large);
    CHECK(world.read_all(estuary_of(19)) == large);
}
