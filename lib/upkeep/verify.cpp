// Lane by lane: the database, its streams, their segments, their rows.
#include "upkeep/verify.h"

#include "storage/data_directory.h"
#include "storage/hot_reader.h"
#include "upkeep/verify_estuaries.h"
#include "upkeep/verify_stream.h"

#include <map>
#include <optional>
#include <set>
#include <utility>

namespace ds::upkeep {

namespace {

class LaneCheck {
public:
    LaneCheck(std::string const& path, unsigned number, unsigned lanes)
        : path_(path),
          number_(number),
          lanes_(lanes) {}

    Result<void> run(ObjectStore* store, Scope const& scope, Tick const& tick, VerifyTally& tally) {
        auto log = TRY(HotReader::open(path_));
        TRY(log.begin());
        if (auto const damage = TRY(log.damage())) return Error{Fault::corrupt, *damage};
        TRY(log.each_stream([&](StreamRecord const& record) { return take(record); }));
        if (TRY(log.last_stream_id()) < last_id_)
            return Error{Fault::corrupt, "ids would be given a second time"};
        TRY(log.segments().each_rotated([&](RotatedRecord const& rotated) {
            auto const found = streams_.find(rotated.stream);
            return found == streams_.end() ? Result<void>() : found->second.take(rotated);
        }));
        TRY(log.segments().each_segment(
            [&](SegmentRecord const& segment) { return take(segment, scope); }));
        for (auto const& [id, stream] : streams_)
            TRY(stream.finish_segments());
        EstuaryCheck estuaries;
        TRY(estuaries.begin(log));
        TRY(log.each_row(
            [&](std::int64_t seq, std::int64_t id, HotReader::Row const& row) -> Result<void> {
                auto const found = streams_.find(id);
                if (found == streams_.end()) return {};
                ++tally.hot_rows;
                estuaries.take(id, row);
                return found->second.take(seq, row);
            }));
        TRY(check_forks());
        TRY(estuaries.finish(log, [&](std::int64_t id) -> std::optional<std::uint64_t> {
            auto const found = streams_.find(id);
            return found == streams_.end() ? std::nullopt : std::optional(found->second.end());
        }));
        log.end();
        for (auto const& [id, stream] : streams_)
            tally.streams += covers(scope, stream.record().name) ? 1 : 0;
        return store == nullptr ? Result<void>() : check_objects(*store, tick, tally);
    }

private:
    static bool covers(Scope const& scope, std::string const& name) {
        if (!scope.stream.empty()) return name == scope.stream;
        return scope.project.empty() || name.starts_with(scope.project + "/");
    }

    Result<void> take(StreamRecord const& record) {
        auto const project = record.name.substr(0, record.name.find('/'));
        if (lane_of_project(project, lanes_) != number_)
            return Error{Fault::corrupt, record.name + " lies in another stream's lane"};
        if (record.fork && !streams_.contains(record.fork->source))
            return Error{Fault::corrupt, record.name + " is a fork of nothing"};
        last_id_ = record.id;
        streams_.emplace(record.id, StreamCheck(record));
        return {};
    }

    Result<void> take(SegmentRecord const& segment, Scope const& scope) {
        auto const found = streams_.find(segment.stream);
        if (found == streams_.end()) return {}; // on its way out
        bool const stays = TRY(found->second.take(segment));
        if (!stays) return {};
        if (!keys_.insert(segment.key).second)
            return Error{Fault::corrupt, segment.key + " is recorded twice"};
        if (covers(scope, found->second.record().name))
            objects_.emplace_back(segment.stream, segment.at.segment);
        return {};
    }

    Result<void> check_forks() const {
        for (auto const& [id, stream] : streams_) {
            auto const& fork = stream.record().fork;
            if (fork && streams_.at(fork->source).end() < fork->point)
                return Error{Fault::corrupt, stream.record().name + " has more of its source than "
                                                                    "there is"};
        }
        return {};
    }

    Result<void> check_objects(ObjectStore& store, Tick const& tick, VerifyTally& tally) {
        std::uint64_t done = 0;
        for (auto const& [stream, number] : objects_) {
            if (!tick(done++, objects_.size(), streams_.at(stream).record().name))
                return Error{Fault::busy, "stopped"};
            auto checked = check_object(store, stream, number, tally);
            if (checked) continue;
            // A stream may end, and retention may come, while we look.
            auto const still = TRY(is_recorded(stream, number));
            if (still) return checked;
        }
        return {};
    }

    Result<void> check_object(ObjectStore& store, std::int64_t stream, std::uint64_t number,
                              VerifyTally& tally) {
        auto log = TRY(HotReader::open(path_));
        auto const segment = TRY(log.segments().segment(stream, number));
        if (!segment) return {};
        auto const object = TRY(store.get(segment->key));
        if (!object) return Error{Fault::missing, segment->key + " is not in the store"};
        if (object->size() != segment->object_bytes)
            return Error{object->size() < segment->object_bytes ? Fault::truncated : Fault::corrupt,
                         segment->key + " has " + std::to_string(object->size()) +
                             " bytes instead of " + std::to_string(segment->object_bytes)};
        auto const footer = verify_segment(*object);
        if (!footer) return Error(footer.error()).within(segment->key);
        ++tally.segments;
        tally.bytes += object->size();
        TRY(streams_.at(stream).agrees(*segment, *footer));
        return streams_.at(stream).keeps(*segment, *object);
    }

    Result<bool> is_recorded(std::int64_t stream, std::uint64_t number) {
        auto log = TRY(HotReader::open(path_));
        auto const there = TRY(log.stream(stream));
        auto const segment = TRY(log.segments().segment(stream, number));
        auto const rotated = TRY(log.segments().rotated(stream));
        return there && segment && rotated && rotated->earliest.segment <= number;
    }

    std::string path_;
    unsigned number_;
    unsigned lanes_;
    std::map<std::int64_t, StreamCheck> streams_;
    std::int64_t last_id_ = 0;
    std::set<std::string> keys_;
    std::vector<std::pair<std::int64_t, std::uint64_t>> objects_; // to be read whole
};

} // namespace

Result<VerifyTally> verify_lanes(std::vector<std::string> const& lane_paths, ObjectStore* store,
                                 Scope const& scope, Tick const& tick) {
    VerifyTally tally;
    auto const lanes = static_cast<unsigned>(lane_paths.size());
    for (unsigned number = 0; number < lanes; ++number) {
        LaneCheck lane(lane_paths[number], number, lanes);
        auto checked = lane.run(store, scope, tick, tally);
        if (!checked) return std::move(checked).error().within(lane_paths[number]);
    }
    return tally;
}

} // namespace ds::upkeep
