// A world with estuaries, and what tests ask of it.
#pragma once

#include "fakes/engine_world.h"

#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace ds::test {

inline constexpr std::chrono::seconds k_estuary_ttl{3600};

inline Subscribe subscribe(std::string const& source, std::string const& estuary,
                           CopyForm form = {}) {
    return {name_of(source), name_of(estuary), form, k_estuary_ttl};
}
inline Unsubscribe unsubscribe(std::string const& source, std::string const& estuary) {
    return {name_of(source), name_of(estuary)};
}

struct EstuaryWorld : World {
    explicit EstuaryWorld(std::size_t inline_max = 16) {
        options.fanout.inline_max = inline_max;
        restart();
    }
    // Until every append has been copied to everybody.
    void wait_for_copies() {
        auto const until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (engine->fanout().sources_behind.load() > 0) {
            REQUIRE(std::chrono::steady_clock::now() < until);
            std::this_thread::yield();
        }
    }
    bool is_there(std::string const& name) {
        return std::holds_alternative<std::shared_ptr<Stream>>(engine->find(name_of(name)));
    }
    std::vector<std::string> sources_of(std::string const& estuary) {
        std::vector<std::string> names;
        auto const facts = as<EstuaryFacts>(ask(LookAtEstuary{name_of(estuary)}));
        for (auto const& subscription : facts.subscriptions)
            names.push_back(subscription.source.full());
        return names;
    }
    // "1;2;...;n;" in as many appends.
    void publish(std::string const& source, int from, int to) {
        std::vector<Ticket> tickets;
        for (auto i = from; i <= to; ++i)
            tickets.push_back(courier->submit(append(source, std::to_string(i) + ";")).value());
        for (auto const ticket : tickets)
            as<Appended>(courier->wait(ticket));
    }
};

inline std::string numbers(int from, int to) {
    std::string text;
    for (auto i = from; i <= to; ++i)
        text += std::to_string(i) + ";";
    return text;
}

inline std::string estuary_of(int i) {
    return "p/e" + std::to_string(i);
}

} // namespace ds::test
