// Reports out of memory and tables, and the long operations of operators.
#include "upkeep/operations.h"

#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <memory>
#include <thread>
#include <utility>

namespace ds::upkeep {

namespace {

// How often it is looked whether segments have got to the store.
constexpr std::chrono::milliseconds k_look_again{10};
// A store that fails for so long while nothing moves is reported instead of waited for.
constexpr std::chrono::seconds k_patience{20};

std::vector<std::shared_ptr<Stream>> streams_in(Catalog const& catalog, Scope const& scope) {
    std::vector<std::shared_ptr<Stream>> found;
    catalog.each([&](std::shared_ptr<Stream> const& stream) {
        if (scope.covers(stream->name)) found.push_back(stream);
    });
    std::ranges::sort(found, {}, [](auto const& stream) { return stream->name.full(); });
    return found;
}

std::uint64_t bytes_of_file(std::string const& path) {
    struct stat facts {};
    if (::stat(path.c_str(), &facts) != 0) return 0;
    // What it takes on the disk: a log that was reserved counts as far as it is there.
    constexpr std::uint64_t k_block = 512;
    return static_cast<std::uint64_t>(facts.st_blocks) * k_block;
}

StreamSummary summary_of(Stream const& stream) {
    auto const head = stream.head();
    auto const held = stream.rotation()->holdings();
    StreamSummary summary;
    summary.name = stream.name.full();
    summary.id = stream.id;
    summary.content_type = stream.content_type();
    summary.life = stream.life();
    summary.tail = head.tail;
    summary.earliest = stream.locate(stream.earliest());
    summary.end = head.end;
    summary.messages = head.ordinal;
    summary.closed = head.closed;
    summary.hot_rows = held.hot_rows;
    summary.hot_bytes = held.hot_bytes;
    summary.segments = held.segments;
    summary.waiting = held.waiting.count;
    return summary;
}

FanoutReport fanout_report(FanoutCounts const& counts) {
    FanoutReport report{counts.publishes,
                        counts.copies,
                        counts.failures,
                        counts.announced,
                        counts.estuaries,
                        counts.subscriptions,
                        counts.sources_behind,
                        counts.appends_owed,
                        counts.circuits_open,
                        counts.set_aside,
                        {}};
    for (std::size_t i = 0; i < report.delays.size(); ++i)
        report.delays[i] = counts.delays[i];
    return report;
}

} // namespace

Result<void> Operations::on_lane(unsigned lane, Chore::Work work) {
    auto const to_lane = [&](Chore& chore) { return engine_.submit(lane, chore); };
    auto const outcome = settle(to_lane, std::move(work));
    if (!outcome) return Error{Fault::busy, "too much is waiting for the log"};
    if (*outcome == Chore::Outcome::failed)
        return Error{Fault::io,
                     "the hot log takes no changes: " + engine_.sickness().value_or("try again")};
    return {};
}

Result<DirectoryReport> Operations::directory() {
    auto const& home = parts_.directory;
    DirectoryReport report;
    report.data = home.path();
    report.identity = home.identity();
    report.store = parts_.store != nullptr ? parts_.store->where() : "";
    report.lanes = home.lanes();
    std::map<std::string, std::uint64_t, std::less<>> projects;
    parts_.catalog.each([&](std::shared_ptr<Stream> const& stream) {
        auto const held = stream->rotation()->holdings();
        ++report.streams;
        report.hot_rows += held.hot_rows;
        report.hot_bytes += held.hot_bytes;
        report.waiting += held.waiting.count;
        ++projects[std::string(stream->name.project())];
    });
    report.projects.assign(projects.begin(), projects.end());
    for (auto const& path : home.lane_paths()) {
        for (auto const* suffix : {"", "-wal", "-shm"})
            report.database_bytes += bytes_of_file(path + suffix);
        auto log = TRY(HotReader::open(path));
        TRY(log.segments().each_segment([&](SegmentRecord const& segment) -> Result<void> {
            ++report.segments;
            report.segment_bytes += segment.object_bytes;
            return {};
        }));
        for (auto& one : TRY(set_aside(log)))
            report.set_aside.push_back(std::move(one));
    }
    report.sickness = engine_.sickness();
    report.store_sick = engine_.store_sickness();
    report.counts = counts();
    report.fanout = fanout_report(engine_.fanout());
    return report;
}

namespace {

// What is before may have been trimmed meanwhile.
Offset owed_from(Stream const& stream, FanoutRecord const& record) {
    return stream.locate(std::clamp(record.position, stream.earliest(),
                                    std::max(stream.earliest(), stream.head().end)));
}

} // namespace

Result<std::vector<SetAside>> Operations::set_aside(HotReader& log) {
    std::vector<FanoutRecord> records;
    TRY(log.estuaries().each_fanout([&](FanoutRecord const& record) -> Result<void> {
        if (!record.aside.empty()) records.push_back(record);
        return {};
    }));
    std::vector<SetAside> all;
    if (records.empty()) return all;
    parts_.catalog.each([&](std::shared_ptr<Stream> const& stream) {
        auto const found = std::ranges::find(records, stream->id, &FanoutRecord::source);
        if (found != records.end())
            all.push_back({stream->name.full(), found->aside, owed_from(*stream, *found)});
    });
    std::ranges::sort(all, {}, &SetAside::stream);
    return all;
}

Result<std::optional<Offset>> Operations::skip_copies(std::string const& full_name) {
    auto const stream = parts_.catalog.find(full_name);
    if (!stream) return Error{Fault::missing, "there is no stream " + full_name};
    auto const lane = engine_.lane_of(stream->name.project());
    std::optional<Offset> from;
    auto log = TRY(HotReader::open(parts_.directory.lane_paths()[lane]));
    TRY(log.estuaries().each_fanout([&](FanoutRecord const& record) -> Result<void> {
        if (record.source == stream->id) from = owed_from(*stream, record);
        return {};
    }));
    if (from) TRY(on_lane(lane, SkipCopies{stream}));
    return from;
}

ColdCounts Operations::counts() const {
    ColdCounts counts;
    if (auto const* history = parts_.history) {
        auto const& read = history->counts();
        counts.gets = read.gets;
        counts.got_bytes = read.got_bytes;
        counts.cached_stripes = read.cached_stripes;
        counts.read_ahead = read.read_ahead;
        counts.faults = read.faults;
    }
    if (auto const* rotator = parts_.rotator) {
        counts.rotated_segments = rotator->counts().segments;
        counts.rotated_bytes = rotator->counts().bytes;
        counts.rotate_faults = rotator->counts().faults;
    }
    if (parts_.removals != nullptr) counts.removed_objects = parts_.removals->removed();
    return counts;
}

std::vector<StreamSummary> Operations::streams(Scope const& scope) {
    std::vector<StreamSummary> summaries;
    for (auto const& stream : streams_in(parts_.catalog, scope))
        summaries.push_back(summary_of(*stream));
    return summaries;
}

Result<std::optional<StreamReport>> Operations::stream(std::string const& full_name) {
    auto const stream = parts_.catalog.find(full_name);
    if (!stream) return std::optional<StreamReport>{};
    StreamReport report;
    report.id = stream->id;
    report.exposure = stream->exposure;
    report.summary = summary_of(*stream);
    auto const head = stream->head();
    report.open_messages = head.segment_messages;
    report.open_bytes = head.segment_bytes;
    report.lifetime = stream->lifespan.lifetime();
    report.touched_ms = stream->lifespan.touched_ms();
    report.ends = stream->lifespan.ends();
    auto const rotated_until = stream->rotation()->until();
    report.rotated_until = stream->locate(std::min(rotated_until, head.end));
    report.retention = parts_.retentions.of(stream->name);
    if (auto const* fork = stream->fork()) {
        report.forked_from = stream->source()->name.full();
        report.forked_at = fork->at;
    }
    for (auto const& other : streams_in(parts_.catalog, {std::string(stream->name.project()), ""}))
        if (other->source() == stream) report.fork_names.push_back(other->name.full());

    auto const lane = engine_.lane_of(stream->name.project());
    TRY(on_lane(lane, Look{[&] {
                    auto const& writers = stream->writers();
                    // Those that have been silent for too long are as good as forgotten.
                    Ledger known{static_cast<Ledger const&>(writers)};
                    forget_silent(known, count_ms(engine_.clock().now()),
                                  parts_.producer_retention);
                    report.producers.assign(known.producers.begin(), known.producers.end());
                    report.stream_seq = writers.stream_seq;
                    report.summary.forks = stream->forks;
                }}));
    std::ranges::sort(report.producers, {}, [](auto const& known) { return known.first; });

    auto log = TRY(HotReader::open(parts_.directory.lane_paths()[lane]));
    if (auto const record = TRY(log.stream(stream->id))) report.created_ms = record->created_ms;
    TRY(log.segments().each_segment_of(stream->id, [&](SegmentRecord segment) -> Result<void> {
        if (segment.at.segment < stream->rotation()->holdings().earliest.segment) return {};
        segment.stripes.clear();
        report.segments.push_back(std::move(segment));
        return {};
    }));
    report.kept_messages = report.summary.messages;
    if (stream->earliest() > 0) {
        report.kept_messages = stream->rotation()->holdings().only_hot_messages;
        for (auto const& segment : report.segments)
            report.kept_messages += segment.messages;
    }
    return std::optional(std::move(report));
}

Result<void>
Operations::each_segment(Scope const& scope,
                         std::function<Result<void>(SegmentRecord const&)> const& visit) {
    for (auto const& stream : streams_in(parts_.catalog, scope)) {
        if (!stream->rotation()->has_segments()) continue;
        auto log = TRY(HotReader::open(
            parts_.directory.lane_paths()[engine_.lane_of(stream->name.project())]));
        auto const earliest = stream->rotation()->holdings().earliest.segment;
        TRY(log.segments().each_segment_of(stream->id, [&](SegmentRecord const& segment) {
            return segment.at.segment < earliest ? Result<void>() : visit(segment);
        }));
    }
    return {};
}

namespace {

// What is to be moved of a stream.
RotateTally to_move(Stream const& stream) {
    auto const head = stream.head();
    auto const held = stream.rotation()->holdings();
    bool const open = !head.closed && head.segment_messages > 0;
    RotateTally tally;
    tally.segments = held.waiting.count + (open ? 1 : 0);
    tally.streams = tally.segments > 0 ? 1 : 0;
    tally.messages = held.only_hot_messages;
    tally.bytes = held.only_hot_bytes;
    return tally;
}

void add(RotateTally& to, RotateTally const& more) {
    to.streams += more.streams;
    to.segments += more.segments;
    to.messages += more.messages;
    to.bytes += more.bytes;
}

} // namespace

Result<RotateTally> Operations::rotate(Scope const& scope, Run run, Tick const& tick) {
    RotateTally tally;
    std::vector<std::shared_ptr<Stream>> moving;
    for (auto const& stream : streams_in(parts_.catalog, scope)) {
        auto const one = to_move(*stream);
        if (one.segments == 0) continue;
        add(tally, one);
        moving.push_back(stream);
    }
    if (run == Run::dry) return tally;
    auto* const rotator = parts_.rotator;
    if (rotator == nullptr)
        return Error{Fault::invalid, "there is no object store that segments could be moved to"};
    for (auto const& stream : moving) {
        auto const head = stream->head();
        if (!head.closed && head.segment_messages > 0)
            TRY(on_lane(engine_.lane_of(stream->name.project()),
                        SealSegment{stream, head.tail.segment}));
        rotator->note(stream);
    }
    TRY(wait_for_rotation(moving, tally.segments, tick));
    return tally;
}

Result<void> Operations::wait_for_rotation(std::vector<std::shared_ptr<Stream>> const& moving,
                                           std::uint64_t segments, Tick const& tick) {
    auto const* rotator = parts_.rotator;
    auto moved_at = std::chrono::steady_clock::now();
    std::uint64_t left_before = UINT64_MAX;
    while (true) {
        std::uint64_t left = 0;
        for (auto const& stream : moving)
            left += stream->life() == Life::ended ? 0 : stream->rotation()->waiting().count;
        auto const now = std::chrono::steady_clock::now();
        if (left != left_before) moved_at = now;
        left_before = left;
        if (!tick(segments - std::min(left, segments), segments, "segments moved"))
            return Error{Fault::busy, "stopped; what is under way goes on"};
        if (left == 0) return {};
        if (now - moved_at > k_patience)
            return Error{Fault::unreachable,
                         rotator->sickness().value_or("segments do not get to the store")};
        std::this_thread::sleep_for(k_look_again);
    }
}

Result<CollectTally> Operations::collect(std::chrono::milliseconds grace, Run run,
                                         Tick const& tick) {
    if (parts_.store == nullptr) return Error{Fault::invalid, "there is no object store"};
    std::vector<HotReader> logs;
    for (auto const& path : parts_.directory.lane_paths())
        logs.push_back(TRY(HotReader::open(path)));
    Collection const collection{
        *parts_.store,
        parts_.directory.homes(),
        [&](SegmentKey const& key, std::string const& object) {
            return is_wanted({parts_.catalog, parts_.directory, logs}, key, object);
        },
        grace,
        run,
        engine_.clock().now()};
    return upkeep::collect(collection, tick);
}

Result<void> Operations::set_retention(std::string const& scope, Retention const& retention) {
    auto const lane = engine_.lane_of(std::string_view(scope).substr(0, scope.find('/')));
    TRY(on_lane(lane, SetRetention{scope, retention}));
    parts_.retentions.set(scope, retention);
    return {};
}

std::vector<std::pair<std::string, Retention>> Operations::retentions() {
    return parts_.retentions.all();
}

} // namespace ds::upkeep
