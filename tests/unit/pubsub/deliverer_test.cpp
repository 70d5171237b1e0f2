// Webhooks on their way: what is sent, what an answer means, and who waits for whom.
#include "base/crypto.h"
#include "fakes/manual_clock.h"
#include "fakes/scripted_fetch.h"
#include "pubsub/deliverer.h"

#include <doctest/doctest.h>

#include <condition_variable>
#include <string>
#include <vector>

using namespace ds;
using namespace ds::pubsub;
using namespace ds::test;

namespace {

using How = CallEnd::How;

// Collects ends.
class Ends {
public:
    Deliverer::Tell tell() {
        return [this](Registry::Ended ended) {
            got_.lock()->push_back(std::move(ended));
            changed_.notify_all();
        };
    }
    std::vector<Registry::Ended> wait_for(std::size_t count) {
        auto got = got_.lock();
        got.wait_until(changed_, std::chrono::steady_clock::now() + std::chrono::seconds(30),
                       [&](auto& now) { return now.size() >= count; });
        return *got;
    }

private:
    Guarded<std::vector<Registry::Ended>> got_;
    std::condition_variable changed_;
};

std::shared_ptr<KeyRing const> ring() {
    static auto const one = std::make_shared<KeyRing const>(
        std::vector{make_key(std::string(32, 'k'), from_count_ms(0))});
    return one;
}

Outgoing call(std::int64_t number,
              std::string const& host = "a.example:", std::string const& project = "p") {
    Outgoing made;
    made.number = number;
    made.wake = {1, "w"};
    made.realm = {project};
    made.body = R"({"n":1})";
    made.url = "https://" + host + "/";
    made.target = {host, Reach::internet};
    made.patience = std::chrono::seconds(5);
    return made;
}

// A world in which hosts hang until they are let go.
class HangingFetch final : public Fetch {
public:
    Result<FetchReply> fetch(FetchRequest const&) override { return Error{Fault::io, "not asked"}; }
    Result<FetchReply> fetch_into(FetchRequest const& request, BodyTaker& taker) override {
        auto held = state_.lock();
        ++held->under_way[request.url];
        changed_.notify_all();
        bool const hangs = request.url.find("slow") != std::string::npos;
        while (hangs && !held->released) {
            held.wait_until(changed_,
                            std::chrono::steady_clock::now() + std::chrono::milliseconds(20),
                            [](auto& now) { return now.released; });
            if (taker.on_idle() == Flow::stop) break;
        }
        return FetchReply{200, {}, {}};
    }
    std::size_t under_way(std::string const& url, std::size_t at_least) {
        auto held = state_.lock();
        held.wait_until(changed_, std::chrono::steady_clock::now() + std::chrono::seconds(30),
                        [&](auto& now) { return now.under_way[url] >= at_least; });
        return held->under_way[url];
    }
    void release() {
        state_.lock()->released = true;
        changed_.notify_all();
    }

private:
    struct State {
        std::map<std::string, std::size_t> under_way;
        bool released = false;
    };
    Guarded<State> state_;
    std::condition_variable changed_;
};

} // namespace

TEST_CASE("deliverer: what is sent is signed, and what comes back is understood") {
    ManualClock const clock;
    ScriptedFetch fetch({answers(200, {}, R"({"done":true})"), answers(204),
                         answers(200, {}, "done"), answers(200, {}, R"({"done":1})"), answers(500),
                         answers(302), breaks(Fault::unreachable)});
    Ends ends;
    Deliverer deliverer(fetch, clock, ring, ends.tell(), 1);
    for (std::int64_t number = 0; number < 7; ++number)
        deliverer.put(call(number));
    auto const got = ends.wait_for(7);
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
    ScriptedFetch fetch({});
    Ends ends;
    Deliverer deliverer(fetch, clock, ring, ends.tell(), 1);
    auto refused = call(1);
    refused.target = {};
    deliverer.put(std::move(refused));
    auto const got = ends.wait_for(1);
    REQUIRE(got.size() == 1);
    CHECK((got[0].end.how == How::failed));
    CHECK(fetch.asked.empty());
}

TEST_CASE("deliverer: a host that hangs has two requests, and others go past it") {
    ManualClock const clock;
    HangingFetch fetch;
    Ends ends;
    Deliverer deliverer(fetch, clock, ring, ends.tell(), 4);
    for (std::int64_t number = 0; number < 10; ++number)
        deliverer.put(call(number, "slow.example:"));
    CHECK(fetch.under_way("https://slow.example:/", 2) == 2);
    deliverer.put(call(100, "quick.example:"));
    auto const got = ends.wait_for(1);
    REQUIRE(got.size() == 1);
    CHECK(got[0].number == 100);
    CHECK(fetch.under_way("https://slow.example:/", 2) == 2);
    fetch.release();
    CHECK(ends.wait_for(11).size() == 11);
}

TEST_CASE("deliverer: one project leaves a thread for the others") {
    ManualClock const clock;
    HangingFetch fetch;
    Ends ends;
    Deliverer deliverer(fetch, clock, ring, ends.tell(), 4);
    for (std::int64_t number = 0; number < 10; ++number)
        deliverer.put(call(number, "slow" + std::to_string(number) + ".example:", "greedy"));
    deliverer.put(call(100, "quick.example:", "modest"));
    auto const got = ends.wait_for(1);
    REQUIRE(got.size() == 1);
    CHECK(got[0].number == 100);
    deliverer.stop(); // cuts what hangs, and tells nobody
    CHECK(ends.wait_for(1).size() == 1);
}
