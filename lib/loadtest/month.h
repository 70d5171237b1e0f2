// A month of readers and writers as quantities: worked out from a few numbers, or from the counters
// of a run that went on for a while.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <optional>

namespace ds::loadtest {

// 30 days, as in the published tables.
inline constexpr double k_month_seconds = 2'592'000;

enum class Arrivals : std::uint8_t {
    regular, // one write after the other, at equal distances
    poisson, // at random
};

// What somebody plans.
struct Workload {
    double readers = 10'000;
    double streams = 1;           // the readers are spread over them
    double writes_per_second = 1; // to each stream
    Arrivals arrivals = Arrivals::regular;
    double message_bytes = 256;
    double header_bytes = 500; // of an answer, as they count for whoever bills traffic

    double sse_share = 0;         // of the readers; the others use long-poll
    double sse_seconds = 60;      // an SSE response ends after that, and its reader comes back
    double long_poll_seconds = 4; // a long-poll waits for so long

    double producer_share = 0; // of the appends, from numbered producers
    double subscribers = 0;    // of each stream: copies of each append
    double cold_reads = 0;     // gets from the object store in a month
    double retention_days = 30;
    double segment_messages = 1'000;
    double segment_bytes = 4'194'304;

    double pops = 1; // data centres of the CDN that readers come to
};

// What was counted while a run went on.
struct MeasuredRun {
    double seconds = 0;
    std::uint64_t streams = 1;
    std::uint64_t long_polls = 0; // answered, out of a cache or not
    std::uint64_t long_poll_bytes = 0;
    std::uint64_t distinct_polls = 0; // URLs among them: a place and a cursor
    double long_poll_wait = 0;        // seconds, on average, of those that were no HIT
    std::uint64_t sse_connects = 0;
    std::uint64_t sse_bytes = 0;
    std::uint64_t appends = 0;
    std::uint64_t producer_appends = 0;
    std::uint64_t copies = 0; // into estuaries
    std::uint64_t queue_messages = 0;
    std::uint64_t rotations = 0;
    std::uint64_t cold_reads = 0;
    std::uint64_t written_bytes = 0; // with the copies
    double retention_days = 30;
    std::uint64_t pops = 1;
};

// All that a month has of what is billed.
struct Month {
    double streams = 0;
    double long_polls = 0;
    double distinct_polls = 0; // what an ideal cache asks for, in all its data centres
    double long_poll_wait = 0; // seconds, on average, for which one waits at the stream
    double long_poll_bytes = 0;
    double sse_connects = 0;
    double sse_bytes = 0;
    double appends = 0; // by writers
    double producer_appends = 0;
    double copies = 0; // further appends, to estuaries
    double queue_messages = 0;
    double rotations = 0;
    double cold_reads = 0;
    double retained_bytes = 0; // in the object store
    double hot_bytes = 0;      // not there yet

    double answered_bytes() const { return long_poll_bytes + sse_bytes; }
};

// Errors name what is out of range.
Result<Month> month_of(Workload const& workload);
Result<Month> month_of(MeasuredRun const& run);

// A share, 0 to 1.
Result<void> check_share(double share, char const* what);

} // namespace ds::loadtest
