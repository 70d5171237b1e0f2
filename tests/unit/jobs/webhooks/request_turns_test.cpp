// Whose turn it is: who asks for much waits for himself.
#include "fakes/subscription_world.h"
#include "jobs/webhooks/request_turns.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace ds;
using namespace ds::webhooks;
using namespace ds::test;

namespace {

// What it weighs is said by its id.
SubscriptionRequest weighing(std::string const& project, std::size_t weight) {
    return {{project}, std::to_string(weight), "http://server", ShowSubscription{}, {}};
}

std::string take_some(RequestTurns& turns, std::size_t most) {
    std::string order;
    auto const weigh = [](SubscriptionRequest const& one) {
        return static_cast<std::size_t>(std::stoul(one.id));
    };
    for (auto const& one : turns.take(weigh, most))
        order += one.scope.project + one.id + " ";
    return order;
}

} // namespace

TEST_CASE("request turns: scopes take turns, and each keeps its order") {
    RequestTurns turns;
    for (std::size_t const weight : {1U, 2U, 3U})
        turns.put(weighing("a", weight));
    turns.put(weighing("b", 4));
    turns.put(weighing("b", 5));
    CHECK(turns.size() == 5);
    CHECK(take_some(turns, 100) == "a1 b4 a2 b5 a3 ");
    CHECK(turns.empty());
    CHECK(take_some(turns, 100).empty());
}

TEST_CASE("request turns: what is heavy is a batch by itself, and passes over nobody") {
    RequestTurns turns;
    for (int i = 0; i < 3; ++i)
        turns.put(weighing("heavy", 500));
    CHECK(take_some(turns, 10) == "heavy500 ");
    turns.put(weighing("light", 1));
    turns.put(weighing("light", 2));
    CHECK(take_some(turns, 10) == "heavy500 "); // it was its turn
    CHECK(take_some(turns, 10) == "light1 ");
    CHECK(take_some(turns, 10) == "heavy500 ");
    CHECK(take_some(turns, 10) == "light2 ");
    CHECK(turns.empty());
    for (int i = 0; i < 5; ++i)
        turns.put(weighing("a", 5));
    CHECK(take_some(turns, 10) == "a5 a5 ");
    CHECK(take_some(turns, k_any_weight) == "a5 a5 a5 ");
}

TEST_CASE("request turns: a request weighs what is looked at for it") {
    SubscriptionWorld world;
    auto const weight = [&](std::string const& id, SubscriptionCommand command) {
        return world.registry->weigh({{}, id, "http://server", std::move(command), {}});
    };
    auto const create = [&](std::string const& body) {
        return CreateSubscription{*read_wanted({}, body)};
    };
    for (auto const* name : {"p/a", "p/b", "p/c"})
        world.streams.create(name);
    auto const all = create(R"({"type":"pull-wake","wake_stream":"w/x","pattern":"p/*"})");
    auto const one = create(R"({"type":"pull-wake","wake_stream":"w/x","streams":["p/a"]})");
    CHECK(weight("s", all) == 4);
    CHECK(weight("s", one) == 2);
    CHECK(weight("s", ClaimWake{"w"}) == 1); // there is none
    world.ask("s", all);
    for (auto const& command :
         {SubscriptionCommand(ShowSubscription{}), SubscriptionCommand(ClaimWake{"w"}),
          SubscriptionCommand(DeleteSubscription{}), SubscriptionCommand(all)})
        CHECK(weight("s", command) == 4);
    CHECK(weight("s", AddStreams{{"p/a", "p/b"}}) == 3);
    CHECK(weight("s", ReleaseWake{}) == 1);
}
