// Two tenants of one server, at home and where they have no business, at random.
//
// Each thread plays both tenants with streams of its own, so that what it finds is foretold; the
// other threads are there to be confused with. The seed repeats what each thread sends, but for
// what depends on the clock: the instants in tokens, and when a stream's TTL is over.
#include "support/arguments.h"
#include "support/dice.h"
#include "support/server_process.h"
#include "support/temp_dir.h"
#include "tenants/attacker.h"
#include "tenants/caller.h"
#include "tenants/findings.h"
#include "tenants/owner.h"
#include "tenants/paths.h"
#include "tenants/tenant.h"

#include <array>
#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace ds::tenants {

namespace {

constexpr char const* k_usage =
    "tenants_test [--ds PATH] [--requests N] [--seed S] [--threads N] [--prove]\n"
    "  --requests N  how many to send (100000; with --prove 2000)\n"
    "  --threads N   part of what a seed repeats (4)\n"
    "  --prove       attack with the victim's own token: passes when every kind of leak is found\n";

// One thread's connections, and both tenants as it plays them.
class Worker {
public:
    Worker(std::uint16_t port, std::array<Tenant, 2> const& tenants, Findings& findings,
           std::uint64_t seed, unsigned thread, bool cheats)
        : dice_(seed * 1024 + thread), // no two seeds share a thread's choices
          caller_(port, dice_, findings),
          ledgers_{Ledger{tenants[0]}, Ledger{tenants[1]}} {
        for (std::size_t i = 0; i < 2; ++i) {
            auto const& other = tenants[1 - i];
            owners_.emplace_back(caller_, dice_, findings, ledgers_[i], other, thread);
            attackers_.emplace_back(caller_, dice_, findings, other, ledgers_[i], cheats, thread);
        }
    }

    void play(std::uint64_t requests) {
        while (caller_.sent() < requests) {
            auto const who = dice_.below(2);
            if (dice_.in_hundred(50))
                owners_[who].step();
            else
                attackers_[who].step();
        }
    }
    void verify() {
        for (auto& owner : owners_)
            owner.verify();
    }
    Caller const& caller() const { return caller_; }

private:
    Dice dice_;
    Caller caller_;
    std::array<Ledger, 2> ledgers_;
    std::vector<Owner> owners_;
    std::vector<Attacker> attackers_; // of the owner at the same place
};

class Run {
public:
    explicit Run(Arguments const& arguments)
        : arguments_(arguments),
          proves_(arguments.has("--prove")),
          requests_(arguments.number("--requests", proves_ ? 2'000 : 100'000)),
          threads_(static_cast<unsigned>(arguments.number("--threads", 4))),
          seed_(arguments.number("--seed", std::random_device{}())) {
        Dice dice(seed_);
        // One name begins with the other.
        for (std::size_t i = 0; i < 2; ++i)
            tenants_[i] = {i == 0 ? "ten" : "tena", "secret-" + dice.letters(24),
                           "marker-" + dice.letters(16)};
    }

    int play() {
        auto const began = std::chrono::steady_clock::now();
        std::cout << "tenants: seed " << seed_ << ", " << requests_ << " requests" << std::endl;
        if (!start() || !make_projects()) return 1;
        send_all();
        if (server_->wait(std::chrono::milliseconds(0)) != -1) {
            std::cout << "FAIL the server has ended\n" << server_->log_tail() << "\n";
            return finish(0, 1);
        }
        look_at_log();
        auto const took = std::chrono::steady_clock::now() - began;
        std::cout << "answers:";
        for (auto const& [status, count] : statuses_)
            std::cout << " " << status << ": " << count << ",";
        std::cout << "\ntenants: seed " << seed_ << ", " << sent_ << " requests in "
                  << std::chrono::duration_cast<std::chrono::milliseconds>(took).count() << " ms\n";
        return proves_ ? judge_proof() : judge();
    }

private:
    bool start() {
        auto const token_file = directory_.path() + "/admin-token";
        std::ofstream(token_file) << k_admin_token << "\n";
        server_ = std::make_unique<ServerProcess>(ServerSettings{
            .binary = arguments_.server_binary(),
            .data_dir = directory_.path() + "/data",
            .flags = {"--auth", "projects", "--admin-token-file", token_file, "--durability", "os",
                      "--long-poll-timeout", "0.05", "--rotate-messages", "20"}});
        if (server_->wait_until_listening()) return true;
        std::cout << "FAIL the server " << server_->problem() << "\n";
        finish(0, 1);
        return false;
    }

