// What idle SSE readers cost: memory each, processor time in sum; and how fast one append reaches
// all.
#include "bench/load.h"
#include "bench/sse_readers.h"
#include "support/http_client.h"
#include "support/temp_dir.h"

#include <iostream>
#include <thread>

namespace ds {

namespace {

constexpr char const* k_usage =
    "ds_bench_idle [--readers N] [--seconds N] [--appends N] [--server-cpu N] [--client-cpu N]\n"
    "              [--ds PATH] [--data DIR]\n"
    "  --readers N  SSE readers on one stream (10000)\n"
    "  --seconds N  how long to watch them idle (30)\n"
    "  --appends N  messages sent to all of them afterwards (20)\n";
constexpr char const* k_stream = "bench/idle";

// Sends one message and waits until every reader has it.
void deliver(HttpClient& client, SseReaders& readers, std::uint64_t number, std::size_t count,
             std::vector<std::chrono::nanoseconds>& times) {
    auto const began = LoadClock::now();
    auto const got = client.send({"POST",
                                  std::string("/v1/stream/") + k_stream,
                                  {{"Content-Type", "application/json"}},
                                  numbered_message(number, 100)});
    if (!got || got->status != 204) give_up("an append failed");
    std::size_t received = 0;
    while (received < count) {
        if (LoadClock::now() - began > std::chrono::seconds(30))
            give_up("only " + std::to_string(received) + " readers had the message after 30 s");
        readers.poll(std::chrono::milliseconds(100), [&](std::uint64_t which) {
            if (which != number) return;
            ++received;
            times.push_back(LoadClock::now() - began);
        });
    }
}

int run(Arguments const& arguments) {
    auto const count = arguments.number("--readers", 10'000);
    auto const window = std::chrono::seconds(arguments.number("--seconds", 30));
    if (!raise_open_files(count + 1000)) return 1;
    TempDir const directory(arguments.text("--data", ""));
    auto const server = serve(arguments, directory.path() + "/data", {"--sse-lifetime", "0"});
    pin_thread(cpu_option(arguments, "--client-cpu"));
    create_stream(server->port(), k_stream, "application/json");
    HttpClient client(server->port());

    auto const before_kib = server->resident_kib();
    auto const opening = LoadClock::now();
    SseReaders readers(server->port());
    readers.open(k_stream, count);
    auto const opened = std::chrono::duration<double>(LoadClock::now() - opening).count();
    auto const after_kib = server->resident_kib();
    auto const each_kib = (static_cast<double>(after_kib) - static_cast<double>(before_kib)) /
                          static_cast<double>(count);

    auto const cpu_before = server->cpu_time();
    std::this_thread::sleep_for(window);
    auto const cpu = server->cpu_time() - cpu_before;
    auto const percent = 100.0 * static_cast<double>(cpu.count()) /
                         static_cast<double>(std::chrono::milliseconds(window).count());

    std::vector<std::chrono::nanoseconds> times;
    auto const appends = arguments.number("--appends", 20);
    for (std::uint64_t number = 1; number <= appends; ++number)
        deliver(client, readers, number, count, times);
    auto const delivery = percentiles(times);
    if (readers.lost() > 0) give_up(std::to_string(readers.lost()) + " readers were ended");

    std::cout
        << format_text("idle SSE readers        %zu (opened in %.2f s)\n", count, opened)
        << format_text("server memory           %zu KiB before, %zu KiB with them: %.2f KiB each\n",
                       before_kib, after_kib, each_kib)
        << format_text("server processor, idle  %.2f %% of one core over %lld s\n", percent,
                       static_cast<long long>(window.count()))
        << format_text(
               "one append to all       p50 %.1f ms, p99 %.1f ms, last %.1f ms (%zu appends)\n",
               delivery.p50_ms, delivery.p99_ms, delivery.max_ms, appends)
        << format_text(
               R"({"bench":"idle","readers":%zu,"kib_per_reader":%.3f,"idle_cpu_percent":%.3f,)"
               R"("deliver_p50_ms":%.3f,"deliver_p99_ms":%.3f,"deliver_max_ms":%.3f})",
               count, each_kib, percent, delivery.p50_ms, delivery.p99_ms, delivery.max_ms)
        << std::endl;
    return 0;
}

} // namespace

} // namespace ds

int main(int argc, char** argv) {
    return ds::run(ds::Arguments(argc, argv, ds::k_usage));
}
