// Requests over a number of connections on one thread, each with so many in flight: when an answer
// comes, the connection's next request goes out.
#pragma once

#include "bench/dialect.h"
#include "bench/load.h"
#include "bench/measure.h"
#include "loadtest/histogram.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace ds {

struct RequestLoopSettings {
    Target target;
    std::size_t connections = 1;
    std::size_t window = 1; // in flight on each
    // Without a duration it ends when there are no more requests, and all of it counts.
    std::chrono::nanoseconds warm_up{};
    std::optional<std::chrono::nanoseconds> duration{};
    // Adds the next request of this connection to `into`, or returns false: it has no more.
    std::function<bool(std::size_t connection, std::string& into)> compose;
    // Whether an answer is the one that was hoped for; empty: its `accepted` decides.
    std::function<bool(std::size_t connection, FirstAnswer const& answer)> judge{};
};

struct RequestLoopResult {
    std::uint64_t answers = 0; // good ones that came in the time that counts
    std::uint64_t errors = 0;  // other answers, and requests that were never answered
    std::chrono::duration<double> time{};
    std::string wrong{}; // the first of these, for people
    Histogram times;     // of the requests sent in the time that counts

    double per_second() const { return static_cast<double>(answers) / time.count(); }
};

// Ends the program when the server closes a connection. `use` is begun and ended with the time that
// counts.
RequestLoopResult run_request_loop(RequestLoopSettings const& settings, ServerUse& use);
// The same until there are no more requests; the first that is refused ends the program, saying
// what has failed with it.
RequestLoopResult request_all(RequestLoopSettings settings, std::string const& what,
                              ServerUse& use);
void request_all(RequestLoopSettings settings, std::string const& what);
// Adds what a loop of some duration found, prints the report, and says how the program ends.
int finish(Report& report, RequestLoopResult const& result, ServerUse const& use);

} // namespace ds
