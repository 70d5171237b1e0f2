// Promises of estuaries: who gets what, how long they live, and what is refused.
#include "fakes/cold_world.h"
#include "fakes/estuary_world.h"
#include "storage/sqlite.h"
#include "upkeep/verify.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace ds;
using namespace ds::test;

TEST_CASE("estuary: what is appended is copied, from the join on, in order") {
    for (auto const inline_max : {16U, 0U}) {
        CAPTURE(inline_max);
        EstuaryWorld world(inline_max);
        as<Created>(world.ask(create("p/s")));
        world.publish("p/s", 1, 3);
        auto const first = as<Subscribed>(world.ask(subscribe("p/s", "p/a")));
        CHECK(first.is_new);
        CHECK(format_offset(first.since) == "0000000000000000_0000000000000006");
        world.publish("p/s", 4, 6);
        as<Subscribed>(world.ask(subscribe("p/s", "p/b")));
        world.publish("p/s", 7, 9);
        world.wait_for_copies();
        CHECK(world.read_all("p/a") == numbers(4, 9));
        CHECK(world.read_all("p/b") == numbers(7, 9));
        auto const again = as<Subscribed>(world.ask(subscribe("p/s", "p/a")));
        CHECK_FALSE(again.is_new);
        CHECK(again.since == first.since);
        world.restart();
        CHECK(world.read_all("p/a") == numbers(4, 9));
        world.publish("p/s", 10, 12);
        world.wait_for_copies();
        CHECK(world.read_all("p/a") == numbers(4, 12));
        CHECK(world.read_all("p/b") == numbers(7, 12));
    }
}

TEST_CASE("estuary: an append is answered before its copies are made, if there are many") {
    EstuaryWorld world(4);
    as<Created>(world.ask(create("p/s")));
    auto published = append("p/s", "0;");
    published.publishes = true;
    auto const told = [&] { return as<Appended>(world.ask(published)).fanout.value(); };
    CHECK(told().mode == FanoutTold::Mode::skipped);
    for (int i = 0; i < 4; ++i)
        as<Subscribed>(world.ask(subscribe("p/s", estuary_of(i))));
    CHECK(told().mode == FanoutTold::Mode::made);
    CHECK(told().copies == 4);
    as<Subscribed>(world.ask(subscribe("p/s", estuary_of(4))));
    auto const queued = told();
    CHECK(queued.mode == FanoutTold::Mode::queued);
    CHECK(queued.subscribers == 5);
    CHECK(queued.copies == 0);
    world.wait_for_copies();
    CHECK(world.read_all(estuary_of(0)) == "0;0;0;");
    CHECK(world.read_all(estuary_of(4)) == "0;");
}

TEST_CASE("estuary: it lives as long as it is used, and takes its subscriptions along") {
    EstuaryWorld world;
    as<Created>(world.ask(create("p/s")));
    auto const half = std::chrono::duration_cast<std::chrono::milliseconds>(k_estuary_ttl) / 2;
    for (auto const* name : {"p/touched", "p/read", "p/subscribed", "p/copied", "p/gone"})
        as<Subscribed>(world.ask(subscribe("p/s", name)));
    for (int i = 0; i < 2; ++i) {
        world.clock.advance(half);
        CHECK(as<Touched>(world.ask(TouchEstuary{name_of("p/touched")})).expires_ms ==
              count_ms(world.clock.now() + k_estuary_ttl));
        if (i == 0) {
            as<Subscribed>(world.ask(subscribe("p/s", "p/subscribed")));
            world.engine->touch(world.stream("p/read"));
            as<EstuaryRemoved>(world.ask(RemoveEstuary{name_of("p/gone")}));
        }
        // Copies do not keep anybody alive.
        as<Appended>(world.ask(append("p/s", "x")));
        world.restart();
    }
    world.clock.advance(std::chrono::minutes(2)); // the grace of a restart
    CHECK(refusal(world.ask(TouchEstuary{name_of("p/copied")})) == Refusal::estuary_not_found);
    CHECK(refusal(world.ask(LookAtEstuary{name_of("p/gone")})) == Refusal::estuary_not_found);
    CHECK(world.read_all("p/touched") == "xx");
    CHECK(world.read_all("p/read") == "xx");
    CHECK(world.read_all("p/subscribed") == "xx");
    CHECK(world.engine->fanout().subscriptions.load() == 3);
    CHECK(world.engine->fanout().estuaries.load() == 3);
    // An estuary that is made anew has none of the old one's subscriptions.
    CHECK(as<Subscribed>(world.ask(subscribe("p/s", "p/copied"))).is_new);
    as<Unsubscribed>(world.ask(unsubscribe("p/s", "p/copied")));
    as<Appended>(world.ask(append("p/s", "y")));
    CHECK(world.read_all("p/copied").empty());
}

