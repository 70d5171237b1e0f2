// Fetching a backup, and what is in its tables.
#include "upkeep/saved_log.h"

#include "storage/data_directory.h"
#include "storage/hot_log.h"

#include <algorithm>
#include <filesystem>

namespace ds::upkeep {

namespace {

Result<void> read_lane(SavedLog& saved, unsigned lane, std::string const& path) {
    {
        // Brings an older schema up to date.
        TRY(HotLog::open(path, Durability::os));
    }
    auto log = TRY(HotReader::open(path));
    if (auto const damage = TRY(log.damage())) return Error{Fault::corrupt, *damage};
    TRY(log.each_stream([&](StreamRecord const& record) -> Result<void> {
        saved.streams[record.id] = {record, lane, {}, 0};
        return {};
    }));
    TRY(log.estuaries().each_estuary([&](std::int64_t id) -> Result<void> {
        auto const stream = saved.streams.find(id);
        if (stream != saved.streams.end()) stream->second.is_estuary = true;
        return {};
    }));
    TRY(log.segments().each_rotated([&](RotatedRecord const& rotated) -> Result<void> {
        auto const stream = saved.streams.find(rotated.stream);
        if (stream != saved.streams.end()) stream->second.rotated = rotated;
        return {};
    }));
    TRY(log.segments().each_segment([&](SegmentRecord const& segment) -> Result<void> {
        auto const stream = saved.streams.find(segment.stream);
        if (stream == saved.streams.end()) return {};
        auto const& rotated = stream->second.rotated;
        if (rotated && segment.at.segment >= rotated->earliest.segment) ++stream->second.segments;
        return {};
    }));
    TRY(log.segments().each_retention(
        [&](std::string_view scope, Retention const& retention) -> Result<void> {
            saved.retentions.emplace_back(scope, retention);
            return {};
        }));
    saved.last_ids.push_back(TRY(log.last_stream_id()));
    saved.lanes.push_back(std::move(log));
    return {};
}

Result<std::unique_ptr<SavedLog>> fetch(ObjectStore& store, FoundBackup const& backup,
                                        std::string const& folder) {
    auto saved = std::make_unique<SavedLog>();
    saved->name = backup.folder;
    auto const key = backup.folder + "/" + std::string(k_manifest_name);
    auto const text = TRY(store.get(key));
    if (!text) return Error{Fault::missing, key + " has gone"};
    saved->manifest = TRY(decode_manifest(text->view()));
    for (unsigned lane = 0; lane < saved->manifest.lanes; ++lane) {
        auto const path = folder + "/" + backup.time + "-lane-" + std::to_string(lane) + ".db";
        TRY(fetch_lane(store, backup.folder, saved->manifest, lane, path));
        auto read = read_lane(*saved, lane, path);
        if (!read) return std::move(read).error().within("lane " + std::to_string(lane));
    }
    return saved;
}

} // namespace

bool SavedLog::had_removed(std::string const& stream, std::int64_t id,
                           std::string const& home) const {
    auto const& homes = manifest.homes;
    if (std::ranges::find(homes, home) == homes.end() || streams.contains(id)) return false;
    return id <= last_ids[lane_of_project(stream.substr(0, stream.find('/')), manifest.lanes)];
}

SavedStream const* SavedLog::find_stream(StreamRecord const& record) const {
    auto const found = streams.find(record.id);
    bool const same = found != streams.end() && found->second.record.name == record.name &&
                      found->second.record.created_ms == record.created_ms;
    return same ? &found->second : nullptr;
}

std::int64_t SavedLog::last_id() const {
    return last_ids.empty() ? 0 : *std::ranges::max_element(last_ids);
}

Result<std::unique_ptr<SavedLog>> fetch_saved_log(ObjectStore& store, std::string const& folder,
                                                  std::vector<std::string>& complaints) {
    auto const backups = TRY(find_backups(store, ""));
    for (auto backup = backups.rbegin(); backup != backups.rend(); ++backup) {
        if (!backup->whole) continue;
        auto saved = fetch(store, *backup, folder);
        if (saved) return saved;
        if (!is_damage(saved.error().fault)) return std::move(saved).error().within(backup->folder);
        complaints.push_back(backup->folder + " is damaged (" + saved.error().what +
                             "); an older backup is taken, if there is one");
    }
    return std::unique_ptr<SavedLog>();
}

} // namespace ds::upkeep
