// The engine as a whole: asks in, answers out, over restarts and failing disks.
#include "engine/engine.h"
#include "fakes/failing_disk.h"
#include "fakes/manual_clock.h"
#include "fakes/temp_directory.h"
#include "fakes/waiting_courier.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

namespace ds {

namespace {

StreamName name_of(std::string const& text) {
    auto name = parse_stream_name(text);
    REQUIRE(name);
    return *name;
}

Ask create(std::string const& name, std::string type = "text/plain",
           Lifetime lifetime = Forever{}) {
    Create ask;
    ask.name = name_of(name);
    ask.content_type = std::move(type);
    ask.lifetime = lifetime;
    return ask;
}

Append append(std::string const& name, std::string body, std::string const& type = "text/plain") {
    Append ask;
    ask.name = name_of(name);
    ask.content_type = type;
    ask.body_was_empty = body.empty();
    ask.messages = split_messages(Bytes(std::move(body)), is_json_type(type));
    return ask;
}

Append numbered(std::string const& name, std::string body, std::string id, std::uint64_t sequence) {
    auto ask = append(name, std::move(body));
    ask.producer = ProducerClaim{std::move(id), {0, sequence}};
    return ask;
}

Ask fork(std::string const& name, std::string const& source, std::optional<Offset> at = {}) {
    Create ask;
    ask.name = name_of(name);
    ask.fork = ForkOf{name_of(source), at, 0};
    return ask;
}

template <typename T>
T const& as(Answer const& answer) {
    REQUIRE(std::holds_alternative<T>(answer));
    return std::get<T>(answer);
}
Refusal refusal(Answer const& answer) {
    return as<Refused>(answer).why;
}

// A server's worth of engine that can be restarted.
struct World {
    test::TempDirectory home;
    test::ManualClock clock;
    EngineOptions options;
    std::unique_ptr<Engine> engine;
    std::unique_ptr<test::WaitingCourier> courier;

    World() {
        options.data = home.path() + "/data";
        start();
    }
    ~World() { stop(); }
    void start() {
        auto opened = Engine::open(options, clock);
        REQUIRE_MESSAGE(opened, (opened ? "" : opened.error().what));
        engine = *std::move(opened);
        courier = std::make_unique<test::WaitingCourier>(*engine);
    }
    void stop() {
        engine.reset();
        courier.reset();
    }
    void restart() {
        stop();
        start();
    }
    Answer ask(Ask asked) { return courier->ask(std::move(asked)); }
    std::shared_ptr<Stream> stream(std::string const& name) {
        auto found = engine->find(name_of(name));
        REQUIRE(std::holds_alternative<std::shared_ptr<Stream>>(found));
        return std::get<std::shared_ptr<Stream>>(found);
    }
    std::string read_all(std::string const& name) {
        auto const followed = stream(name);
        std::string all;
        for (std::uint64_t at = 0; at < followed->head().end;) {
            auto const page = courier->page(followed, at);
            REQUIRE(page);
            REQUIRE(page->end > at);
            all += page->body.view();
            at = page->end;
        }
        return all;
    }
};

} // namespace

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

TEST_CASE("engine: a sliding lifetime is renewed by touch and ends without it") {
    World world;
    world.ask(create("p/s", "text/plain", Ttl{std::chrono::seconds(10)}));
    world.clock.advance(std::chrono::seconds(8));
    world.engine->touch(world.stream("p/s"));
    world.clock.advance(std::chrono::seconds(8));
    auto const held = world.stream("p/s");
    held->attach();
    world.clock.advance(std::chrono::seconds(100));
    CHECK(world.stream("p/s") == held);
    held->detach(world.clock.now());
    world.clock.advance(std::chrono::seconds(10));
    CHECK(std::get<Refusal>(world.engine->find(name_of("p/s"))) == Refusal::stream_not_found);
    CHECK_FALSE(as<Created>(world.ask(create("p/s"))).existed);
    CHECK(world.stream("p/s") != held);
    world.restart();
    CHECK(world.read_all("p/s").empty());
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

TEST_CASE("engine: the rows of a deleted stream leave the log") {
    World world;
    world.ask(create("p/s"));
    for (int i = 0; i < 100; ++i)
        world.ask(append("p/s", "some bytes"));
    world.ask(Remove{name_of("p/s")});
    world.restart();
    // Whatever was not swept before the restart is swept after it.
    for (int i = 0; i < 100; ++i)
        world.ask(Remove{name_of("p/nothing")});
    world.restart();
    CHECK(world.engine->recovered_rows() == 0);
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

} // namespace ds
