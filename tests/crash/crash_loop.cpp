// kill -9 in a loop: nothing acknowledged is lost, nothing is there twice.
//
// Each round starts the server on the same directory, holds everything it says against what it has
// acknowledged in all rounds before, then lets writers of every kind at it and kills it. Some
// rounds kill it once more while it starts. Two ways to know what must be there:
//   - shared streams with concurrent writers, checked by a ledger (shared_stream.h, forker.h)
//   - random walks over all operations, one at a time, checked by a model (support/walk.h)
//
// Segments are tiny and move to an object store all the while, in another way each round. Now and
// then nothing runs, and the directory and the store are held against each other (cold_side.h).
#include "crash/cold_side.h"
#include "crash/forker.h"
#include "crash/shared_stream.h"
#include "crash/trouble.h"
#include "support/arguments.h"
#include "support/server_process.h"
#include "support/temp_dir.h"
#include "support/walk.h"

#include <signal.h>

#include <algorithm>
#include <array>
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

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr char const* k_usage =
    "crash_loop [--rounds N] [--seed S] [--ds PATH] [--data DIR] [--lanes N]\n"
    "           [--store dir|s3|flaky] [--endpoint URL] [--flaky PERCENT]\n"
    "  --rounds N    starts and kills (20)\n"
    "  --data DIR    parent of the server's data directory (the system's temporary directory)\n"
    "  --store S     where segments go: a folder (dir), or the S3 server at --endpoint\n"
    "  --endpoint U  where tests/node/s3.mjs listens\n"
    "  --flaky P     with --store flaky, how many of a hundred requests it fails (10)\n";

constexpr std::uint64_t k_offline_every = 5;
// A stream with more is replaced by a new one; from a store that is far, reading takes long.
constexpr std::size_t k_shared_messages_max = 2500;
constexpr std::size_t k_shared_messages_max_far = 600;

class CrashLoop {
public:
    explicit CrashLoop(Arguments const& arguments)
        : rounds_(arguments.number("--rounds", 20)),
          seed_(arguments.number("--seed", std::random_device{}())),
          dice_(seed_),
          directory_(arguments.text("--data", "")),
          binary_(arguments.server_binary()),
          lanes_(arguments.text("--lanes", "1")),
          cold_(arguments, binary_, trouble_),
          forker_("shared", dice_.next(), trouble_) {
        for (int i = 0; i < 4; ++i)
            shared_.emplace_back("shared/stream-" + std::to_string(i), i % 2 == 0, dice_.next(),
                                 trouble_);
        for (int i = 0; i < 3; ++i) {
            WalkSettings settings{.project = "walk-" + std::to_string(i)};
            settings.names = 8;
            settings.messages_max = 150;
            settings.large_messages = false;
            settings.short_pages = cold_.is_far();
            // One of them ends its streams all the time, while their segments are on their way.
            if (i == 0) settings.removes = settings.closes = 12;
            walks_.push_back(std::make_unique<Walk>(settings, ModelLimits{}, dice_.next()));
        }
    }

    int run() {
        std::cout << "crash loop: seed " << seed_ << ", " << rounds_ << " rounds" << std::endl;
        auto const began = steady_clock::now();
        std::uint64_t round = 1;
        bool const began_well = !trouble_.any() && survive_births() && cold_.begin();
        for (; began_well && round <= rounds_ && play(round); ++round)
            if (round % 10 == 0) report(round);
        // What the last kill left behind counts as well.
        bool const passed = round > rounds_ && start() && verify() && stop() && verify_cold() &&
                            (cold_.segments() > 0 || rounds_ < 10 ||
                             trouble_.report("no segment ever got to the store"));
        auto const took =
            std::chrono::duration_cast<std::chrono::seconds>(steady_clock::now() - began);
        std::cout << "crash loop: seed " << seed_ << ", " << std::min(round, rounds_) << " rounds, "
                  << startup_kills_ << " kills during start, " << forker_.made() << " forks, "
                  << acknowledged() << " looks at acknowledged appends, " << walk_checks()
                  << " checks of the model, " << cold_.segments() << " segments in the store, "
                  << aged_rounds_ << " rounds with age, slowest start " << slowest_start_.count()
                  << " ms, " << took.count() << " s" << std::endl;
        if (!passed) explain(round);
        std::cout << (passed ? "1 passed, 0 failed" : "0 passed, 1 failed") << std::endl;
        return passed ? 0 : 1;
    }

private:
    // Directories whose first start is killed somewhere: the second one makes good what is missing.
    bool survive_births() {
        constexpr int k_births = 12;
        std::vector<std::string> const flags{"--lanes", lanes_};
        for (int i = 0; i < k_births; ++i) {
            TempDir const newborn;
            ServerSettings const settings{
                .binary = binary_, .data_dir = newborn.path() + "/data", .flags = flags};
            {
                ServerProcess first(settings);
                kill_soon(first);
            }
            ServerProcess second(settings);
            if (!second.wait_until_listening())
                return trouble_.report("after a kill in its first start the server " +
                                       second.problem());
            second.signal(SIGTERM);
            if (second.wait() != 0) return trouble_.report("a young server did not end well");
        }
        return true;
    }