    bool make_projects() {
        HttpClient admin(server_->port());
        for (auto const& tenant : tenants_) {
            auto const answer = admin.send({"PUT", "/v1/config/" + tenant.project,
                                            bearer(k_admin_token), settings(tenant.secret)});
            if (answer && answer->status == 201) continue;
            std::cout << "FAIL the project " << tenant.project << " was not made\n";
            finish(0, 1);
            return false;
        }
        return true;
    }

    void send_all() {
        std::vector<std::unique_ptr<Worker>> workers;
        for (unsigned i = 0; i < threads_; ++i)
            workers.push_back(
                std::make_unique<Worker>(server_->port(), tenants_, findings_, seed_, i, proves_));
        auto const each = [&](auto const& work) {
            std::vector<std::thread> threads;
            for (auto const& worker : workers)
                threads.emplace_back([&work, &worker] { work(*worker); });
            for (auto& thread : threads)
                thread.join();
        };
        each([&](Worker& worker) { worker.play(requests_ / threads_); });
        each([](Worker& worker) { worker.verify(); });
        for (auto const& worker : workers) {
            sent_ += worker->caller().sent();
            for (auto const& [status, count] : worker->caller().statuses())
                statuses_[status] += count;
        }
    }

    // What a log tells is read by others than the tenants.
    void look_at_log() {
        std::ifstream file(directory_.path() + "/data.log");
        std::string const log{std::istreambuf_iterator<char>(file), {}};
        for (auto const& tenant : tenants_)
            if (log.find(tenant.secret) != std::string::npos ||
                log.find(tenant.marker) != std::string::npos)
                findings_.add(Rule::secret, "in the server's log, of " + tenant.project, {}, {});
    }

    int judge() {
        int failed = 0;
        for (auto const& finding : findings_.told())
            std::cout << finding;
        for (std::size_t i = 0; i < k_rules.size(); ++i) {
            auto const count = findings_.count(static_cast<Rule>(i));
            std::cout << "  " << k_rules[i] << ": " << (count == 0 ? "held" : "BROKEN") << ", "
                      << count << " findings\n";
            failed += count == 0 ? 0 : 1;
        }
        return finish(static_cast<int>(k_rules.size()) - failed, failed);
    }

    // A cheat breaks all rules but the last, which is the server's own.
    int judge_proof() {
        int passed = 0;
        int failed = 0;
        for (std::size_t i = 0; i + 1 < k_rules.size(); ++i) {
            auto const count = findings_.count(static_cast<Rule>(i));
            std::cout << (count > 0 ? "  " : "FAIL ") << k_rules[i] << ": " << count
                      << " breaches found\n";
            (count > 0 ? passed : failed) += 1;
        }
        return finish(passed, failed);
    }

    int finish(int passed, int failed) {
        if (failed > 0) directory_.keep();
        if (failed > 0)
            std::cout << "data is left in " << directory_.path() << "; again: tenants_test --seed "
                      << seed_ << " --requests " << requests_ << "\n";
        std::cout << passed << " passed, " << failed << " failed" << std::endl;
        return failed > 0 ? 1 : 0;
    }

    Arguments const& arguments_;
    bool proves_;
    std::uint64_t requests_;
    unsigned threads_;
    std::uint64_t seed_;
    std::array<Tenant, 2> tenants_;
    TempDir directory_;
    std::unique_ptr<ServerProcess> server_;
    Findings findings_;
    std::uint64_t sent_ = 0;
    std::map<int, std::uint64_t> statuses_;
};

} // namespace

} // namespace ds::tenants

int main(int argc, char** argv) {
    ds::Arguments const arguments(argc, argv, ds::tenants::k_usage);
    return ds::tenants::Run(arguments).play();
}
