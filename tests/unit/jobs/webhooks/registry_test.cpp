// Subscriptions as a whole, without threads: what is decided, and what a restart leaves.
#include "base/encoding.h"
#include "fakes/subscription_world.h"

#include <doctest/doctest.h>

#include <string>

using namespace ds;
using namespace ds::webhooks;
using namespace ds::test;
using namespace std::chrono_literals;
using How = DeliveryEnd::How;

namespace {

std::string const k_hook = R"({"type":"webhook","pattern":"p/*","lease_ttl_ms":10000,)"
                           R"("webhook":{"url":"http://localhost:1/h"}})";
std::string const k_pull =
    R"({"type":"pull-wake","pattern":"p/*","wake_stream":"w/pool","lease_ttl_ms":10000})";

Lease claimed(SubscriptionWorld& world, std::string const& worker = "one") {
    auto const reply = world.ask("s", ClaimWake{worker});
    REQUIRE(reply.outcome == RequestOutcome::ok);
    return lease_in(reply.text);
}

} // namespace

TEST_CASE("subscriptions: what is there is linked at its tail, what comes later at its start") {
    SubscriptionWorld world;
    world.stream_created("p/old");
    world.append("p/old", 3);
    CHECK(world.create("s", k_hook).outcome == RequestOutcome::created);
    CHECK(world.acked("s", "p/old") == StreamsWorld::token(3));
    CHECK(world.deliveries.empty());
    world.stream_created("p/new");
    CHECK(world.acked("s", "p/new") == "-1");
    CHECK(world.deliveries.empty());
    world.append("p/new");
    REQUIRE(world.deliveries.size() == 1);
    auto const body = nlohmann::json::parse(world.deliveries[0].body);
    CHECK(body["generation"] == 1);
    CHECK(body["callback_url"] == "http://server/v1/stream/__ds/subscriptions/s/callback");
    CHECK(body["streams"].size() == 2);
    CHECK(body["streams"][0]["has_pending"] == true);
    CHECK(body["streams"][0]["tail_offset"] == StreamsWorld::token(1));
    world.end_delivery(How::done);
    CHECK(world.acked("s", "p/new") == StreamsWorld::token(1));
    CHECK(world.deliveries.empty());
    world.stream_created("q/other");
    CHECK(world.acked("s", "q/other") == "none");
}

TEST_CASE("subscriptions: the same wish confirms, another is refused") {
    SubscriptionWorld world;
    auto const body = [](std::string const& more) {
        return R"({"type":"webhook","webhook":{"url":"http://localhost/"},"streams":)" + more + "}";
    };
    CHECK(world.create("s", body(R"(["a/x","b/y"])")).outcome == RequestOutcome::created);
    CHECK(world.create("s", body(R"(["b/y","a/x","a/x"])")).outcome == RequestOutcome::ok);
    CHECK(world.create("s", body(R"(["a/x"])")).outcome == RequestOutcome::exists_otherwise);
    for (auto const* more :
         {R"(["a/x","b/y"],"lease_ttl_ms":1000)", R"(["a/x","b/y"],"pattern":"a/*")",
          R"(["a/x","b/y"],"description":"d")"})
        CHECK(world.create("s", body(more)).outcome == RequestOutcome::exists_otherwise);
    CHECK(world.create("s", body(R"(["a/x","b/y"],"lease_ttl_ms":30000,"pattern":null)")).outcome ==
          RequestOutcome::ok);
    // Membership that changes later is no other wish.
    CHECK(world.ask("s", AddStreams{{"c/z"}}).outcome == RequestOutcome::nothing_to_say);
    world.restart();
    CHECK(world.create("s", body(R"(["a/x","b/y"])")).outcome == RequestOutcome::ok);
    CHECK(world.acked("s", "c/z") == "-1");
}

TEST_CASE("subscriptions: an explicit link and a matched one are one cursor") {
    SubscriptionWorld world;
    world.stream_created("p/a");
    world.create("s", k_hook);
    world.ask("s", AddStreams{{"p/a", "q/b"}});
    CHECK(world.show("s")["streams"][0]["link_type"] == "explicit");
    world.ask("s", RemoveStream{"p/a"});
    CHECK(world.show("s")["streams"][0]["link_type"] == "glob");
    world.ask("s", RemoveStream{"p/a"}); // is not explicit any more
    world.ask("s", RemoveStream{"q/b"});
    CHECK(world.acked("s", "p/a") == StreamsWorld::token(0));
    CHECK(world.acked("s", "q/b") == "none");
    CHECK_FALSE(world.streams.watched.contains("q/b"));
}

TEST_CASE("subscriptions: an explicit stream need not exist yet, and a new one starts over") {
    SubscriptionWorld world;
    world.create("s", R"({"type":"pull-wake","streams":["a/x"],"wake_stream":"w/pool"})");
    CHECK(world.acked("s", "a/x") == "-1");
    world.stream_created("a/x");
    world.append("a/x", 5);
    auto const lease = claimed(world);
    world.stream_removed("a/x");
    world.stream_created("a/x");
    world.append("a/x", 9);
    // The five that were shown were another stream's.
    auto const late = world.ask("s", acknowledge(lease, "a/x", StreamsWorld::token(5), Done::no));
    CHECK(late.outcome == RequestOutcome::invalid_offset);
    CHECK(world.acked("s", "a/x") == "-1");
    world.ask("s", ReleaseWake{lease.token, lease.wake});
    auto const again = claimed(world);
    auto const done = world.ask("s", acknowledge(again, "a/x", StreamsWorld::token(9), Done::yes));
    CHECK(done.text == R"({"ok":true,"next_wake":false})");
}

TEST_CASE("subscriptions: a matched stream that is gone is no link any more") {
    SubscriptionWorld world;
    world.create("s", k_pull);
    world.stream_created("p/a");
    world.append("p/a");
    world.stream_removed("p/a");
    CHECK(world.acked("s", "p/a") == "none");
    CHECK(world.ask("s", ClaimWake{"one"}).outcome == RequestOutcome::nothing_pending);
}

TEST_CASE("subscriptions: claim, heartbeat, ack and release") {
    SubscriptionWorld world;
    world.create("s", k_pull);
    CHECK(world.ask("s", ClaimWake{"one"}).outcome == RequestOutcome::nothing_pending);
    world.stream_created("p/a");
    world.append("p/a", 2);
    REQUIRE(world.deliveries.size() == 1);
    auto const event = nlohmann::json::parse(world.deliveries[0].body);
    CHECK(event["type"] == "wake");
    CHECK(event["stream"] == "p/a");
    CHECK(event["generation"] == 1);
    CHECK(world.deliveries[0].wake_stream == "w/pool");
    world.end_delivery(How::taken);
    auto const lease = claimed(world);
    auto const busy = world.ask("s", ClaimWake{"two"});
    CHECK(busy.outcome == RequestOutcome::already_claimed);
    CHECK(busy.holder == "one");
    CHECK(busy.generation == 1);

    world.advance(8s);
    auto const ack = [&](std::string const& offset, Done done) {
        return world.ask("s", acknowledge(lease, "p/a", offset, done)).outcome;
    };
    CHECK(ack(StreamsWorld::token(1), Done::no) == RequestOutcome::ok);
    world.advance(8s); // past the first lease, not past the renewed one
    CHECK(ack(StreamsWorld::token(0), Done::no) == RequestOutcome::invalid_offset);
    CHECK(ack(StreamsWorld::token(3), Done::no) == RequestOutcome::invalid_offset);
    for (auto const* offset : {"-1", "now", "", "0000000000000001_0000000000000000"})
        CHECK(ack(offset, Done::no) == RequestOutcome::invalid_offset);
    CHECK(world.ask("s", acknowledge(lease, "p/none", StreamsWorld::token(1), Done::yes)).outcome ==
          RequestOutcome::invalid_offset);
    CHECK(world.acked("s", "p/a") == StreamsWorld::token(1));
    CHECK(world.ask("s", ReleaseWake{lease.token, lease.wake}).outcome ==
          RequestOutcome::nothing_to_say);
    CHECK(world.ask("s", ReleaseWake{lease.token, lease.wake}).outcome == RequestOutcome::fenced);
    // There is still work: another wake, another generation.
    REQUIRE(world.deliveries.size() == 1);
    CHECK(world.deliveries[0].wake.generation == 2);
    CHECK(ack(StreamsWorld::token(2), Done::yes) == RequestOutcome::fenced);
    CHECK(world.show("s")["counts"]["fenced"] == 2);
}

TEST_CASE("subscriptions: some acks that are wrong change nothing at all") {
    SubscriptionWorld world;
    world.create("s", k_pull);
    for (auto const* name : {"p/a", "p/b"}) {
        world.stream_created(name);
        world.append(name);
    }
    auto const lease = claimed(world);
    auto both = acknowledge(lease, "p/a", StreamsWorld::token(1), Done::yes);
    both.acks.push_back({"p/b", StreamsWorld::token(7)});
    CHECK(world.ask("s", both).outcome == RequestOutcome::invalid_offset);
    CHECK(world.acked("s", "p/a") == "-1");
    both.acks[1].offset = StreamsWorld::token(1);
    CHECK(world.ask("s", both).outcome == RequestOutcome::ok);
    CHECK(world.acked("s", "p/a") == StreamsWorld::token(1));
}

TEST_CASE("subscriptions: a token counts for its subscription, its wake, and nowhere else") {
    SubscriptionWorld world;
    world.create("s", k_pull);
    world.create("t", k_pull);
    world.stream_created("p/a");
    world.append("p/a");
    auto const lease = claimed(world);
    auto const offset = StreamsWorld::token(1);
    CHECK(world.ask("t", acknowledge(lease, "p/a", offset, Done::yes)).outcome ==
          RequestOutcome::token_invalid);
    CHECK(world.ask("none", acknowledge(lease, "p/a", offset, Done::yes)).outcome ==
          RequestOutcome::token_invalid);
    auto other = lease;
    other.token = "1.w_1.x";
    CHECK(world.ask("s", acknowledge(other, "p/a", offset, Done::yes)).outcome ==
          RequestOutcome::token_invalid);
    other = lease;
    other.wake.wake_id = "w_other";
    CHECK(world.ask("s", acknowledge(other, "p/a", offset, Done::yes)).outcome ==
          RequestOutcome::fenced);
    other = lease;
    other.wake.generation = 2;
    CHECK(world.ask("s", acknowledge(other, "p/a", offset, Done::yes)).outcome ==
          RequestOutcome::fenced);
    CHECK(world.acked("s", "p/a") == "-1");
}

TEST_CASE("subscriptions: a lease that is over wakes again, and fences who held it") {
    SubscriptionWorld world;
    world.create("s", k_pull);
    world.stream_created("p/a");
    world.append("p/a");
    world.end_delivery(How::taken);
    auto const lease = claimed(world);
    world.advance(9'999ms);
    CHECK(world.deliveries.empty());
    world.clock.advance(1ms);
    // Whether or not the timer has rung.
    auto const late = acknowledge(lease, "p/a", StreamsWorld::token(1), Done::yes);
    CHECK(world.ask("s", late).outcome == RequestOutcome::fenced);
    REQUIRE(world.deliveries.size() == 1);
    CHECK(world.deliveries[0].wake.generation == 2);
}

TEST_CASE("subscriptions: webhooks are tried again, later and later, also after a restart") {
    SubscriptionWorld world;
    world.create("s", k_hook);
    world.stream_created("p/a");
    world.append("p/a");
    std::vector<std::int64_t> waits;
    for (int attempt = 0; attempt < 9; ++attempt) {
        REQUIRE(world.deliveries.size() == 1);
        world.end_delivery(How::failed, "refused");
        auto const shown = world.show("s");
        CHECK(shown["status"] == "failed");
        CHECK(shown["failed_attempts"] == attempt + 1);
        CHECK(shown["last_error"] == "refused");
        auto const next = parse_rfc3339(shown["next_attempt_at"].get<std::string>());
        waits.push_back((*next - world.clock.now()).count());
        if (attempt == 3) world.restart(); // must not make it come sooner
        CHECK(world.deliveries.empty());
        world.advance(std::chrono::milliseconds(waits.back()) - 1ms);
        CHECK(world.deliveries.empty());
        world.advance(1ms);
    }
    CHECK(waits ==
          std::vector<std::int64_t>{1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000, 60000});
    world.end_delivery(How::done);
    CHECK(world.show("s")["status"] == "active");
    CHECK(world.acked("s", "p/a") == StreamsWorld::token(1));
    CHECK(retry_after(1, 0).count() == 800);
    CHECK(retry_after(1, 1).count() == 1200);
    CHECK(retry_after(1'000'000, 1).count() == 72'000);
}

TEST_CASE(
    "subscriptions: a webhook that says no more than yes keeps its lease until it calls back") {
    SubscriptionWorld world;
    world.create("s", k_hook);
    world.stream_created("p/a");
    world.append("p/a");
    auto const lease = lease_in(world.deliveries[0].body);
    world.end_delivery(How::taken);
    world.append("p/a");
    CHECK(world.deliveries.empty()); // one wake at a time
    auto ack = acknowledge(lease, "p/a", StreamsWorld::token(1), Done::yes);
    CHECK(world.ask("s", ack).outcome == RequestOutcome::wrong_kind);
    ack.by = AcknowledgeWake::By::callback;
    auto const reply = world.ask("s", ack);
    CHECK(reply.text == R"({"ok":true,"next_wake":true})");
    CHECK(world.ask("s", ack).outcome == RequestOutcome::fenced);
    REQUIRE(world.deliveries.size() == 1);
    world.end_delivery(How::taken);
    world.advance(10s); // nobody called back
    REQUIRE(world.deliveries.size() == 1);
    CHECK(world.deliveries[0].wake.generation == 3);
}

TEST_CASE("subscriptions: a callback counts before the answer, and whatever becomes of that") {
    SubscriptionWorld world;
    world.create("s", k_hook);
    world.stream_created("p/a");
    world.append("p/a", 2);
    auto ack =
        acknowledge(lease_in(world.deliveries[0].body), "p/a", StreamsWorld::token(1), Done::yes);
    ack.by = AcknowledgeWake::By::callback;
    CHECK(world.ask("s", ack).outcome == RequestOutcome::ok);
    CHECK(world.deliveries.size() == 1); // the next one waits for the answer to the first
    world.end_delivery(How::failed, "timed out");
    CHECK(world.show("s")["status"] == "active");
    REQUIRE(world.deliveries.size() == 1);
    CHECK(world.deliveries[0].wake.generation == 2);
    // Done with what it was shown, not with what came since.
    world.append("p/a");
    world.end_delivery(How::done);
    CHECK(world.acked("s", "p/a") == StreamsWorld::token(2));
    CHECK(world.deliveries.size() == 1);
}

TEST_CASE("subscriptions: an answer that comes after the lease acknowledges nothing") {
    SubscriptionWorld world;
    world.create("s", k_hook);
    world.stream_created("p/a");
    world.append("p/a");
    world.advance(11s);
    CHECK(world.deliveries.size() == 1); // still under way
    world.end_delivery(How::done);
    CHECK(world.acked("s", "p/a") == "-1");
    REQUIRE(world.deliveries.size() == 1);
    CHECK(world.deliveries[0].wake.generation == 2);
}

TEST_CASE("subscriptions: a wake stream that takes nothing is reported, and tried again") {
    SubscriptionWorld world;
    world.create("s", k_pull);
    world.stream_created("p/a");
    world.append("p/a");
    world.end_delivery(How::failed, "the wake stream does not exist");
    CHECK(world.show("s")["status"] == "failed");
    CHECK(world.show("s")["last_error"] == "the wake stream does not exist");
    world.advance(1s);
    REQUIRE(world.deliveries.size() == 1);
    CHECK(world.deliveries[0].wake.generation == 1);
    world.end_delivery(How::taken);
    CHECK(world.show("s")["status"] == "active");
    // Another stream of that name knows nothing of the wake.
    world.stream_created("w/pool");
    REQUIRE(world.deliveries.size() == 1);
    CHECK(world.deliveries[0].wake.generation == 1);
}

TEST_CASE("subscriptions: the wake stream never wakes its own subscription") {
    SubscriptionWorld world;
    world.stream_created("w/pool");
    world.create("s", R"({"type":"pull-wake","pattern":"**","wake_stream":"w/pool"})");
    world.append("w/pool");
    CHECK(world.acked("s", "w/pool") == "none");
    CHECK(world.ask("s", AddStreams{{"w/pool"}}).outcome == RequestOutcome::wrong_kind);
    CHECK_FALSE(read_wanted({}, R"({"type":"pull-wake","streams":["w/p"],"wake_stream":"w/p"})"));
}
