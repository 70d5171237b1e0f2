// Objects as files: written aside, synced, renamed, found again in the order of their keys.
#include "storage/directory_store.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "storage/disk.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <mutex>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

namespace ds {

namespace {

constexpr char k_goes_on = '~'; // no byte of a key
// So much goes to the disk at a time, and two such parts are on their way at most: the syncs of the
// hot log, which clients wait for, queue up behind them. 4 MiB at once cost them 2 ms.
constexpr std::size_t k_written_at_once = 128 * k_kib;
// No object is larger: a segment has the rows of a few megabytes, or a single one.
constexpr std::uint64_t k_read_max = std::uint64_t{4096} * k_mib;
// An object is tried again this often when another process takes its folder away meanwhile.
constexpr int k_place_tries = 100;

// "a/b" → "/a/b": where a key, or the folders of a prefix, lie below the root.
std::string path_below(std::string_view key) {
    std::string path;
    while (!key.empty()) {
        auto const end = std::min(key.find('/'), key.size());
        auto segment = key.substr(0, end);
        while (segment.size() >= DirectoryStore::k_name_max) {
            path.append("/").append(segment.substr(0, DirectoryStore::k_name_max)) += k_goes_on;
            segment.remove_prefix(DirectoryStore::k_name_max);
            if (segment.empty()) path.append("/") += k_goes_on;
        }
        if (!segment.empty()) path.append("/").append(segment);
        key.remove_prefix(std::min(end + 1, key.size()));
    }
    return path;
}

std::string folder_of(std::string const& path) {
    return path.substr(0, path.rfind('/'));
}

// No object is there: nothing of that name, a folder, or a file where a folder would have to be.
bool is_absence(int code) {
    return code == ENOENT || code == ENOTDIR || code == EISDIR;
}

// After a call that failed to put something in its place.
Error place_fault(std::string const& path) {
    if (errno == ENOTDIR || errno == EISDIR || errno == EEXIST || errno == ENOTEMPTY)
        return Error{Fault::invalid,
                     "write " + path + ": a key names an object or a folder of objects, not both"};
    return system_fault("write " + path);
}

// The file of an object and its size; no file when there is no such object.
struct Opened {
    FileHandle file{-1};
    std::uint64_t bytes = 0;
};
Result<Opened> open_object(std::string const& path) {
    Opened opened{FileHandle(::open(path.c_str(), O_RDONLY | O_CLOEXEC))};
    if (!opened.file) {
        if (is_absence(errno)) return opened;
        return system_fault("open " + path);
    }
    struct stat status {};
    if (::fstat(opened.file.number(), &status) != 0) return system_fault("look at " + path);
    if (!S_ISREG(status.st_mode)) return Opened{};
    opened.bytes = static_cast<std::uint64_t>(status.st_size);
    return opened;
}

Result<Bytes> read_at(FileHandle const& file, ByteRange range, std::string const& path) {
    if (range.count > k_read_max)
        return Error{Fault::corrupt, "read " + path + ": it is larger than an object can be"};
    std::string bytes(range.count, '\0');
    for (std::size_t done = 0; done < bytes.size();) {
        auto const got = ::pread(file.number(), bytes.data() + done, bytes.size() - done,
                                 static_cast<off_t>(range.offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return system_fault("read " + path);
        if (got == 0) return Error{Fault::io, "read " + path + ": it became shorter"};
        done += static_cast<std::size_t>(got);
    }
    return Bytes(std::move(bytes));
}

// A folder on the disk of the hot log must leave it the room to record what was put.
Result<void> check_room(FileHandle const& file, std::size_t bytes, std::string const& path) {
    struct statvfs disk {};
    if (::fstatvfs(file.number(), &disk) != 0) return system_fault("look at " + path);
    if (disk.f_bavail * disk.f_frsize >= bytes + DirectoryStore::k_room_left) return {};
    return system_fault(ENOSPC, "write " + path);
}

Result<void> write_durably(FileHandle const& file, std::string_view bytes,
                           std::string const& path) {
    TRY(check_room(file, bytes.size(), path));
    off_t waited = 0; // up to here the disk has it
    for (off_t at = 0; !bytes.empty();) {
        auto const part = std::min(bytes.size(), k_written_at_once);
        auto const took = ::write(file.number(), bytes.data(), part);
        if (took < 0 && errno == EINTR) continue;
        if (took < 0) return system_fault("write " + path);
        bytes.remove_prefix(static_cast<std::size_t>(took));
        // Both may fail: fdatasync has the last word.
        ::sync_file_range(file.number(), at, took, SYNC_FILE_RANGE_WRITE);
        if (at > waited)
            ::sync_file_range(file.number(), waited, at - waited, SYNC_FILE_RANGE_WAIT_AFTER);
        waited = at;
        at += took;
    }
    if (::fdatasync(file.number()) != 0) return system_fault("sync " + path);
    return {};
}

// Gives a file another name if nothing has that; else errno is EEXIST. Not every file system knows
// how to do it at once: then it has two names for a moment.
bool rename_to_nothing(std::string const& from, std::string const& to) {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0)
        return true;
    if (errno != EINVAL && errno != ENOSYS) return false;
    return ::link(from.c_str(), to.c_str()) == 0 && ::unlink(from.c_str()) == 0;
}

// A file that goes with its owner unless it got another name.
class Aside {
public:
    explicit Aside(std::string path)
        : path_(std::move(path)),
          file_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) {
        // Who sweeps at this moment may have it first; then it is gone, and rename finds nothing.
        if (file_) ::flock(file_.number(), LOCK_EX | LOCK_NB);
    }
    ~Aside() {
        if (file_ && !placed_) ::unlink(path_.c_str());
    }
    Aside(Aside const&) = delete;
    Aside& operator=(Aside const&) = delete;

    std::string const& path() const { return path_; }
    FileHandle const& file() const { return file_; }
    void placed() { placed_ = true; }

private:
    std::string path_;
    FileHandle file_;
    bool placed_ = false;
};

// A name in a folder, with what it adds to the key.
struct Name {
    std::string adds; // with the "/" of a folder whose segment ends there
    std::string name;
    bool folder = false;
    std::uint64_t bytes = 0;
    std::int64_t modified_ms = 0;
    friend bool operator<(Name const& a, Name const& b) { return a.adds < b.adds; }
};

// Empty when it has vanished, or is nothing of ours.
std::optional<Name> look_at(std::string const& folder, std::string name) {
    struct stat status {};
    if (::stat((folder + "/" + name).c_str(), &status) != 0) return std::nullopt;
    Name found{name, std::move(name), S_ISDIR(status.st_mode)};
    if (!found.folder && !S_ISREG(status.st_mode)) return std::nullopt;
    found.bytes = static_cast<std::uint64_t>(status.st_size);
    found.modified_ms = static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1'000 +
                        status.st_mtim.tv_nsec / 1'000'000;
    auto const marked = found.adds.back() == k_goes_on;
    if (marked) found.adds.pop_back();
    auto const goes_on = marked && !found.adds.empty(); // a "~" alone stands for nothing
    if (goes_on != (found.adds.size() >= DirectoryStore::k_name_max)) return std::nullopt;
    if (found.folder && !goes_on) found.adds += '/';
    return found;
}

Result<std::vector<Name>> names_in(std::string const& folder) {
    std::vector<Name> names;
    std::error_code failed;
    std::filesystem::directory_iterator entry(folder, failed);
    for (; !failed && entry != std::filesystem::directory_iterator(); entry.increment(failed))
        if (auto name = look_at(folder, entry->path().filename().string()))
            names.push_back(*std::move(name));
    // A folder may vanish with its last object while it is read.
    if (failed && !is_absence(failed.value()))
        return system_fault(failed.value(), "list " + folder);
    std::sort(names.begin(), names.end());
    return names;
}

using VisitEntry = std::function<Result<void>(ObjectEntry const&)>;

// Visits what lies below `folder`, where keys begin with `at`.
Result<void> walk(std::string const& folder, std::string const& at, std::string const& prefix,
                  VisitEntry const& visit) {
    auto const names = TRY(names_in(folder));
    for (auto const& name : names) {
        auto const key = at + name.adds;
        if (!key.starts_with(prefix) && !(name.folder && prefix.starts_with(key))) continue;
        // What others left here ("lost+found") is none of ours.
        if (!(name.folder ? check_object_prefix(key) : check_object_key(key))) continue;
        if (name.folder)
            TRY(walk(folder + "/" + name.name, key, prefix, visit));
        else
            TRY(visit({key, name.bytes, name.modified_ms}));
    }
    return {};
}

} // namespace

Result<std::unique_ptr<DirectoryStore>> DirectoryStore::open(std::string root) {
    while (root.size() > 1 && root.ends_with('/'))
        root.pop_back();
    std::unique_ptr<DirectoryStore> store(new DirectoryStore(std::move(root)));
    TRY(make_folders(store->root_, 0700));
    TRY(make_folders(store->aside_folder(), 0700));
    store->opened_ = TRY(folder_at(store->root_));
    TRY(store->sweep());
    return store;
}

Result<void> DirectoryStore::check_root() const {
    if (TRY(folder_at(root_)) == opened_) return {};
    return Error{Fault::unreachable, root_ + ", the folder of the store, is not the one that it "
                                             "was; is it mounted? A restart takes what is there"};
}

Result<void> DirectoryStore::sweep() {
    auto const folder = aside_folder();
    auto const names = TRY(names_in(folder));
    for (auto const& name : names) {
        auto const path = folder + "/" + name.name;
        FileHandle const file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        if (file && !name.folder && ::flock(file.number(), LOCK_EX | LOCK_NB) == 0)
            ::unlink(path.c_str());
    }
    return {};
}

// Makes the folder that `path` lies in, with those above it, so that they survive a power cut.
// False when another process takes them away meanwhile.
Result<bool> DirectoryStore::make_folder_of(std::string const& path) {
    auto const whole = folder_of(path);
    if (durable_.lock()->contains(whole)) return true;
    for (auto end = root_.size(); end < whole.size();) {
        auto const parent = whole.substr(0, end);
        end = std::min(whole.find('/', end + 1), whole.size());
        auto const folder = whole.substr(0, end);
        if (durable_.lock()->contains(folder)) continue;
        if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
            if (errno == ENOENT) return false;
            return place_fault(folder);
        }
        // Also when it was there: who made it may not have come to this.
        auto synced = sync_folder(parent);
        if (!synced && errno == ENOENT) return false;
        if (!synced) return std::move(synced).error();
        auto durable = durable_.lock();
        if (durable->size() >= k_durable_max) durable->clear();
        durable->insert(folder);
    }
    return true;
}

