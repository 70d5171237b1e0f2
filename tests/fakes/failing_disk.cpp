// An SQLite VFS around the default one, whose files fail on demand.
#include "fakes/failing_disk.h"

#include <sqlite3.h>

#include <atomic>
#include <cstddef>
#include <new>

namespace ds::test {

namespace {

std::atomic<Disk> disk_state{Disk::well};
std::atomic<std::uint64_t> sync_count{0};
sqlite3_vfs* inner_vfs = nullptr;
sqlite3_vfs outer_vfs{};
// The inner file lies behind ours in the memory that SQLite gives.
struct File {
    sqlite3_file base;
    sqlite3_file* inner;
};

File* own(sqlite3_file* file) {
    return static_cast<File*>(static_cast<void*>(file));
}
sqlite3_file* in(sqlite3_file* file) {
    return own(file)->inner;
}

int close_file(sqlite3_file* file) {
    return in(file)->pMethods != nullptr ? in(file)->pMethods->xClose(in(file)) : SQLITE_OK;
}
int read(sqlite3_file* file, void* to, int count, sqlite3_int64 at) {
    return in(file)->pMethods->xRead(in(file), to, count, at);
}
int write(sqlite3_file* file, void const* from, int count, sqlite3_int64 at) {
    if (disk_state == Disk::full) return SQLITE_FULL;
    return in(file)->pMethods->xWrite(in(file), from, count, at);
}
int truncate(sqlite3_file* file, sqlite3_int64 size) {
    return in(file)->pMethods->xTruncate(in(file), size);
}
int sync(sqlite3_file* file, int flags) {
    ++sync_count;
    if (disk_state != Disk::well) return SQLITE_IOERR_FSYNC;
    return in(file)->pMethods->xSync(in(file), flags);
}
int file_size(sqlite3_file* file, sqlite3_int64* size) {
    return in(file)->pMethods->xFileSize(in(file), size);
}
int lock(sqlite3_file* file, int level) {
    return in(file)->pMethods->xLock(in(file), level);
}
int unlock(sqlite3_file* file, int level) {
    return in(file)->pMethods->xUnlock(in(file), level);
}
int check_reserved(sqlite3_file* file, int* result) {
    return in(file)->pMethods->xCheckReservedLock(in(file), result);
}
int file_control(sqlite3_file* file, int what, void* argument) {
    return in(file)->pMethods->xFileControl(in(file), what, argument);
}
int sector_size(sqlite3_file* file) {
    return in(file)->pMethods->xSectorSize(in(file));
}
int characteristics(sqlite3_file* file) {
    return in(file)->pMethods->xDeviceCharacteristics(in(file));
}
int shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** to) {
    return in(file)->pMethods->xShmMap(in(file), page, size, extend, to);
}
int shm_lock(sqlite3_file* file, int offset, int count, int flags) {
    return in(file)->pMethods->xShmLock(in(file), offset, count, flags);
}
void shm_barrier(sqlite3_file* file) {
    in(file)->pMethods->xShmBarrier(in(file));
}
int shm_unmap(sqlite3_file* file, int erase) {
    return in(file)->pMethods->xShmUnmap(in(file), erase);
}

sqlite3_io_methods const k_methods = [] {
    sqlite3_io_methods methods{};
    methods.iVersion = 2;
    methods.xClose = close_file;
    methods.xRead = read;
    methods.xWrite = write;
    methods.xTruncate = truncate;
    methods.xSync = sync;
    methods.xFileSize = file_size;
    methods.xLock = lock;
    methods.xUnlock = unlock;
    methods.xCheckReservedLock = check_reserved;
    methods.xFileControl = file_control;
    methods.xSectorSize = sector_size;
    methods.xDeviceCharacteristics = characteristics;
    methods.xShmMap = shm_map;
    methods.xShmLock = shm_lock;
    methods.xShmBarrier = shm_barrier;
    methods.xShmUnmap = shm_unmap;
    return methods;
}();

int open_file(sqlite3_vfs*, char const* name, sqlite3_file* file, int flags, int* out_flags) {
    auto* const mine = own(file);
    void* const behind = mine + 1;
    mine->inner = static_cast<sqlite3_file*>(behind);
    mine->base.pMethods = nullptr;
    auto const code = inner_vfs->xOpen(inner_vfs, name, mine->inner, flags, out_flags);
    if (code == SQLITE_OK) mine->base.pMethods = &k_methods;
    return code;
}

} // namespace

FailingDisk::FailingDisk() {
    disk_state = Disk::well;
    inner_vfs = sqlite3_vfs_find(nullptr);
    outer_vfs = *inner_vfs;
    outer_vfs.zName = "failing-disk";
    outer_vfs.szOsFile = static_cast<int>(sizeof(File)) + inner_vfs->szOsFile;
    outer_vfs.xOpen = open_file;
    outer_vfs.pNext = nullptr;
    sqlite3_vfs_register(&outer_vfs, 1);
}

FailingDisk::~FailingDisk() {
    sqlite3_vfs_unregister(&outer_vfs);
    sqlite3_vfs_register(inner_vfs, 1);
}

void FailingDisk::set(Disk state) {
    disk_state = state;
}

std::uint64_t FailingDisk::syncs() const {
    return sync_count;
}

} // namespace ds::test
