// Copying lanes aside, and putting the copies into the store part by part.
#include "upkeep/backup.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/log.h"
#include "format/compressor.h"
#include "storage/disk.h"
#include "storage/sqlite.h"
#include "upkeep/backup_manifest.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>
#include <vector>

namespace ds::upkeep {

namespace {

constexpr std::size_t k_part_bytes = 32 * k_mib; // before compression: twice that is in memory

// One backup of a directory at a time. The copy of a lane that is being put goes with it, and so
// does what a crash left behind.
class Aside {
public:
    static Result<Aside> open(std::string const& folder) {
        auto const lock = folder + "/backup.lock";
        FileHandle file(::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
        if (!file) return system_fault("open " + lock);
        if (::flock(file.number(), LOCK_EX | LOCK_NB) != 0) {
            if (errno == EWOULDBLOCK)
                return Error{Fault::busy, "a backup of " + folder + " is being taken already"};
            return system_fault("lock " + lock);
        }
        Aside aside(folder + "/backup.db", std::move(file));
        aside.clear();
        return aside;
    }
    Aside(Aside&&) = default;
    Aside& operator=(Aside&&) = delete;
    ~Aside() {
        if (lock_) clear();
    }

    std::string const& path() const { return path_; }
    void clear() const {
        std::error_code ignored;
        for (auto const* ending : {"", "-wal", "-shm", "-journal"})
            std::filesystem::remove(path_ + ending, ignored);
    }

private:
    Aside(std::string path, FileHandle lock) : path_(std::move(path)), lock_(std::move(lock)) {}
    std::string path_;
    FileHandle lock_;
};

// Up to `most` bytes from where the file stands; fewer only at its end.
Result<std::string> read_part(FileHandle const& file, std::size_t most, std::string const& path) {
    std::string bytes(most, '\0');
    std::size_t done = 0;
    while (done < most) {
        auto const got = ::read(file.number(), bytes.data() + done, most - done);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return system_fault("read " + path);
        if (got == 0) break;
        done += static_cast<std::size_t>(got);
    }
    bytes.resize(done);
    return bytes;
}

class Backup {
public:
    Backup(DataDirectory const& directory, ObjectStore& store, Tick const& tick)
        : directory_(directory),
          store_(store),
          tick_(tick) {}

    Result<BackupTally> run(Millis now, unsigned keep) {
        auto const aside = TRY(Aside::open(directory_.path()));
        auto const root = backup_root(directory_.identity());
        auto const before = TRY(find_backups(store_, directory_.identity()));
        // Later than those before it, whatever the clock says.
        while (!before.empty() && backup_time(now) <= before.back().time)
            now += std::chrono::milliseconds(1) + later_by(before.back().time, now);
        tally_.name = root + backup_time(now);
        manifest_ = {directory_.identity(), directory_.homes(), directory_.lanes(), now, {}};
        for (unsigned lane = 0; lane < directory_.lanes(); ++lane)
            TRY(put_lane(lane, aside));
        auto const manifest = encode_manifest(manifest_);
        TRY(put_new(store_, tally_.name + "/" + std::string(k_manifest_name), manifest,
                    "application/json"));
        tally_.parts = manifest_.parts.size();
        // This one is there, whatever becomes of the others.
        auto const removed = remove_old(before, keep);
        if (!removed) log_event(Level::warn, "backup.old_stay", {{"error", removed.error().what}});
        return tally_;
    }

private:
    // How far the clock is behind the time of a backup; nothing when that is no time.
    static std::chrono::milliseconds later_by(std::string time, Millis now) {
        constexpr std::size_t k_date = 11;
        std::replace(time.begin() + static_cast<std::ptrdiff_t>(std::min(time.size(), k_date)),
                     time.end(), '-', ':');
        auto const then = parse_rfc3339(time);
        return then && *then > now ? *then - now : std::chrono::milliseconds(0);
    }

    Result<void> put_lane(unsigned lane, Aside const& aside) {
        auto const& path = aside.path();
        {
            auto database =
                TRY(sqlite::Database::open(directory_.lane_path(lane), sqlite::Open::read_only));
            TRY(database.copy_to(path));
        }
        FileHandle const file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        if (!file) return system_fault("open " + path);
        std::error_code unknown;
        auto const all = std::filesystem::file_size(path, unknown);
        std::uint64_t done = 0;
        for (std::size_t number = 0;; ++number) {
            auto const what = "lane " + std::to_string(lane);
            if (!tick_(done, unknown ? 0 : all, what)) return Error{Fault::busy, "stopped"};
            auto const raw = TRY(read_part(file, k_part_bytes, path));
            if (raw.empty()) break;
            TRY(put_part(lane, number, raw));
            done += raw.size();
        }
        aside.clear();
        return {};
    }

    Result<void> put_part(unsigned lane, std::size_t number, std::string const& raw) {
        BackupManifest::Part part;
        part.lane = lane;
        part.raw_bytes = raw.size();
        std::string packed;
        if (compressor_.append(packed, raw)) part.codec = Compression::zstd;
        auto const& bytes = part.codec == Compression::zstd ? packed : raw;
        part.bytes = bytes.size();
        part.sha256 = hex_encode(sha256(bytes));
        TRY(put_new(store_, tally_.name + "/" + part_name(lane, number), bytes,
                    "application/octet-stream"));
        tally_.bytes += part.bytes;
        manifest_.parts.push_back(std::move(part));
        return {};
    }

    // The manifest goes first: what is left of a backup is then none.
    Result<void> remove_old(std::vector<FoundBackup> const& before, unsigned keep) {
        unsigned whole = 1; // the one that has just been made
        for (auto backup = before.rbegin(); backup != before.rend(); ++backup) {
            if (backup->whole && ++whole <= keep) continue;
            auto const manifest = backup->folder + "/" + std::string(k_manifest_name);
            TRY(store_.remove(manifest));
            for (auto const& key : backup->keys)
                TRY(store_.remove(key));
            tally_.removed += backup->whole ? 1 : 0;
        }
        return {};
    }

    DataDirectory const& directory_;
    ObjectStore& store_;
    Tick const& tick_;
    Compressor compressor_;
    BackupManifest manifest_;
    BackupTally tally_;
};

} // namespace

Result<BackupTally> back_up(DataDirectory const& directory, ObjectStore& store, Millis now,
                            unsigned keep, Tick const& tick) {
    return Backup(directory, store, tick).run(now, keep);
}

} // namespace ds::upkeep
