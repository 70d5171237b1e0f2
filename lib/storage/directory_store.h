// Objects as files below a folder.
//
//     ROOT/stream/p/bmFtZQ/segment-1.seg    the object "stream/p/bmFtZQ/segment-1.seg"
//     ROOT/<200 characters>~/<the rest>     a segment of a key with 200 characters or more: it goes
//                                           on in the folder below, in which "~" stands for nothing
//     ROOT/~tmp/                            files that are being written, each locked (flock) by
//                                           its writer; without a lock it is left over from a crash
//
// An object is written aside, synced, renamed to its place, and then its folder is synced: it is
// there whole or not at all, whatever happens in between. Folders are made when they are needed and
// go with the last object in them. Several processes may use one folder: what is put only if
// nothing is there gets its name by a call that replaces nothing, and what depends on the bytes
// that are there is put by one of them at a time (flock on ROOT). Files and folders are their
// owner's alone.
#pragma once

#include "base/guarded.h"
#include "storage/disk.h"
#include "storage/object_store.h"

#include <memory>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>

namespace ds {

class DirectoryStore final : public ObjectStore {
public:
    // Makes the folder when it is missing, and removes what crashes left in "~tmp". Another folder
    // that is in its place later (a disk has gone) is neither read nor written: Fault::unreachable.
    static Result<std::unique_ptr<DirectoryStore>> open(std::string root);

    Result<void> put(std::string const& key, std::string_view bytes,
                     std::string const& content_type) override;
    Result<bool> put_if(std::string const& key, std::optional<std::string_view> was,
                        std::string_view bytes, std::string const& content_type) override;
    Result<std::optional<Bytes>> get(std::string const& key) override;
    Result<std::optional<ObjectPart>> get_range(std::string const& key, ByteRange range) override;
    Result<void> remove(std::string const& key) override;
    Result<void> list(std::string const& prefix,
                      std::function<Result<void>(ObjectEntry const&)> const& visit) override;
    bool is_near() const override { return true; }
    std::string where() const override { return root_; }

    // Where the segment of a key goes on in a folder below.
    static constexpr std::size_t k_name_max = 200;
    // A put that would leave less on the disk is Fault::full.
    static constexpr std::size_t k_room_left = 4 * k_mib;

private:
    // Folders that need no sync any more. Dropped when it has grown to k_durable_max.
    using Durable = std::set<std::string, std::less<>>;
    static constexpr std::size_t k_durable_max = 10'000;

    explicit DirectoryStore(std::string root) : root_(std::move(root)) {}
    Result<void> sweep();
    Result<void> check_root() const;
    std::string aside_folder() const { return root_ + "/~tmp"; }
    Result<bool> make_folder_of(std::string const& path);
    // What has become of a file aside.
    enum class Placed : std::uint8_t { done, taken, moved };
    enum class Over : std::uint8_t { anything, nothing };
    Result<Placed> place(std::string const& aside, std::string const& path, Over over);
    Result<bool> write(std::string const& key, std::string_view bytes, Over over);
    Result<void> drop_empty_folders(std::string folder);

    std::string root_;
    std::optional<FolderIdentity> opened_; // the root, as it was
    Guarded<Durable> durable_;
    // Shared while an object is put into its folder, alone while empty folders are taken away: what
    // is said of a folder stays true until the object is in it.
    std::shared_mutex folders_;
};

} // namespace ds
