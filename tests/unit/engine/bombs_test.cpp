// No append, and nothing that is owed, ends the engine: what it becomes is bounded, and what cannot
// be written fails alone.
#include "fakes/estuary_world.h"
#include "fakes/old_lane.h"
#include "storage/sqlite.h"
#include "upkeep/operations.h"
#include "upkeep/verify.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <string>
#include <thread>

using namespace ds;
using namespace ds::test;

namespace {

constexpr CopyForm k_envelope{CopyMode::envelope, 0};

// As many messages as an append may have: in envelopes ten times as large.
std::string bomb() {
    auto const number = "1" + std::string(30, '0');
    std::string text = "[" + number;
    while (text.size() < 8 * k_mib - 64)
        text += "," + number;
    return text + "]";
}

void change(std::string const& path, std::string const& sql) {
    auto database = sqlite::Database::open(path, sqlite::Open::read_write);
    REQUIRE(database);
    auto const done = database->execute(sql.c_str());
    REQUIRE_MESSAGE(done, (done ? "" : done.error().what));
}

// From now on no row of this stream can be written.
void forbid_rows_of(EstuaryWorld& world, std::string const& name) {
    auto const id = std::to_string(world.stream(name)->id);
    auto const path = world.engine->parts().directory.lane_paths().front();
    world.stop();
    change(path, "CREATE TRIGGER refuse BEFORE INSERT ON log_0 WHEN NEW.stream = " + id +
                     " BEGIN SELECT RAISE(ABORT, 'not this row'); END");
    world.start();
}

void allow_all_rows(EstuaryWorld& world) {
    auto const path = world.engine->parts().directory.lane_paths().front();
    world.stop();
    change(path, "DROP TRIGGER refuse");
    world.start();
}

bool is_true(EstuaryWorld& world) {
    auto const everything = [](auto, auto, auto&) { return true; };
    return upkeep::verify_lanes(world.engine->parts().directory.lane_paths(), nullptr, {},
                                everything)
        .has_value();
}

// Lets time pass, and the lane notice, until a source is set aside.
void wait_until_set_aside(EstuaryWorld& world) {
    auto const until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (world.engine->fanout().set_aside.load() == 0) {
        REQUIRE(std::chrono::steady_clock::now() < until);
        world.clock.advance(std::chrono::seconds(2));
        as<Appended>(world.ask(append("p/other", "x")));
        // Copies are tried again when nobody has asked for a millisecond.
        auto const idle = std::chrono::steady_clock::now() + std::chrono::milliseconds(3);
        while (std::chrono::steady_clock::now() < idle)
            std::this_thread::yield();
    }
}

} // namespace

TEST_CASE("bombs: one append and many envelopes of it stay small, and survive a stop") {
    for (std::size_t const inline_max : {0, 17}) {
        EstuaryWorld world(inline_max);
        auto const source = "p/" + std::string(165, 's');
        as<Created>(world.ask(create(source, "application/json")));
        for (int i = 0; i < 17; ++i)
            as<Subscribed>(world.ask(subscribe(source, estuary_of(i), k_envelope)));
        as<Appended>(world.ask(append(source, bomb(), "application/json")));
        world.restart();
        world.wait_for_copies();
        auto const tail = format_offset(world.stream(source)->head().tail);
        for (int i = 0; i < 17; ++i) {
            auto const text = world.read_all(estuary_of(i));
            CHECK(text.size() < 1000);
            auto const notice = nlohmann::json::parse(text);
            REQUIRE(notice.size() == 1);
            CHECK(notice[0]["type"] == "notify");
            CHECK(notice[0]["offset"] == tail);
        }
        CHECK(is_true(world));
    }
}

TEST_CASE("bombs: escapes along a chain stop growing") {
    EstuaryWorld world;
    as<Created>(world.ask(create("p/s")));
    auto source = std::string("p/s");
    for (int i = 0; i < 8; ++i) {
        as<Subscribed>(world.ask(subscribe(source, estuary_of(i), k_envelope)));
        source = estuary_of(i);
    }
    CHECK(refusal(world.ask(subscribe(source, "p/last", k_envelope))) == Refusal::estuary_chain);
    CHECK_FALSE(world.is_there("p/last"));
    as<Appended>(world.ask(append("p/s", std::string(4 * k_mib, '"'))));
    world.wait_for_copies();
    for (int i = 0; i < 8; ++i) {
        auto const text = world.read_all(estuary_of(i));
        CHECK(text.size() <= k_enclosed_max + 2);
        CHECK(nlohmann::json::parse(text).size() == 1);
    }
}

