// Made-up runs. Random numbers come from the generator whose sequence the standard fixes.
#include "unit/loadtest/sample_report.h"

#include "loadtest/figures.h"

#include <chrono>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>

namespace ds::test {

namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

// 2026-11-26T10:00:00Z
Millis const k_began = from_count_ms(1'795'687'200'000);

class SampleDice {
public:
    // From 0 to 1.
    double any() {
        constexpr double k_range = 4294967296.0;
        return static_cast<double>(engine_()) / k_range;
    }
    // Most are near `usual`, few are many times as long.
    nanoseconds time(double usual_ms, double spread) {
        double bell = -6;
        for (int i = 0; i < 12; ++i)
            bell += any();
        return nanoseconds(static_cast<std::int64_t>(usual_ms * std::exp(bell * spread) * 1e6));
    }

private:
    std::mt19937 engine_{20261126};
};

void deliver(ReaderTally& readers, SampleDice& dice, std::uint64_t messages, double usual_ms) {
    constexpr std::uint64_t k_weight = 100; // each roll stands for so many messages
    for (std::uint64_t i = 0; i < messages / k_weight; ++i) {
        // A few wait for a reconnect or a busy moment.
        auto const slow = dice.any() < 0.004 ? 8.0 : 1.0;
        auto const time = dice.time(usual_ms * slow, 0.45);
        for (std::uint64_t n = 0; n < k_weight; ++n) {
            readers.delivery.record(time);
            readers.after_storing.record(time - time / 5);
        }
    }
    readers.messages = readers.delivery.count();
}

void fill_seconds(Tally& tally, SampleDice& dice) {
    constexpr int k_ramp = 10;
    constexpr int k_all = 70;
    for (int i = 0; i < k_all; ++i) {
        auto const readers = i < k_ramp ? 1000U * static_cast<unsigned>(i + 1) : 10'000U;
        Second second;
        second.readers = i == 41 ? 9'240 : readers;
        second.appends = 10;
        second.messages = second.readers - static_cast<std::uint64_t>(dice.any() * 60);
        second.errors = i == 41 ? 12 : 0;
        auto const slowest = dice.time(i == 41 ? 420 : 70, 0.3);
        second.slowest_us = static_cast<std::uint64_t>(slowest.count() / 1000);
        tally.seconds.push_back(second);
    }
}

void fill_urls(Tally& tally, SampleDice& dice) {
    for (int stream = 0; stream < 10; ++stream) {
        for (int at = 0; at < 70; ++at) {
            auto const url = "/v1/stream/loadtest/run-1a2b-" + std::to_string(stream) +
                             "?offset=" + std::to_string(at * 256) + "&live=long-poll";
            auto const roll = dice.any();
            tally.urls[url] = {740 + static_cast<std::uint64_t>(dice.any() * 20), roll < 0.97 ? 1U
                                                                                  : roll < 0.995
                                                                                      ? 2U
                                                                                      : 7U};
        }
    }
}

std::string dollars(double usd) {
    auto const whole = std::floor(usd);
    return "$" + grouped(static_cast<std::uint64_t>(whole)) + fixed(usd - whole, 2).substr(1);
}

// Reads at $0.30 a million, and appends.
BillTable bill(std::string title, double million_reads, std::string note) {
    constexpr double k_appends_usd = 3.89;
    auto const reads_usd = million_reads * 0.3;
    BillTable table{std::move(title), std::move(note), {}, "", reads_usd + k_appends_usd, false};
    table.total = dollars(table.total_usd);
    table.lines = {{"reads that reach a worker", fixed(million_reads, 2) + " million",
                    "$0.30 per million", dollars(reads_usd)},
                   {"appends", "25,920,000", "$0.15 per million", "$3.89"}};
    return table;
}

} // namespace

