// A console with a few streams and no engine: what an operator's plane shows without either.
#pragma once

#include "admin/console.h"
#include "fakes/manual_clock.h"

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace ds::test {

class FakeConsole final : public Console {
public:
    ManualClock hands;
    std::uint64_t segments = 2;    // of demo/log
    std::optional<Error> broken{}; // what long operations end with
    std::vector<std::string> asked;
    Projects* kept_projects = nullptr; // for those who ask for them
    std::map<std::string, Retention> kept;
    // Ticks of a rotation, and what each takes. 0: ticks until it is told to stop.
    std::uint64_t ticks = 3;
    std::chrono::milliseconds tick_takes{1000};
    std::atomic<bool> rotating = false;
    std::atomic<bool> told_to_stop = false;

    Clock const& clock() const override { return hands; }
    Projects& projects() override { return *kept_projects; }
    Result<std::string> replace_webhook_key() override { return std::string("ds_new"); }

    Result<upkeep::DirectoryReport> directory() override {
        upkeep::DirectoryReport report;
        report.data = "/data";
        report.identity = "0123456789abcdef";
        report.streams = 1;
        report.projects = {{"demo", 1}};
        return report;
    }
    std::vector<upkeep::StreamSummary> streams(upkeep::Scope const& scope) override {
        std::vector<upkeep::StreamSummary> all;
        if (scope.project.empty() || scope.project == "demo") all.push_back(summary());
        return all;
    }
    Result<std::optional<upkeep::StreamReport>> stream(std::string const& full_name) override {
        if (full_name != "demo/log") return std::optional<upkeep::StreamReport>();
        upkeep::StreamReport report;
        report.summary = summary();
        report.lifetime = Ttl{std::chrono::seconds(60)};
        report.stream_seq = "\xff";
        report.producers = {{"writer", KnownProducer{{1, 7}, 1'767'225'600'000}}};
        report.segments = {segment(0)};
        return std::optional(report);
    }
    Result<void> each_segment(upkeep::Scope const& scope, VisitSegment const& visit) override {
        if (!scope.project.empty() && scope.project != "demo") return {};
        for (std::uint64_t number = 0; number < segments; ++number)
            TRY(visit(segment(number)));
        return {};
    }
    Result<upkeep::RotateTally> rotate(upkeep::Scope const& scope, upkeep::Run run,
                                       upkeep::Tick const& tick) override {
        asked.push_back("rotate " + scope.project + " " + scope.stream +
                        (run == upkeep::Run::dry ? " dry" : ""));
        rotating = true;
        for (std::uint64_t done = 0; ticks == 0 || done < ticks; ++done) {
            hands.advance(tick_takes);
            if (tick(done, ticks, "demo/log")) continue;
            told_to_stop = true;
            return Error{Fault::busy, "stopped"};
        }
        if (broken) return *broken;
        return upkeep::RotateTally{1, 2, 30, 400};
    }
    Result<upkeep::CollectTally> collect(std::chrono::milliseconds grace, upkeep::Run run,
                                         upkeep::Tick const&) override {
        asked.push_back("gc " + std::to_string(grace.count()) +
                        (run == upkeep::Run::dry ? " dry" : ""));
        upkeep::CollectTally tally;
        tally.keys = {"stream/demo/x"};
        return tally;
    }
    Result<void> set_retention(std::string const& scope, Retention const& retention) override {
        if (retention.any())
            kept[scope] = retention;
        else
            kept.erase(scope);
        return {};
    }
    std::vector<std::pair<std::string, Retention>> retentions() override {
        return {kept.begin(), kept.end()};
    }
    Result<std::optional<Offset>> skip_copies(std::string const& full_name) override {
        if (full_name != "demo/log") return Error{Fault::missing, "there is no such stream"};
        asked.push_back("skip " + full_name);
        return std::optional(Offset{2, 5});
    }
    Result<upkeep::BackupTally> back_up(unsigned keep, upkeep::Tick const&) override {
        if (broken) return *broken;
        return upkeep::BackupTally{"backup-1", 10, 1, keep};
    }
    Result<upkeep::VerifyTally> verify(upkeep::Scope const&, upkeep::Tick const&) override {
        if (broken) return *broken;
        return upkeep::VerifyTally{1, 2, 3, 4};
    }

private:
    static upkeep::StreamSummary summary() {
        upkeep::StreamSummary summary;
        summary.name = "demo/log";
        summary.id = 1;
        summary.content_type = "text/plain";
        summary.tail = {2, 0};
        summary.messages = 30;
        return summary;
    }
    static SegmentRecord segment(std::uint64_t number) {
        SegmentRecord record;
        record.stream = 1;
        record.at = {number, 0};
        record.messages = 10;
        record.object_bytes = 100;
        record.key = "key-" + std::to_string(number);
        return record;
    }
};

} // namespace ds::test