// `moved` when something was taken away meanwhile: a folder, or the file aside.
Result<DirectoryStore::Placed> DirectoryStore::place(std::string const& aside,
                                                     std::string const& path, Over over) {
    std::shared_lock const shared(folders_);
    if (TRY(make_folder_of(path))) {
        bool const placed = over == Over::anything ? ::rename(aside.c_str(), path.c_str()) == 0
                                                   : rename_to_nothing(aside, path);
        if (placed) {
            TRY(sync_folder(folder_of(path)));
            return Placed::done;
        }
        if (errno == EEXIST && over == Over::nothing) {
            // Whoever put it may not have come to its sync.
            auto const there = TRY(open_object(path));
            if (there.file) TRY(sync_folder(folder_of(path)));
            if (there.file) return Placed::taken;
            errno = EEXIST; // a folder, or gone by now: then the next try tells
        }
        if (errno != ENOENT) return place_fault(path);
    }
    durable_.lock()->clear();
    return Placed::moved;
}

Result<void> DirectoryStore::put(std::string const& key, std::string_view bytes,
                                 std::string const&) {
    TRY(write(key, bytes, Over::anything));
    return {};
}

Result<bool> DirectoryStore::put_if(std::string const& key, std::optional<std::string_view> was,
                                    std::string_view bytes, std::string const&) {
    if (!was) return write(key, bytes, Over::nothing);
    FileHandle const root(::open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!root) return system_fault("open " + root_);
    if (::flock(root.number(), LOCK_EX) != 0) return system_fault("lock " + root_);
    auto const there = TRY(get(key));
    if (!there || there->view() != *was) return false;
    return write(key, bytes, Over::anything);
}

