// The data directory: one server at a time, one identity for ever, a fixed number of lanes.
//
//     lock          held (flock) by the server that runs on the directory
//     ds.db         facts of the directory: its identity and its number of lanes
//     lane-<n>.db   the hot log of lane n (storage/hot_log.h), with SQLite's -wal and -shm beside
//     it
#pragma once

#include "base/result.h"

#include <string>

namespace ds {

class DataDirectory {
public:
    // Creates what is missing and takes the lock. `lanes` counts for a new directory only: an
    // existing one keeps the number it was made with. Fault::busy when another server holds it.
    static Result<DataDirectory> open(std::string const& path, unsigned lanes);

    DataDirectory(DataDirectory&& other) noexcept;
    DataDirectory& operator=(DataDirectory&&) = delete;
    ~DataDirectory();

    // Sixteen hex digits, random: part of every ETag, so that caches in front never mix
    // directories.
    std::string const& identity() const { return identity_; }
    unsigned lanes() const { return lanes_; }
    std::string lane_path(unsigned lane) const;

private:
    DataDirectory() = default;
    std::string path_;
    std::string identity_;
    unsigned lanes_ = 1;
    int lock_ = -1;
};

} // namespace ds
