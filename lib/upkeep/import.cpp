// Finding the files of each stream, and making segments of them.
#include "upkeep/import.h"

#include "base/json_text.h"
#include "format/reference_segment.h"
#include "format/segment.h"
#include "model/content.h"
#include "model/stream_name.h"
#include "storage/hot_log.h"
#include "storage/lane_births.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <system_error>
#include <utility>
#include <vector>

namespace ds::upkeep {

namespace {

namespace fs = std::filesystem;

using Files = std::map<std::uint64_t, std::string>; // by number
using Found = std::map<std::string, Files>;         // by name

Error in_file(std::string const& path, Error error) {
    return std::move(error).within(path);
}

// What "<name>/segment-<n>.seg" says, wherever that lies.
std::optional<ReferenceKey> key_of(std::string const& folder, fs::path const& file) {
    return parse_reference_segment_key("stream/" + folder + "/" + file.filename().string());
}

Result<Found> single_file(ImportOptions const& options) {
    if (!options.stream)
        return Error{Fault::invalid, "say with --stream which stream " + options.source + " is"};
    auto const name = TRY(parse_stream_name(*options.stream));
    auto const says = key_of("YQ", options.source); // whatever folder it may lie in
    return Found{{name.full(), {{says ? says->number : 0, options.source}}}};
}

Result<Found> find_files(ImportOptions const& options) {
    Found found;
    fs::path const source(options.source);
    std::error_code failed;
    if (fs::is_regular_file(source, failed)) return single_file(options);
    if (!fs::is_directory(source, failed))
        return Error{Fault::invalid, "there is no file or folder " + options.source};
    if (options.stream)
        return Error{Fault::invalid, "--stream names a single file; " + options.source +
                                         " is a folder, whose files say what they are"};
    fs::recursive_directory_iterator entry(source, failed);
    for (; !failed && entry != fs::recursive_directory_iterator(); entry.increment(failed)) {
        if (!entry->is_regular_file(failed)) continue;
        auto const folder = fs::absolute(entry->path()).parent_path().filename().string();
        if (auto const key = key_of(folder, entry->path()))
            found[key->name][key->number] = entry->path().string();
    }
    if (failed) return Error{Fault::io, failed.message()}.within("look through " + options.source);
    if (found.empty())
        return Error{Fault::invalid,
                     "there are no files like stream/<name>/segment-0.seg below " + options.source};
    return found;
}

Result<Bytes> read_file(std::string const& path) {
    std::ifstream file(path, std::ios::binary);
    std::string bytes(std::istreambuf_iterator<char>(file), {});
    if (!file.good() && !file.eof()) return Error{Fault::io, "cannot read " + path};
    return Bytes(std::move(bytes));
}

// A stream on its way in.
class Import {
public:
    Import(DataDirectory const& directory, ObjectStore& store, std::string const& name,
           std::string const& content_type, Millis now)
        : directory_(directory),
          store_(store),
          now_(count_ms(now)),
          json_(is_json_type(content_type)) {
        stream_.name = name;
        stream_.content_type = content_type;
        stream_.created_ms = stream_.touched_ms = now_;
    }

    Result<void> run(Files const& files, ImportTally& tally) {
        TRY(check(files));
        auto const lane =
            lane_of_project(stream_.name.substr(0, stream_.name.find('/')), directory_.lanes());
        TRY(check_lane_file(directory_, lane));
        auto log = TRY(HotLog::open(directory_.lane_path(lane), Durability::full));
        TRY(check_birth(directory_, lane, log));
        TRY(log.each_stream([&](StreamRecord const& other) -> Result<void> {
            if (other.name != stream_.name) return {};
            return Error{Fault::invalid, "stream " + other.name + " exists already"};
        }));
        auto const last = TRY(log.last_stream_id());
        stream_.id = last == 0 ? static_cast<std::int64_t>(lane) + 1
                               : last + static_cast<std::int64_t>(directory_.lanes());
        for (auto const& [number, path] : files)
            TRY(put(number, path));
        TRY(log.begin());
        auto recorded = record(log);
        if (recorded) recorded = log.commit();
        if (!recorded) {
            log.rollback();
            return recorded;
        }
        ++tally.streams;
        tally.segments += segments_.size();
        for (auto const& segment : segments_) {
            tally.messages += segment.messages;
            tally.bytes += segment.bytes;
        }
        return {};
    }

private:
    Result<void> check(Files const& files) const {
        auto const slash = stream_.name.find('/');
        if (slash == std::string::npos)
            return Error{Fault::invalid, stream_.name + " has no project"};
        TRY(make_stream_name(stream_.name.substr(0, slash), stream_.name.substr(slash + 1)));
        std::uint64_t next = 0;
        for (auto const& [number, path] : files)
            if (number != next++)
                return Error{Fault::invalid, "segment " + std::to_string(next - 1) + " of " +
                                                 stream_.name + " is missing"};
        return {};
    }

