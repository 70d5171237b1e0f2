// Promises of loadtest/load_plan.
#include "loadtest/load_plan.h"

#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <string>

using namespace ds;
using std::chrono::milliseconds;

namespace {

LoadPlan good_plan() {
    LoadPlan plan;
    plan.url = "https://streams.example";
    plan.write_url = "http://origin.example:8080";
    plan.token = "a.b.c";
    plan.run = "1a2b";
    plan.clients = plan.clients_in_all = 1003;
    plan.streams = 7;
    plan.sse_ratio = 0.3;
    plan.cache_header = "x-mine";
    plan.threads = 2;
    return plan;
}

std::uint64_t sse_clients(LoadPlan const& plan) {
    std::uint64_t count = 0;
    for (std::uint64_t i = 0; i < plan.clients; ++i)
        count += mode_of(plan, plan.first_client + i) == ReadMode::sse ? 1 : 0;
    return count;
}

} // namespace

TEST_CASE("plan: the parts have all clients, each once, and nearly as many each") {
    auto const plan = good_plan();
    for (std::uint64_t const count : {1U, 2U, 3U, 16U, 1003U, 2000U}) {
        CAPTURE(count);
        auto const parts = parts_of(plan, count);
        REQUIRE(parts.size() == count);
        std::uint64_t next = 0;
        for (auto const& part : parts) {
            CHECK(part.first_client == next);
            CHECK(part.clients_in_all == 1003);
            CHECK(part.clients <= 1003 / count + 1);
            CHECK(part.clients >= 1003 / count);
            CHECK(check_plan(part));
            next += part.clients;
        }
        CHECK(next == 1003);
    }
}

TEST_CASE("plan: parts of parts, too") {
    auto const half = parts_of(good_plan(), 2)[1];
    auto const quarters = parts_of(half, 2);
    CHECK(quarters[0].first_client == half.first_client);
    CHECK(quarters[1].first_client + quarters[1].clients == 1003);
}

TEST_CASE("plan: modes and streams are those of the whole, however it is dealt out") {
    auto const plan = good_plan();
    CHECK(sse_clients(plan) == 301); // 0.3 of 1003, rounded
    std::uint64_t sse = 0;
    for (auto const& part : parts_of(plan, 3))
        sse += sse_clients(part);
    CHECK(sse == 301);
    for (auto const& part : parts_of(plan, 3))
        CHECK(stream_of(part, 500) == stream_of(plan, 500));
    CHECK(stream_of(plan, 0) == 0);
    CHECK(stream_of(plan, 7) == 0);
    CHECK(stream_of(plan, 13) == 6);
    CHECK(stream_name_of(plan, 6) == "loadtest/run-1a2b-6");
}

TEST_CASE("plan: all SSE, or none") {
    auto plan = good_plan();
    plan.sse_ratio = 1;
    CHECK(sse_clients(plan) == 1003);
    plan.sse_ratio = 0;
    CHECK(sse_clients(plan) == 0);
}

TEST_CASE("plan: readers start evenly over the ramp-up, at the same time on whatever thread") {
    auto plan = good_plan();
    plan.clients = plan.clients_in_all = 1000;
    plan.ramp_up = milliseconds(10'000);
    CHECK(start_of(plan, 0) == milliseconds(0));
    CHECK(start_of(plan, 500) == milliseconds(5000));
    CHECK(start_of(parts_of(plan, 2)[1], 500) == milliseconds(5000));
    plan.ramp_up = milliseconds(0);
    CHECK(start_of(plan, 999) == milliseconds(0));
}

TEST_CASE("plan: what makes no sense is refused by the name of its option") {
    auto const refused = [](auto change) {
        auto plan = good_plan();
        change(plan);
        auto const checked = check_plan(plan);
        return checked ? std::string() : checked.error().what;
    };
    CHECK(refused([](LoadPlan&) {}).empty());
    auto const names = [&](auto change, char const* option) {
        CAPTURE(option);
        CHECK(refused(change).starts_with(option));
    };
    names([](auto& plan) { plan.url = "ftp://x"; }, "--url");
    names([](auto& plan) { plan.write_url = ""; }, "--write-url");
    names([](auto& plan) { plan.clients_in_all = 0; }, "--clients");
    names([](auto& plan) { plan.clients_in_all = k_load_clients_max + 1; }, "--clients");
    names([](auto& plan) { plan.first_client = 1; }, "a part");
    names([](auto& plan) { plan.clients = UINT64_MAX; }, "a part");
    names([](auto& plan) { plan.streams = k_load_streams_max + 1; }, "--streams");
    names([](auto& plan) { plan.sse_ratio = 1.01; }, "--sse-ratio");
    names([](auto& plan) { plan.write_interval = milliseconds(0); }, "--write-interval");
    names([](auto& plan) { plan.duration = milliseconds(999); }, "--duration");
    names([](auto& plan) { plan.ramp_up = milliseconds(-1); }, "--ramp-up");
    names([](auto& plan) { plan.message_bytes = 63; }, "--msg-size");
    names([](auto& plan) { plan.project = "a/b"; }, "--project");
    names([](auto& plan) { plan.project = "my project"; }, "--project");
    names([](auto& plan) { plan.project = ""; }, "--project");
    names([](auto& plan) { plan.threads = 0; }, "--threads");
    names([](auto& plan) { plan.threads = 65; }, "--threads");
    names([](auto& plan) { plan.sse_ratio = std::nan(""); }, "--sse-ratio");
    names([](auto& plan) { plan.reader_keys = {"a"}; }, "there is not one reader key");
    // What would end a line of a request, or a word of it.
    names([](auto& plan) { plan.run = "1a/../2"; }, "a run");
    names([](auto& plan) { plan.url += "\r\nHost: other"; }, "URLs, tokens");
    names([](auto& plan) { plan.token = "a b"; }, "URLs, tokens");
    names([](auto& plan) { plan.cache_header = "x\ny"; }, "URLs, tokens");
}
