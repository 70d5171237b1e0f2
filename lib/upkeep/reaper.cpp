// Removing what has ended, trimming what is beyond retention, and what is done by the clock.
#include "upkeep/reaper.h"

#include "base/log.h"
#include "upkeep/backup.h"

#include <pthread.h>
#include <sys/resource.h>

#include <algorithm>
#include <set>
#include <utility>

namespace ds {

namespace {

// How often the store is searched for orphans, and how soon after a start.
constexpr std::chrono::hours k_collect_every{6};
constexpr std::chrono::minutes k_collect_after{10};
// Who changes nothing learns as late that another has the store.
constexpr std::chrono::seconds k_look_every{30};

std::string folder_of(std::string const& key) {
    return key.substr(0, key.rfind('/') + 1);
}

std::string marker_of(std::string const& key) {
    return folder_of(key) + "deleted";
}

} // namespace

Reaper::Reaper(Parts parts, Settings settings) : parts_(std::move(parts)), settings_(settings) {
    auto const now = Steady::now();
    retention_at_ = now + settings_.retention_pause;
    collect_at_ = now + k_collect_after;
    backup_at_ = now + settings_.backup_every;
    look_at_ = now + k_look_every;
}

Result<std::unique_ptr<Reaper>> Reaper::open(Parts parts, Settings settings) {
    std::unique_ptr<Reaper> reaper(new Reaper(std::move(parts), settings));
    for (auto const& path : reaper->parts_.directory.lane_paths())
        reaper->logs_.push_back(TRY(HotReader::open(path)));
    return reaper;
}

void Reaper::start() {
    thread_ = std::thread([this] {
        pthread_setname_np(pthread_self(), "ds-reaper");
        setpriority(PRIO_PROCESS, 0, 10);
        run();
    });
}

Reaper::~Reaper() {
    stop();
}

void Reaper::stop() {
    state_.lock()->stopping = true;
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void Reaper::put(Task task) {
    state_.lock()->tasks.push_back(std::move(task));
    changed_.notify_all();
}

void Reaper::note(unsigned lane, Recovered const& recovered) {
    for (auto const& doomed : recovered.doomed)
        put({lane, doomed.stream,
             doomed.stream_is_gone ? std::vector<std::uint64_t>{} : doomed.numbers,
             doomed.stream_is_gone, false});
    for (auto const& stream : recovered.marked)
        put({lane, stream->id, {}, false, true});
}

void Reaper::note_gone(unsigned lane, std::shared_ptr<Stream> const& stream) {
    bool const gone = stream->life() == Life::ended;
    put({lane, stream->id, {}, gone, !gone});
}

// False when it is time to go.
bool Reaper::wait_for(std::chrono::milliseconds pause) {
    auto state = state_.lock();
    auto const until = Steady::now() + pause;
    state.wait_until(changed_, until, [](State const& now) { return now.stopping; });
    return !state->stopping;
}

void Reaper::run() {
    while (true) {
        std::optional<Task> task;
        {
            auto state = state_.lock();
            auto const wake =
                std::min({retention_at_, collect_at_, Steady::now() + k_collect_every,
                          settings_.backup_every.count() > 0 ? backup_at_ : collect_at_});
            state.wait_until(changed_, wake,
                             [](State const& now) { return now.stopping || !now.tasks.empty(); });
            if (state->stopping) return;
            if (!state->tasks.empty()) {
                task = std::move(state->tasks.front());
                state->tasks.pop_front();
            }
        }
        if (task) {
            auto const done = carry_out(*task);
            tell(done);
            if (!done) {
                put(*std::move(task));
                if (!wait_for(backoff_.next())) return;
            }
        }
        keep_times();
    }
}

// Said once when it begins to fail, and once when it is over.
void Reaper::tell(Result<void> const& done) {
    if (done) backoff_.reset();
    auto const now = done ? std::nullopt : std::optional(done.error().what);
    bool const was_sick = std::exchange(*sickness_.lock(), now).has_value();
    if (was_sick == now.has_value()) return;
    if (now)
        log_event(Level::error, "reaper.sick",
                  {{"error", *now}, {"effect", "objects stay and are removed later"}});
    else
        log_event(Level::info, "reaper.well");
}

Result<void> Reaper::carry_out(Task const& task) {
    std::vector<SegmentRecord> segments;
    auto const wanted = [&](std::uint64_t number) {
        return task.numbers.empty() ||
               std::ranges::find(task.numbers, number) != task.numbers.end();
    };
    TRY(logs_[task.lane].segments().each_segment_of(
        task.stream, [&](SegmentRecord const& segment) -> Result<void> {
            if (wanted(segment.at.segment)) segments.push_back(segment);
            return {};
        }));
    std::set<std::string> folders;
    for (auto const& segment : segments)
        folders.insert(folder_of(segment.key));
    // First the marker: a stream of which some segments are gone must not come back as one that was
    // trimmed.
    if (task.mark || task.gone)
        for (auto const& folder : folders)
            TRY(parts_.store.put(marker_of(folder), "deleted\n", "text/plain"));
    if (task.mark) return {};
    TRY(remove_segments(task, segments));

    ForgetSegments forget{task.stream, {}, task.gone};
    for (auto const& segment : segments)
        forget.numbers.push_back(segment.at.segment);
    if (ask(task.lane, std::move(forget))) return {};
    return Error{Fault::busy, "the hot log takes no changes"};
}

Result<void> Reaper::remove_segments(Task const& task, std::vector<SegmentRecord> const& segments) {
    std::set<std::string> folders;
    for (auto const& segment : segments) {
        TRY(parts_.store.remove(segment.key));
        removed_.fetch_add(1, std::memory_order_relaxed);
        folders.insert(folder_of(segment.key));
    }
    if (!task.gone) return {};
    // Whatever else is there: segments that were put and not recorded. The marker goes last.
    for (auto const& folder : folders) {
        std::vector<std::string> left;
        TRY(parts_.store.list(folder, [&](ObjectEntry const& entry) -> Result<void> {
            if (entry.key != marker_of(folder)) left.push_back(entry.key);
            return {};
        }));
        for (auto const& key : left)
            TRY(parts_.store.remove(key));
        TRY(parts_.store.remove(marker_of(folder)));
    }
    return {};
}

// Asks a lane and waits for what it says. False when it did not.
bool Reaper::ask(unsigned lane, Chore::Work work) {
    auto const to_lane = [&](Chore& chore) { return parts_.submit(lane, chore); };
    return settle(to_lane, std::move(work)) == Chore::Outcome::done;
}

Result<void> Reaper::keep_retention() {
    std::vector<std::shared_ptr<Stream>> streams;
    parts_.catalog.each([&](std::shared_ptr<Stream> const& stream) {
        if (stream->has_segments() && parts_.retentions.of(stream->name).any())
            streams.push_back(stream);
    });
    for (auto const& stream : streams)
        TRY(trim(stream, parts_.retentions.of(stream->name)));
    return {};
}

Result<void> Reaper::trim(std::shared_ptr<Stream> const& stream, Retention const& retention) {
    auto const lane = lane_of_project(stream->name.project(), parts_.directory.lanes());
    auto const held = stream->holdings();
    std::vector<Kept> segments;
    TRY(logs_[lane].segments().each_segment_of(
        stream->id, [&](SegmentRecord const& segment) -> Result<void> {
            if (segment.at.segment < held.earliest.segment) return {}; // on its way out
            segments.push_back({segment.at.segment, segment.end, segment.bytes, segment.messages,
                                segment.last_ms});
            return {};
        }));
    Kept hot;
    hot.bytes = held.only_hot_bytes;
    hot.messages = held.only_hot_messages;
    auto const count = beyond(retention, segments, hot, parts_.clock.now());
    if (count == 0) return {};
    auto const& last = segments[count - 1];
    bool const trimmed = ask(lane, Trim{stream, last.number + 1, last.end});
    if (!trimmed) return {}; // forks need it, or another change came first: the next look tells
    log_event(Level::info, "stream.trimmed",
              {{"stream", stream->name.full()}, {"segments", count}});
    std::vector<std::uint64_t> numbers;
    for (std::size_t i = 0; i < count; ++i)
        numbers.push_back(segments[i].number);
    put({lane, stream->id, std::move(numbers), false, false});
    return {};
}

void Reaper::keep_times() {
    auto const now = Steady::now();
    if (now >= retention_at_) {
        auto const kept = keep_retention();
        if (!kept) log_event(Level::warn, "retention.failed", {{"error", kept.error().what}});
        // A look at very many streams must not become all there is to do.
        retention_at_ = Steady::now() + settings_.retention_pause + 20 * (Steady::now() - now);
    }
    if (now >= look_at_) {
        // Told by the store itself; one that does not answer is told by whoever needs it.
        static_cast<void>(parts_.store.look());
        look_at_ = Steady::now() + k_look_every;
    }
    auto const going_on = [this](std::uint64_t, std::uint64_t, std::string const&) {
        return !state_.lock()->stopping;
    };
    if (now >= collect_at_) {
        collect_at_ = Steady::now() + k_collect_every;
        Collection const collection{
            parts_.store,
            parts_.directory.homes(),
            [&](SegmentKey const& key, std::string const& object) {
                return is_wanted({parts_.catalog, parts_.directory, logs_}, key, object);
            },
            settings_.gc_grace,
            Run::real,
            parts_.clock.now()};
        auto const tally = collect(collection, going_on);
        if (!tally)
            log_event(Level::warn, "collect.failed", {{"error", tally.error().what}});
        else if (tally->removed > 0)
            log_event(Level::info, "collect.done", {{"removed", tally->removed}});
    }
    if (settings_.backup_every.count() > 0 && now >= backup_at_) {
        backup_at_ = Steady::now() + settings_.backup_every;
        auto const tally = back_up(parts_.directory, parts_.store, parts_.clock.now(),
                                   settings_.backup_keep, going_on);
        if (tally)
            log_event(Level::info, "backup.done", {{"name", tally->name}, {"bytes", tally->bytes}});
        else
            log_event(Level::error, "backup.failed", {{"error", tally.error().what}});
    }
}

Result<bool> is_wanted(Referrers const& who, SegmentKey const& key, std::string const& object) {
    auto const project = key.name.substr(0, key.name.find('/'));
    auto& log = who.logs[lane_of_project(project, who.directory.lanes())];
    // Memory first: what is recorded meanwhile is then found on disk.
    auto const stream = who.catalog.find(key.name);
    bool const same = stream && stream->id == key.stream;
    if (!key.number) {
        if (same && stream->life() == Life::soft_deleted) return true;
        bool any = false; // being removed
        TRY(log.segments().each_segment_of(key.stream, [&](SegmentRecord const& segment) {
            any = any || folder_of(segment.key) == folder_of(object);
            return Result<void>();
        }));
        return any;
    }
    // It was put, or is being put, and will be recorded, or put once more.
    bool const coming =
        same && key.home == who.directory.identity() && *key.number >= stream->waiting().first;
    if (coming) return true;
    auto const recorded = TRY(log.segments().segment(key.stream, *key.number));
    return recorded && recorded->key == object;
}

} // namespace ds