TEST_CASE("estuary: it has so many sources, and ends with all of them") {
    EstuaryWorld world;
    constexpr int k_most = 10'000;
    auto const source = [](int i) { return "p/s" + std::to_string(i); };
    std::vector<Ticket> tickets;
    auto const wait_for_all = [&] {
        for (auto const ticket : tickets)
            CHECK_FALSE(std::holds_alternative<Refused>(world.courier->wait(ticket)));
        tickets.clear();
    };
    for (int from = 0; from <= k_most; from += 1000) {
        for (int i = from; i < std::min(from + 1000, k_most + 1); ++i)
            tickets.push_back(world.courier->submit(create(source(i))).value());
        wait_for_all();
        for (int i = from; i < std::min(from + 1000, k_most); ++i)
            tickets.push_back(world.courier->submit(subscribe(source(i), "p/all")).value());
        wait_for_all();
    }
    CHECK(refusal(world.ask(subscribe(source(k_most), "p/all"))) == Refusal::too_many_estuaries);
    // Known ones are confirmed as ever.
    as<Subscribed>(world.ask(subscribe(source(7), "p/all")));
    auto const all = world.sources_of("p/all");
    CHECK(all.size() == k_most);
    CHECK(all.front() == source(0));
    CHECK(all.back() == source(k_most - 1));
    as<Unsubscribed>(world.ask(unsubscribe(source(4), "p/all")));
    CHECK(world.sources_of("p/all").size() == k_most - 1);
    as<EstuaryRemoved>(world.ask(RemoveEstuary{name_of("p/all")}));
    CHECK_FALSE(world.is_there("p/all"));
    as<Subscribed>(world.ask(subscribe(source(k_most), "p/all")));
    CHECK(world.sources_of("p/all") == std::vector<std::string>{source(k_most)});
}

TEST_CASE("estuary: a stream that is deleted or closed gets no more copies") {
    EstuaryWorld world;
    as<Created>(world.ask(create("p/s")));
    as<Subscribed>(world.ask(subscribe("p/s", "p/deleted")));
    as<Subscribed>(world.ask(subscribe("p/s", "p/closed")));
    as<Removed>(world.ask(Remove{name_of("p/deleted")}));
    auto closing = append("p/closed", "");
    closing.close = true;
    as<Appended>(world.ask(closing));
    as<Appended>(world.ask(append("p/s", "x")));
    CHECK(world.engine->fanout().subscriptions.load() == 0);
    CHECK_FALSE(world.is_there("p/deleted"));
    CHECK(world.read_all("p/closed").empty());
    CHECK(refusal(world.ask(subscribe("p/s", "p/closed"))) == Refusal::stream_closed);
    world.restart();
    CHECK(world.sources_of("p/closed").empty());
}

