// The arithmetic of a month.
#include "loadtest/month.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string>

namespace ds::loadtest {
namespace {

// An SSE event has a data field and a control event with the next offset beside its message.
constexpr double k_sse_event_bytes = 150;
// Copies go through a queue, 50 in a message, where there are more than 200.
constexpr double k_queued_above = 200;
constexpr double k_queue_message_copies = 50;

std::string shown(double number) {
    std::array<char, 32> text;
    auto const size = std::snprintf(text.data(), text.size(), "%.10g", number);
    return {text.data(), static_cast<std::size_t>(size)};
}

// NaN is in no range.
Result<void> check(double number, char const* what, double least, double most) {
    if (number >= least && number <= most) return {};
    return Error{Fault::invalid, std::string(what) + " must be " + shown(least) + " to " +
                                     shown(most) + ", not " + shown(number)};
}

Result<void> check(Workload const& of) {
    TRY(check(of.readers, "the number of readers", 1, 1e9));
    TRY(check(of.streams, "the number of streams", 1, 1e9));
    TRY(check(of.writes_per_second, "the writes per second", 0, 1e6));
    TRY(check(of.message_bytes, "the size of a message", 0, 1e9));
    TRY(check(of.header_bytes, "the size of an answer's head", 0, 1e6));
    TRY(check_share(of.sse_share, "the share of SSE"));
    TRY(check(of.sse_seconds, "the lifetime of an SSE response", 1, k_month_seconds));
    TRY(check(of.long_poll_seconds, "the timeout of a long-poll", 0.1, 3600));
    TRY(check_share(of.producer_share, "the share of numbered appends"));
    TRY(check(of.subscribers, "the number of subscribers", 0, 1e6));
    TRY(check(of.cold_reads, "the number of cold reads", 0, 1e15));
    TRY(check(of.retention_days, "the retention in days", 0, 36'600));
    TRY(check(of.segment_messages, "the messages of a segment", 1, 1e9));
    TRY(check(of.segment_bytes, "the bytes of a segment", 1, 1e15));
    TRY(check(of.pops, "the number of data centres", 1, 10'000));
    return {};
}

// Requests per second of a reader who waits for each write, and asks again after each answer.
double polls_per_second(Workload const& of) {
    auto const idle = 1 / of.long_poll_seconds;
    auto const writes = of.writes_per_second;
    if (of.arrivals == Arrivals::regular) return std::max(writes, idle);
    // A wait ends after 1/w on average, but after the timeout at the latest.
    if (writes == 0) return idle;
    return writes / -std::expm1(-writes * of.long_poll_seconds);
}

double segments_for(Workload const& of, double appends) {
    auto const full = of.message_bytes > 0
                          ? std::min(of.segment_messages, of.segment_bytes / of.message_bytes)
                          : of.segment_messages;
    return appends / std::max(full, 1.0);
}

void add_reads(Workload const& of, Month& month) {
    auto const sse_readers = of.readers * of.sse_share;
    auto const pollers = of.readers - sse_readers;
    auto const rate = polls_per_second(of);
    auto const messages = of.writes_per_second * k_month_seconds; // that each reader gets
    month.long_polls = pollers * rate * k_month_seconds;
    month.distinct_polls =
        std::min(of.streams * rate * k_month_seconds * of.pops, month.long_polls);
    month.long_poll_wait = std::min(1 / rate, of.long_poll_seconds);
    month.long_poll_bytes =
        month.long_polls * of.header_bytes + pollers * messages * of.message_bytes;
    month.sse_connects = sse_readers * k_month_seconds / of.sse_seconds;
    month.sse_bytes = month.sse_connects * of.header_bytes +
                      sse_readers * messages * (of.message_bytes + k_sse_event_bytes);
}

void add_writes(Workload const& of, Month& month) {
    auto const rate = of.streams * of.writes_per_second;
    month.appends = rate * k_month_seconds;
    month.producer_appends = month.appends * of.producer_share;
    month.copies = month.appends * of.subscribers;
    if (of.subscribers > k_queued_above)
        month.queue_messages = month.appends * std::ceil(of.subscribers / k_queue_message_copies);
    month.rotations = segments_for(of, month.appends + month.copies);
    auto const day = rate * 86'400 * (1 + of.subscribers) * of.message_bytes;
    month.retained_bytes = day * of.retention_days;
    // Segments that are still open are half full on average.
    if (month.rotations > 0)
        month.hot_bytes = of.streams * (1 + of.subscribers) / 2 *
                          std::min(of.segment_messages * of.message_bytes, of.segment_bytes);
}

} // namespace

Result<void> check_share(double share, char const* what) {
    return check(share, what, 0, 1);
}

Result<Month> month_of(Workload const& workload) {
    TRY(check(workload));
    Month month;
    month.streams = workload.streams;
    month.cold_reads = workload.cold_reads;
    add_reads(workload, month);
    add_writes(workload, month);
    return month;
}

Result<Month> month_of(MeasuredRun const& run) {
    auto month = run.counted;
    TRY(check(run.seconds, "the duration of the run in seconds", 1, 10 * k_month_seconds));
    TRY(check(month.long_poll_wait, "the wait of a long-poll in seconds", 0, 3600));
    if (month.streams == 0 || run.pops == 0 || month.long_polls + month.sse_connects == 0)
        return Error{Fault::invalid, "nobody read in this run: there is nothing to make a bill of"};
    for (auto const& [name, number, counted] : k_month_numbers)
        if (counted) month.*number *= k_month_seconds / run.seconds;
    month.distinct_polls = std::min(month.distinct_polls * run.pops, month.long_polls);
    return month;
}

} // namespace ds::loadtest
