// Making, locking and reading the data directory.
#include "storage/data_directory.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/log.h"
#include "storage/directory_facts.h"
#include "storage/disk.h"
#include "storage/schema_version.h"
#include "storage/sqlite.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <system_error>
#include <utility>

namespace ds {

namespace {

// Messages are for nobody else on the machine, and nobody else may hold the lock. What is made from
// here on is its owner's; an older directory is closed to strangers, and a group that was let in on
// purpose stays.
void keep_private(std::string const& path) {
    constexpr mode_t k_others = S_IRWXO;
    ::umask(S_IRWXG | k_others);
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0 || (found.st_mode & k_others) == 0) return;
    if (::chmod(path.c_str(), found.st_mode & 07777U & ~k_others) == 0)
        log_event(Level::info, "directory.closed_to_others", {{"data", path}});
}

// Names in a data directory, or the beginnings of such.
bool is_ours(std::string const& name) {
    constexpr std::array k_begin{
        "lock",   "ds.db",     "lane-", "projects.db", "cold", "admin.json", "subscriptions.db",
        "backup", "lost+found"};
    return name.starts_with(".") ||
           std::ranges::any_of(k_begin, [&](char const* begin) { return name.starts_with(begin); });
}

// A folder that holds other things was named by mistake.
Result<void> check_folder(std::string const& path) {
    namespace fs = std::filesystem;
    std::error_code failed;
    if (fs::exists(path + "/ds.db", failed)) return {};
    for (fs::directory_iterator entry(path, failed), end; !failed && entry != end;
         entry.increment(failed)) {
        auto const name = entry->path().filename().string();
        if (name.starts_with("lane-") && name.ends_with(".db"))
            return Error{
                Fault::missing,
                std::string(path)
                    .append("/ds.db is missing, though ")
                    .append(name)
                    .append(" is there: without it the streams would be another directory's; put "
                            "the file back, or make a new directory with: ds restore")};
        if (!is_ours(name))
            return Error{
                Fault::invalid,
                std::string(path)
                    .append(" holds other things (")
                    .append(name)
                    .append(") and is no data directory of ds; name another with --data, or a new "
                            "folder in it")};
    }
    return {};
}

// Along with the version: a directory without is from before it, and its lanes were there.
Result<void> begin_facts(sqlite::Database& database, unsigned lanes) {
    TRY(database.execute("BEGIN IMMEDIATE"));
    auto insert = TRY(database.prepare("INSERT INTO directory VALUES (1, ?, ?)"));
    auto const fresh = hex_encode(random_bytes(8));
    TRY(insert.bind_text(1, fresh).bind(2, lanes).run());
    TRY(set_schema_version(database, k_facts_version));
    return database.execute("COMMIT");
}

} // namespace

unsigned lane_of_project(std::string_view project, unsigned lanes) {
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (char const c : project)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    return static_cast<unsigned>(hash % lanes);
}

DataDirectory::DataDirectory(DataDirectory&& other) noexcept
    : path_(std::move(other.path_)),
      identity_(std::move(other.identity_)),
      homes_(std::move(other.homes_)),
      lanes_(other.lanes_),
      lock_(std::exchange(other.lock_, -1)) {}

DataDirectory::~DataDirectory() {
    if (lock_ >= 0) ::close(lock_);
}

std::string DataDirectory::lane_path(unsigned lane) const {
    return path_ + "/lane-" + std::to_string(lane) + ".db";
}

std::vector<std::string> DataDirectory::lane_paths() const {
    std::vector<std::string> paths;
    for (unsigned lane = 0; lane < lanes_; ++lane)
        paths.push_back(lane_path(lane));
    return paths;
}

Result<DataDirectory> DataDirectory::open(std::string const& path, unsigned lanes) {
    DataDirectory directory;
    directory.path_ = path;
    auto made = make_folders(path, 0700);
    if (!made) return std::move(made).error().within("data directory " + path);
    TRY(check_folder(path));
    TRY(directory.take_lock());
    TRY(directory.read(lanes));
    return directory;
}

Result<DataDirectory> DataDirectory::open_existing(std::string const& path) {
    DataDirectory directory;
    directory.path_ = path;
    std::error_code failed;
    if (!std::filesystem::exists(path + "/ds.db", failed)) {
        auto what = "there is no data directory of ds at " + path;
        if (failed) what += " (" + failed.message() + ")";
        return Error{Fault::invalid, what + "; name another with --data"};
    }
    TRY(directory.take_lock());
    TRY(directory.read(1));
    return directory;
}

