// The engine as a whole: asks in, answers out.
#include "engine/engine.h"
#include "fakes/engine_world.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

namespace ds {

using namespace test;

TEST_CASE("engine: a silent producer is forgotten after the retention, a busy one is not") {
    World world;
    world.ask(create("p/s"));
    world.ask(numbered("p/s", "a", "w", 0));
    world.clock.advance(std::chrono::hours(6 * 24));
    CHECK(as<Appended>(world.ask(numbered("p/s", "b", "w", 1))).producer == ProducerMark{0, 1});
    world.clock.advance(std::chrono::hours(6 * 24));
    CHECK(std::holds_alternative<Duplicate>(world.ask(numbered("p/s", "b", "w", 1))));
    world.clock.advance(std::chrono::hours(2 * 24));
    CHECK(refusal(world.ask(numbered("p/s", "c", "w", 2))) == Refusal::producer_sequence_gap);
    CHECK(std::holds_alternative<Appended>(world.ask(numbered("p/s", "c", "w", 0))));
}

TEST_CASE("engine: a sliding lifetime is renewed by touch and ends without it") {
    World world;
    world.ask(create("p/s", "text/plain", Ttl{std::chrono::seconds(10)}));
    world.clock.advance(std::chrono::seconds(8));
    world.engine->touch(world.stream("p/s"));
    world.clock.advance(std::chrono::seconds(8));
    auto const held = world.stream("p/s");
    held->lifespan.attach();
    world.clock.advance(std::chrono::seconds(100));
    CHECK(world.stream("p/s") == held);
    held->lifespan.detach(world.clock.now());
    world.clock.advance(std::chrono::seconds(10));
    CHECK(std::get<Refusal>(world.engine->find(name_of("p/s"))) == Refusal::stream_not_found);
    CHECK_FALSE(as<Created>(world.ask(create("p/s"))).existed);
    CHECK(world.stream("p/s") != held);
    world.restart();
    CHECK(world.read_all("p/s").empty());
}

TEST_CASE("engine: a deleted source lives on in its forks and goes with the last of them") {
    World world;
    world.ask(create("p/a"));
    world.ask(append("p/a", "abc"));
    CHECK(as<Created>(world.ask(fork("p/b", "p/a", Offset{0, 2}))).facts.tail == Offset{0, 2});
    world.ask(append("p/b", "X"));
    world.ask(fork("p/c", "p/b"));
    CHECK(std::holds_alternative<Removed>(world.ask(Remove{name_of("p/a")})));
    CHECK(std::holds_alternative<Removed>(world.ask(Remove{name_of("p/b")})));
    CHECK(refusal(world.ask(Remove{name_of("p/a")})) == Refusal::stream_gone);
    world.restart();
    CHECK(world.read_all("p/c") == "abX");
    CHECK(refusal(world.ask(create("p/b"))) == Refusal::name_soft_deleted);
    CHECK(refusal(world.ask(fork("p/d", "p/a"))) == Refusal::fork_source_gone);
    world.ask(Remove{name_of("p/c")});
    CHECK_FALSE(as<Created>(world.ask(create("p/a"))).existed);
    CHECK_FALSE(as<Created>(world.ask(create("p/b"))).existed);
    CHECK(world.read_all("p/b").empty());
}

TEST_CASE("engine: a fork of what is appended to in the same moment sees it whole") {
    World world;
    world.ask(create("p/a"));
    std::vector<Ticket> tickets;
    for (int round = 0; round < 50; ++round) {
        tickets.push_back(*world.courier->submit(append("p/a", "x")));
        tickets.push_back(*world.courier->submit(fork("p/f" + std::to_string(round), "p/a")));
    }
    for (auto const ticket : tickets)
        CHECK_FALSE(std::holds_alternative<Refused>(world.courier->wait(ticket)));
    for (int round = 0; round < 50; ++round)
        CHECK(world.read_all("p/f" + std::to_string(round)).size() ==
              static_cast<std::size_t>(round) + 1);
}

TEST_CASE("engine: forks stay in their project") {
    World world;
    world.ask(create("p/a"));
    CHECK(refusal(world.ask(fork("q/a", "p/a"))) == Refusal::fork_across_projects);
}

TEST_CASE("engine: forks of forks are read through, down to a bound") {
    World world;
    world.ask(create("p/0"));
    std::string expected;
    for (unsigned depth = 1; depth <= k_fork_depth_max; ++depth) {
        auto const below = "p/" + std::to_string(depth - 1);
        world.ask(append(below, "x"));
        CHECK_FALSE(as<Created>(world.ask(fork("p/" + std::to_string(depth), below))).existed);
        expected += "x";
    }
    auto const top = "p/" + std::to_string(k_fork_depth_max);
    CHECK(world.read_all(top) == expected);
    CHECK(refusal(world.ask(fork("p/more", top))) == Refusal::fork_too_deep);
    world.restart();
    CHECK(world.read_all(top) == expected);
}

TEST_CASE("engine: a watcher is told of every commit, once, after it is visible") {
    World world;
    world.ask(create("p/s"));
    auto const stream = world.stream("p/s");
    Life life{};
    CHECK(stream->watch(world.courier->number(), life).end == 0);
    for (int i = 0; i < 5; ++i)
        world.ask(append("p/s", "x"));
    world.ask(Remove{name_of("p/s")});
    auto const advances = world.courier->wait_for_advances(6);
    REQUIRE(advances.size() == 6);
    for (std::size_t i = 0; i < 5; ++i) {
        CHECK(advances[i]->from == i);
        CHECK(advances[i]->head.end == i + 1);
        REQUIRE(advances[i]->rows.size() == 1);
    }
    CHECK(advances[5]->ended);
}

TEST_CASE("engine: with several lanes every project finds its streams again") {
    World world;
    world.stop();
    world.options.data += "-wide";
    world.options.lanes = 3;
    world.start();
    for (int i = 0; i < 20; ++i) {
        auto const name = "project-" + std::to_string(i) + "/s";
        world.ask(create(name));
        world.ask(append(name, name));
    }
    world.restart();
    for (int i = 0; i < 20; ++i) {
        auto const name = "project-" + std::to_string(i) + "/s";
        CHECK(world.read_all(name) == name);
    }
}

TEST_CASE("engine: history beyond the tail cache comes from the log, byte for byte") {
    World world;
    world.options.tail_cache_bytes = 4096;
    world.restart();
    world.ask(create("p/s"));
    std::string all;
    for (int i = 0; i < 300; ++i) {
        auto const body = std::to_string(i) + std::string(2000, static_cast<char>('a' + i % 26));
        all += body;
        world.ask(append("p/s", body));
    }
    CHECK(world.read_all("p/s") == all);
    CHECK(world.read_all("p/s") == all); // now from rendered pages
}

TEST_CASE("engine: many who ask for one page of the log at once all get it") {
    World world;
    world.options.tail_cache_bytes = 4096;
    world.restart();
    world.ask(create("p/s"));
    for (int i = 0; i < 30; ++i)
        world.ask(append("p/s", std::string(20'000, static_cast<char>('a' + i))));
    auto const stream = world.stream("p/s");
    for (std::uint64_t const from : {0U, 590'000U}) { // a full page, and the last one
        auto const pages = world.courier->pages_later(stream, from, 50);
        REQUIRE(pages.size() == 50);
        for (auto const& page : pages) {
            REQUIRE(page);
            CHECK(page->start == (from == 0 ? 0 : 580'000)); // where its message begins
            CHECK(page->body == pages[0]->body);
            CHECK(page->up_to_date() == (from > 0));
        }
        CHECK(pages[0]->body.size() == (from == 0 ? 520'000 : 20'000));
    }
}

TEST_CASE("engine: who still holds a deleted stream is told so, not that it is empty") {
    World world;
    world.ask(create("p/s"));
    world.ask(append("p/s", "hello"));
    auto const held = world.stream("p/s");
    world.ask(Remove{name_of("p/s")});
    auto const page = world.courier->page(held, 0);
    REQUIRE_FALSE(page);
    CHECK(page.error().fault == Fault::invalid);
}

} // namespace ds
