// kill -9 under publish, subscribe, unsubscribe and delete: each estuary holds exactly what was
// published while it subscribed, once, in order; or says that messages were left out, where too
// much was owed.
#include "crash/feeder.h"
#include "support/arguments.h"
#include "support/command.h"
#include "support/server_process.h"
#include "support/temp_dir.h"

#include <signal.h>

#include <chrono>
#include <deque>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace ds {

namespace {

constexpr char const* k_usage =
    "estuary_loop [--rounds N] [--seed S] [--ds PATH] [--data DIR] [--estuaries N] [--lanes N]\n"
    "  --rounds N     starts and kills (5)\n"
    "  --estuaries N  of all four sources together (500)\n"
    "  --data DIR     parent of the server's data directory (the system's temporary directory)\n";

constexpr std::size_t k_feeders = 4;

class EstuaryLoop {
public:
    explicit EstuaryLoop(Arguments const& arguments)
        : rounds_(arguments.number("--rounds", 5)),
          seed_(arguments.number("--seed", std::random_device{}())),
          dice_(seed_),
          directory_(arguments.text("--data", "")),
          binary_(arguments.server_binary()),
          lanes_(arguments.text("--lanes", "1")) {
        auto const each = arguments.number("--estuaries", 500) / k_feeders;
        for (std::size_t i = 0; i < k_feeders; ++i)
            feeders_.emplace_back("e/source-" + std::to_string(i), each, dice_.next(), trouble_);
    }

    int run() {
        std::cout << "estuary loop: seed " << seed_ << ", " << rounds_ << " rounds" << std::endl;
        auto const began = std::chrono::steady_clock::now();
        std::uint64_t round = 1;
        while (round <= rounds_ && play())
            ++round;
        bool const passed = round > rounds_ && start() && verify() && stop() && inspect();
        std::uint64_t asked = 0;
        std::uint64_t checked = 0;
        for (auto const& feeder : feeders_) {
            asked += feeder.asked();
            checked += feeder.checked();
        }
        auto const took = std::chrono::duration_cast<std::chrono::seconds>(
            std::chrono::steady_clock::now() - began);
        std::cout << "estuary loop: seed " << seed_ << ", " << round - 1 << " rounds, " << asked
                  << " requests, " << checked << " estuaries read, " << took.count() << " s\n";
        if (!passed) {
            directory_.keep();
            std::cout << "FAILED in round " << round << ": " << trouble_.what()
                      << "\ndata is left in " << directory_.path() << "\n";
        }
        std::cout << (passed ? "1 passed, 0 failed" : "0 passed, 1 failed") << std::endl;
        return passed ? 0 : 1;
    }

private:
    bool play() { return start() && verify() && feed_until_killed(); }

    // How this round's server copies, fills segments and caches.
    std::vector<std::string> settings() {
        std::vector<std::string> flags{"--lanes", lanes_};
        auto const set = [&](std::string const& name, std::string const& value) {
            flags.insert(flags.end(), {name, value});
        };
        set("--fanout-inline", dice_.in_hundred(60) ? "0" : dice_.in_hundred(50) ? "16" : "1000");
        bool const announced = std::exchange(announces_, dice_.in_hundred(30));
        if (announces_) set("--fanout-backlog", "100000");
        for (auto& feeder : feeders_)
            feeder.let_announce(announces_ || announced);
        if (dice_.in_hundred(70)) set("--rotate-messages", std::to_string(dice_.between(5, 40)));
        if (dice_.in_hundred(60)) set("--tail-cache-bytes", "4000");
        if (dice_.in_hundred(30)) flags.emplace_back("--keep-hot");
        return flags;
    }

    bool start() {
        server_ = std::make_unique<ServerProcess>(ServerSettings{
            .binary = binary_, .data_dir = directory_.path() + "/data", .flags = settings()});
        if (!server_->wait_until_listening())
            return trouble_.report("the server " + server_->problem());
        trouble_.killed = false;
        return true;
    }

    bool stop() {
        server_->signal(SIGTERM);
        auto const ended = server_->wait();
        return ended == 0 || trouble_.report("SIGTERM: exit code " + std::to_string(ended));
    }

    bool inspect() {
        auto const done =
            run_command({binary_, "inspect", "--verify", "--data", directory_.path() + "/data"});
        return done.code == 0 || trouble_.report("ds inspect --verify: " + done.output);
    }

    // All at once: while one is looked at, copies of others are made.
    bool verify() {
        each([this](Feeder& feeder, HttpClient& client) {
            if (!feeder.verify(client)) trouble_.report("an estuary is not what it must be");
        });
        return !trouble_.any();
    }

    bool feed_until_killed() {
        auto threads = begin([](Feeder& feeder, HttpClient& client) { feeder.run(client); });
        std::this_thread::sleep_for(std::chrono::microseconds(dice_.between(50'000, 1'500'000)));
        trouble_.killed = true;
        server_->signal(SIGKILL);
        for (auto& thread : threads)
            thread.join();
        auto const ended = server_->wait();
        if (ended != 128 + SIGKILL)
            trouble_.report("the server ended by itself with " + std::to_string(ended) +
                            "; its log ends:\n" + server_->log_tail());
        return !trouble_.any();
    }

    template <typename Work>
    std::vector<std::thread> begin(Work work) {
        std::vector<std::thread> threads;
        for (auto& feeder : feeders_)
            threads.emplace_back([port = server_->port(), &feeder, work] {
                HttpClient client(port);
                work(feeder, client);
            });
        return threads;
    }
    template <typename Work>
    void each(Work work) {
        for (auto& thread : begin(work))
            thread.join();
    }

    std::uint64_t rounds_;
    std::uint64_t seed_;
    Dice dice_;
    TempDir directory_;
    std::string binary_;
    std::string lanes_;
    bool announces_ = false; // this round's server, what it does not copy
    Trouble trouble_;
    std::deque<Feeder> feeders_;
    std::unique_ptr<ServerProcess> server_;
};

} // namespace

} // namespace ds

int main(int argc, char** argv) {
    ds::Arguments const arguments(argc, argv, ds::k_usage);
    return ds::EstuaryLoop(arguments).run();
}
