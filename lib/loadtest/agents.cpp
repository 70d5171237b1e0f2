// Both sides of the conversation between a coordinator and its agents.
#include "loadtest/agents.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <thread>
#include <utility>

namespace ds {

namespace {

using json = nlohmann::json;
using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr int k_agents_version = 1;
constexpr int k_clock_questions = 9;
constexpr auto k_hello_max = 5s;
constexpr auto k_answer_max = 30s;
constexpr auto k_tally_max = 120s;
constexpr auto k_agents_look_pause = 200ms;
constexpr auto k_turn = 20ms;
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
        return json::parse(message).at(name).get<Value>();
    } catch (json::exception const& error) {
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

Result<void> hear_hello(SecretChannel& channel) {
    auto const hello = TRY(next_message(channel, k_hello_max));
    if (TRY(field<int>(hello, "version")) != k_agents_version)
        return Error{Fault::invalid, channel.peer() + " is of another version of ds"};
    return {};
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
        auto message = TRY(channel.receive(k_agents_look_pause));
        if (!watch({})) return Error{Fault::io, "interrupted"};
        if (!message) continue;
        if (TRY(field<std::string>(*message, "type")) != "clock") return *std::move(message);
        TRY(channel.send(json{{"type", "clock"}, {"now_ns", now_ns()}}.dump()));
    }
}

std::string progress_message(LoadCounts const& progress) {
    json json{{"type", "progress"}};
    for (auto const& [name, member] : k_progress_fields)
        json[name] = progress.*member;
    return json.dump();
}

} // namespace

Result<Tally> work_as_agent(AgentSettings const& settings, WatchLoad const& watch) {
    auto const channel = TRY(connect_in_time(settings, watch));
    TRY(channel->send(json{{"type", "hello"}, {"version", k_agents_version}}.dump()));
    auto const order = TRY(answer_clock_questions(*channel, watch));
    auto const plan_text = TRY(field<std::string>(order, "plan"));
    auto plan = TRY(parse_plan(plan_text));
    if (!settings.only_url.empty() && plan.url != settings.only_url) {
        Error refusal{Fault::invalid, "the coordinator wants " + plan.url +
                                          " asked, and this agent is for " + settings.only_url};
        TRY(channel->send(json{{"type", "refused"}, {"why", refusal.what}}.dump()));
        return refusal;
    }
    auto const ahead = nanoseconds(TRY(field<std::int64_t>(order, "ahead_ns")));
    auto started = LoadRun::start(std::move(plan), WithWriters::no, ahead);
    if (!started) {
        TRY(channel->send(json{{"type", "refused"}, {"why", started.error().what}}.dump()));
        return std::move(started).error();
    }
    auto const& run = *started;
    // The coordinator says when it is over, unless it is gone.
    for (;;) {
        auto const message = TRY(channel->receive(k_agents_look_pause));
        auto const progress = run->progress();
        if (!watch(progress)) return Error{Fault::io, "interrupted"};
        TRY(channel->send(progress_message(progress)));
        if (!message) continue;
        auto const messages = TRY(field<std::vector<std::uint64_t>>(*message, "messages"));
        auto const last_ms = TRY(field<std::vector<double>>(*message, "last_written_ms"));
        if (messages.size() != run->plan().streams || last_ms.size() != messages.size())
            return Error{Fault::invalid, "the coordinator has other streams"};
        std::vector<StreamEnd> written;
        for (std::size_t stream = 0; stream < messages.size(); ++stream)
            written.push_back({messages[stream], last_ms[stream]});
        auto tally = run->finish(written);
        TRY(channel->send(json{{"type", "tally"}, {"tally", tally_json(tally)}}.dump()));
        return tally;
    }
}

Result<Agents> Agents::gather(SecretListener& listener, std::size_t count,
                              std::function<bool(std::size_t, std::string const&)> const& watch) {
    std::vector<Agent> agents;
    std::string news;
    while (agents.size() < count) {
        if (!watch(agents.size(), std::exchange(news, {}))) return Error{Fault::io, "interrupted"};
        auto channel = listener.accept(k_agents_look_pause);
        // Whoever else comes to this port is no reason to give up.
        if (!channel && channel.error().fault == Fault::io) return std::move(channel).error();
        if (!channel) {
            news = channel.error().what;
            continue;
        }
        if (*channel == nullptr) continue;
        if (auto const heard = hear_hello(**channel); !heard)
            news = heard.error().what;
        else
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
        TRY(agent.channel->send(json{{"type", "clock"}}.dump()));
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
            json{{"type", "plan"}, {"plan", plan_json(parts[i])}, {"ahead_ns", ahead.count()}}
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

Result<Tally> Agents::finish(std::vector<StreamEnd> const& written) {
    std::vector<std::uint64_t> messages;
    std::vector<double> last_ms;
    for (auto const& end : written) {
        messages.push_back(end.messages);
        last_ms.push_back(end.last_written_ms);
    }
    auto const order =
        json{{"type", "finish"}, {"messages", messages}, {"last_written_ms", last_ms}}.dump();
    for (auto& agent : agents_)
        TRY(agent.channel->send(order));
    auto const until = Steady::now() + k_tally_max;
    // In turns: a large tally that nobody takes off the wire would look like one that is stuck.
    auto const missing = [](Agent const& agent) { return !agent.tally; };
    while (std::ranges::any_of(agents_, missing) && Steady::now() < until)
        for (auto& agent : agents_)
            if (missing(agent)) TRY(take_news(agent, k_turn));
    Tally all;
    for (auto& agent : agents_) {
        if (!agent.tally)
            return Error{Fault::io, agent.channel->peer() + " does not tell what it counted"};
        all.merge(TRY(parse_tally(*agent.tally)));
    }
    return all;
}

std::vector<std::string> Agents::names() const {
    std::vector<std::string> names;
    for (auto const& agent : agents_)
        names.push_back(agent.channel->peer());
    return names;
}

} // namespace ds
