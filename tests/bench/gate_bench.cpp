// ds_gate: what it costs a request to be let in; the result is one line of JSON. The only program
// here that is made of the server's own code.
#include "auth/jwt.h"
#include "bench/measure.h"
#include "frontends/streams/credentials.h"
#include "http/request.h"
#include "service/access/access.h"
#include "support/temp_dir.h"

#include <time.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ds {

namespace {

constexpr std::string_view k_usage =
    "ds_gate: nanoseconds of processor time to let a request in, by what it brings along\n"
    "  --batches N       how often each is measured; the result has the median (21)\n"
    "  --requests N      in a batch (20000)\n"
    "  --cpu N           pin it to this processor\n"
    "  --help            show this\n";
constexpr std::string_view k_project = "bench";
constexpr std::string_view k_secret = "the secret that signs for the benchmark";
constexpr std::int64_t k_hour = 3600;

// A request as the parser leaves it, with the headers that a client of the benchmark sends.
http::Request request_with(std::string const& token) {
    http::Request request;
    request.method = http::Method::get;
    request.text = token.empty() ? "" : "Bearer " + token;
    request.headers = {{"Host", "127.0.0.1"}, {"Accept", "*/*"}};
    if (!token.empty()) request.headers.emplace_back("Authorization", request.text);
    return request;
}

// A server's projects: one, with one secret.
class World {
public:
    World() {
        auto opened = Projects::open(data_.path());
        if (!opened) give_up("the projects could not be opened");
        projects_ = *std::move(opened);
        ProjectSettings settings;
        settings.signing_secrets = {std::string(k_secret)};
        if (!projects_->create(k_project, settings, clock_.now()))
            give_up("the project could not be made");
        options_.mode = access::AuthMode::projects;
        options_.projects = projects_.get();
    }

    access::Access gate() const { return {options_, clock_}; }
    // Two tokens of different numbers differ.
    std::string token(std::size_t number) const {
        Claims claims;
        claims.sub = k_project;
        claims.scope = TokenScope::write;
        claims.exp = count_ms(clock_.now()) / 1000 + k_hour + static_cast<std::int64_t>(number);
        return sign_token(claims, k_secret);
    }

private:
    TempDir data_;
    SystemClock clock_;
    std::unique_ptr<Projects> projects_;
    access::AuthOptions options_;
};

bool is_let_in(access::Access& gate, http::Request const& request,
               access::AccessRequest const& wanted) {
    auto const decision = gate.decide(streams::credentials_of(request), wanted);
    return std::holds_alternative<access::Granted>(decision);
}

// Of this thread's work, whoever else is at work on the machine: the gate waits for nothing.
std::chrono::nanoseconds processor_time() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

struct Cost {
    double median = 0;
    double low = 0;
    double high = 0;
};

// Nanoseconds of one admission, by batch; `request_of` says which request is the n-th of a batch.
Cost cost_of(std::size_t batches, std::size_t requests, std::function<access::Access()> const& open,
             access::AccessRequest const& wanted,
             std::function<http::Request const&(std::size_t)> const& request_of) {
    std::vector<double> costs;
    for (std::size_t batch = 0; batch < batches; ++batch) {
        auto gate = open();
        // What is remembered is remembered from here on.
        if (!is_let_in(gate, request_of(0), wanted)) give_up("a request was not let in");
        std::size_t passed = 0;
        auto const began = processor_time();
        for (std::size_t i = 1; i <= requests; ++i)
            passed += is_let_in(gate, request_of(i), wanted) ? 1 : 0;
        std::chrono::duration<double, std::nano> const took = processor_time() - began;
        if (passed != requests) give_up("a request was not let in");
        costs.push_back(took.count() / static_cast<double>(requests));
    }
    std::ranges::sort(costs);
    return {costs[costs.size() / 2], costs.front(), costs.back()};
}

void add(Report& report, std::string const& name, Cost const& cost) {
    report.add(name + "_ns", cost.median)
        .add(name + "_low_ns", cost.low)
        .add(name + "_high_ns", cost.high);
}

int run(Arguments const& arguments) {
    auto const batches = arguments.number("--batches", 21);
    auto const requests = arguments.number("--requests", 20'000);
    if (batches == 0 || requests == 0) give_up("--batches and --requests must be above 0");
    World const world;
    auto const known = request_with(world.token(0));
    auto const bare = request_with("");
    std::vector<http::Request> fresh;
    for (std::size_t i = 0; i <= requests; ++i)
        fresh.push_back(request_with(world.token(i)));

    access::AccessRequest const wanted{Right::read, k_project, "orders"};
    auto of_anyone = wanted;
    of_anyone.is_public = true;
    auto const open = [&] { return world.gate(); };
    auto const measured = [&](access::AccessRequest const& what, auto const& request_of) {
        return cost_of(batches, requests, open, what, request_of);
    };
    using Taken = http::Request const&;
    Report report("gate");
    report.add("batches", batches).add("requests", requests);
    add(report, "remembered", measured(wanted, [&](std::size_t) -> Taken { return known; }));
    add(report, "fresh", measured(wanted, [&](std::size_t i) -> Taken { return fresh[i]; }));
    add(report, "public", measured(of_anyone, [&](std::size_t) -> Taken { return bare; }));
    report.add("errors", std::uint64_t{0}).print();
    return 0;
}

} // namespace

} // namespace ds

int main(int argc, char** argv) {
    ds::Arguments const arguments(argc, argv, std::string(ds::k_usage));
    ds::pin_thread(ds::cpu_option(arguments, "--cpu"));
    try {
        return ds::run(arguments);
    } catch (std::exception const& failed) {
        ds::give_up(failed.what());
    }
}
