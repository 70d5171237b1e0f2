// ds_bench: one measure of a server that runs already; the result is one line of JSON.
#include "bench/measure.h"

#include <array>
#include <exception>
#include <iostream>

namespace ds {

namespace {

struct Measure {
    std::string_view name;
    std::string_view what;
    std::string_view options;
    int (*run)(Arguments const&);
};

constexpr std::string_view k_target_options =
    "  --port N          the server's port on 127.0.0.1\n"
    "  --dialect NAME    ds (default), nchan, redis or nats\n"
    "  --base PATH       before the names of streams (/v1/stream/)\n"
    "  --token TOKEN     every request brings it as a bearer token\n"
    "  --pid N           the server's process: adds its processor time and memory\n"
    "  --prefix NAME     names of streams begin with this (bench)\n";
constexpr std::string_view k_own_options = "  --cpu N           pin the load to this processor\n"
                                           "  --help            show this\n";

constexpr std::array k_measures{
    Measure{"append", "appends, each connection in a closed loop or with a window of requests",
            "[--connections C] [--size BYTES] [--streams S] [--batch K] [--pipeline W]\n"
            "    [--producers] [--content-type T] [--no-create] [--seconds T]",
            measure_append},
    Measure{"catchup", "reads of a whole stream from its start",
            "[--bytes N] [--message-size B] [--content-type T] [--readers R] [--rounds K]\n"
            "    [--no-fill]",
            measure_catchup},
    Measure{"estuary", "messages of one stream, copied to many estuaries",
            "[--subscribers N] [--rate M] [--size BYTES] [--seconds T]", measure_estuary},
    Measure{"fanout", "messages of one stream to many live readers",
            "[--readers R] [--rate M] [--saturate] [--size BYTES] [--seconds T]", measure_fanout},
    Measure{"idle", "what live readers cost that receive nothing, then one append to all",
            "[--readers R] [--size BYTES] [--seconds T]", measure_idle},
    Measure{"longpoll", "one append wakes all long-polls, which come back at the new offset",
            "[--readers R] [--rounds K] [--size BYTES]", measure_longpoll},
    Measure{"reads", "small reads: tail, etag, page or etag-page",
            "[--kind KIND] [--connections C] [--size BYTES] [--seconds T]", measure_reads},
    Measure{"streams", "makes many streams",
            "[--count N] [--append-each] [--connections C] [--pipeline W] [--size BYTES]\n"
            "    [--content-type T]",
            measure_streams},
    Measure{"sqlite", "commits of SQLite in WAL mode with synchronous=FULL; no server",
            "[--directory D] [--size BYTES] [--batch K] [--seconds T]", measure_sqlite},
    Measure{"sockets", "send() of one message to many sockets, read by another thread; no server",
            "[--readers R] [--rounds K] [--size BYTES] [--cpu2 N]", measure_sockets},
};

std::string usage_of(Measure const& measure) {
    return std::string("ds_bench ")
        .append(measure.name)
        .append(": ")
        .append(measure.what)
        .append("\n    ")
        .append(measure.options)
        .append("\n")
        .append(k_target_options)
        .append(k_own_options);
}

std::string usage_of_all() {
    std::string usage = "ds_bench MEASURE [OPTIONS]: one line of JSON on standard output\n";
    for (auto const& measure : k_measures)
        usage.append("  ")
            .append(measure.name)
            .append(": ")
            .append(measure.what)
            .append("\n    ")
            .append(measure.options)
            .append("\n");
    return usage.append("Options of all:\n").append(k_target_options).append(k_own_options);
}

int run(int argc, char** argv) {
    std::string_view const name = argc > 1 ? argv[1] : "";
    for (auto const& measure : k_measures) {
        if (name != measure.name) continue;
        Arguments const arguments(argc - 1, argv + 1, usage_of(measure));
        pin_thread(cpu_option(arguments, "--cpu"));
        try {
            return measure.run(arguments);
        } catch (std::exception const& failed) {
            give_up(failed.what());
        }
    }
    bool const asked = name == "--help";
    (asked ? std::cout : std::cerr) << usage_of_all() << std::flush;
    return asked ? 0 : 2;
}

} // namespace

} // namespace ds

int main(int argc, char** argv) {
    return ds::run(argc, argv);
}
