// Manifests as JSON, the list of backups, and a lane out of its parts.
#include "upkeep/backup_manifest.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "format/compressor.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <utility>

namespace ds::upkeep {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view k_root = "backup/";
constexpr std::string_view k_format = "ds-backup";
constexpr int k_version = 1;
constexpr unsigned k_lanes_max = 1024;
constexpr std::size_t k_part_digits = 6;
// A part is 32 MiB of a database; one that says it is much more would be unpacked into memory.
constexpr std::uint64_t k_part_raw_max = 256 * k_mib;

Error no_manifest(std::string const& what) {
    return {Fault::corrupt, "manifest of a backup: " + what};
}

BackupManifest::Part part_of(Json const& json) {
    BackupManifest::Part part;
    json.at("lane").get_to(part.lane);
    json.at("bytes").get_to(part.bytes);
    json.at("raw_bytes").get_to(part.raw_bytes);
    json.at("sha256").get_to(part.sha256);
    part.codec = json.at("codec") == "zstd" ? Compression::zstd : Compression::none;
    return part;
}

Result<Bytes> unpack(Bytes const& object, BackupManifest::Part const& part,
                     std::string const& key) {
    if (object.size() != part.bytes)
        return Error{object.size() < part.bytes ? Fault::truncated : Fault::corrupt,
                     key + " is not as large as it was"};
    if (hex_encode(sha256(object.view())) != part.sha256)
        return Error{Fault::corrupt, key + " is not what was written"};
    if (part.codec == Compression::none) return object;
    if (part.raw_bytes > k_part_raw_max)
        return Error{Fault::corrupt, key + " says that it is larger than a part can be"};
    auto raw = decompress(object.view(), part.raw_bytes);
    if (!raw) return std::move(raw).error().within(key);
    return *std::move(raw);
}

} // namespace

std::string encode_manifest(BackupManifest const& manifest) {
    Json json{{"format", k_format},
              {"version", k_version},
              {"identity", manifest.identity},
              {"homes", manifest.homes},
              {"lanes", manifest.lanes},
              {"time", format_rfc3339(manifest.time)},
              {"parts", Json::array()}};
    for (auto const& part : manifest.parts)
        json["parts"].push_back(Json{{"lane", part.lane},
                                     {"bytes", part.bytes},
                                     {"raw_bytes", part.raw_bytes},
                                     {"codec", part.codec == Compression::zstd ? "zstd" : "none"},
                                     {"sha256", part.sha256}});
    return json.dump(2) + "\n";
}

Result<BackupManifest> decode_manifest(std::string_view text) {
    auto const json = Json::parse(text, nullptr, false);
    if (!json.is_object() || !json.contains("format") || json["format"] != k_format)
        return no_manifest("it is none");
    try {
        if (json.at("version") != k_version)
            return Error{Fault::invalid, "the backup was written by a newer ds"};
        BackupManifest manifest;
        json.at("identity").get_to(manifest.identity);
        json.at("homes").get_to(manifest.homes);
        json.at("lanes").get_to(manifest.lanes);
        auto const time = parse_rfc3339(json.at("time").get<std::string>());
        if (!time) return no_manifest("it has no time");
        manifest.time = *time;
        for (auto const& part : json.at("parts"))
            manifest.parts.push_back(part_of(part));
        bool const whole = manifest.lanes > 0 && manifest.lanes <= k_lanes_max;
        if (!whole) return no_manifest("it has no lanes");
        return manifest;
    } catch (Json::exception const& error) { // what is missing, or of another type
        return no_manifest(error.what());
    }
}

std::string backup_root(std::string_view identity) {
    return std::string(k_root).append(identity).append("/");
}

std::string backup_time(Millis time) {
    auto text = format_rfc3339(time);
    std::ranges::replace(text, ':', '-'); // no byte of a key
    return text;
}

std::string part_name(unsigned lane, std::size_t part) {
    auto const digits = std::to_string(part);
    std::string name = "lane-" + std::to_string(lane) + ".";
    name.append(k_part_digits - std::min(digits.size(), k_part_digits), '0');
    return name + digits;
}

Result<std::vector<FoundBackup>> find_backups(ObjectStore& store, std::string_view identity) {
    std::map<std::pair<std::string, std::string>, FoundBackup> found; // by time and identity
    auto const root = identity.empty() ? std::string(k_root) : backup_root(identity);
    TRY(store.list(root, [&](ObjectEntry const& entry) -> Result<void> {
        auto const last = entry.key.rfind('/');
        auto const folder = entry.key.substr(0, last);
        auto const middle = folder.rfind('/');
        if (middle < k_root.size() || middle == std::string::npos) return {}; // none of ours
        auto const home = folder.substr(k_root.size(), middle - k_root.size());
        if (home.find('/') != std::string::npos) return {};
        auto& backup = found[{folder.substr(middle + 1), home}];
        backup.folder = folder;
        backup.identity = home;
        backup.time = folder.substr(middle + 1);
        backup.whole = backup.whole || entry.key.substr(last + 1) == k_manifest_name;
        backup.keys.push_back(entry.key);
        return {};
    }));
    std::vector<FoundBackup> backups;
    for (auto& [key, backup] : found)
        backups.push_back(std::move(backup));
    return backups;
}

Result<void> fetch_lane(ObjectStore& store, std::string const& folder,
                        BackupManifest const& manifest, unsigned lane, std::string const& path) {
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    std::unique_ptr<std::FILE, Close> const file(std::fopen(path.c_str(), "wbx"));
    Error const cannot{Fault::io, "cannot write " + path};
    if (!file) return cannot;
    std::size_t number = 0;
    for (auto const& part : manifest.parts) {
        if (part.lane != lane) continue;
        auto const key = folder + "/" + part_name(lane, number++);
        auto const object = TRY(store.get(key));
        if (!object) return Error{Fault::missing, key + " is not in the store"};
        auto const raw = TRY(unpack(*object, part, key));
        if (std::fwrite(raw.data(), 1, raw.size(), file.get()) != raw.size()) return cannot;
    }
    if (std::fflush(file.get()) != 0) return cannot;
    return {};
}

} // namespace ds::upkeep
