// A month of readers and writers as quantities: worked out from a few numbers, or from the counters
// of a run that went on for a while.
#pragma once

#include "base/result.h"

#include <array>
#include <cstdint>

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

// Its numbers under their names in JSON. Of what is counted there is more in a longer time.
struct MonthNumber {
    char const* name;
    double Month::*number;
    bool counted;
};
inline constexpr std::array<MonthNumber, 15> k_month_numbers{{
    {"streams", &Month::streams, false},
    {"longPolls", &Month::long_polls, true},
    {"distinctLongPolls", &Month::distinct_polls, true},
    {"longPollWaitSeconds", &Month::long_poll_wait, false},
    {"longPollBytes", &Month::long_poll_bytes, true},
    {"sseConnects", &Month::sse_connects, true},
    {"sseBytes", &Month::sse_bytes, true},
    {"appends", &Month::appends, true},
    {"producerAppends", &Month::producer_appends, true},
    {"copies", &Month::copies, true},
    {"queueMessages", &Month::queue_messages, true},
    {"rotations", &Month::rotations, true},
    {"coldReads", &Month::cold_reads, true},
    {"retainedBytes", &Month::retained_bytes, true},
    {"hotBytes", &Month::hot_bytes, false},
}};

// What was counted while a run went on.
struct MeasuredRun {
    double seconds = 0;
    // URLs are distinct_polls, as of a single data centre; what was written is kept for a month.
    Month counted{.streams = 1};
    double pops = 1;
};

// Errors name what is out of range.
Result<Month> month_of(Workload const& workload);
Result<Month> month_of(MeasuredRun const& run);

// A share, 0 to 1.
Result<void> check_share(double share, char const* what);

} // namespace ds::loadtest