TEST_CASE("bombs: subscribers with thresholds of their own cost little each") {
    EstuaryWorld world(0);
    as<Created>(world.ask(create("p/s", "application/json")));
    for (std::uint64_t i = 0; i < 40; ++i)
        as<Subscribed>(world.ask(
            subscribe("p/s", estuary_of(static_cast<int>(i)), {CopyMode::envelope, i + 1})));
    std::string text = R"(["x")";
    for (std::size_t i = 0; i < 200'000; ++i)
        text += ",\"" + std::string(i % 40, 'x') + "\"";
    as<Appended>(world.ask(append("p/s", text + "]", "application/json")));
    world.wait_for_copies();
    for (int i = 0; i < 40; ++i)
        CHECK(world.stream(estuary_of(i))->rotation()->holdings().hot_bytes <=
              k_partly_enclosed_max);
}

TEST_CASE("bombs: what an older server still owes is paid in bounded pieces") {
    EstuaryWorld world;
    as<Created>(world.ask(create("p/s", "application/json")));
    as<Appended>(world.ask(append("p/s", bomb(), "application/json")));
    for (int i = 0; i < 17; ++i)
        as<Subscribed>(world.ask(subscribe("p/s", estuary_of(i), k_envelope)));
    auto const path = world.engine->parts().directory.lane_paths().front();
    auto const id = std::to_string(world.stream("p/s")->id);
    world.stop();
    change(path, "UPDATE subscription SET since = 0, since_position = 0");
    change(path, "INSERT INTO fanout (source, position, served) VALUES (" + id + ", 0, 0)");
    {
        auto database = sqlite::Database::open(path, sqlite::Open::read_write);
        REQUIRE(database);
        make_version_5(*database);
    }
    change(world.options.data + "/ds.db",
           "UPDATE lane SET mark = '', starts = 0"); // as it was then
    world.start();
    world.wait_for_copies();
    for (int i = 0; i < 17; ++i)
        CHECK(nlohmann::json::parse(world.read_all(estuary_of(i)))[0]["type"] == "notify");
    CHECK(is_true(world));
}

TEST_CASE("bombs: a row that cannot be written fails alone") {
    EstuaryWorld world;
    for (auto const* name : {"p/bad", "p/good"})
        as<Created>(world.ask(create(name)));
    forbid_rows_of(world, "p/bad");
    int kept = 0;
    for (int round = 0; round < 20; ++round) {
        std::vector<Ticket> good;
        auto const bad = world.courier->submit(append("p/bad", "x")).value();
        for (int i = 0; i < 3; ++i)
            good.push_back(world.courier->submit(append("p/good", "y")).value());
        CHECK(refusal(world.courier->wait(bad)) == Refusal::storage_failing);
        for (auto const ticket : good) {
            bool const appended = std::holds_alternative<Appended>(world.courier->wait(ticket));
            kept += appended ? 1 : 0;
            CHECK((appended || round == 0)); // until then nobody knew
        }
    }
    CHECK_FALSE(world.engine->sickness()); // the disk is well
    CHECK(world.read_all("p/good") == std::string(static_cast<std::size_t>(kept), 'y'));
    CHECK(world.read_all("p/bad").empty());
    allow_all_rows(world);
    as<Appended>(world.ask(append("p/bad", "z")));
    CHECK(world.read_all("p/bad") == "z");
}

TEST_CASE("bombs: copies that cannot be made are set aside, told, and given up") {
    EstuaryWorld world;
    for (auto const* name : {"p/s", "p/other"})
        as<Created>(world.ask(create(name)));
    as<Subscribed>(world.ask(subscribe("p/s", "p/e")));
    as<Subscribed>(world.ask(subscribe("p/s", "p/f", k_envelope)));
    forbid_rows_of(world, "p/e");
    CHECK(refusal(world.ask(append("p/s", "0;"))) == Refusal::storage_failing);
    for (int i = 1; i <= 5; ++i) // from then on the owner does not suffer
        as<Appended>(world.ask(append("p/s", std::to_string(i) + ";")));
    wait_until_set_aside(world);
    CHECK_FALSE(world.engine->sickness());
    as<Appended>(world.ask(append("p/s", "6;")));

    world.restart(); // it stays aside
    CHECK(world.engine->fanout().set_aside.load() == 1);
    CHECK(is_true(world));
    upkeep::Operations operations(*world.engine);
    auto const report = operations.directory();
    REQUIRE(report);
    REQUIRE(report->set_aside.size() == 1);
    CHECK(report->set_aside[0].stream == "p/s");
    CHECK(report->set_aside[0].from == Offset{0, 0});
    CHECK(report->set_aside[0].error.find("not this row") != std::string::npos);
    CHECK(world.read_all("p/f").empty());

    CHECK(operations.skip_copies("p/nothing").error().fault == Fault::missing);
    CHECK_FALSE(*operations.skip_copies("p/other"));
    CHECK(*operations.skip_copies("p/s") == Offset{0, 0});
    CHECK_FALSE(*operations.skip_copies("p/s"));
    CHECK(world.engine->fanout().set_aside.load() == 0);
    CHECK(world.engine->fanout().sources_behind.load() == 0);
    auto const tail = world.stream("p/s")->head().tail;
    auto const missed = [&](std::string const& estuary) {
        auto const facts = as<EstuaryFacts>(world.ask(LookAtEstuary{name_of(estuary)}));
        return facts.subscriptions.at(0).missed;
    };
    CHECK(missed("p/e") == tail);
    CHECK(missed("p/f") == tail);
    allow_all_rows(world);
    CHECK(missed("p/e") == tail);
    as<Appended>(world.ask(append("p/s", "7;")));
    world.wait_for_copies();
    CHECK(world.read_all("p/e") == "7;");
    CHECK(world.read_all("p/s") == numbers(1, 7));
    CHECK(is_true(world));
}

TEST_CASE("bombs: who set aside is not waited for by what is to end") {
    EstuaryWorld world;
    for (auto const* name : {"p/s", "p/other"})
        as<Created>(world.ask(create(name)));
    as<Subscribed>(world.ask(subscribe("p/s", "p/e")));
    as<Subscribed>(world.ask(subscribe("p/s", "p/f")));
    forbid_rows_of(world, "p/e");
    CHECK(refusal(world.ask(append("p/s", "0;"))) == Refusal::storage_failing);
    as<Appended>(world.ask(append("p/s", "1;")));
    wait_until_set_aside(world);
    as<Unsubscribed>(world.ask(unsubscribe("p/s", "p/f")));
    as<Removed>(world.ask(Remove{name_of("p/s")}));
    CHECK(world.engine->fanout().set_aside.load() == 0);
    CHECK(world.engine->fanout().subscriptions.load() == 0);
    world.restart();
    CHECK(is_true(world));
}

TEST_CASE("bombs: a row of the source that is damaged sets its copies aside") {
    EstuaryWorld world(0);
    world.options.tail_cache_bytes = 0;
    world.restart();
    as<Created>(world.ask(create("p/s", "application/json")));
    as<Created>(world.ask(create("p/other")));
    as<Subscribed>(world.ask(subscribe("p/s", "p/e")));
    as<Appended>(world.ask(append("p/s", "[1]", "application/json")));
    world.wait_for_copies();
    auto const path = world.engine->parts().directory.lane_paths().front();
    auto const id = std::to_string(world.stream("p/s")->id);
    world.stop();
    change(path, "INSERT INTO fanout (source, position, served) VALUES (" + id + ", 0, 0)");
    change(path, "UPDATE log_0 SET payload = 999, body = x'' WHERE stream = " + id);
    world.start();
    wait_until_set_aside(world);
    CHECK(*upkeep::Operations(*world.engine).skip_copies("p/s") == Offset{0, 0});
    as<Appended>(world.ask(append("p/s", "[2]", "application/json")));
    world.wait_for_copies();
    CHECK(world.read_all("p/e") == "[1,2]");
}

TEST_CASE("bombs: estuaries and subscriptions of a project have a bound") {
    EstuaryWorld world;
    for (auto const* name : {"p/s", "p/t", "q/s"})
        as<Created>(world.ask(create(name)));
    auto const ask_for = [&](std::string const& source, std::string const& estuary,
                             std::uint64_t most) {
        auto wanted = subscribe(source, estuary);
        wanted.estuaries_max = most;
        return world.ask(wanted);
    };
    as<Subscribed>(ask_for("p/s", "p/a", 2));
    as<Subscribed>(ask_for("p/s", "p/b", 2));
    CHECK(refusal(ask_for("p/s", "p/c", 2)) == Refusal::too_many_estuaries);
    as<Subscribed>(ask_for("p/t", "p/a", 2)); // one that is there
    as<Subscribed>(ask_for("p/s", "p/a", 2));
    as<Subscribed>(ask_for("q/s", "q/a", 2)); // another project
    world.restart();
    CHECK(refusal(ask_for("p/s", "p/c", 2)) == Refusal::too_many_estuaries);
    as<EstuaryRemoved>(world.ask(RemoveEstuary{name_of("p/b")}));
    as<Subscribed>(ask_for("p/s", "p/c", 2));
    CHECK(refusal(ask_for("p/s", "p/d", 2)) == Refusal::too_many_estuaries);
    for (std::uint64_t i = 0; i < 2 * k_subscriptions_for_each - 3; ++i) {
        auto const source = "p/more-" + std::to_string(i);
        as<Created>(world.ask(create(source)));
        as<Subscribed>(ask_for(source, "p/a", 2));
    }
    as<Created>(world.ask(create("p/last")));
    CHECK(refusal(ask_for("p/last", "p/a", 2)) == Refusal::too_many_estuaries);
    as<Unsubscribed>(world.ask(unsubscribe("p/t", "p/a")));
    as<Subscribed>(ask_for("p/last", "p/a", 2));
}
