// Surveying the store, planning, and writing the plan down aside.
#include "upkeep/restore.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "storage/data_directory.h"
#include "storage/directory_facts.h"
#include "storage/disk.h"
#include "storage/hot_log.h"
#include "upkeep/restore_plan.h"
#include "upkeep/verify.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>
#include <unordered_map>
#include <utility>

namespace ds::upkeep {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t k_rows_per_commit = 10'000;

// A folder that goes at the end, unless it was renamed.
class WorkFolder {
public:
    // Beside the data directory. What a killed restore left there goes first, but not what another
    // one is at.
    static Result<WorkFolder> beside(std::string const& data) {
        auto const path = data + ".restoring";
        TRY(make_folders(path, 0700));
        auto const lock = path + "/lock";
        FileHandle file(::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
        if (!file) return system_fault("open " + lock);
        if (::flock(file.number(), LOCK_EX | LOCK_NB) != 0)
            return Error{Fault::busy, "another ds restore is at work in " + path};
        WorkFolder folder(path);
        folder.lock_.emplace(std::move(file));
        std::error_code failed;
        for (fs::directory_iterator entry(folder.path_, failed), end; !failed && entry != end;
             entry.increment(failed))
            if (entry->path() != fs::path(lock)) fs::remove_all(entry->path(), failed);
        if (failed) return system_fault(failed.value(), "clear " + folder.path_);
        return folder;
    }
    // Among the system's temporary files.
    static Result<WorkFolder> temporary() {
        std::error_code failed;
        auto const parent = fs::temp_directory_path(failed);
        if (failed) return system_fault(failed.value(), "find the folder for temporary files");
        WorkFolder folder((parent / ("ds-restore-" + hex_encode(random_bytes(8)))).string());
        TRY(make_folders(folder.path_, 0700));
        return folder;
    }

    WorkFolder(WorkFolder&& other) noexcept
        : path_(std::exchange(other.path_, {})),
          lock_(std::move(other.lock_)) {}
    WorkFolder& operator=(WorkFolder&&) = delete;
    ~WorkFolder() {
        std::error_code ignored;
        if (!path_.empty()) fs::remove_all(path_, ignored);
    }

    std::string const& path() const { return path_; }
    // Leaves the lock to the data directory that is made in it.
    void unlock() { lock_.reset(); }
    Result<void> rename_to(std::string const& data) {
        TRY(sync_folder(path_));
        if (std::rename(path_.c_str(), data.c_str()) != 0) {
            auto error = system_fault("rename " + path_ + " to " + data);
            // A folder that something is mounted on cannot be replaced.
            if (errno == EBUSY || errno == EXDEV)
                error.what += "; it is a place of its own: name a folder in it with --data";
            return error;
        }
        path_.clear();
        auto const parent = fs::absolute(data).parent_path().string();
        return sync_folder(parent);
    }

private:
    explicit WorkFolder(std::string path) : path_(std::move(path)) {}
    std::string path_;
    std::optional<FileHandle> lock_;
};

Result<void> check_is_free(std::string const& data) {
    std::error_code failed;
    bool const there = fs::exists(data, failed);
    if (!there && !failed) return {};
    if (!failed && fs::is_directory(data, failed) && fs::is_empty(data, failed)) return {};
    return Error{Fault::invalid, data + " is there already: ds restore makes a new data "
                                        "directory; name another with --data"};
}

// Writes the lanes of a new directory.
class Writer {
public:
    Writer(DataDirectory const& directory, RestorePlan const& plan, SavedLog* saved,
           Tick const& tick)
        : directory_(directory),
          plan_(plan),
          saved_(saved),
          tick_(tick) {}

    Result<void> run() {
        for (auto const& path : directory_.lane_paths()) {
            lanes_.push_back(TRY(HotLog::open(path, Durability::os)));
            next_seq_.push_back(1);
            TRY(lanes_.back().begin());
        }
        for (auto const& stream : plan_.streams)
            TRY(put(stream));
        for (auto const& [scope, retention] : plan_.retentions)
            TRY(lane(lane_of(scope)).segments().set_retention(scope, retention));
        TRY(put_rows());
        for (auto& log : lanes_) {
            TRY(log.commit());
            TRY(log.checkpoint());
        }
        lanes_.clear();
        return raise_ids();
    }

private:
    unsigned lane_of(std::string_view name) const {
        return lane_of_project(name.substr(0, name.find('/')), directory_.lanes());
    }
    HotLog& lane(unsigned number) { return lanes_[number]; }

    Result<void> put(PlannedStream const& stream) {
        auto const number = lane_of(stream.record.name);
        lane_of_stream_[stream.record.id] = number;
        auto& log = lane(number);
        TRY(log.insert_stream(stream.record));
        auto const known = saved_ != nullptr ? saved_->find_stream(stream.record) : nullptr;
        if (known != nullptr && known->is_estuary)
            TRY(log.estuaries().insert_estuary(stream.record.id));
        for (auto const& segment : stream.segments)
            TRY(log.segments().insert_segment(segment));
        if (stream.rotated) TRY(log.segments().set_rotated(*stream.rotated));
        return {};
    }