    Result<void> put(std::uint64_t number, std::string const& path) {
        auto const object = TRY(read_file(path));
        SegmentWriter writer(Compression::zstd, k_stripe_bytes, object.size());
        SegmentFacts facts;
        facts.home = directory_.identity();
        facts.stream = stream_;
        facts.at = {number, 0};
        facts.start = facts.end = end_;
        facts.ordinal = ordinal_;
        facts.first_ms = facts.last_ms = facts.written_ms = now_;
        facts.seal = Seal::aged;
        ReferenceMessages messages(object.view());
        while (true) {
            auto message = messages.next();
            if (!message) return in_file(path, std::move(message).error());
            if (!*message) break;
            TRY(check_message(**message, path));
            add(writer, facts, **message, 1);
        }
        if (facts.rows == 0) return Error{Fault::truncated, path + " has no messages"};
        // The row that ends it.
        add(writer, facts, {}, 0);
        auto const encoded = writer.finish(facts);
        auto const key = segment_key(facts.home, stream_, number);
        auto put = put_new(store_, key, encoded.object.view(), "application/vnd.ds.segment");
        // Nothing refers to it: the id of its stream has never been given.
        if (!put && is_damage(put.error().fault))
            put = Error{put.error().fault,
                        put.error().what + "; an import that was broken off may have left it, then "
                                           "remove it with: ds segments gc --grace 0"};
        TRY(std::move(put));
        auto const end = TRY(store_.get_range(key, ByteRange::last(k_trailer_bytes)));
        if (!end || end->object_bytes != encoded.object.size())
            return Error{Fault::io, key + " is not what was put"};
        segments_.push_back(
            record_of(facts, key, encoded.object.size(), encoded.checksum, encoded.stripes));
        end_ = facts.end;
        ordinal_ += facts.messages;
        return {};
    }

    Result<void> check_message(std::string_view message, std::string const& path) const {
        if (message.empty()) return in_file(path, {Fault::corrupt, "a message is empty"});
        if (!json_) return {};
        auto const scanned = scan_json(message, k_json_depth_max);
        if (!scanned) return in_file(path, scanned.error());
        return {};
    }

    void add(SegmentWriter& writer, SegmentFacts& facts, std::string_view body,
             std::uint32_t count) {
        BlockHead head;
        head.at = {facts.at.segment, facts.end - facts.start};
        head.start = facts.end;
        head.ordinal = facts.ordinal + facts.messages;
        head.count = count;
        head.time_ms = now_;
        head.fills_segment = count == 0;
        head_bytes_.clear();
        encode_block_head(head_bytes_, head);
        writer.add(head_bytes_, body, head.start, head.ordinal);
        ++facts.rows;
        facts.messages += count;
        facts.bytes += body.size();
        facts.end += json_ ? count : body.size();
    }

    Result<void> record(HotLog& log) const {
        TRY(log.insert_stream(stream_));
        for (auto const& segment : segments_)
            TRY(log.segments().insert_segment(segment));
        RotatedRecord rotated;
        rotated.stream = stream_.id;
        rotated.until = end_;
        rotated.ordinal = ordinal_;
        rotated.next = {segments_.size(), 0};
        return log.segments().set_rotated(rotated);
    }

    DataDirectory const& directory_;
    ObjectStore& store_;
    std::int64_t now_;
    bool json_;
    StreamRecord stream_;
    std::vector<SegmentRecord> segments_;
    std::uint64_t end_ = 0;
    std::uint64_t ordinal_ = 0;
    std::string head_bytes_;
};

} // namespace

Result<ImportTally> import_segments(DataDirectory const& directory, ImportOptions const& options,
                                    ObjectStore& store, Clock const& clock, Tick const& tick) {
    if (!is_content_type(options.content_type))
        return Error{Fault::invalid, options.content_type + " is no content type"};
    auto const found = TRY(find_files(options));
    ImportTally tally;
    std::uint64_t done = 0;
    for (auto const& [name, files] : found) {
        if (!tick(done++, found.size(), name)) return Error{Fault::busy, "stopped"};
        TRY(Import(directory, store, name, options.content_type, clock.now()).run(files, tally));
    }
    return tally;
}

} // namespace ds::upkeep
