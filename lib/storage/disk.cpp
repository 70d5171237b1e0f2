// System calls on files and folders, with their errors as faults.
#include "storage/disk.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

namespace ds {

FileHandle::FileHandle(FileHandle&& other) noexcept : number_(std::exchange(other.number_, -1)) {}

FileHandle::~FileHandle() {
    if (number_ >= 0) ::close(number_);
}

Error system_fault(int code, std::string const& doing) {
    auto const fault = code == ENOSPC || code == EDQUOT ? Fault::full : Fault::io;
    return Error{fault, std::generic_category().message(code)}.within(doing);
}

Error system_fault(std::string const& doing) {
    return system_fault(errno, doing);
}

Result<void> sync_folder(std::string const& path) {
    FileHandle const folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder) return system_fault("open " + path);
    if (::fsync(folder.number()) != 0) return system_fault("sync " + path);
    return {};
}

Result<FolderIdentity> folder_at(std::string const& path) {
    struct stat found {};
    if (::stat(path.c_str(), &found) == 0) return FolderIdentity{found.st_dev, found.st_ino};
    if (errno != ENOENT && errno != ENOTDIR) return system_fault("look at " + path);
    return Error{Fault::unreachable, path + " has gone; is it mounted?"};
}

Result<void> make_folders(std::string const& path, ::mode_t mode) {
    std::error_code failed;
    auto const absolute = std::filesystem::absolute(path, failed);
    if (failed) return system_fault(failed.value(), "make " + path);
    auto whole = absolute;
    if (!whole.has_filename()) whole = whole.parent_path(); // a closing "/"
    std::filesystem::path made;
    std::filesystem::path parent;
    for (auto const& part : absolute) {
        if (part.empty()) continue; // a closing "/"
        parent = made;
        made /= part;
        if (parent.empty()) continue; // the root
        if (::mkdir(made.c_str(), made == whole ? mode : 0755) == 0)
            TRY(sync_folder(parent.string()));
        else if (errno != EEXIST)
            return system_fault("make " + made.string());
    }
    if (!std::filesystem::is_directory(absolute, failed))
        return Error{Fault::invalid, path + " is not a folder"};
    // The last one may stem from a start that was cut off before it could sync.
    return parent.empty() ? Result<void>() : sync_folder(parent.string());
}

} // namespace ds
