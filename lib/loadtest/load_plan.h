// What a load test does: which server, how many readers and writers, for how long.
#pragma once

#include "base/result.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

enum class ReadMode : std::uint8_t { sse, long_poll };

struct LoadPlan {
    std::string url;       // of the readers: "https://streams.example"
    std::string write_url; // of the writers, and of all that is not measured
    std::string project = "loadtest";
    std::string token;   // empty: none is sent
    std::string ca_file; // of authorities that are believed besides the system's
    std::string run;     // tells the streams of this run from those of others

    std::uint64_t clients = 100;
    std::uint64_t first_client = 0; // of a thread's part
    std::uint64_t clients_in_all = 100;
    std::uint64_t streams = 10;
    double sse_ratio = 1;
    std::chrono::milliseconds write_interval{1000}; // of each stream's writer
    std::chrono::milliseconds duration{300'000};    // after the last reader was started
    std::chrono::milliseconds ramp_up{10'000};
    std::uint64_t message_bytes = 256;
    std::string cache_header; // in lower case; read besides x-cache and cf-cache-status
    unsigned threads = 1;
    std::vector<std::string> reader_keys{}; // of each stream; empty: none has one
};

inline constexpr std::uint64_t k_load_clients_max = 1'000'000;
inline constexpr std::uint64_t k_load_streams_max = 100'000;
inline constexpr std::uint64_t k_load_message_bytes_min = 64;
inline constexpr std::uint64_t k_load_message_bytes_max = std::uint64_t{1} << 20U;

// Fault::invalid, with the name of the option that makes no sense.
Result<void> check_plan(LoadPlan const& plan);

// Which stream a client reads, and how: the same on whatever thread it runs.
std::uint64_t stream_of(LoadPlan const& plan, std::uint64_t client);
ReadMode mode_of(LoadPlan const& plan, std::uint64_t client);
// "loadtest/run-1a2b-7"
std::string stream_name_of(LoadPlan const& plan, std::uint64_t stream);
// When a client is to be started, from the beginning of the run.
std::chrono::nanoseconds start_of(LoadPlan const& plan, std::uint64_t client);

// The clients of a plan dealt out to so many threads, one part for each.
std::vector<LoadPlan> parts_of(LoadPlan const& plan, std::uint64_t count);

} // namespace ds
