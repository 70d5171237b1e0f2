// Promises of engine/roster and engine/payloads: turns, pauses, and changes that are taken back.
#include "engine/payloads.h"
#include "engine/roster.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

using namespace ds;

namespace {

constexpr Millis k_now{std::chrono::hours(1)};

std::shared_ptr<Stream> stream_of(std::int64_t id) {
    StreamRecord record;
    record.id = id;
    record.name = "p/s" + std::to_string(id);
    record.content_type = "text/plain";
    auto name = make_stream_name("p", "s" + std::to_string(id));
    REQUIRE(name);
    return std::make_shared<Stream>(record, *std::move(name), nullptr);
}

Head head_at(std::uint64_t end) {
    Head head;
    head.end = end;
    head.tail = {0, end};
    return head;
}

// Two sources with one estuary, which is fed by both.
struct Small {
    Roster roster;
    FanoutCounts counts;
    std::shared_ptr<Stream> first = stream_of(1), second = stream_of(2), estuary = stream_of(3);

    Small() {
        roster.count_in(counts);
        roster.add_estuary(estuary);
        roster.subscribe(first, estuary, head_at(5), {});
        roster.subscribe(second, estuary, head_at(7), {});
        roster.keep();
    }
    FanoutSource& source(std::shared_ptr<Stream> const& stream) { return *roster.source(*stream); }
    void owe(std::shared_ptr<Stream> const& stream) {
        roster.set_debt(source(stream), FanoutSource::Debt{5, 0, 1, 100});
        roster.keep();
    }
};

} // namespace

TEST_CASE("roster: what is undone has not happened") {
    Small small;
    auto& roster = small.roster;
    auto& source = small.source(small.first);
    small.owe(small.first);
    auto const before = source.subscriptions.front();
    roster.acknowledge(source.subscriptions.front(), source, {0, 9});
    roster.set_debt(source, std::nullopt);
    roster.unsubscribe(source, before.id);
    roster.subscribe(small.first, small.estuary, head_at(20), {CopyMode::envelope, 4});
    roster.remove_source(*small.first);
    CHECK(roster.source(*small.first) == nullptr);
    roster.undo();
    REQUIRE(roster.source(*small.first) == &source);
    REQUIRE(source.subscriptions.size() == 1);
    CHECK(source.subscriptions.front().id == before.id);
    CHECK(source.subscriptions.front().since == 5);
    CHECK_FALSE(source.subscriptions.front().acknowledged);
    CHECK(source.debt->position == 5);
    CHECK(roster.estuary(*small.estuary)->subscriptions.size() == 2);
    CHECK(roster.turns().next(FanoutTurns::Failing::too) == &source);
    roster.keep();
    CHECK(small.counts.subscriptions == 2);
    CHECK(small.counts.sources_behind == 1);
}

TEST_CASE("roster: those that owe copies take turns") {
    Small small;
    small.owe(small.first);
    small.owe(small.second);
    auto& roster = small.roster;
    for (int i = 0; i < 3; ++i)
        for (auto const& stream : {small.first, small.second}) {
            auto* const source = roster.turns().next(FanoutTurns::Failing::skipped);
            REQUIRE(source != nullptr);
            CHECK(source->stream == stream);
            roster.turns().give(*source);
        }
    roster.set_debt(small.source(small.first), std::nullopt);
    CHECK(roster.turns().next(FanoutTurns::Failing::skipped) == &small.source(small.second));
    CHECK(roster.turns().next(FanoutTurns::Failing::skipped) == nullptr);
}

TEST_CASE("roster: after five failures in a row a source pauses, and one trial decides") {
    Small small;
    small.owe(small.first);
    auto& roster = small.roster;
    auto& source = small.source(small.first);
    auto now = k_now;
    for (unsigned i = 1; i < k_circuit_failures; ++i) {
        roster.note_failed({1}, now);
        CHECK_FALSE(source.circuit_is_open());
        CHECK(roster.turns().next(FanoutTurns::Failing::too) == nullptr);
        CHECK(roster.next_turn_at(now) == now + k_fanout_retry);
        now += k_fanout_retry;
        roster.turns().end_pauses(now);
        CHECK(roster.turns().next(FanoutTurns::Failing::skipped) == nullptr);
        REQUIRE(roster.turns().next(FanoutTurns::Failing::too) == &source);
    }
    for (int trial = 0; trial < 2; ++trial) {
        roster.note_failed({1}, now);
        CHECK(source.circuit_is_open());
        CHECK(small.counts.circuits_open == 1);
        now += k_circuit_pause - std::chrono::milliseconds(1);
        roster.turns().end_pauses(now);
        CHECK(roster.turns().next(FanoutTurns::Failing::too) == nullptr);
        now += std::chrono::milliseconds(1);
        roster.turns().end_pauses(now);
        REQUIRE(roster.turns().next(FanoutTurns::Failing::too) == &source);
    }
    roster.note_made({1});
    CHECK_FALSE(source.circuit_is_open());
    CHECK(small.counts.circuits_open == 0);
    CHECK(source.debt); // nothing is dropped
    roster.turns().give(source);
    CHECK(roster.turns().next(FanoutTurns::Failing::skipped) == &source);
}

TEST_CASE("roster: what feeds what is found through others") {
    Small small;
    auto const last = stream_of(4);
    small.roster.add_estuary(last);
    small.roster.subscribe(small.estuary, last, head_at(0), {});
    CHECK(small.roster.feeds(*small.first, *last));
    CHECK(small.roster.feeds(*small.estuary, *last));
    CHECK(small.roster.feeds(*last, *last));
    CHECK_FALSE(small.roster.feeds(*last, *small.first));
    CHECK_FALSE(small.roster.feeds(*small.first, *small.second));
}

TEST_CASE("payloads: a body goes when no row refers to it, and not before") {
    Payloads payloads;
    payloads.make(10);
    payloads.add_reference(10);
    payloads.add_reference(10);
    payloads.keep();
    payloads.drop_reference(10);
    payloads.keep();
    CHECK(payloads.take_unused(5).empty());
    payloads.drop_reference(10);
    payloads.undo();
    payloads.drop_reference(10);
    payloads.keep();
    CHECK(payloads.take_unused(5) == std::vector<std::int64_t>{10});
    payloads.undo(); // the commit failed
    CHECK(payloads.has(10));
    CHECK(payloads.has_unused());
    // It is in use again.
    payloads.add_reference(10);
    payloads.keep();
    CHECK(payloads.take_unused(5).empty());
    payloads.make(12);
    payloads.add_reference(12);
    payloads.undo();
    CHECK_FALSE(payloads.has(12));
    payloads.drop_reference(10);
    CHECK(payloads.take_unused(5) == std::vector<std::int64_t>{10});
    payloads.keep();
    CHECK_FALSE(payloads.any());
}
