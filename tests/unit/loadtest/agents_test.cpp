// Promises of loadtest/agents: a coordinator and its agents, in threads.
#include "fakes/later.h"
#include "fakes/tiny_streams.h"
#include "loadtest/agents.h"

#include <doctest/doctest.h>

#include <atomic>
#include <csignal>
#include <memory>
#include <string>
#include <vector>

using namespace ds;
using namespace std::chrono_literals;

namespace {

// As in the program: a peer that is gone is an error.
[[maybe_unused]] auto const broken_pipes = std::signal(SIGPIPE, SIG_IGN);

constexpr char const* k_key = "a key that all of them know";

std::unique_ptr<SecretListener> listen() {
    auto listener = SecretListener::listen({"127.0.0.1", "0"}, k_key);
    REQUIRE(listener);
    return std::move(*listener);
}

AgentSettings settings_for(SecretListener const& listener) {
    AgentSettings settings;
    settings.coordinator = {"127.0.0.1", std::to_string(listener.port())};
    settings.key = k_key;
    settings.patience = 2000ms;
    return settings;
}

bool go_on(LoadCounts const&) {
    return true;
}

using Work = test::Later<Result<Tally>>;

std::unique_ptr<Work> agent(AgentSettings settings, WatchLoad watch = go_on) {
    return std::make_unique<Work>([settings = std::move(settings), watch = std::move(watch)] {
        return work_as_agent(settings, watch);
    });
}

Result<Agents> gather(SecretListener& listener, std::size_t count,
                      std::vector<std::string>* news = nullptr) {
    auto const until = Steady::now() + 10s;
    return Agents::gather(listener, count, [&, until](std::size_t, std::string const& said) {
        if (news != nullptr && !said.empty()) news->push_back(said);
        return Steady::now() < until;
    });
}

} // namespace

TEST_CASE("agents: two of them do what one process would, and the sum is exact") {
    test::TinyStreams server;
    auto const listener = listen();
    auto first = agent(settings_for(*listener));
    auto second = agent(settings_for(*listener));
    auto agents = gather(*listener, 2);
    REQUIRE(agents);
    CHECK(agents->names().size() == 2);
    auto const plan = test::small_plan(server.url());
    auto writers = plan;
    writers.clients = 0;
    REQUIRE(agents->start(plan));
    auto run = LoadRun::start(writers, WithWriters::yes);
    REQUIRE(run);
    CHECK(test::comes_true([&] {
        auto const progress = agents->progress();
        REQUIRE(progress);
        return progress->readers == 12 && progress->messages > 50;
    }));
    auto const written = (*run)->stop_writers();
    auto const sum = agents->finish(written);
    REQUIRE(sum);
    auto const one = first->get();
    auto const other = second->get();
    REQUIRE(one);
    REQUIRE(other);
    CHECK(sum->sse.clients + sum->long_poll.clients == 12);
    CHECK(sum->sse.gaps + sum->long_poll.gaps == 0);
    CHECK(sum->sse.duplicates + sum->long_poll.duplicates == 0);
    CHECK(sum->sse.messages > 0);
    auto merged = *one;
    merged.merge(*other);
    CHECK(tally_json(merged) == tally_json(*sum));
    CHECK(merged.sse.delivery == sum->sse.delivery);
}

TEST_CASE("agents: one that is for another server refuses, and says for which") {
    auto const listener = listen();
    auto settings = settings_for(*listener);
    settings.only_url = "http://mine.example";
    auto refusing = agent(settings);
    auto agents = gather(*listener, 1);
    REQUIRE(agents);
    REQUIRE(agents->start(test::small_plan("http://127.0.0.1:1")));
    Result<LoadCounts> progress = LoadCounts{};
    CHECK(test::comes_true([&] { return !(progress = agents->progress()); }));
    REQUIRE(!progress);
    CHECK(progress.error().what.find("this agent is for http://mine.example") != std::string::npos);
    auto const tally = refusing->get();
    REQUIRE(!tally);
    CHECK(tally.error().fault == Fault::invalid);
}

TEST_CASE("agents: one whose host is not known tells the coordinator why") {
    auto const listener = listen();
    auto failing = agent(settings_for(*listener));
    auto agents = gather(*listener, 1);
    REQUIRE(agents);
    REQUIRE(agents->start(test::small_plan("http://no-such-host.invalid")));
    auto const sum = agents->finish({{}, {}, {}});
    REQUIRE(!sum);
    CHECK(sum.error().what.find("no-such-host.invalid") != std::string::npos);
    CHECK(!failing->get());
}

TEST_CASE("agents: one with another key is turned away, and others are still let in") {
    auto const listener = listen();
    auto settings = settings_for(*listener);
    settings.key = "some other key than theirs";
    auto stranger = agent(settings);
    std::vector<std::string> news;
    test::Later<Result<Agents>> gathering([&] { return gather(*listener, 1, &news); });
    auto const refused = stranger->get();
    REQUIRE(!refused);
    CHECK(refused.error().what.find("has another key") != std::string::npos);
    auto welcome = agent(settings_for(*listener));
    auto agents = gathering.get();
    REQUIRE(agents);
    REQUIRE(!news.empty());
    CHECK(news.front().find("has another key") != std::string::npos);
    agents = Error{Fault::io, "done"};
    CHECK(!welcome->get());
}

TEST_CASE("agents: who comes with the key and leaves again is no reason to give up") {
    auto const listener = listen();
    std::vector<std::string> news;
    test::Later<Result<Agents>> gathering([&] { return gather(*listener, 1, &news); });
    {
        auto const settings = settings_for(*listener);
        CHECK(SecretChannel::connect(settings.coordinator, settings.key));
    }
    auto welcome = agent(settings_for(*listener));
    auto agents = gathering.get();
    CHECK(agents);
    CHECK(news.size() == 1);
    agents = Error{Fault::io, "done"};
    CHECK(!welcome->get());
}

TEST_CASE("agents: a lost agent is an error, and so is a lost coordinator") {
    test::TinyStreams server;
    auto const listener = listen();
    std::atomic<bool> there = true;
    auto staying = agent(settings_for(*listener));
    auto leaving = agent(settings_for(*listener), [&](LoadCounts const&) { return there.load(); });
    auto agents = gather(*listener, 2);
    REQUIRE(agents);
    REQUIRE(agents->start(test::small_plan(server.url())));
    there = false;
    CHECK(!leaving->get());
    Result<LoadCounts> progress = LoadCounts{};
    CHECK(test::comes_true([&] { return !(progress = agents->progress()); }));
    REQUIRE(!progress);
    CHECK(progress.error().what.ends_with("is gone"));
    agents = Error{Fault::io, "done"}; // the coordinator gives up
    auto const left = staying->get();
    REQUIRE(!left);
    CHECK(left.error().what.ends_with("is gone"));
}

TEST_CASE("agents: one waits for its coordinator, but not for ever") {
    auto const listener = listen();
    auto settings = settings_for(*listener);
    settings.coordinator.port = "1";
    settings.patience = 100ms;
    auto const tally = work_as_agent(settings, go_on);
    REQUIRE(!tally);
    CHECK(tally.error().fault == Fault::unreachable);
}
