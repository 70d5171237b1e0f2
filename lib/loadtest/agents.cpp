// Both sides of the conversation between a coordinator and its agents.
#include "loadtest/agents.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <thread>
#include <utility>

namespace ds {

namespace {

using Json = nlohmann::json;
using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr int k_version = 1;
constexpr int k_clock_questions = 9;
constexpr auto k_answer_max = 30s;
constexpr auto k_tally_max = 120s;
constexpr auto k_look_pause = 200ms;
constexpr auto k_connect_pause = 500ms;

constexpr std::array<std::pair<char const*, std::uint64_t LoadCounts::*>, 6> k_progress_fields{{
    {"readers", &LoadCounts::readers},
    {"messages", &LoadCounts::messages},
    {"appends", &LoadCounts::appends},
    {"errors", &LoadCounts::errors},
    {"hits", &LoadCounts::hits},
    {"answers", &LoadCounts::answers},
}};

std::int64_t now_ns() {
    return nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
}

// One field of a message, which came from somebody who has the key and may still be of another
// version.
template <typename Value>
Result<Value> field(std::string_view message, char const* name) {
    try {
        return Json::parse(message).at(name).get<Value>();
    } catch (Json::exception const& error) {
        return Error{Fault::invalid,
                     std::string("a message between load tests that cannot be read: ") +
                         error.what()};
    }
}

Result<std::string> next_message(SecretChannel& channel, milliseconds patience) {
    auto message = TRY(channel.receive(patience));
    if (!message) return Error{Fault::io, channel.peer() + " does not answer"};
    return *std::move(message);
}

Result<std::unique_ptr<SecretChannel>> connect_in_time(AgentSettings const& settings,
                                                       WatchLoad const& watch) {
    auto const until = Steady::now() + settings.patience;
    for (;;) {
        auto channel = SecretChannel::connect(settings.coordinator, settings.key);
        if (channel || channel.error().fault != Fault::unreachable || Steady::now() > until ||
            !watch({}))
            return channel;
        std::this_thread::sleep_for(k_connect_pause);
    }
}

// Answers what the time is, until something else is said.
Result<std::string> answer_clock_questions(SecretChannel& channel, WatchLoad const& watch) {
    for (;;) {
        auto message = TRY(channel.receive(k_look_pause));
        if (!watch({})) return Error{Fault::io, "interrupted"};
        if (!message) continue;
        if (TRY(field<std::string>(*message, "type")) != "clock") return *std::move(message);
        TRY(channel.send(Json{{"type", "clock"}, {"now_ns", now_ns()}}.dump()));
    }
}

std::string progress_message(LoadCounts const& progress) {
    Json json{{"type", "progress"}};
    for (auto const& [name, member] : k_progress_fields)
        json[name] = progress.*member;
    return json.dump();
}

} // namespace

Result<Tally> work_as_agent(AgentSettings const& settings, WatchLoad const& watch) {
    auto const channel = TRY(connect_in_time(settings, watch));
    TRY(channel->send(Json{{"type", "hello"}, {"version", k_version}}.dump()));
    auto const order = TRY(answer_clock_questions(*channel, watch));
    auto const plan_text = TRY(field<std::string>(order, "plan"));
    auto plan = TRY(parse_plan(plan_text));
    if (!settings.only_url.empty() && plan.url != settings.only_url) {
        Error refusal{Fault::invalid, "the coordinator wants " + plan.url +
                                          " asked, and this agent is for " + settings.only_url};
        TRY(channel->send(Json{{"type", "refused"}, {"why", refusal.what}}.dump()));
        return refusal;
    }
    auto const ahead = nanoseconds(TRY(field<std::int64_t>(order, "ahead_ns")));
    auto started = LoadRun::start(std::move(plan), WithWriters::no, ahead);
    if (!started) {
        TRY(channel->send(Json{{"type", "refused"}, {"why", started.error().what}}.dump()));
        return std::move(started).error();
    }
    auto const& run = *started;
    // The coordinator says when it is over, unless it is gone.
    for (;;) {
        auto const message = TRY(channel->receive(k_look_pause));
        auto const progress = run->progress();
        if (!watch(progress)) return Error{Fault::io, "interrupted"};
        TRY(channel->send(progress_message(progress)));
        if (!message) continue;
        auto const written = TRY(field<std::vector<std::uint64_t>>(*message, "written"));
        if (written.size() != run->plan().streams)
            return Error{Fault::invalid, "the coordinator has other streams"};
        auto tally = run->finish(written);
        TRY(channel->send(Json{{"type", "tally"}, {"tally", tally_json(tally)}}.dump()));
        return tally;
    }
}

Result<Agents> Agents::gather(SecretListener& listener, std::size_t count,
                              std::function<bool(std::size_t, std::string const&)> const& watch) {
    std::vector<Agent> agents;
    std::string news;
    while (agents.size() < count) {
        if (!watch(agents.size(), std::exchange(news, {}))) return Error{Fault::io, "interrupted"};
        auto channel = listener.accept(k_look_pause);
        if (!channel) {
            news = channel.error().what;
            continue;
        }
        if (*channel == nullptr) continue;
        auto const hello = TRY(next_message(**channel, k_answer_max));
        if (TRY(field<int>(hello, "version")) != k_version) {
            news = (*channel)->peer() + " is of another version of ds";
            continue;
        }
        agents.push_back({std::move(*channel)});
    }
    return Agents(std::move(agents));
}

// The question that was answered fastest tells most: half of the way there, half back.
Result<nanoseconds> Agents::clock_ahead_of(Agent& agent) {
    std::int64_t fastest = INT64_MAX;
    std::int64_t ahead = 0;
    for (int i = 0; i < k_clock_questions; ++i) {
        auto const asked = now_ns();
        TRY(agent.channel->send(Json{{"type", "clock"}}.dump()));
        auto const answer = TRY(next_message(*agent.channel, k_answer_max));
        auto const answered = now_ns();
        auto const there = TRY(field<std::int64_t>(answer, "now_ns"));
        if (answered - asked >= fastest) continue;
        fastest = answered - asked;
        ahead = there - (asked + fastest / 2);
    }
    return nanoseconds(ahead);
}

Result<void> Agents::start(LoadPlan const& plan) {
    auto const parts = parts_of(plan, agents_.size());
    std::vector<std::string> orders;
    for (std::size_t i = 0; i < agents_.size(); ++i) {
        auto const ahead = TRY(clock_ahead_of(agents_[i]));
        orders.push_back(
            Json{{"type", "plan"}, {"plan", plan_json(parts[i])}, {"ahead_ns", ahead.count()}}
                .dump());
    }
    // All at once, after the slowest was asked for its time.
    for (std::size_t i = 0; i < agents_.size(); ++i)
        TRY(agents_[i].channel->send(orders[i]));
    return {};
}

// Takes what has arrived; waits for the first message only.
Result<void> Agents::take_news(Agent& agent, milliseconds patience) {
    for (;; patience = 0ms) {
        auto const message = TRY(agent.channel->receive(patience));
        if (!message) return {};
        auto const type = TRY(field<std::string>(*message, "type"));
        if (type == "refused") {
            auto const why = TRY(field<std::string>(*message, "why"));
            return Error{Fault::invalid, agent.channel->peer() + ": " + why};
        }
        if (type == "tally") {
            agent.tally = TRY(field<std::string>(*message, "tally"));
            return {};
        }
        for (auto const& [name, member] : k_progress_fields)
            agent.progress.*member = TRY(field<std::uint64_t>(*message, name));
    }
}

Result<LoadCounts> Agents::progress() {
    LoadCounts all;
    for (auto& agent : agents_) {
        TRY(take_news(agent, 0ms));
        all.add(agent.progress);
    }
    return all;
}

Result<Tally> Agents::finish(std::vector<std::uint64_t> const& written) {
    auto const order = Json{{"type", "finish"}, {"written", written}}.dump();
    for (auto& agent : agents_)
        TRY(agent.channel->send(order));
    Tally all;
    auto const until = Steady::now() + k_tally_max;
    for (auto& agent : agents_) {
        while (!agent.tally && Steady::now() < until)
            TRY(take_news(agent, k_look_pause));
        if (!agent.tally)
            return Error{Fault::io, agent.channel->peer() + " does not tell what it counted"};
        all.merge(TRY(parse_tally(*agent.tally)));
    }
    return all;
}

} // namespace ds