// False when there is an object that is not to be replaced.
Result<bool> DirectoryStore::write(std::string const& key, std::string_view bytes, Over over) {
    TRY(check_object_key(key));
    auto const path = root_ + path_below(key);
    TRY(check_root());
    if (over == Over::nothing && TRY(open_object(path)).file) return false;
    for (int tries = 0; tries < k_place_tries; ++tries) {
        // Random, because several processes may write here.
        Aside aside(aside_folder() + "/" + hex_encode(random_bytes(8)));
        if (!aside.file()) {
            if (errno != ENOENT) return system_fault("make " + aside.path());
            // Somebody has tidied up; but the root is not made again.
            TRY(check_root());
            if (::mkdir(aside_folder().c_str(), 0700) != 0 && errno != EEXIST)
                return system_fault("make " + aside_folder());
            continue;
        }
        TRY(write_durably(aside.file(), bytes, aside.path()));
        auto const placed = TRY(place(aside.path(), path, over));
        if (placed == Placed::done) aside.placed();
        if (placed != Placed::moved) return placed == Placed::done;
    }
    return Error{Fault::busy, "write " + path + ": its folder is taken away again and again"};
}

Result<std::optional<Bytes>> DirectoryStore::get(std::string const& key) {
    auto part = TRY(get_range(key, {0, UINT64_MAX}));
    if (!part) return std::optional<Bytes>();
    return std::optional(std::move(part->bytes));
}

