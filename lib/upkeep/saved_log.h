// The hot log as a backup has it: fetched from the object store, and read.
#pragma once

#include "base/result.h"
#include "model/stream_record.h"
#include "storage/hot_reader.h"
#include "storage/object_store.h"
#include "storage/segment_table.h"
#include "upkeep/backup_manifest.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ds::upkeep {

struct SavedStream {
    StreamRecord record;
    unsigned lane = 0;
    std::optional<RotatedRecord> rotated;
    std::uint64_t segments = 0; // recorded, from the earliest on
    bool is_estuary = false;
};

struct SavedLog {
    std::string name; // folder of the backup
    BackupManifest manifest;
    std::vector<HotReader> lanes;
    std::map<std::int64_t, SavedStream> streams;
    std::vector<std::int64_t> last_ids; // of each lane
    std::vector<std::pair<std::string, Retention>> retentions;

    // The stream was there before the backup, and no more when it was taken.
    bool had_removed(std::string const& stream, std::int64_t id, std::string const& home) const;
    std::int64_t last_id() const;
    // What it has of a stream; null when that is not the one it knows under this id.
    SavedStream const* find_stream(StreamRecord const& record) const;
};

// The newest backup that is whole, into `folder`. What is damaged is told in `complaints`, and the
// one before it is taken. Empty when there is none.
Result<std::unique_ptr<SavedLog>> fetch_saved_log(ObjectStore& store, std::string const& folder,
                                                  std::vector<std::string>& complaints);

} // namespace ds::upkeep
