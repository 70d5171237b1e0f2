// What a subscription is after a crash, after its end, and at its bounds.
#include "fakes/subscription_world.h"

#include <doctest/doctest.h>

#include <string>

using namespace ds;
using namespace ds::webhooks;
using namespace ds::test;
using namespace std::chrono_literals;
using How = DeliveryEnd::How;

namespace {

std::string const k_pull =
    R"({"type":"pull-wake","pattern":"p/*","wake_stream":"w/pool","lease_ttl_ms":10000})";

} // namespace

TEST_CASE("subscriptions: leases, acks and generations survive a crash") {
    SubscriptionWorld world;
    world.create("s", k_pull);
    world.stream_created("p/a");
    world.append("p/a", 2);
    auto const lease = lease_in(world.ask("s", ClaimWake{"one"}).text);
    world.ask("s", acknowledge(lease, "p/a", StreamsWorld::token(1), Done::no));
    world.restart();
    CHECK(world.acked("s", "p/a") == StreamsWorld::token(1));
    CHECK(world.ask("s", ClaimWake{"two"}).holder == "one");
    CHECK(world.ask("s", acknowledge(lease, "p/a", StreamsWorld::token(2), Done::yes)).outcome ==
          RequestOutcome::ok);
    CHECK(world.show("s")["generation"] == 1);
    world.restart();
    CHECK(world.ask("s", acknowledge(lease, "p/a", StreamsWorld::token(2), Done::yes)).outcome ==
          RequestOutcome::fenced);
}

TEST_CASE("subscriptions: what happened while nobody looked is found after a start") {
    SubscriptionWorld world;
    world.create("s", k_pull);
    world.stream_created("p/a");
    world.registry.reset();
    world.streams.append("p/a");
    world.streams.create("p/b");
    world.streams.append("p/b");
    world.restart();
    CHECK(world.deliveries.size() == 1);
    CHECK(world.acked("s", "p/a") == "-1");
    CHECK(world.acked("s", "p/b") == "-1");
    // A wake that was announced may not have got there: it is announced once more.
    world.end_delivery(How::taken);
    world.restart();
    REQUIRE(world.deliveries.size() == 1);
    CHECK(world.deliveries[0].wake.generation == 1);
}

TEST_CASE("subscriptions: a generation never comes again, not even under a name that was deleted") {
    SubscriptionWorld world;
    world.create("s", k_pull);
    world.stream_created("p/a");
    world.append("p/a");
    auto const lease = lease_in(world.ask("s", ClaimWake{"one"}).text);
    CHECK(world.ask("s", DeleteSubscription{}).outcome == RequestOutcome::nothing_to_say);
    CHECK(world.ask("s", DeleteSubscription{}).outcome == RequestOutcome::nothing_to_say);
    auto const late = acknowledge(lease, "p/a", StreamsWorld::token(1), Done::yes);
    CHECK(world.ask("s", late).outcome == RequestOutcome::not_found);
    CHECK(world.streams.watched.empty());
    world.restart();
    CHECK(world.create("s", k_pull).outcome == RequestOutcome::created);
    CHECK(world.ask("s", late).outcome == RequestOutcome::fenced);
    world.append("p/a");
    CHECK(world.show("s")["generation"] == 2);
    world.end_delivery(How::taken);
    CHECK(world.ask("s", late).outcome == RequestOutcome::fenced);
}

TEST_CASE(
    "subscriptions: a delivery that ends after its subscription was deleted changes nothing") {
    SubscriptionWorld world;
    world.create("s", k_pull);
    world.stream_created("p/a");
    world.append("p/a");
    world.ask("s", DeleteSubscription{});
    world.create("s", k_pull);
    world.end_delivery(How::failed, "late");
    CHECK(world.show("s")["status"] == "active");
}

TEST_CASE("subscriptions: projects have subscriptions of their own, and see their own streams") {
    SubscriptionWorld world;
    for (auto const* project : {"one", "two"})
        CHECK(world.create("s", R"({"type":"pull-wake","pattern":"**","wake_stream":"w"})", project)
                  .outcome == RequestOutcome::created);
    CHECK(world.create("s", R"({"type":"pull-wake","pattern":"**","wake_stream":"x/w"})").outcome ==
          RequestOutcome::created);
    world.stream_created("one/a");
    world.append("one/a");
    CHECK(world.show("s", "one")["streams"].size() == 1);
    CHECK(world.show("s", "one")["streams"][0]["path"] == "a");
    CHECK(world.show("s", "two")["streams"].empty());
    CHECK(world.show("s")["streams"][0]["path"] == "one/a");
    CHECK(world.ask("s", ClaimWake{"w"}, "two").outcome == RequestOutcome::nothing_pending);
    auto const lease = lease_in(world.ask("s", ClaimWake{"w"}, "one").text);
    auto const ack = acknowledge(lease, "one/a", StreamsWorld::token(1), Done::yes);
    CHECK(world.ask("s", ack, "two").outcome == RequestOutcome::token_invalid);
    CHECK(world.ask("s", ack).outcome == RequestOutcome::token_invalid);
    CHECK(world.ask("s", ack, "one").outcome == RequestOutcome::ok);
    for (auto const& delivery : world.deliveries)
        if (delivery.scope.project == "one") CHECK(delivery.wake_stream == "one/w");
}

TEST_CASE("subscriptions: each bound has an answer") {
    SubscriptionWorld world;
    world.settings.limits = {3, 2, 3, 4};
    world.restart();
    auto const streams = [](std::string const& list) {
        return R"({"type":"pull-wake","wake_stream":"w","streams":[)" + list + "]}";
    };
    CHECK(world.create("a", streams(R"("1","2","3","4")"), "p").outcome ==
          RequestOutcome::too_many);
    CHECK(world.create("a", streams(R"("1","2","3")"), "p").outcome == RequestOutcome::created);
    CHECK(world.create("b", streams(R"("1","2")"), "p").outcome == RequestOutcome::too_many);
    CHECK(world.create("b", streams(R"("1")"), "p").outcome == RequestOutcome::created);
    CHECK(world.ask("b", AddStreams{{"p/2"}}, "p").outcome == RequestOutcome::too_many);
    CHECK(world.ask("b", AddStreams{{"p/1"}}, "p").outcome == RequestOutcome::nothing_to_say);
    CHECK(world.create("c", streams(R"("1")"), "p").outcome == RequestOutcome::too_many);
    CHECK(world.create("c", streams(R"("1")"), "q").outcome == RequestOutcome::created);
    CHECK(world.create("d", streams(R"("1")"), "r").outcome == RequestOutcome::too_many);
    world.ask("a", DeleteSubscription{}, "p");
    auto const all = R"({"type":"pull-wake","wake_stream":"w","pattern":"x*"})";
    CHECK(world.create("a", all, "p").outcome == RequestOutcome::created);
    for (auto const* name : {"p/x1", "p/x2", "p/x3", "p/x4", "p/x5"})
        world.stream_created(name);
    CHECK(world.show("a", "p")["streams"].size() == 3);
    CHECK(world.show("a", "p")["streams_left_out"] == 2);
}

TEST_CASE("subscriptions: what is refused for its many streams does not walk past all there are") {
    SubscriptionWorld world;
    world.settings.limits = {9, 9, 3, 9};
    world.restart();
    for (int i = 0; i < 20; ++i)
        world.streams.create("p/x" + std::to_string(i));
    auto const with = [](std::string const& streams) {
        return R"({"type":"pull-wake","wake_stream":"w","pattern":"*","streams":[)" + streams +
               "]}";
    };
    auto const visits_of = [&](std::string const& streams) {
        world.streams.visits = 0;
        CHECK(world.create("s", with(streams), "p").outcome == RequestOutcome::too_many);
        return world.streams.visits;
    };
    CHECK(visits_of("") == 4);
    CHECK(visits_of(R"("a","b")") == 2);
    CHECK(visits_of(R"("a","b","c","d")") == 0);
    // As many as there may be are no more than that.
    auto const three = R"({"type":"pull-wake","wake_stream":"w","pattern":"x*"})";
    for (int i = 3; i < 10; ++i)
        world.streams.remove("p/x" + std::to_string(i));
    for (int i = 10; i < 20; ++i)
        world.streams.remove("p/x" + std::to_string(i));
    CHECK(world.create("s", three, "p").outcome == RequestOutcome::created);
    CHECK(world.show("s", "p")["link_count"] == 3);
}

TEST_CASE("subscriptions: a wake tells of a thousand streams, and the next one of the rest") {
    SubscriptionWorld world;
    world.create("s", k_pull);
    Registry::News news;
    for (int i = 0; i < 1'500; ++i) {
        news.created.push_back("p/" + std::to_string(i));
        world.streams.create(news.created.back());
        world.streams.append(news.created.back());
    }
    world.run(std::move(news));
    auto const claim_and_finish = [&] {
        auto const lease = lease_in(world.ask("s", ClaimWake{"one"}).text);
        AcknowledgeWake all{AcknowledgeWake::By::ack, lease.token, lease.wake, {}, Done::yes};
        for (auto const& stream : lease.streams)
            all.acks.push_back({stream["path"], stream["tail_offset"]});
        CHECK(world.ask("s", all).outcome == RequestOutcome::ok);
        return lease.streams.size();
    };
    // Nor is all of it shown.
    CHECK(world.show("s")["streams"].size() == 1'000);
    CHECK(world.show("s")["link_count"] == 1'500);
    CHECK(claim_and_finish() == 1'000);
    CHECK(claim_and_finish() == 500);
    CHECK(world.ask("s", ClaimWake{"one"}).outcome == RequestOutcome::nothing_pending);
}

TEST_CASE("subscriptions: the key that signs is kept, and those it replaced are published") {
    SubscriptionWorld world;
    auto const first = world.registry->keys()->active().kid;
    world.restart();
    CHECK(world.registry->keys()->active().kid == first);
    auto const rotate = [&] {
        std::optional<Result<std::string>> got;
        Registry::News news;
        news.rotations.push_back([&](Result<std::string> kid) { got = std::move(kid); });
        world.run(std::move(news));
        return *std::move(got);
    };
    auto const second = rotate();
    REQUIRE(second);
    CHECK(world.registry->keys()->active().kid == *second);
    world.restart();
    auto const told = world.registry->keys()->jwks(world.clock.now());
    CHECK(told.find(first) != std::string::npos);
    CHECK(told.find(*second) != std::string::npos);
    for (auto const& key : world.registry->keys()->keys())
        CHECK(key.seed.empty() == (key.kid == first));
    while (rotate())
        CHECK(world.registry->keys()->keys().size() <= k_keys_max);
    world.clock.advance(k_key_published_for);
    CHECK(rotate());
    CHECK(world.registry->keys()->keys().size() == 2);
}
