// What all benchmarks need: sockets that do not block, limits, processors, percentiles.
#pragma once

#include "support/arguments.h"
#include "support/server_process.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ds {

using LoadClock = std::chrono::steady_clock;

// As many open files as the system allows; false (with a word on standard error) if that is not
// enough.
bool raise_open_files(std::size_t wanted);
// The calling thread, and those it starts, run on this processor only.
void pin_thread(std::optional<unsigned> cpu);
// --server-cpu / --client-cpu; empty when it was not asked for.
std::optional<unsigned> cpu_option(Arguments const& arguments, std::string const& name);

// A connection to 127.0.0.1 that has begun and does not block; -1 when that failed.
int connect_without_waiting(std::uint16_t port);
// Everything, or false: requests are small, and a socket that takes only half of one is given up.
bool send_all(int socket, std::string const& bytes);

struct Percentiles {
    double p50_ms = 0;
    double p99_ms = 0;
    double max_ms = 0;
};
// Sorts what it is given.
Percentiles percentiles(std::vector<std::chrono::nanoseconds>& times);

// A server started for a benchmark: listening, or the program has said why and ended.
std::unique_ptr<ServerProcess> serve(Arguments const& arguments, std::string const& directory,
                                     std::vector<std::string> flags);
// PUT of a new JSON or byte stream; ends the program when that fails.
void create_stream(std::uint16_t port, std::string const& name, std::string const& content_type);
[[noreturn]] void give_up(std::string const& why);

// printf into a string.
[[gnu::format(printf, 1, 2)]] std::string format_text(char const* format, ...);

} // namespace ds
