// A server's worth of engine that can be restarted, and the asks that tests hand to it.
#pragma once

#include "engine/engine.h"
#include "fakes/manual_clock.h"
#include "fakes/waiting_courier.h"
#include "support/temp_dir.h"
#include "upkeep/reaper.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace ds::test {

inline StreamName name_of(std::string const& text) {
    auto name = parse_stream_name(text);
    REQUIRE(name);
    return *name;
}

inline Ask create(std::string const& name, std::string type = "text/plain",
                  Lifetime lifetime = Forever{}) {
    Create ask;
    ask.name = name_of(name);
    ask.content_type = std::move(type);
    ask.lifetime = lifetime;
    return ask;
}

inline Append append(std::string const& name, std::string body,
                     std::string const& type = "text/plain") {
    Append ask;
    ask.name = name_of(name);
    ask.content_type = type;
    ask.body_was_empty = body.empty();
    ask.messages = split_messages(Bytes(std::move(body)), is_json_type(type));
    return ask;
}

inline Append numbered(std::string const& name, std::string body, std::string id,
                       std::uint64_t sequence) {
    auto ask = append(name, std::move(body));
    ask.producer = ProducerClaim{std::move(id), {0, sequence}};
    return ask;
}

inline Ask fork(std::string const& name, std::string const& source, std::optional<Offset> at = {}) {
    Create ask;
    ask.name = name_of(name);
    ask.fork = ForkOf{name_of(source), at, 0};
    return ask;
}

template <typename T>
T const& as(Answer const& answer) {
    REQUIRE(std::holds_alternative<T>(answer));
    return std::get<T>(answer);
}
inline Refusal refusal(Answer const& answer) {
    return as<Refused>(answer).why;
}

// A server's worth of engine that can be restarted.
struct World {
    TempDir home;
    ManualClock clock;
    EngineOptions options;
    upkeep::Reaper::Settings reaping;
    std::unique_ptr<Engine> engine;
    std::unique_ptr<upkeep::Reaper> reaper; // of an engine with a store
    std::unique_ptr<WaitingCourier> courier;

    World() {
        options.data = home.path() + "/data";
        options.reserve_log = false; // hundreds of starts, and logs that are cut byte by byte
        start();
    }
    ~World() { stop(); }
    void start() {
        auto opened = Engine::open(options, clock);
        REQUIRE_MESSAGE(opened, (opened ? "" : opened.error().what));
        engine = *std::move(opened);
        auto started = upkeep::Reaper::start(*engine, reaping);
        REQUIRE(started);
        reaper = *std::move(started);
        courier = std::make_unique<WaitingCourier>(*engine);
    }
    void stop() {
        reaper.reset();
        engine.reset();
        courier.reset();
    }
    void restart() {
        stop();
        start();
    }
    Answer ask(Ask asked) { return courier->ask(std::move(asked)); }
    std::shared_ptr<Stream> stream(std::string const& name) {
        auto found = engine->find(name_of(name));
        REQUIRE(std::holds_alternative<std::shared_ptr<Stream>>(found));
        return std::get<std::shared_ptr<Stream>>(found);
    }
    std::string read_all(std::string const& name) {
        auto const followed = stream(name);
        std::string all;
        for (std::uint64_t at = 0; at < followed->head().end;) {
            auto const page = courier->page(followed, at);
            REQUIRE(page);
            REQUIRE(page->end > at);
            all += page->body.view();
            at = page->end;
        }
        return all;
    }
};

} // namespace ds::test