LoadReport small_report() {
    LoadReport report;
    report.plan.url = report.plan.write_url = "http://127.0.0.1:4437";
    report.plan.token = "eyJhbGciOi.secret.token";
    report.plan.run = "1a2b";
    report.plan.clients = report.plan.clients_in_all = 4;
    report.plan.streams = 1;
    report.plan.sse_ratio = 0.5;
    report.plan.duration = milliseconds(2000);
    report.plan.ramp_up = milliseconds(500);
    report.server = "an embedded server";
    report.began = k_began;
    auto& tally = report.tally;
    for (auto* readers : {&tally.sse, &tally.long_poll}) {
        readers->clients = 2;
        readers->requests = 2;
        readers->batches = readers->messages = 4;
        readers->bytes = 1024;
        readers->offsets = 4;
        readers->offsets_least = readers->offsets_most = 2;
        readers->statuses = {{"200", 2}};
        for (auto const ms : {1, 1, 2, 4})
            readers->delivery.record(milliseconds(ms));
    }
    tally.long_poll.requests = 6;
    tally.long_poll.statuses = {{"200", 4}, {"204", 2}};
    tally.writes.writers = 1;
    tally.writes.appends = 2;
    tally.writes.bytes = 512;
    tally.writes.latency.record(milliseconds(1));
    tally.writes.latency.record(milliseconds(3));
    tally.caches["x-cache"] = {{"HIT", 2}, {"MISS", 2}};
    tally.urls = {{"/a?offset=1", {2, 1}}, {"/a?offset=2", {2, 1}}};
    tally.seconds = {{2, 1, 0, 4, 2000}, {6, 1, 0, 4, 4000}};
    tally.took_s = 2.5;
    return report;
}

LoadReport large_report() {
    auto report = small_report();
    report.plan.url = report.server = "https://streams.example";
    report.plan.write_url = "https://origin.streams.example";
    report.plan.clients = report.plan.clients_in_all = 10'000;
    report.plan.streams = 10;
    report.plan.sse_ratio = 0.25;
    report.plan.duration = milliseconds(60'000);
    report.plan.ramp_up = milliseconds(10'000);
    report.version = "ds 0.1.0";
    report.machine = "2 processors, 7.8 GiB of memory, Linux 6.1";
    report.driver_use = {.memory_bytes = 143'000'000, .cpu_s = 38.2};
    report.server_use = {.memory_bytes = 96'500'000, .cpu_s = 21.7};
    report.parts = {{"one.json", report.machine, 5'000}, {"other.json", report.machine, 5'000}};

    SampleDice dice;
    auto& tally = report.tally;
    tally = {};
    tally.took_s = 70.4;
    tally.sse.clients = 2'500;
    tally.sse.requests = 2'690;
    tally.sse.reconnects = 190;
    deliver(tally.sse, dice, 162'000, 4.1);
    tally.long_poll.clients = 7'500;
    tally.long_poll.requests = 491'000;
    deliver(tally.long_poll, dice, 487'000, 9.6);
    for (auto* readers : {&tally.sse, &tally.long_poll}) {
        readers->batches = readers->messages;
        readers->bytes = readers->messages * 270;
        readers->offsets = readers->clients * 65;
        readers->offsets_least = 60;
        readers->offsets_most = 70;
        readers->statuses["200"] = readers->requests - readers->requests / 100;
        readers->statuses["204"] = readers->requests / 100;
    }
    tally.long_poll.errors = 12;
    tally.writes.writers = 10;
    tally.writes.appends = 700;
    tally.writes.bytes = std::uint64_t{700} * 256;
    for (int i = 0; i < 700; ++i)
        tally.writes.latency.record(dice.time(2.2, 0.4));
    tally.caches["cf-cache-status"] = {
        {"HIT", 485'800}, {"MISS", 812}, {"EXPIRED", 310}, {"DYNAMIC", 66}};
    tally.caches["x-cache"] = {{"MISS", 700}, {"HIT", 486'288}};
    fill_urls(tally, dice);
    tally.pops = {{"FRA", 402'000}, {"AMS", 84'988}};
    tally.errors = {{"connection reset by peer", 9}, {"no answer in 35 s", 3}};
    fill_seconds(tally, dice);
    report.verdicts = verdicts_of({250, 0, 0.99}, tally, "");
    report.bill = {
        bill("Reference architecture, no cache", 38'987.05, ""),
        bill("Reference architecture, edge cache only", 8'170.70, "At 79 % HIT."),
        bill("Reference architecture, CDN as measured", 85.10, "At the HIT rate of this run."),
        bill("ds on a VPS behind a CDN, with R2", 27.70, "At the same rate.")};
    report.bill[2].measured = true;
    return report;
}

} // namespace ds::test
