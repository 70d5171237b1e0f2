// Webhooks on their way: what is sent, what an answer means, and who waits for whom.
#include "base/crypto.h"
#include "fakes/async_fetches.h"
#include "fakes/manual_clock.h"
#include "jobs/webhooks/deliverer.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace ds;
using namespace ds::webhooks;
using namespace ds::test;

namespace {

using How = DeliveryEnd::How;

// Collects ends.
struct Ends {
    std::vector<EndedDelivery> got;
    Deliverer::Tell tell() {
        return [this](EndedDelivery ended) { got.push_back(std::move(ended)); };
    }
};

std::shared_ptr<KeyRing const> ring() {
    static auto const one = std::make_shared<KeyRing const>(
        std::vector{make_key(std::string(32, 'k'), from_count_ms(0))});
    return one;
}

WakeDelivery delivery(std::int64_t number,
                      std::string const& host = "a.example:", std::string const& project = "p") {
    WakeDelivery made;
    made.number = number;
    made.wake = {1, "w"};
    made.scope = {project};
    made.body = R"({"n":1})";
    made.url = "https://" + host + "/";
    made.target = {host, Reach::internet};
    made.patience = std::chrono::seconds(5);
    return made;
}

} // namespace

TEST_CASE("deliverer: what is sent is signed, and what comes back is understood") {
    ManualClock const clock;
    ScriptedFetch fetch({answers(200, {}, R"({"done":true})"), answers(204),
                         answers(200, {}, "done"), answers(200, {}, R"({"done":1})"), answers(500),
                         answers(302), breaks(Fault::unreachable)});
    PromptFetch prompt(fetch);
    Ends ends;
    Deliverer deliverer(prompt, clock, ring, ends.tell(), {});
    for (std::int64_t number = 0; number < 7; ++number)
        deliverer.put(delivery(number));
    auto const& got = ends.got;
    REQUIRE(got.size() == 7);
    std::vector<How> const expected{How::done,   How::taken,  How::taken, How::taken,
                                    How::failed, How::failed, How::failed};
    for (std::size_t i = 0; i < expected.size(); ++i) {
        CHECK(got[i].number == static_cast<std::int64_t>(i));
        CHECK((got[i].end.how == expected[i]));
    }
    CHECK(got[4].end.trouble == "the receiver answered 500");
    CHECK(got[6].end.trouble == "connection reset");
    auto const& asked = fetch.asked[0];
    CHECK(asked.method == "POST");
    CHECK(asked.body == R"({"n":1})");
    CHECK(asked.header("Content-Type") == "application/json");
    CHECK(asked.header("Webhook-Signature") == ring()->sign(asked.body, clock.now()));
}

TEST_CASE("deliverer: what is not allowed any more is not sent") {
    ManualClock const clock;
    HeldFetch fetch;
    Ends ends;
    Deliverer deliverer(fetch, clock, ring, ends.tell(), {});
    auto refused = delivery(1);
    refused.target = {};
    deliverer.put(std::move(refused));
    REQUIRE(ends.got.size() == 1);
    CHECK((ends.got[0].end.how == How::failed));
    CHECK(fetch.held.empty());
}

TEST_CASE("deliverer: a request says how far it may go, and for how long") {
    ManualClock const clock;
    HeldFetch fetch;
    Ends ends;
    Deliverer deliverer(fetch, clock, ring, ends.tell(), {});
    deliverer.put(delivery(1));
    REQUIRE(fetch.held.size() == 1);
    auto const& request = fetch.held[0].request;
    CHECK((request.reach == Reach::internet));
    CHECK((request.redirects == Redirects::never));
    CHECK(request.limits.overall == std::chrono::seconds(5));
    CHECK(fetch.held[0].reply_bytes_max == 64 * 1024);
}

TEST_CASE("deliverer: what ends makes room for what waits") {
    ManualClock const clock;
    HeldFetch fetch;
    Ends ends;
    Deliverer deliverer(fetch, clock, ring, ends.tell(), {.project_host = 2});
    for (std::int64_t number = 0; number < 5; ++number)
        deliverer.put(delivery(number, "slow.example:"));
    CHECK(fetch.count("slow") == 2);
    deliverer.put(delivery(100, "quick.example:"));
    REQUIRE(fetch.answer("quick"));
    REQUIRE(ends.got.size() == 1);
    CHECK(ends.got[0].number == 100);
    for (int i = 0; i < 5; ++i)
        REQUIRE(fetch.answer("slow"));
    CHECK(ends.got.size() == 6);
    CHECK(fetch.held.empty());
}

TEST_CASE("deliverer: two projects whose receivers all hang do not hold up a third") {
    ManualClock const clock;
    HeldFetch fetch;
    Ends ends;
    Deliverer deliverer(fetch, clock, ring, ends.tell(), {});
    for (std::int64_t number = 0; number < 48; ++number)
        deliverer.put(delivery(number, "slow" + std::to_string(number) + ".example:",
                               number % 2 == 0 ? "greedy" : "careless"));
    CHECK(fetch.count("slow") == 48);
    deliverer.put(delivery(100, "quick.example:", "modest"));
    REQUIRE(fetch.answer("quick"));
    REQUIRE(ends.got.size() == 1);
    CHECK(ends.got[0].number == 100);
    deliverer.stop(); // cuts what hangs, and tells nobody
    CHECK(ends.got.size() == 1);
}
