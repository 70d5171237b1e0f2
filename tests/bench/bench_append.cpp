// Durable appends per second, beside a ceiling measured in the same run.
//
// Server (or ceiling) on one processor, load on the other if asked for. Every answer is a 204 that
// stands for a synced append.
#include "bench/append_load.h"
#include "bench/ceiling.h"
#include "bench/load.h"
#include "support/temp_dir.h"

#include <iostream>

namespace ds {

namespace {

constexpr char const* k_usage =
    "ds_bench_append [--connections 1,16,64,256] [--seconds N] [--size BYTES] [--streams N]\n"
    "                [--server-cpu N] [--client-cpu N] [--durability full|os] [--ds PATH] [--data "
    "DIR]\n"
    "                [--no-ceiling]\n";

void report(AppendLoad const& load, AppendResult const& ours, AppendResult const& most) {
    auto const ratio = most.per_second > 0 ? ours.per_second / most.per_second : 0;
    std::cout << format_text("%11zu | %9.0f %8.2f %8.2f | %9.0f %8.2f %8.2f | %4.2f\n",
                             load.connections, ours.per_second, ours.latency.p50_ms,
                             ours.latency.p99_ms, most.per_second, most.latency.p50_ms,
                             most.latency.p99_ms, ratio)
              << format_text(R"({"bench":"append","connections":%zu,"streams":%zu,"size":%zu,)"
                             R"("per_second":%.0f,"p50_ms":%.3f,"p99_ms":%.3f,)"
                             R"("ceiling_per_second":%.0f,"ratio":%.3f})",
                             load.connections, load.streams.size(), load.size, ours.per_second,
                             ours.latency.p50_ms, ours.latency.p99_ms, most.per_second, ratio)
              << std::endl;
}

int run(Arguments const& arguments) {
    auto const counts = arguments.numbers("--connections", "1,16,64,256");
    auto const streams = arguments.number("--streams", 1);
    auto const server_cpu = cpu_option(arguments, "--server-cpu");
    if (!raise_open_files(4096)) return 1;
    TempDir const directory(arguments.text("--data", ""));

    AppendLoad load;
    load.size = arguments.number("--size", 100);
    load.duration = std::chrono::seconds(arguments.number("--seconds", 3));
    for (std::uint64_t i = 0; i < streams; ++i)
        load.streams.push_back("bench/append-" + std::to_string(i));

    auto const server = serve(arguments, directory.path() + "/data",
                              {"--durability", arguments.text("--durability", "full")});
    for (auto const& stream : load.streams)
        create_stream(server->port(), stream, "text/plain");
    std::optional<Ceiling> ceiling;
    if (!arguments.has("--no-ceiling")) ceiling.emplace(directory.path() + "/ceiling", server_cpu);
    pin_thread(cpu_option(arguments, "--client-cpu"));

    std::cout << "durable appends of " << load.size << " bytes to " << streams << " stream(s), "
              << load.duration.count() / 1000 << " s each\n"
              << "connections |   ds /s   p50 ms   p99 ms | ceiling /s  p50 ms   p99 ms | ratio"
              << std::endl;
    // Turn by turn, so that both meet the same disk in the same mood.
    for (auto const connections : counts) {
        load.connections = connections;
        load.port = server->port();
        auto const ours = run_append_load(load);
        AppendResult most;
        if (ceiling) {
            load.port = ceiling->port();
            most = run_append_load(load);
        }
        report(load, ours, most);
    }
    return 0;
}

} // namespace

} // namespace ds

int main(int argc, char** argv) {
    return ds::run(ds::Arguments(argc, argv, ds::k_usage));
}
