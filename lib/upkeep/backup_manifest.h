// What backups there are in the object store, and what each says of itself.
//
//     backup/<identity>/<time>/manifest.json           comes last: with it, the backup is whole
//     backup/<identity>/<time>/lane-<n>.<part, 6 digits>
//
// The parts of a lane, unpacked and joined, are a SQLite database: the lane's at one moment. The
// time is UTC and sorts as text, "2026-01-02T03-04-05.678Z". The manifest:
//
//     {"format": "ds-backup", "version": 1, "identity": "..", "homes": [".."], "lanes": 1,
//      "time": "2026-01-02T03:04:05.678Z",
//      "parts": [{"lane": 0, "bytes": 1, "raw_bytes": 1, "codec": "none" or "zstd",
//                 "sha256": ".."}]}
//
// Parts stand in order; `bytes` and `sha256` (hex) are of the object as it lies in the store.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "format/stripe.h"
#include "storage/object_store.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ds::upkeep {

struct BackupManifest {
    struct Part {
        unsigned lane = 0;
        std::uint64_t bytes = 0; // as it lies in the store
        std::uint64_t raw_bytes = 0;
        Compression codec = Compression::none;
        std::string sha256;
        friend bool operator==(Part const&, Part const&) = default;
    };
    std::string identity;
    std::vector<std::string> homes; // identity first
    unsigned lanes = 1;
    Millis time{};
    std::vector<Part> parts;
    friend bool operator==(BackupManifest const&, BackupManifest const&) = default;
};

std::string encode_manifest(BackupManifest const& manifest);
// Fault::corrupt when it is none; Fault::invalid when a newer ds wrote it.
Result<BackupManifest> decode_manifest(std::string_view text);

// "backup/<identity>/", "<time>", and the names of the objects in a backup's folder.
std::string backup_root(std::string_view identity);
std::string backup_time(Millis time);
std::string part_name(unsigned lane, std::size_t part);
inline constexpr std::string_view k_manifest_name = "manifest.json";

struct FoundBackup {
    std::string folder; // without the slash at its end
    std::string identity;
    std::string time;
    bool whole = false; // its manifest is there
    std::vector<std::string> keys;
};
// Of one identity, or of all when it is empty; the oldest first.
Result<std::vector<FoundBackup>> find_backups(ObjectStore& store, std::string_view identity);

// Writes the database of a lane to `path`, every part checked.
Result<void> fetch_lane(ObjectStore& store, std::string const& folder,
                        BackupManifest const& manifest, unsigned lane, std::string const& path);

} // namespace ds::upkeep