TEST_CASE("estuary: what cannot be subscribed is refused and changes nothing") {
    EstuaryWorld world;
    as<Created>(world.ask(create("p/s")));
    as<Created>(world.ask(create("p/json", "application/json")));
    as<Subscribed>(world.ask(subscribe("p/s", "p/a")));
    as<Subscribed>(world.ask(subscribe("p/a", "p/b")));
    as<Subscribed>(world.ask(subscribe("p/b", "p/c")));
    CopyForm const envelope{CopyMode::envelope, 0};
    CHECK(refusal(world.ask(subscribe("p/nothing", "p/x"))) == Refusal::stream_not_found);
    CHECK(refusal(world.ask(subscribe("p/s", "p/s"))) == Refusal::estuary_cycle);
    CHECK(refusal(world.ask(subscribe("p/c", "p/a"))) == Refusal::estuary_cycle);
    CHECK(refusal(world.ask(subscribe("p/s", "p/json"))) == Refusal::not_an_estuary);
    CHECK(refusal(world.ask(subscribe("p/json", "p/a"))) == Refusal::content_type_mismatch);
    CHECK(refusal(world.ask(subscribe("p/s", "p/a", envelope))) == Refusal::content_type_mismatch);
    as<Subscribed>(world.ask(subscribe("p/s", "p/j", envelope)));
    CHECK(refusal(world.ask(subscribe("p/s", "p/j", {CopyMode::envelope, 5}))) ==
          Refusal::subscribed_otherwise);
    CHECK(refusal(world.ask(TouchEstuary{name_of("p/s")})) == Refusal::estuary_not_found);
    CHECK(refusal(world.ask(RemoveEstuary{name_of("p/s")})) == Refusal::not_an_estuary);
    as<EstuaryRemoved>(world.ask(RemoveEstuary{name_of("p/x")}));
    CHECK_FALSE(world.is_there("p/x"));
    // A chain is no cycle.
    as<Appended>(world.ask(append("p/s", "x;")));
    world.wait_for_copies();
    CHECK(world.read_all("p/c") == "x;");
}

TEST_CASE("estuary: a large body is in the log once, and goes with its last copy") {
    EstuaryWorld world(0);
    world.options.tail_cache_bytes = 1000;
    world.restart();
    as<Created>(world.ask(create("p/s")));
    for (int i = 0; i < 50; ++i)
        as<Subscribed>(world.ask(subscribe("p/s", estuary_of(i))));
    CopyForm const envelope{CopyMode::envelope, 0};
    for (int i = 50; i < 100; ++i)
        as<Subscribed>(world.ask(subscribe("p/s", estuary_of(i), envelope)));
    std::string const large(100'000, 'x');
    auto const bodies = [&] {
        auto database = sqlite::Database::open(world.engine->parts().directory.lane_paths().front(),
                                               sqlite::Open::read_only);
        REQUIRE(database);
        auto const count = database->query_integer("SELECT count(*) FROM payload");
        auto const bytes = database->query_integer("SELECT sum(length(body)) FROM log_0");
        REQUIRE(count);
        REQUIRE(bytes);
        CHECK(*bytes < 1000);
        return *count;
    };
    as<Appended>(world.ask(append("p/s", large)));
    world.restart();
    world.wait_for_copies();
    CHECK(bodies() == 2);
    CHECK(world.read_all(estuary_of(0)) == large);
    CHECK(world.read_all(estuary_of(99)).size() > large.size());
    world.restart();
    CHECK(world.read_all(estuary_of(49)) == large);
    CHECK(upkeep::verify_lanes(world.engine->parts().directory.lane_paths(), nullptr, {},
                               [](auto, auto, auto&) { return true; }));
    as<Removed>(world.ask(Remove{name_of("p/s")}));
    for (int i = 0; i < 100; ++i)
        as<EstuaryRemoved>(world.ask(RemoveEstuary{name_of(estuary_of(i))}));
    CHECK(eventually([&] { return bodies() == 0; }));
}

TEST_CASE("estuary: an envelope says whose message it is") {
    EstuaryWorld world;
    as<Created>(world.ask(create("p/s")));
    as<Created>(world.ask(create("p/j", "application/json")));
    as<Created>(world.ask(create("p/b", "application/octet-stream")));
    CopyForm const envelope{CopyMode::envelope, 20};
    for (auto const* source : {"p/s", "p/j", "p/b"})
        as<Subscribed>(world.ask(subscribe(source, "p/e", envelope)));
    as<Appended>(world.ask(append("p/s", "a \"word\"\n")));
    as<Appended>(world.ask(append("p/j", R"([{"n":1},2])", "application/json")));
    as<Appended>(world.ask(append("p/b", "\xff\x01", "application/octet-stream")));
    as<Appended>(world.ask(append("p/s", std::string(21, 'x'))));
    auto const zeros = std::string("0000000000000000_00000000000000");
    CHECK(world.stream("p/e")->json);
    CHECK(world.read_all("p/e") ==
          R"([{"stream":"s","offset":")" + zeros +
              R"(09","type":"data","payload":"a \"word\"\n"},)" + R"({"stream":"j","offset":")" +
              zeros + R"(01","type":"data","payload":"{\"n\":1}"},)" +
              R"({"stream":"j","offset":")" + zeros + R"(02","type":"data","payload":"2"},)" +
              R"({"stream":"b","offset":")" + zeros +
              R"(02","type":"data","payload":"/wE=","encoding":"base64"},)" +
              R"({"stream":"s","offset":")" + zeros + R"(30","type":"notify"}])");
}

