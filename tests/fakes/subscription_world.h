// Subscriptions without threads: a registry on a directory of its own, streams in memory, hands of
// a clock that a test turns, and deliveries that a test ends.
#pragma once

#include "base/ensure.h"
#include "fakes/manual_clock.h"
#include "fakes/streams_world.h"
#include "jobs/webhooks/registry.h"
#include "jobs/webhooks/subscription_json.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ds::test {

struct SubscriptionWorld {
    TempDir home;
    ManualClock clock;
    StreamsWorld streams;
    webhooks::SubscriptionSettings settings;
    std::unique_ptr<webhooks::Registry> registry;
    std::vector<webhooks::WakeDelivery> deliveries; // that have not been ended
    std::uint64_t wakes = 0;

    SubscriptionWorld() { start(); }

    void start() {
        auto table = SubscriptionTable::open(home.path());
        REQUIRE(table);
        webhooks::Chance chance{[this] { return "w_" + std::to_string(++wakes); },
                                [] { return 0.5; }};
        auto opened = webhooks::Registry::open(*std::move(table), settings, streams,
                                               std::move(chance), clock.now());
        REQUIRE(opened);
        registry = *std::move(opened);
        run({});
    }
    // As after kill -9: whatever was not written is lost, and so is what was under way.
    void restart() {
        registry.reset();
        deliveries.clear();
        start();
    }
    void run(webhooks::Registry::News news) {
        auto outcome = registry->run(std::move(news), clock.now());
        CHECK_FALSE(outcome.fault);
        for (auto& [reply, with] : outcome.replies)
            reply(std::move(with));
        for (auto& [rotated, kid] : outcome.rotated)
            rotated(std::move(kid));
        for (auto& delivery : outcome.deliveries)
            deliveries.push_back(std::move(delivery));
    }
    // Whatever is due by then happens at its time.
    void advance(std::chrono::milliseconds by) {
        auto const until = clock.now() + by;
        for (auto due = registry->next_due(); due && *due <= until; due = registry->next_due()) {
            clock.set(std::max(*due, clock.now()));
            run({});
        }
        clock.set(until);
    }

    webhooks::SubscriptionReply ask(std::string const& id, webhooks::SubscriptionCommand command,
                                    std::string const& project = {}) {
        std::optional<webhooks::SubscriptionReply> got;
        webhooks::Registry::News news;
        news.requests.push_back(
            {{project},
             id,
             "http://server",
             std::move(command),
             [&](webhooks::SubscriptionReply reply) { got = std::move(reply); }});
        run(std::move(news));
        REQUIRE(got);
        return *std::move(got);
    }
    webhooks::SubscriptionReply create(std::string const& id, std::string const& body,
                                       std::string const& project = {}) {
        auto wanted = webhooks::read_wanted({project}, body);
        REQUIRE_MESSAGE(wanted, (wanted ? "" : wanted.error().what));
        return ask(id, webhooks::CreateSubscription{*std::move(wanted)}, project);
    }
    nlohmann::json show(std::string const& id, std::string const& project = {}) {
        auto const reply = ask(id, webhooks::ShowSubscription{}, project);
        REQUIRE(reply.outcome == webhooks::RequestOutcome::ok);
        return nlohmann::json::parse(reply.text);
    }
    // The offset that is acknowledged of a path; "none" when it is not linked.
    std::string acked(std::string const& id, std::string const& path) {
        auto const shown = show(id);
        for (auto const& link : shown["streams"])
            if (link["path"] == path) return link["acked_offset"];
        return "none";
    }

    void stream_created(std::string const& name) {
        streams.create(name);
        webhooks::Registry::News news;
        news.created = {name};
        run(std::move(news));
    }
    void append(std::string const& name, std::uint64_t messages = 1) {
        streams.append(name, messages);
        webhooks::Registry::News news;
        news.changed = {name};
        run(std::move(news));
    }
    void stream_removed(std::string const& name) {
        streams.remove(name);
        webhooks::Registry::News news;
        news.changed = {name};
        run(std::move(news));
    }
    // Ends the oldest delivery.
    webhooks::WakeDelivery end_delivery(webhooks::DeliveryEnd::How how, std::string trouble = {}) {
        REQUIRE_FALSE(deliveries.empty());
        auto delivery = std::move(deliveries.front());
        deliveries.erase(deliveries.begin());
        webhooks::Registry::News news;
        news.ended.push_back(
            {delivery.number, {delivery.wake, how, std::move(trouble), delivery.shown}});
        run(std::move(news));
        return delivery;
    }
};

// What a worker was given.
struct Lease {
    std::string token;
    webhooks::WakeName wake;
    nlohmann::json streams;
};
inline Lease lease_in(std::string const& text) {
    auto const body = nlohmann::json::parse(text);
    auto const& token = body.contains("token") ? body["token"] : body["callback_token"];
    return {token, {body["generation"], body["wake_id"]}, body["streams"]};
}
inline webhooks::AcknowledgeWake acknowledge(Lease const& lease, std::string const& stream,
                                             std::string const& offset, webhooks::Done done) {
    return {webhooks::AcknowledgeWake::By::ack, lease.token, lease.wake, {{stream, offset}}, done};
}

} // namespace ds::test
