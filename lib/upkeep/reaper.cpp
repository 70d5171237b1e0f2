// Removing what has ended, trimming what is beyond retention, and what is done by the clock.
#include "upkeep/reaper.h"

#include "base/log.h"
#include "upkeep/backup.h"

#include <pthread.h>
#include <sys/resource.h>

#include <algorithm>
#include <set>
#include <utility>

namespace ds::upkeep {

namespace {

// How often the store is searched for orphans, and how soon after a start.
constexpr std::chrono::hours k_collect_every{6};
constexpr std::chrono::minutes k_collect_after{10};
// Who changes nothing learns as late that another has the store.
constexpr std::chrono::seconds k_look_every{30};

std::string marker_of(std::string const& key) {
    return segment_folder(key) + "deleted";
}

} // namespace

Reaper::Reaper(Engine& engine, EngineParts const& parts, Settings const& settings)
    : engine_(engine),
      parts_(parts),
      store_(*parts.store),
      removals_(*parts.removals),
      settings_(settings) {
    auto const now = Steady::now();
    retention_at_ = now + settings_.retention_pause;
    collect_at_ = now + k_collect_after;
    backup_at_ = now + settings_.backup_every;
    look_at_ = now + k_look_every;
}

Result<std::unique_ptr<Reaper>> Reaper::start(Engine& engine, Settings const& settings) {
    auto const parts = engine.parts();
    if (parts.store == nullptr) return std::unique_ptr<Reaper>();
    std::unique_ptr<Reaper> reaper(new Reaper(engine, parts, settings));
    for (auto const& path : parts.directory.lane_paths())
        reaper->logs_.push_back(TRY(HotReader::open(path)));
    reaper->thread_ = std::thread([&self = *reaper] {
        pthread_setname_np(pthread_self(), "ds-reaper");
        setpriority(PRIO_PROCESS, 0, 10);
        self.run();
    });
    return reaper;
}

Reaper::~Reaper() {
    stop();
}

void Reaper::stop() {
    store_.stop();
    removals_.stop();
    if (thread_.joinable()) thread_.join();
}

Reaper::Steady::time_point Reaper::wake_at() const {
    return std::min({retention_at_, collect_at_, Steady::now() + k_collect_every,
                     settings_.backup_every.count() > 0 ? backup_at_ : collect_at_});
}

void Reaper::run() {
    while (true) {
        auto removal = removals_.take(wake_at());
        if (removals_.has_stopped()) return;
        if (removal) {
            auto const done = carry_out(*removal);
            tell(done);
            if (!done) {
                removals_.put(*std::move(removal));
                if (!removals_.wait_for(backoff_.next())) return;
            }
        }
        keep_times();
    }
}

// Said once when it begins to fail, and once when it is over.
void Reaper::tell(Result<void> const& done) {
    if (done) backoff_.reset();
    auto const now = done ? std::nullopt : std::optional(done.error().what);
    bool const was_sick = removals_.tell(now).has_value();
    if (was_sick == now.has_value()) return;
    if (now)
        log_event(Level::error, "reaper.sick",
                  {{"error", *now}, {"effect", "objects stay and are removed later"}});
    else
        log_event(Level::info, "reaper.well");
}

Result<void> Reaper::carry_out(Removal const& removal) {
    std::vector<SegmentRecord> segments;
    auto const wanted = [&](std::uint64_t number) {
        return removal.numbers.empty() ||
               std::ranges::find(removal.numbers, number) != removal.numbers.end();
    };
    TRY(logs_[removal.lane].segments().each_segment_of(
        removal.stream, [&](SegmentRecord const& segment) -> Result<void> {
            if (wanted(segment.at.segment)) segments.push_back(segment);
            return {};
        }));
    std::set<std::string> folders;
    for (auto const& segment : segments)
        folders.insert(segment_folder(segment.key));
    // First the marker: a stream of which some segments are gone must not come back as one that was
    // trimmed.
    if (removal.mark || removal.gone)
        for (auto const& folder : folders)
            TRY(store_.put(marker_of(folder), "deleted\n", "text/plain"));
    if (removal.mark) return {};
    TRY(remove_segments(removal, segments));

    ForgetSegments forget{removal.stream, {}, removal.gone};
    for (auto const& segment : segments)
        forget.numbers.push_back(segment.at.segment);
    if (ask(removal.lane, std::move(forget))) return {};
    return Error{Fault::busy, "the hot log takes no changes"};
}

Result<void> Reaper::remove_segments(Removal const& removal,
                                     std::vector<SegmentRecord> const& segments) {
    std::set<std::string> folders;
    for (auto const& segment : segments) {
        TRY(store_.remove(segment.key));
        removals_.count_removed();
        folders.insert(segment_folder(segment.key));
    }
    if (!removal.gone) return {};
    // Whatever else is there: segments that were put and not recorded. The marker goes last.
    for (auto const& folder : folders) {
        std::vector<std::string> left;
        TRY(store_.list(folder, [&](ObjectEntry const& entry) -> Result<void> {
            if (entry.key != marker_of(folder)) left.push_back(entry.key);
            return {};
        }));
        for (auto const& key : left)
            TRY(store_.remove(key));
        TRY(store_.remove(marker_of(folder)));
    }
    return {};
}

// Asks a lane and waits for what it says. False when it did not.
bool Reaper::ask(unsigned lane, Chore::Work work) {
    auto const to_lane = [&](Chore& chore) { return engine_.submit(lane, chore); };
    return settle(to_lane, std::move(work)) == Chore::Outcome::done;
}

Result<void> Reaper::keep_retention() {
    std::vector<std::shared_ptr<Stream>> streams;
    parts_.catalog.each([&](std::shared_ptr<Stream> const& stream) {
        bool const has_segments = stream->rotation()->has_segments();
        if (has_segments && parts_.retentions.of(stream->name).any()) streams.push_back(stream);
    });
    for (auto const& stream : streams)
        TRY(trim(stream, parts_.retentions.of(stream->name)));
    return {};
}

Result<void> Reaper::trim(std::shared_ptr<Stream> const& stream, Retention const& retention) {
    auto const lane = engine_.lane_of(stream->name.project());
    auto const held = stream->rotation()->holdings();
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
    auto const count = beyond(retention, segments, hot, engine_.clock().now());
    if (count == 0) return {};
    auto const& last = segments[count - 1];
    bool const trimmed = ask(lane, Trim{stream, last.number + 1, last.end});
    if (!trimmed) return {}; // forks need it, or another change came first: the next look tells
    log_event(Level::info, "stream.trimmed",
              {{"stream", stream->name.full()}, {"segments", count}});
    std::vector<std::uint64_t> numbers;
    for (std::size_t i = 0; i < count; ++i)
        numbers.push_back(segments[i].number);
    removals_.put({lane, stream->id, std::move(numbers), false, false});
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
        static_cast<void>(store_.look());
        look_at_ = Steady::now() + k_look_every;
    }
    Tick const going_on = [this](std::uint64_t, std::uint64_t, std::string const&) {
        return !removals_.has_stopped();
    };
    if (now >= collect_at_) collect_orphans(going_on);
    if (settings_.backup_every.count() > 0 && now >= backup_at_) take_backup(going_on);
}

void Reaper::collect_orphans(Tick const& going_on) {
    collect_at_ = Steady::now() + k_collect_every;
    Collection const collection{
        store_,
        parts_.directory.homes(),
        [&](SegmentKey const& key, std::string const& object) {
            return is_wanted({parts_.catalog, parts_.directory, logs_}, key, object);
        },
        settings_.gc_grace,
        Run::real,
        engine_.clock().now()};
    auto const tally = collect(collection, going_on);
    if (!tally)
        log_event(Level::warn, "collect.failed", {{"error", tally.error().what}});
    else if (tally->removed > 0)
        log_event(Level::info, "collect.done", {{"removed", tally->removed}});
}

void Reaper::take_backup(Tick const& going_on) {
    backup_at_ = Steady::now() + settings_.backup_every;
    auto const tally =
        back_up(parts_.directory, store_, engine_.clock().now(), settings_.backup_keep, going_on);
    if (tally)
        log_event(Level::info, "backup.done", {{"name", tally->name}, {"bytes", tally->bytes}});
    else
        log_event(Level::error, "backup.failed", {{"error", tally.error().what}});
}

} // namespace ds::upkeep
