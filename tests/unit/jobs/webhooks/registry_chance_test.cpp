// Subscriptions under chance: workers that forget nothing, streams that come and go, crashes, a
// clock.
//
// What must hold: nothing that is acknowledged is handed out again, nothing that is pending is
// forgotten, one lease at a time, and generations only grow.
#include "fakes/subscription_world.h"
#include "support/dice.h"

#include <doctest/doctest.h>

#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

using namespace ds;
using namespace ds::webhooks;
using namespace ds::test;
using namespace std::chrono_literals;
using How = DeliveryEnd::How;

namespace {

constexpr std::chrono::milliseconds k_lease{10'000};

class Chances {
public:
    explicit Chances(std::uint64_t seed) : dice_(seed) { create(); }

    void step() {
        auto const& name = dice_.pick(names_);
        switch (dice_.below(12)) {
        case 0:
        case 1:
        case 2: write(name); break;
        case 3:
            if (world_.streams.has(name) && dice_.in_hundred(20)) remove(name);
            break;
        case 4: world_.advance(std::chrono::milliseconds(dice_.below(6'000))); break;
        case 5:
            if (dice_.in_hundred(30)) restart();
            break;
        case 6:
            if (!world_.deliveries.empty()) end_delivery();
            break;
        case 7:
            if (dice_.in_hundred(5)) make_anew();
            break;
        case 8:
        case 9: claim(); break;
        default:
            if (!leases_.empty()) use_a_lease(name);
        }
        check_that_it_goes_on();
    }
    std::size_t claims() const { return leases_.size(); }

private:
    void create() {
        auto const reply = world_.create(
            "s",
            R"({"type":"pull-wake","pattern":"p/*","wake_stream":"w/pool","lease_ttl_ms":10000})");
        REQUIRE(reply.outcome == RequestOutcome::created);
    }
    bool is_held() { return held_until_ && *held_until_ > world_.clock.now(); }
    std::uint64_t pending() const {
        std::uint64_t all = 0;
        for (auto const& [stream, place] : acked_)
            all += world_.streams.end(stream) - place;
        return all;
    }

    void write(std::string const& name) {
        if (!world_.streams.has(name)) {
            world_.stream_created(name);
            acked_[name] = 0;
        }
        world_.append(name, dice_.between(1, 3));
    }
    void remove(std::string const& name) {
        world_.stream_removed(name);
        acked_.erase(name);
    }
    void restart() {
        world_.restart();
        announced_ = 0;
    }
    void end_delivery() {
        if (dice_.in_hundred(70))
            announced_ = world_.end_delivery(How::taken).wake.generation;
        else
            world_.end_delivery(How::failed);
    }
    // What is there is then linked at its tail.
    void make_anew() {
        world_.ask("s", DeleteSubscription{});
        create();
        held_until_.reset();
        for (auto& [stream, place] : acked_)
            place = world_.streams.end(stream);
    }

    void claim() {
        bool const held = is_held();
        auto const wanted = pending() > 0;
        auto const reply = world_.ask("s", ClaimWake{"any"});
        CHECK((reply.outcome == RequestOutcome::already_claimed) == held);
        if (!held) CHECK((reply.outcome == RequestOutcome::ok) == wanted);
        if (reply.outcome != RequestOutcome::ok) return;
        auto lease = lease_in(reply.text);
        CHECK(lease.wake.generation >= generation_);
        generation_ = lease.wake.generation;
        for (auto const& stream : lease.streams)
            check_what_was_told(stream);
        for (auto const& before : leases_)
            CHECK_FALSE(before.wake == lease.wake);
        leases_.push_back(std::move(lease));
        held_until_ = world_.clock.now() + k_lease;
    }
    void check_what_was_told(nlohmann::json const& stream) {
        auto const place = acked_.at(stream["path"]);
        auto const told = stream["acked_offset"].get<std::string>();
        CHECK(told == (place == 0 && told == "-1" ? "-1" : StreamsWorld::token(place)));
        CHECK(stream["tail_offset"] == StreamsWorld::token(world_.streams.end(stream["path"])));
    }

    void use_a_lease(std::string const& name) {
        auto const last = leases_.size() - 1;
        auto const which = dice_.in_hundred(70) ? last : dice_.below(leases_.size());
        bool const counts = which == last && is_held();
        auto const& lease = leases_[which];
        if (dice_.in_hundred(20)) {
            auto const reply = world_.ask("s", ReleaseWake{lease.token, lease.wake});
            CHECK((reply.outcome == RequestOutcome::nothing_to_say) == counts);
            if (counts) held_until_.reset();
        } else {
            acknowledge_up_to(lease, name, counts);
        }
    }
    void acknowledge_up_to(Lease const& lease, std::string const& name, bool counts) {
        auto const to = dice_.below(12);
        auto const done = dice_.in_hundred(50) ? Done::yes : Done::no;
        auto const reply = world_.ask("s", acknowledge(lease, name, StreamsWorld::token(to), done));
        if (!counts) CHECK(reply.outcome == RequestOutcome::fenced);
        if (counts && reply.outcome != RequestOutcome::ok)
            CHECK(reply.outcome == RequestOutcome::invalid_offset);
        if (reply.outcome != RequestOutcome::ok) return;
        CHECK(counts);
        CHECK(to >= acked_.at(name));
        CHECK(to <= world_.streams.end(name));
        acked_[name] = to;
        held_until_.reset();
        if (done == Done::no) held_until_ = world_.clock.now() + k_lease;
    }

    // What is pending is on its way to somebody: there is a delivery, a time at which it goes on,
    // or an event in the wake stream.
    void check_that_it_goes_on() {
        bool const goes_on = !world_.deliveries.empty() || world_.registry->next_due() ||
                             announced_ == world_.show("s")["generation"].get<std::uint64_t>();
        CHECK((pending() == 0 || goes_on));
    }

    Dice dice_;
    SubscriptionWorld world_;
    std::vector<std::string> const names_{"p/a", "p/b", "p/c"};
    std::map<std::string, std::uint64_t> acked_; // of the streams that are there
    std::vector<Lease> leases_;                  // of all times: only the last may count
    std::optional<Millis> held_until_;
    std::uint64_t generation_ = 0;
    std::uint64_t announced_ = 0; // the last wake whose event is in the wake stream
};

} // namespace

TEST_CASE("subscriptions: chance finds no way around the fences") {
    auto const seed = std::random_device{}();
    MESSAGE("seed ", seed);
    Chances chances(seed);
    for (int step = 0; step < 1'500; ++step)
        chances.step();
    CHECK(chances.claims() > 20);
}