Result<void> DataDirectory::take_lock() {
    auto const lock_path = path_ + "/lock";
    keep_private(path_);
    lock_ = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock_ < 0) return system_fault("open " + lock_path);
    if (::flock(lock_, LOCK_EX | LOCK_NB) == 0) return {};
    if (errno == EWOULDBLOCK)
        return Error{Fault::busy, path_ + " is in use by a running ds serve; stop it, or name "
                                          "another directory with --data"};
    return system_fault("lock " + lock_path);
}

Result<void> DataDirectory::read(unsigned lanes) {
    auto database = TRY(open_facts(path_));
    bool const is_new = TRY(database.query_integer("SELECT count(*) FROM directory")) == 0;
    if (is_new) { // also when the file was emptied
        std::error_code failed;
        if (std::filesystem::exists(lane_path(0), failed))
            return Error{Fault::missing, path_ + "/ds.db says nothing, though lane-0.db is there; "
                                                 "put the file back, or make a new directory "
                                                 "with: ds restore"};
        TRY(begin_facts(database, lanes));
    }
    auto select = TRY(database.prepare("SELECT identity, lanes FROM directory"));
    if (!TRY(select.step())) return Error{Fault::corrupt, path_ + "/ds.db has no directory row"};
    identity_ = select.text(0);
    lanes_ = static_cast<unsigned>(select.integer(1));
    homes_.push_back(identity_);
    auto earlier = TRY(database.prepare("SELECT identity FROM home ORDER BY place"));
    while (TRY(earlier.step()))
        homes_.emplace_back(earlier.text(0));
    auto brought = bring_up_to_date(database);
    if (!brought) return std::move(brought).error().within(path_ + "/ds.db");
    return sync_folder(path_);
}

// Of a directory from before the version all lanes were there.
Result<void> DataDirectory::bring_up_to_date(sqlite::Database& database) const {
    auto const version = TRY(schema_version(database, k_facts_version));
    if (version == k_facts_version) return {};
    TRY(database.execute("BEGIN IMMEDIATE"));
    for (unsigned lane = 0; lane < lanes_; ++lane) {
        auto insert = TRY(database.prepare("INSERT OR IGNORE INTO lane VALUES (?, '', 0)"));
        TRY(insert.bind(1, lane).run());
    }
    TRY(set_schema_version(database, k_facts_version));
    TRY(database.execute("COMMIT"));
    tell_migrated(path_ + "/ds.db", version, k_facts_version);
    return {};
}

Result<std::optional<LaneBirth>> DataDirectory::known_lane(unsigned lane) const {
    auto database = TRY(open_facts(path_));
    auto select = TRY(database.prepare("SELECT mark, starts FROM lane WHERE number = ?"));
    select.bind(1, lane);
    if (!TRY(select.step())) return std::optional<LaneBirth>();
    return std::optional(LaneBirth{std::string(select.text(0)), select.integer(1)});
}

Result<void> DataDirectory::note_lane(unsigned lane, LaneBirth const& birth) const {
    auto database = TRY(open_facts(path_));
    auto insert = TRY(database.prepare("INSERT OR REPLACE INTO lane VALUES (?, ?, ?)"));
    return insert.bind(1, lane).bind_text(2, birth.mark).bind(3, birth.starts).run();
}

Result<void> DataDirectory::become_another() {
    auto database = TRY(open_facts(path_));
    auto update = TRY(database.prepare("UPDATE directory SET identity = ?"));
    auto const fresh = hex_encode(random_bytes(8));
    TRY(update.bind_text(1, fresh).run());
    homes_.front() = identity_ = fresh;
    return {};
}

Result<void> DataDirectory::add_home(std::string const& identity) {
    if (std::ranges::find(homes_, identity) != homes_.end()) return {};
    auto database = TRY(open_facts(path_));
    auto insert = TRY(database.prepare("INSERT INTO home (identity) VALUES (?)"));
    TRY(insert.bind_text(1, identity).run());
    homes_.push_back(identity);
    return {};
}

Result<std::optional<std::string>> DataDirectory::fact(std::string_view name) const {
    return fact_of(path_, name);
}

Result<void> DataDirectory::set_fact(std::string_view name, std::string_view value) const {
    return set_fact_of(path_, name, value);
}

} // namespace ds
