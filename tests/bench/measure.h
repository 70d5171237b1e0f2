// The measures of ds_bench, and what they have in common: a target from the command line, a result
// as one line of JSON.
#pragma once

#include "bench/dialect.h"
#include "bench/load.h"
#include "bench/process_watch.h"
#include "loadtest/histogram.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace ds {

// Each prints one result and returns the exit status: 0 only when nothing failed.
int measure_append(Arguments const& arguments);
int measure_catchup(Arguments const& arguments);
int measure_estuary(Arguments const& arguments);
int measure_fanout(Arguments const& arguments);
int measure_idle(Arguments const& arguments);
int measure_longpoll(Arguments const& arguments);
int measure_reads(Arguments const& arguments);
int measure_sockets(Arguments const& arguments);
int measure_sqlite(Arguments const& arguments);
int measure_streams(Arguments const& arguments);

// --port, --dialect, --base, --token; ends the program without a port.
Target target_from(Arguments const& arguments);
// --seconds, which may be a fraction.
std::chrono::nanoseconds seconds_option(Arguments const& arguments, double otherwise);
// --content-type, or what the dialect's streams are made for.
std::string content_type_option(Arguments const& arguments);

// The streams of `append` and `streams` are numbered, so that one can use what the other has made;
// all names are of one length, and one segment of a path if the prefix is.
inline constexpr std::size_t k_stream_digits = 8;
std::string stream_name(std::string_view prefix, std::uint64_t number);

// What the server (--pid) used between two points of a run. Without --pid all of it is left out of
// the result.
class ServerUse {
public:
    ServerUse() = default; // watches nothing
    explicit ServerUse(Arguments const& arguments);

    void begin();
    void end();
    bool watched() const { return watch_.has_value(); }
    // Since begin(), until end(); of the latter if it has been called.
    std::chrono::nanoseconds cpu_time() const { return cpu_end_ - cpu_begin_; }
    double cpu_percent() const;
    // Of now.
    double rss_mib() const { return watch_ ? watch_->rss_mib() : 0; }

private:
    std::optional<ProcessWatch> watch_;
    std::chrono::nanoseconds cpu_begin_{};
    std::chrono::nanoseconds cpu_end_{};
    LoadClock::time_point time_begin_;
    LoadClock::time_point time_end_;
};

// One JSON object, in the order in which it was filled.
class Report {
public:
    explicit Report(std::string_view measure) { add("measure", measure); }

    Report& add(std::string_view name, std::string_view value);
    Report& add(std::string_view name, char const* value);
    Report& add(std::string_view name, std::uint64_t value);
    Report& add(std::string_view name, double value); // null when it is not finite
    Report& add(std::string_view name, bool value);
    // p50_ms, p99_ms, max_ms, each after the prefix ("last_"); null when nothing was recorded.
    Report& add_times(Histogram const& times, std::string_view prefix = "");
    // server_cpu_us (of one operation), server_cpu_percent, rss_mib, if the server is watched.
    Report& add_server(ServerUse const& use, std::uint64_t operations);
    // dialect, and what else every result says of its target.
    Report& add_target(Target const& target);

    // Closes the object and writes it as one line on standard output.
    void print();

private:
    void add_raw(std::string_view name, std::string_view json);

    std::string text_;
};

} // namespace ds