    Result<void> put_rows() {
        std::uint64_t done = 0;
        for (auto const& row : plan_.rows) {
            if (!tick_(done, plan_.rows.size(), "appends of the backup"))
                return Error{Fault::busy, "stopped"};
            auto const found = TRY(saved_->lanes[row.lane].read(row.seq));
            if (!found)
                return Error{Fault::corrupt, "row " + std::to_string(row.seq) + " has gone"};
            auto const to = lane_of_stream_.at(row.stream);
            TRY(lane(to).insert_row(next_seq_[to]++, row.stream, found->head_bytes, found->body));
            if (++done % k_rows_per_commit != 0) continue;
            for (auto& log : lanes_) {
                TRY(log.commit());
                TRY(log.tend());
                TRY(log.begin());
            }
        }
        return {};
    }

    // No id is given a second time: each lane goes on beyond the largest one that was ever given,
    // in steps of the number of lanes.
    Result<void> raise_ids() {
        auto const step = static_cast<std::int64_t>(directory_.lanes());
        for (unsigned number = 0; number < directory_.lanes() && plan_.last_id > 0; ++number) {
            auto const first = static_cast<std::int64_t>(number) + 1;
            auto const steps = std::max<std::int64_t>(plan_.last_id - first + step - 1, 0) / step;
            auto database =
                TRY(sqlite::Database::open(directory_.lane_path(number), sqlite::Open::read_write));
            TRY(database.execute("DELETE FROM sqlite_sequence WHERE name = 'stream'"));
            auto insert = TRY(database.prepare("INSERT INTO sqlite_sequence VALUES ('stream', ?)"));
            TRY(insert.bind(1, first + steps * step).run());
        }
        return {};
    }

    DataDirectory const& directory_;
    RestorePlan const& plan_;
    SavedLog* saved_;
    Tick const& tick_;
    std::vector<HotLog> lanes_;
    std::vector<std::int64_t> next_seq_;
    std::unordered_map<std::int64_t, unsigned> lane_of_stream_;
};

RestoreTally::Line line_of(PlannedStream const& stream) {
    RestoreTally::Line line;
    line.name = stream.record.name;
    line.id = stream.record.id;
    line.segments = stream.segments.size();
    for (auto const& segment : stream.segments) {
        line.messages += segment.messages;
        line.bytes += segment.bytes;
    }
    line.messages += stream.hot_messages;
    line.bytes += stream.hot_bytes;
    line.tail = stream.tail;
    line.closed = stream.closed;
    line.note = stream.note;
    return line;
}

Result<std::string> make_directory(std::string const& path, RestorePlan const& plan,
                                   SavedLog* saved, Tick const& tick) {
    auto directory = TRY(DataDirectory::open(path, saved ? saved->manifest.lanes : 1));
    // Whose garbage it collects. Not of a directory of which something else is worth keeping.
    for (auto const& home : plan.homes)
        if (plan.whole) TRY(directory.add_home(home));
    // A backup has no projects. Whether there were any is not known, so nobody is let in.
    TRY(directory.set_fact(k_fact_projects, "restored"));
    TRY(Writer(directory, plan, saved, tick).run());
    auto const verified = verify_lanes(directory.lane_paths(), nullptr, {}, tick);
    if (!verified) return Error(verified.error()).within("what was restored does not hold");
    return directory.identity();
}

} // namespace

Result<RestoreTally> restore(RestoreOptions const& options, ObjectStore& store, Clock const& clock,
                             Tick const& tick) {
    auto data = options.data;
    while (data.size() > 1 && data.ends_with('/'))
        data.pop_back();
    if (!options.list) TRY(check_is_free(data));
    auto folder = TRY(options.list ? WorkFolder::temporary() : WorkFolder::beside(data));
    auto const fetched = folder.path() + "/backup";
    TRY(make_folders(fetched));

    RestoreTally tally;
    auto const survey = TRY(survey_segments(store, tick));
    std::unique_ptr<SavedLog> saved;
    if (!options.without_backup) saved = TRY(fetch_saved_log(store, fetched, tally.left_out));
    if (saved) tally.backup = saved->name;
    auto plan = TRY(plan_restore(store, survey, saved.get(), options.project, clock.now()));
    if (!plan.homes.empty()) tally.identity = plan.homes.front();
    for (auto const& stream : plan.streams)
        tally.streams.push_back(line_of(stream));
    std::ranges::sort(tally.streams, {}, &RestoreTally::Line::name);
    tally.incomplete = plan.incomplete || !tally.left_out.empty(); // a damaged backup
    std::ranges::move(plan.left_out, std::back_inserter(tally.left_out));
    if (options.list) return tally;
    if (tally.streams.empty())
        return Error{Fault::invalid, "there is nothing to restore in " + store.where()};

    folder.unlock();
    tally.identity = TRY(make_directory(folder.path(), plan, saved.get(), tick));
    saved.reset();
    std::error_code failed;
    fs::remove_all(fetched, failed);
    if (failed) return system_fault(failed.value(), "remove " + fetched);
    TRY(folder.rename_to(data));
    return tally;
}

} // namespace ds::upkeep
