// Readers on other machines: agents, and the coordinator that deals a load test out to them.
//
//     agent                              coordinator
//     connects, proves the key  ──────▶  listens, proves the key
//     hello                     ──────▶  waits for as many as it wants
//     what time is it           ◀─────▶  a few times: how far the clocks are apart
//                               ◀──────  plan: its part of the clients, and which server
//     progress, each second     ──────▶
//                               ◀──────  finish: how many messages each stream has, and when
//                                        the last of them was written
//     tally                     ──────▶
//
// An agent asks the server of that plan and no other, and only a coordinator with the key can give
// it one; started with a URL of its own, it refuses every other.
#pragma once

#include "loadtest/load_run.h"
#include "loadtest/secret_channel.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

struct AgentSettings {
    ChannelAddress coordinator;
    std::string key;
    std::string only_url;                       // empty: whatever the coordinator says
    std::chrono::milliseconds patience{60'000}; // until the coordinator is there
};
// Called about five times a second. False: give up.
using WatchLoad = std::function<bool(LoadCounts const&)>;
// Carries one run out, from the connection to the tally.
Result<Tally> work_as_agent(AgentSettings const& settings, WatchLoad const& watch);

class Agents {
public:
    // Waits for `count` agents. `watch` is told how many are there, and says whether to go on.
    static Result<Agents> gather(SecretListener& listener, std::size_t count,
                                 std::function<bool(std::size_t, std::string const&)> const& watch);

    Result<void> start(LoadPlan const& plan);
    // What all have told. An agent that is gone is an error.
    Result<LoadCounts> progress();
    // The sum of all tallies; waits for all. What an agent that is gone had seen is lost: an error.
    Result<Tally> finish(std::vector<StreamEnd> const& written);
    // Who they are: "10.0.0.7:50123", in the order in which the parts of a plan are dealt out.
    std::vector<std::string> names() const;

private:
    struct Agent {
        std::unique_ptr<SecretChannel> channel;
        LoadCounts progress{};
        std::optional<std::string> tally{};
    };
    explicit Agents(std::vector<Agent> agents) : agents_(std::move(agents)) {}
    static Result<std::chrono::nanoseconds> clock_ahead_of(Agent& agent);
    static Result<void> take_news(Agent& agent, std::chrono::milliseconds patience);

    std::vector<Agent> agents_;
};

} // namespace ds
