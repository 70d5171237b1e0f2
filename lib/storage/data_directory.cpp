// Making, locking and reading the data directory.
#include "storage/data_directory.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "storage/sqlite.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

namespace ds {

namespace {

Error system_fault(std::string const& doing) {
    auto const code = errno;
    auto const fault = code == ENOSPC ? Fault::full : Fault::io;
    return Error{fault, std::generic_category().message(code)}.within(doing);
}

// The names in a folder are data too: without this a power cut could take a new directory away.
Result<void> sync_folder(std::filesystem::path const& folder) {
    auto const name = folder.empty() ? std::string(".") : folder.string();
    auto const handle = ::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (handle < 0) return system_fault("open " + name);
    auto const synced = ::fsync(handle);
    auto result = synced == 0 ? Result<void>() : Result<void>(system_fault("sync " + name));
    ::close(handle);
    return result;
}

} // namespace

DataDirectory::DataDirectory(DataDirectory&& other) noexcept
    : path_(std::move(other.path_)),
      identity_(std::move(other.identity_)),
      lanes_(other.lanes_),
      lock_(std::exchange(other.lock_, -1)) {}

DataDirectory::~DataDirectory() {
    if (lock_ >= 0) ::close(lock_);
}

std::string DataDirectory::lane_path(unsigned lane) const {
    return path_ + "/lane-" + std::to_string(lane) + ".db";
}

Result<DataDirectory> DataDirectory::open(std::string const& path, unsigned lanes) {
    DataDirectory directory;
    directory.path_ = path;
    std::error_code failed;
    std::filesystem::create_directories(path, failed);
    if (failed) return Error{Fault::io, failed.message()}.within("make " + path);
    auto const absolute = std::filesystem::absolute(path, failed);
    if (!failed) TRY(sync_folder(absolute.parent_path()));

    auto const lock_path = path + "/lock";
    directory.lock_ = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (directory.lock_ < 0) return system_fault("open " + lock_path);
    if (::flock(directory.lock_, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK)
            return Error{Fault::busy, path + " is in use by another ds serve; stop it, or choose "
                                             "another directory with --data"};
        return system_fault("lock " + lock_path);
    }

    auto database = TRY(sqlite::Database::open(path + "/ds.db", sqlite::Open::read_write));
    TRY(database.execute("PRAGMA synchronous = FULL"));
    TRY(database.execute("CREATE TABLE IF NOT EXISTS directory ("
                         "one INTEGER PRIMARY KEY CHECK (one = 1), "
                         "identity TEXT NOT NULL, lanes INTEGER NOT NULL) STRICT"));
    auto insert = TRY(database.prepare("INSERT OR IGNORE INTO directory VALUES (1, ?, ?)"));
    auto const fresh = hex_encode(random_bytes(8));
    TRY(insert.bind_text(1, fresh).bind(2, lanes).run());
    auto select = TRY(database.prepare("SELECT identity, lanes FROM directory"));
    if (!TRY(select.step())) return Error{Fault::corrupt, path + "/ds.db has no directory row"};
    TRY(sync_folder(path));
    directory.identity_ = select.text(0);
    directory.lanes_ = static_cast<unsigned>(select.integer(1));
    return directory;
}

} // namespace ds