TEST_CASE("estuary: a pointer moves by acknowledgement alone, and never backwards") {
    EstuaryWorld world;
    as<Created>(world.ask(create("p/s")));
    as<Created>(world.ask(create("p/t")));
    as<Subscribed>(world.ask(subscribe("p/s", "p/e")));
    as<Subscribed>(world.ask(subscribe("p/t", "p/e")));
    world.publish("p/s", 1, 3);
    auto const acknowledge = [&](std::string const& source, std::uint64_t position) {
        return world.ask(Acknowledge{name_of("p/e"), {{name_of(source), {0, position}}}});
    };
    auto const pointers = [&] {
        auto const facts = as<EstuaryFacts>(world.ask(LookAtEstuary{name_of("p/e")}));
        REQUIRE(facts.subscriptions.size() == 2);
        CHECK_FALSE(facts.subscriptions[1].acknowledged);
        return facts.subscriptions[0].acknowledged;
    };
    CHECK_FALSE(pointers());
    as<EstuaryFacts>(acknowledge("p/s", 4));
    CHECK(pointers() == Offset{0, 4});
    as<EstuaryFacts>(acknowledge("p/s", 2));
    CHECK(pointers() == Offset{0, 4});
    CHECK(refusal(acknowledge("p/s", 7)) == Refusal::offset_beyond_tail);
    as<EstuaryFacts>(acknowledge("p/nothing", 1));
    world.restart();
    CHECK(pointers() == Offset{0, 4});
    as<EstuaryFacts>(acknowledge("p/s", 6));
    CHECK(pointers() == Offset{0, 6});
    // A subscription that is made anew has none.
    as<Unsubscribed>(world.ask(unsubscribe("p/s", "p/e")));
    as<Subscribed>(world.ask(subscribe("p/s", "p/e")));
    auto const facts = as<EstuaryFacts>(world.ask(LookAtEstuary{name_of("p/e")}));
    CHECK_FALSE(facts.subscriptions[1].acknowledged);
}

TEST_CASE("estuary: tables that contradict each other are found, and not served") {
    for (char const* damage : {"DELETE FROM estuary", "UPDATE subscription SET source = 99",
                               "UPDATE subscription SET estuary = 1",
                               "INSERT INTO fanout (source, position, served) "
                               "VALUES (1, 77, 0)",
                               "DELETE FROM payload"}) {
        CAPTURE(damage);
        EstuaryWorld world;
        as<Created>(world.ask(create("p/s")));
        as<Subscribed>(world.ask(subscribe("p/s", "p/e")));
        as<Appended>(world.ask(append("p/s", std::string(2000, 'x'))));
        auto const paths = world.engine->parts().directory.lane_paths();
        auto const everything = [](auto, auto, auto&) { return true; };
        CHECK(upkeep::verify_lanes(paths, nullptr, {}, everything));
        world.stop();
        {
            auto database = sqlite::Database::open(paths.front(), sqlite::Open::read_write);
            REQUIRE(database);
            REQUIRE(database->execute(damage));
        }
        CHECK_FALSE(upkeep::verify_lanes(paths, nullptr, {}, everything));
        bool const served = Engine::open(world.options, world.clock).has_value();
        // A body that is missing is found when it is read.
        CHECK(served == (std::string_view(damage) == "DELETE FROM payload"));
    }
}
