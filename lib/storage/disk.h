// What the system says of the disk, as faults, and folders whose names survive a power cut.
#pragma once

#include "base/result.h"

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace ds {

// An open file or folder, closed at the end.
class FileHandle {
public:
    explicit FileHandle(int number) : number_(number) {}
    FileHandle(FileHandle&& other) noexcept;
    FileHandle& operator=(FileHandle&&) = delete;
    ~FileHandle();

    explicit operator bool() const { return number_ >= 0; }
    int number() const { return number_; }

private:
    int number_;
};

// Fault::full for a disk or a quota that is used up, else Fault::io.
Error system_fault(int code, std::string const& doing);
// The same of the call that just failed (errno).
Error system_fault(std::string const& doing);

// The names in a folder are data too: without this a power cut could take a new one away.
// After a fault errno is as the call that failed left it.
Result<void> sync_folder(std::string const& path);

// Which folder is at a path: another, once something is mounted over it, or no longer is.
struct FolderIdentity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    friend bool operator==(FolderIdentity, FolderIdentity) = default;
};
// Fault::unreachable when there is none.
Result<FolderIdentity> folder_at(std::string const& path);

// Makes `path` and the folders above it that are missing, durably; `path` itself with that mode.
Result<void> make_folders(std::string const& path, ::mode_t mode = 0755);

} // namespace ds