Result<std::optional<ObjectPart>> DirectoryStore::get_range(std::string const& key,
                                                            ByteRange range) {
    TRY(check_object_key(key));
    auto const path = root_ + path_below(key);
    auto const opened = TRY(open_object(path));
    if (!opened.file) {
        TRY(check_root());
        return std::optional<ObjectPart>();
    }
    auto bytes = TRY(read_at(opened.file, range.clipped(opened.bytes), path));
    return std::optional(ObjectPart{std::move(bytes), opened.bytes});
}

Result<void> DirectoryStore::remove(std::string const& key) {
    TRY(check_object_key(key));
    auto const path = root_ + path_below(key);
    if (::unlink(path.c_str()) == 0) return drop_empty_folders(folder_of(path));
    if (is_absence(errno)) return {};
    return system_fault("remove " + path);
}

// Takes away `folder` and those above it that are empty, and makes what is gone stay gone.
Result<void> DirectoryStore::drop_empty_folders(std::string folder) {
    {
        std::unique_lock const alone(folders_);
        while (folder.size() > root_.size() && ::rmdir(folder.c_str()) == 0) {
            durable_.lock()->erase(folder);
            folder = folder_of(folder);
        }
    }
    auto synced = sync_folder(folder);
    // A folder that somebody else has taken away needs no sync of ours.
    if (!synced && errno == ENOENT) return {};
    return synced;
}

Result<void> DirectoryStore::list(std::string const& prefix, VisitEntry const& visit) {
    TRY(check_object_prefix(prefix));
    // The folders of the prefix are not searched for: they are where they must be.
    auto const folders = prefix.substr(0, prefix.rfind('/') + 1);
    return walk(root_ + path_below(folders), folders, prefix, visit);
}

} // namespace ds
