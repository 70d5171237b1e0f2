// Random operations over HTTP against a small model in memory; restarts and kills in between.
//
// Segments are small and move to the folder "cold" of the data directory, so that reads, forks and
// deletes cross tiers; each start has other caches, and some keep everything hot.
//
// One request at a time over a few kept-alive connections, so that the model is exact: every
// status, error code, byte, offset and flag is foretold. The seed repeats a run.
#include "support/arguments.h"
#include "support/dice.h"
#include "support/server_process.h"
#include "support/temp_dir.h"
#include "support/walk.h"

#include <signal.h>

#include <charconv>
#include <chrono>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace ds {

namespace {

constexpr char const* k_usage =
    "model_test [--ops N] [--seed S] [--ds PATH] [--data DIR] [--restart-every N]\n"
    "           [--durability full|os] [--lanes N] [--url http://127.0.0.1:PORT] [--reference]\n"
    "  --ops N            operations (100000)\n"
    "  --restart-every N  stop (SIGTERM) or kill (SIGKILL) the server after so many (10000)\n"
    "  --data DIR         parent of the server's data directory (default: the system's temporary "
    "one)\n"
    "  --durability D     passed to the server (os: the disk's speed is not what is tested here)\n"
    "  --lanes N          passed to the server (1)\n"
    "  --url URL          use this running server instead of starting one\n"
    "  --reference        that server knows the protocol but not our extensions\n";

// Segments are small, so that a run crosses thousands of their borders.
constexpr ModelLimits k_limits{.segment_messages = 25, .segment_bytes = 4000};

class Run {
public:
    explicit Run(Arguments const& arguments)
        : arguments_(arguments),
          ops_(arguments.number("--ops", 100'000)),
          restart_every_(arguments.number("--restart-every", 10'000)),
          seed_(arguments.number("--seed", std::random_device{}())),
          dice_(seed_),
          directory_(arguments.text("--data", "")),
          walk_(settings(arguments), k_limits, seed_) {}

    int play() {
        auto const began = std::chrono::steady_clock::now();
        std::cout << "model: seed " << seed_ << ", " << ops_ << " operations" << std::endl;
        if (!begin()) return 1;
        for (std::uint64_t op = 1; op <= ops_; ++op) {
            if (walk_.step() != Walk::Step::done) return failed(op, walk_.failure());
            if (server_ && op % restart_every_ == 0 && !restart(op)) return 1;
            if (op % restart_every_ == 0 && !walk_.verify()) return failed(op, walk_.failure());
        }
        if (!walk_.verify()) return failed(ops_, walk_.failure());
        auto const took = std::chrono::steady_clock::now() - began;
        std::cout << "answers:";
        for (auto const& [answer, count] : walk_.answers())
            std::cout << " " << answer << ": " << count << ",";
        std::cout << "\n";
        std::cout << "model: seed " << seed_ << ", " << ops_ << " operations, " << restarts_
                  << " restarts, " << walk_.checks() << " checks in "
                  << std::chrono::duration_cast<std::chrono::seconds>(took).count() << " s\n"
                  << "1 passed, 0 failed" << std::endl;
        return 0;
    }

private:
    // A server that was there before us may hold streams: then the names are our own.
    static WalkSettings settings(Arguments const& arguments) {
        auto const name = "model-" + std::to_string(std::random_device{}());
        WalkSettings settings{.project = arguments.has("--url") ? name : "_default"};
        settings.protocol_only = arguments.has("--reference");
        return settings;
    }

    bool begin() {
        if (!arguments_.has("--url")) return start();
        auto const url = arguments_.text("--url", "");
        std::uint16_t port = 0;
        auto const colon = url.rfind(':') + 1;
        std::from_chars(url.data() + colon, url.data() + url.size(), port);
        walk_.connect(port);
        return true;
    }

    bool start() {
        std::vector<std::string> flags{
            "--durability",      arguments_.text("--durability", "os"),
            "--rotate-messages", std::to_string(k_limits.segment_messages),
            "--rotate-bytes",    std::to_string(k_limits.segment_bytes)};
        if (dice_.in_hundred(20)) flags.emplace_back("--keep-hot");
        // What is in no cache is read from where it lies.
        if (dice_.in_hundred(70))
            flags.insert(flags.end(), {"--tail-cache-bytes", "4000", "--page-cache-bytes", "4000"});
        if (dice_.in_hundred(30)) flags.insert(flags.end(), {"--segment-cache-bytes", "8000"});
        server_ =
            std::make_unique<ServerProcess>(ServerSettings{.binary = arguments_.server_binary(),
                                                           .data_dir = directory_.path() + "/data",
                                                           .flags = flags});
        if (!server_->wait_until_listening()) {
            failed(0, "the server " + server_->problem());
            return false;
        }
        walk_.connect(server_->port());
        return true;
    }

    bool restart(std::uint64_t op) {
        bool const politely = dice_.in_hundred(50);
        server_->signal(politely ? SIGTERM : SIGKILL);
        auto const ended = server_->wait();
        if (politely && ended != 0) {
            failed(op, "SIGTERM: exit code " + std::to_string(ended) +
                           ", wanted 0; its log ends:\n" + server_->log_tail());
            return false;
        }
        ++restarts_;
        return start();
    }

    int failed(std::uint64_t op, std::string const& why) {
        directory_.keep();
        std::cout << "model: FAILED at operation " << op << ", seed " << seed_ << ": " << why;
        if (server_) std::cout << "\nserver's log ends:\n" << server_->log_tail();
        std::cout << "\ndata is left in " << directory_.path() << "; again: model_test --seed "
                  << seed_ << " --ops " << ops_ << "\n0 passed, 1 failed" << std::endl;
        return 1;
    }

    Arguments const& arguments_;
    std::uint64_t ops_;
    std::uint64_t restart_every_;
    std::uint64_t seed_;
    Dice dice_;
    TempDir directory_;
    std::unique_ptr<ServerProcess> server_;
    Walk walk_;
    int restarts_ = 0;
};

} // namespace

} // namespace ds

int main(int argc, char** argv) {
    ds::Arguments const arguments(argc, argv, ds::k_usage);
    return ds::Run(arguments).play();
}
