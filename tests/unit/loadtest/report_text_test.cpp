// Promises of loadtest/report_text.
#include "loadtest/report_text.h"
#include "support/text.h"
#include "unit/loadtest/sample_report.h"

#include <doctest/doctest.h>

#include <string>

using namespace ds;
using namespace ds::test;

namespace {

using ds::test::has;

constexpr char const* k_small = R"(CONFIG
  server          an embedded server
  project         loadtest
  readers         4 on 1 stream: 2 SSE, 2 long-poll
  writers         one for each stream, a message of 256 B every 1,000 ms
  duration        2 s after a ramp-up of 0.5 s; took 2.5 s
  began           2026-11-26T10:00:00.000Z

WRITES
  writers         1
  appends         2, 0.8/s, 512 B
  errors          0
  late            0 waited for the append before them
                       appends       min       avg       p50       p90       p99       max
  latency                    2   1.00 ms   2.00 ms   1.00 ms   3.00 ms   3.00 ms   3.00 ms

SSE READERS
  readers         2
  requests        2, 0 reconnects
  batches         4 with 4 messages, 1.6/s, 1.0 KiB
  errors          0
  statuses        200: 2

LONG-POLL READERS
  readers         2
  requests        6, 0 reconnects
  batches         4 with 4 messages, 1.6/s, 1.0 KiB
  errors          0
  statuses        200: 4, 204: 2

EVENT DELIVERY
                      messages       min       avg       p50       p90       p99       max
  SSE                        4   1.00 ms   2.00 ms   1.00 ms   4.00 ms   4.00 ms   4.00 ms
  long-poll                  4   1.00 ms   2.00 ms   1.00 ms   4.00 ms   4.00 ms   4.00 ms
  both                       8   1.00 ms   2.00 ms   1.00 ms   4.00 ms   4.00 ms   4.00 ms
  gaps            0
  duplicates      0
  Every reader saw every message once.

CACHE
  x-cache
             2   50.00 %  HIT
             2   50.00 %  MISS
  50.00 % of 4 answers came out of the cache, says x-cache: it works well, one miss per URL.

MISSES PER OFFSET
  unique URLs     2, asked for 2.0 times on average
  misses          2: 1.00 per URL (ideal: 1), at most 1
  One miss per URL: the cache collapses equal requests.

OFFSET DRIFT
  SSE             Distinct offsets for each reader: 2 to 2, 2.0 on average: readers move together.
  long-poll       Distinct offsets for each reader: 2 to 2, 2.0 on average: readers move together.

ERRORS
  none

Every message arrived once, without an error.
)";

} // namespace

TEST_CASE("a report as text, as a whole") {
    CHECK(report_text(small_report()) == k_small);
}

TEST_CASE("a report as text has all that a run can have") {
    auto const text = report_text(large_report());
    for (auto const* heading :
         {"CONFIG\n", "\nADDED UP FROM\n", "\nWRITES\n", "\nSSE READERS\n", "\nLONG-POLL READERS\n",
          "\nEVENT DELIVERY\n", "\nCACHE\n", "\nMISSES PER OFFSET\n", "\nOFFSET DRIFT\n",
          "\nPOPS\n", "\nERRORS\n", "\nMEMORY\n", "\nBILL\n", "\nBUDGETS\n"}) {
        CAPTURE(heading);
        CHECK(has("\n" + text, heading));
    }
    CHECK(has(text, "  --max-errors    MISSED: 12 errors (at most 0)\n"));
    CHECK(has(text, "Warning: Answers came from 2 data centres"));
    CHECK(has(text, "connection reset by peer"));
    CHECK(has(text, "$11,700.00"));
    CHECK(text.ends_with("\n\nOne budget was missed.\n"));
}

TEST_CASE("a report as text keeps the token, and what a server says cannot steer a terminal") {
    auto report = small_report();
    report.tally.caches["x-cache"]["\x1b]0;HIT\x07"] = 1;
    report.tally.errors["reset\r\n"] = 1;
    auto const text = report_text(report);
    CHECK_FALSE(has(text, "secret"));
    CHECK_FALSE(has(text, "\x1b"));
    CHECK_FALSE(has(text, "\r"));
}

TEST_CASE("a report as text of a run in which nothing happened") {
    LoadReport report;
    report.server = "http://127.0.0.1:1";
    auto const text = report_text(report);
    CHECK(has(text, "No message reached a reader."));
    CHECK_FALSE(has(text, "SSE READERS"));
    CHECK_FALSE(has(text, "nan"));
}

TEST_CASE("the line that shows how a run goes") {
    LoadProgress progress;
    progress.elapsed_s = 42;
    progress.planned_s = 70;
    progress.readers = 9'998;
    progress.clients = 10'000;
    progress.messages_per_s = 9'990;
    progress.appends_per_s = 10;
    CHECK(progress_line(progress) ==
          "0:42 of 1:10  9,998/10,000 readers  9,990 messages/s  10 appends/s  0 errors");
    progress.errors = 1;
    progress.hit = 0.99912;
    CHECK(progress_line(progress) ==
          "0:42 of 1:10  9,998/10,000 readers  9,990 messages/s  10 appends/s  1 error"
          "  HIT 99.91 %");
}
