// Promises of cli/report_text and cli/table.
#include "admin/report_json.h"
#include "cli/report_text.h"
#include "cli/table.h"
#include "support/text.h"

#include <doctest/doctest.h>

#include <string>

using namespace ds;

namespace {

using ds::test::has;

upkeep::StreamReport report() {
    upkeep::StreamReport report;
    report.summary.name = "demo/log";
    report.summary.id = 7;
    report.summary.content_type = "text/plain";
    report.summary.closed = true;
    report.summary.tail = {3, 4};
    report.summary.hot_rows = 1;
    report.summary.hot_bytes = 2048;
    report.summary.segments = 3;
    report.summary.waiting = 2;
    return report;
}

} // namespace

TEST_CASE("table: columns are as wide as their widest cell, numbers stand to the right") {
    Table table({"NAME", ">COUNT", "NOTE"});
    table.add({"\xc3\xa9t\xc3\xa9s", "7", "x"});
    table.add({"a", "1234567", ""});
    CHECK(table.text() == "NAME    COUNT  NOTE\n"
                          "\xc3\xa9t\xc3\xa9s        7  x\n"
                          "a     1234567\n");
    CHECK(Table({"A"}).text(2) == "  A\n");
}

TEST_CASE("report: a stream's facts, and nothing of what it has not") {
    auto const text = stream_text(json_of(report()));
    CHECK(has(text, "stream        demo/log (id 7)\n"));
    CHECK(has(text, "state         live, closed\n"));
    CHECK(has(text, "tail          0000000000000003_0000000000000004\n"));
    CHECK(has(text, "hot           1 row, 2.0 KiB\n"));
    CHECK(has(text, "cold          3 segments up to 0000000000000000_0000000000000000, 2 to be"));
    CHECK(has(text, "lives         for ever\n"));
    CHECK(has(text, "keeps         no limit\n"));
    for (auto const* absent : {"forked", "forks", "producers", "segments\n", "stream-seq"})
        CHECK(text.find(absent) == std::string::npos);
}

TEST_CASE("report: a fork with producers, a lifetime and limits") {
    auto fork = report();
    fork.forked_from = "demo/source";
    fork.forked_at = Offset{1, 2};
    fork.fork_names = {"demo/a", "demo/b"};
    fork.lifetime = Ttl{std::chrono::seconds(60)};
    fork.ends = from_count_ms(1'767'225'600'000);
    fork.retention = {3'600'000, 0, 1};
    fork.producers = {{"writer", KnownProducer{{1, 7}, 1'767'225'600'000}}};
    fork.segments.emplace_back();
    auto const text = stream_text(json_of(fork));
    CHECK(has(text, "forked from   demo/source at 0000000000000001_0000000000000002\n"));
    CHECK(has(text, "forks         demo/a, demo/b\n"));
    CHECK(has(text, "lives         1m after the last use, now at 2026-01-01T00:00:00.000Z\n"));
    CHECK(has(text, "keeps         1h, 1 message\n"));
    CHECK(has(text, "  writer        1         7  2026-01-01T00:00:00.000Z\n"));
    CHECK(has(text, "\nsegments\n  NUMBER  FROM"));
}

TEST_CASE("report: what retention has left of the messages") {
    auto trimmed = report();
    trimmed.summary.messages = trimmed.kept_messages = 3090;
    CHECK(has(stream_text(json_of(trimmed)), "messages      3090\n"));
    trimmed.kept_messages = 94;
    CHECK(has(stream_text(json_of(trimmed)), "messages      3090 in all, 94 left\n"));
}

TEST_CASE("report: of many producers those that were heard last") {
    auto busy = report();
    for (int i = 0; i < 23; ++i)
        busy.producers.push_back(
            {"p" + std::to_string(i), KnownProducer{{1, 7}, 1'767'225'600'000 + i}});
    auto const text = stream_text(json_of(busy));
    CHECK(text.find("  p22 ") < text.find("  p4 "));
    CHECK(has(text, "  p3 "));
    CHECK(text.find("  p2 ") == std::string::npos);
    CHECK(has(text, "  and 3 that were heard before; --json tells all\n"));
}

TEST_CASE("report: a directory says what fails") {
    upkeep::DirectoryReport directory;
    directory.data = "/d";
    directory.store_sick = "no route";
    directory.counts.gets = 3;
    directory.refused = {{"project-requests", 12}, {"project-bytes", 0}, {"address-readers", 1}};
    directory.projects = {{"demo", 2}};
    auto const text = directory_text(json_of(directory));
    CHECK(has(text, "store         none\n"));
    CHECK(has(text, "store fails   no route\n"));
    CHECK(has(text, "cold reads    3 gets of 0 B"));
    CHECK(has(text, "refused       address-readers 1, project-requests 12\n"));
    CHECK(has(text, "  demo           2\n"));
    CHECK(text.find("writes fail") == std::string::npos);
    CHECK(text.find("copies") == std::string::npos);
    directory.fanout = {3, 30, 1, 2, 10, 11, 1, 4, 1, {}};
    auto const copying = directory_text(json_of(directory));
    CHECK(has(copying, "estuaries     10, 11 subscriptions\n"));
    CHECK(has(copying,
              "copies        30 of 3 appends; 4 appends of 1 stream owed; 2 announced, 1 failed "
              "tries\n"));
    CHECK(has(copying, "copies fail   1 stream paused"));
}

TEST_CASE("report: lists of streams, limits, and of what was restored") {
    CHECK(has(streams_text({json_of(report().summary)}), "demo/log  live, closed  "));
    CHECK(has(retentions_text(json_of({{"demo", Retention{0, 1024, 0}}})), "demo   1.0 KiB\n"));
    upkeep::RestoreTally tally;
    tally.streams.push_back({"demo/log", 1, 2, 3, 4, {2, 0}, true, "no producers"});
    CHECK(has(restored_text(json_of(tally)), "closed  no producers\n"));
    CHECK(counted(1, "segment") == "1 segment");
    CHECK(counted(0, "segment") == "0 segments");
}
