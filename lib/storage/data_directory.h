// The data directory: one process at a time, one identity for ever, a fixed number of lanes.
//
//     lock          held (flock) by whoever works on the directory: a server, or an offline command
//     ds.db         facts of the directory: its identity, its number of lanes, the identities of
//                   the directories it was restored from, what is known of the database of each
//                   lane (storage/lane_births.h), and what is to be remembered by name
//     projects.db   the projects and their keys (storage/project_table.h)
//     lane-<n>.db   the hot log of lane n (storage/hot_log.h), with SQLite's -wal and -shm
//
// Folder and files are their owner's alone. A folder that is open to all is closed to others; a
// group that was let in on purpose stays.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

namespace sqlite {
class Database;
}

// The lane of a project: FNV-1a of its name. Part of the format of a data directory, as the lane of
// a stream must not change. A project's streams share a lane, so that forks and their sources
// commit together.
unsigned lane_of_project(std::string_view project, unsigned lanes);

// What a database is told from others by, and how often it was opened to be served.
struct LaneBirth {
    std::string mark;
    std::int64_t starts = 0;
};

class DataDirectory {
public:
    // Creates what is missing and takes the lock. `lanes` counts for a new directory only: an
    // existing one keeps the number it was made with. Fault::busy when somebody else holds it;
    // Fault::invalid for a folder with other things in it; Fault::missing when its ds.db has gone.
    static Result<DataDirectory> open(std::string const& path, unsigned lanes);
    // The same for a directory that must be there: Fault::invalid when it is not, and nothing is
    // created.
    static Result<DataDirectory> open_existing(std::string const& path);

    DataDirectory(DataDirectory&& other) noexcept;
    DataDirectory& operator=(DataDirectory&&) = delete;
    ~DataDirectory();

    std::string const& path() const { return path_; }
    // Sixteen hex digits, random: part of every ETag, so that caches in front never mix
    // directories.
    std::string const& identity() const { return identity_; }
    // The identities whose segments this directory refers to: its own, then those of the
    // directories that it was restored from, the newest first.
    std::vector<std::string> const& homes() const { return homes_; }
    // After those that are known already.
    Result<void> add_home(std::string const& identity);

    unsigned lanes() const { return lanes_; }
    std::string lane_path(unsigned lane) const;
    std::vector<std::string> lane_paths() const;

    // What a lane's database said of itself when it was last opened to be served; nothing of one
    // that was never made. An empty mark: it was there before databases had one.
    Result<std::optional<LaneBirth>> known_lane(unsigned lane) const;
    Result<void> note_lane(unsigned lane, LaneBirth const& birth) const;
    // Gives it another identity: what was put under the old one is not known to be its own.
    Result<void> become_another();

    // What is remembered under a name. From any thread; durable when it returns.
    Result<std::optional<std::string>> fact(std::string_view name) const;
    Result<void> set_fact(std::string_view name, std::string_view value) const;

private:
    DataDirectory() = default;
    Result<void> take_lock();
    Result<void> read(unsigned lanes);
    Result<void> bring_up_to_date(sqlite::Database& database) const;
    std::string path_;
    std::string identity_;
    std::vector<std::string> homes_;
    unsigned lanes_ = 1;
    int lock_ = -1;
};

} // namespace ds