    // One start, everything checked, some writing, one kill.
    bool play(std::uint64_t round) {
        choose_settings();
        if (dice_.in_hundred(20)) kill_while_starting();
        if (!start()) return false;
        if (round == 1 && !create_shared()) return false;
        if (!verify() || !renew_full_streams()) return false;
        bool const aged = dice_.in_hundred(20);
        if (aged && !start_with_age()) return false;
        return write_until_killed() && (round % k_offline_every != 0 || verify_cold());
    }

    // How this round's server fills, moves and caches segments.
    void choose_settings() {
        limits_ = ModelLimits{};
        if (dice_.in_hundred(85)) limits_.segment_messages = dice_.between(5, 20);
        settings_ = {"--lanes", lanes_};
        auto const set = [this](std::string const& name, std::string const& value) {
            settings_.insert(settings_.end(), {name, value});
        };
        if (dice_.in_hundred(25)) settings_.emplace_back("--keep-hot");
        constexpr std::array<char const*, 3> k_compressions{"auto", "none", "zstd"};
        set("--rotate-compression", dice_.pick(k_compressions));
        // What is in no cache is read from where it lies.
        if (dice_.in_hundred(60)) {
            set("--tail-cache-bytes", "4000");
            set("--page-cache-bytes", "4000");
        }
        if (dice_.in_hundred(50)) set("--segment-cache-bytes", "20000");
        auto const store = cold_.flags();
        settings_.insert(settings_.end(), store.begin(), store.end());
    }

    // A segment that is sealed for its age ends where the model cannot foresee it: the walks'
    // streams are deleted before, and none is made until the next round.
    bool start_with_age() {
        for (auto& walk : walks_)
            if (!walk->clear()) return trouble_.report(walk->failure());
        if (!stop()) return false;
        for (auto& stream : shared_)
            stream.let_segments_age();
        if (dice_.in_hundred(50) && !cold_.rotate(data())) return false;
        ++aged_rounds_;
        aging_ = true;
        // Wide enough for a segment to grow old before it is full.
        limits_.segment_messages = dice_.between(200, 1000);
        return start();
    }

    bool verify_cold() { return cold_.verify(data()); }

    std::string data() const { return directory_.path() + "/data"; }

    std::unique_ptr<ServerProcess> spawn() {
        auto flags = settings_;
        flags.insert(flags.end(), {"--rotate-messages", std::to_string(limits_.segment_messages),
                                   "--rotate-age", aging_ ? "0.05" : "0"});
        return std::make_unique<ServerProcess>(
            ServerSettings{.binary = binary_, .data_dir = data(), .flags = flags});
    }

    void kill_while_starting() {
        auto const server = spawn();
        kill_soon(*server);
    }

