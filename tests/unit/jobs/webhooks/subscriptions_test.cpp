// Subscriptions beside a real engine: what its lanes tell, and what comes of it.
#include "fakes/async_fetches.h"
#include "fakes/engine_world.h"
#include "jobs/webhooks/subscription_json.h"
#include "jobs/webhooks/subscriptions.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <future>
#include <memory>
#include <string>

using namespace ds;
using namespace ds::webhooks;
using namespace ds::test;

namespace {

struct ServiceWorld {
    World world;
    ScriptedFetch fetch{{}, answers(200, {}, R"({"done":true})")};
    PromptFetch prompt{fetch};
    std::unique_ptr<Subscriptions> subscriptions;

    ServiceWorld() { open(); }
    ~ServiceWorld() { close(); }
    void open() {
        auto opened = Subscriptions::open(*world.engine, prompt, {.mailbox = 1});
        REQUIRE(opened);
        subscriptions = *std::move(opened);
    }
    void close() {
        if (subscriptions) subscriptions->stop();
        if (world.engine) world.engine->stop();
        subscriptions.reset();
    }
    SubscriptionReply ask(std::string const& id, SubscriptionCommand command,
                          std::string const& project = "p") {
        std::promise<SubscriptionReply> promised;
        auto answer = promised.get_future();
        SubscriptionRequest request{
            {project}, id, "http://server", std::move(command), [&](SubscriptionReply reply) {
                promised.set_value(std::move(reply));
            }};
        REQUIRE(subscriptions->submit(request));
        return answer.get();
    }
    SubscriptionReply create(std::string const& id, std::string const& body,
                             std::string const& project = "p") {
        auto wanted = read_wanted({project}, body);
        REQUIRE(wanted);
        return ask(id, CreateSubscription{*std::move(wanted)}, project);
    }
    nlohmann::json show(std::string const& id, std::string const& project = "p") {
        return nlohmann::json::parse(ask(id, ShowSubscription{}, project).text);
    }
    // Asks until it holds: each question is a turn of the thread.
    template <typename Ready>
    bool eventually(Ready ready) {
        auto const until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        while (!ready())
            if (std::chrono::steady_clock::now() > until) return false;
        return true;
    }
};

std::string const k_pull_wanted =
    R"({"type":"pull-wake","pattern":"**","wake_stream":"wake","lease_ttl_ms":10000})";

} // namespace

TEST_CASE("subscriptions: an append is announced in the wake stream, and claimed at once") {
    ServiceWorld all;
    all.world.ask(create("p/wake", "application/json"));
    CHECK(all.create("s", k_pull_wanted).outcome == RequestOutcome::created);
    all.world.ask(create("p/a"));
    all.world.ask(append("p/a", "one"));
    CHECK(all.eventually([&] {
        return all.world.read_all("p/wake").find(R"("stream":"a","generation":1)") !=
               std::string::npos;
    }));
    CHECK(all.show("s")["streams"].size() == 1); // not the wake stream itself
    for (int more = 0; more < 20; ++more) {
        auto const reply = all.ask("s", ClaimWake{"w"});
        REQUIRE(reply.outcome == RequestOutcome::ok);
        auto const lease = nlohmann::json::parse(reply.text);
        AcknowledgeWake ack;
        ack.token = lease["token"];
        ack.wake = {lease["generation"], lease["wake_id"]};
        ack.acks = {{"p/a", lease["streams"][0]["tail_offset"]}};
        ack.done = Done::yes;
        CHECK(all.ask("s", ack).outcome == RequestOutcome::ok);
        CHECK(all.ask("s", ClaimWake{"w"}).outcome == RequestOutcome::nothing_pending);
        all.world.ask(append("p/a", "more"));
    }
}

TEST_CASE("subscriptions: a webhook is told, and its yes acknowledges") {
    ServiceWorld all;
    CHECK(
        all.create("s",
                   R"({"type":"webhook","pattern":"a/*","webhook":{"url":"http://localhost:9/"}})")
            .outcome == RequestOutcome::created);
    all.world.ask(create("p/a/1"));
    all.world.ask(append("p/a/1", "one"));
    auto const tail = format_offset(all.world.stream("p/a/1")->head().tail);
    CHECK(all.eventually([&] {
        auto const shown = all.show("s");
        return !shown["streams"].empty() && shown["streams"][0]["acked_offset"] == tail;
    }));
    // A stream that ends is a link no more; made anew it starts over.
    all.world.ask(Remove{name_of("p/a/1")});
    CHECK(all.eventually([&] { return all.show("s")["streams"].empty(); }));
}

TEST_CASE("subscriptions: wake streams that do not take events are told of") {
    ServiceWorld all;
    all.create("s", k_pull_wanted);
    all.world.ask(create("p/a"));
    all.world.ask(append("p/a", "one"));
    auto const trouble_is = [&](std::string const& text) {
        return all.eventually([&] {
            auto const shown = all.show("s");
            return shown["status"] == "failed" && shown["last_error"] == text;
        });
    };
    CHECK(trouble_is("the wake stream does not exist"));
    all.world.ask(create("p/wake", "text/plain"));
    all.world.clock.advance(std::chrono::minutes(2));
    CHECK(trouble_is("the wake stream is not of type application/json"));
}

TEST_CASE("subscriptions: two projects never meet, whatever the pattern") {
    ServiceWorld all;
    for (auto const* project : {"p", "q"})
        CHECK(all.create("s", k_pull_wanted, project).outcome == RequestOutcome::created);
    all.world.ask(create("q/secret"));
    all.world.ask(append("q/secret", "one"));
    CHECK(all.eventually([&] { return all.show("s", "q")["streams"].size() == 1; }));
    CHECK(all.show("s", "p")["streams"].empty());
    CHECK(all.ask("s", ClaimWake{"w"}, "p").outcome == RequestOutcome::nothing_pending);
    CHECK(all.ask("none", ShowSubscription{}, "p").outcome == RequestOutcome::not_found);
}

TEST_CASE("subscriptions: whoever is still waiting at the end is replied to") {
    ServiceWorld all;
    all.subscriptions->stop();
    SubscriptionRequest late{
        {"p"}, "s", "http://server", ShowSubscription{}, [](SubscriptionReply const&) {
            FAIL("was not taken");
        }};
    CHECK_FALSE(all.subscriptions->submit(late));
}