    void kill_soon(ServerProcess& server) {
        std::this_thread::sleep_for(std::chrono::microseconds(dice_.below(60'000)));
        server.signal(SIGKILL);
        server.wait();
        ++startup_kills_;
    }

    bool start() {
        auto const began = steady_clock::now();
        server_ = spawn();
        if (!server_->wait_until_listening())
            return trouble_.report("the server " + server_->problem());
        slowest_start_ = std::max(
            slowest_start_, std::chrono::duration_cast<milliseconds>(steady_clock::now() - began));
        trouble_.killed = false;
        for (auto& walk : walks_)
            walk->connect(server_->port(), cold_.unavailable());
        return true;
    }

    bool stop() {
        server_->signal(SIGTERM);
        auto const ended = server_->wait();
        return ended == 0 || trouble_.report("SIGTERM: exit code " + std::to_string(ended));
    }

    bool create_shared() {
        HttpClient client(server_->port(), cold_.unavailable());
        return std::ranges::all_of(shared_, [&](auto& stream) { return stream.create(client); });
    }

    bool verify() {
        HttpClient client(server_->port(), cold_.unavailable());
        for (auto& stream : shared_)
            if (!stream.verify(client)) return false;
        if (!forker_.verify(client)) return false;
        for (auto& walk : walks_) {
            if (!walk->settle()) return trouble_.report(walk->failure());
            walk->set_limits(limits_);
        }
        return true;
    }

    // Streams end when they are full, so that the directory does not grow without bound.
    bool renew_full_streams() {
        HttpClient client(server_->port(), cold_.unavailable());
        auto const most = cold_.is_far() ? k_shared_messages_max_far : k_shared_messages_max;
        for (auto& stream : shared_) {
            if (stream.messages().size() < most) continue;
            if (!forker_.release(client, stream) || !stream.remove(client) ||
                !stream.create(client))
                return false;
        }
        return true;
    }

    bool write_until_killed() {
        auto const port = server_->port();
        std::vector<std::thread> threads;
        for (auto& stream : shared_)
            for (auto& writer : stream.writers())
                threads.emplace_back([this, port, &writer] {
                    HttpClient client(port, cold_.unavailable());
                    constexpr std::uint64_t k_appends_max = 2000;
                    writer.run(client, trouble_, k_appends_max);
                });
        bool const walking = !std::exchange(aging_, false);
        for (auto& walk : walks_)
            if (walking) threads.emplace_back([this, &walk] { this->walk_on(*walk); });
        threads.emplace_back([this, port] {
            HttpClient client(port, cold_.unavailable());
            forker_.run(client, shared_);
        });

        std::this_thread::sleep_for(std::chrono::microseconds(dice_.between(30'000, 400'000)));
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

    void walk_on(Walk& walk) {
        while (!trouble_.any()) {
            auto const step = walk.step();
            if (step == Walk::Step::failed) trouble_.report(walk.failure());
            if (step == Walk::Step::unanswered && !trouble_.killed)
                trouble_.report("a connection broke, though nobody killed the server\n" +
                                walk.failure());
            if (step != Walk::Step::done) return;
        }
    }

    std::uint64_t acknowledged() const {
        std::uint64_t sum = 0;
        for (auto const& stream : shared_)
            sum += stream.acknowledged();
        return sum;
    }
    std::uint64_t walk_checks() const {
        std::uint64_t sum = 0;
        for (auto const& walk : walks_)
            sum += walk->checks();
        return sum;
    }

    void report(std::uint64_t round) const {
        std::size_t messages = 0;
        for (auto const& stream : shared_)
            messages += stream.messages().size();
        std::cout << "  round " << round << ": " << messages << " messages in " << shared_.size()
                  << " shared streams, slowest start " << slowest_start_.count() << " ms"
                  << std::endl;
    }

    void explain(std::uint64_t round) {
        directory_.keep();
        std::cout << "FAILED in round " << round << ": " << trouble_.what() << "\ndata is left in "
                  << directory_.path() << "; again (as far as timing allows): crash_loop --seed "
                  << seed_ << " --rounds " << rounds_ << std::endl;
    }

    std::uint64_t rounds_;
    std::uint64_t seed_;
    Dice dice_;
    TempDir directory_;
    std::string binary_;
    std::string lanes_;
    Trouble trouble_;
    ColdSide cold_;
    ModelLimits limits_;
    std::vector<std::string> settings_; // of this round's server
    bool aging_ = false;                // it seals segments for their age
    std::unique_ptr<ServerProcess> server_;
    std::deque<SharedStream> shared_;
    Forker forker_;
    std::vector<std::unique_ptr<Walk>> walks_;
    std::uint64_t startup_kills_ = 0;
    std::uint64_t aged_rounds_ = 0;
    milliseconds slowest_start_{0};
};

} // namespace

} // namespace ds

int main(int argc, char** argv) {
    ds::Arguments const arguments(argc, argv, ds::k_usage);
    return ds::CrashLoop(arguments).run();
}
