// Joining what was found, and judging it stream by stream.
#include "upkeep/restore_plan.h"

#include "model/content.h"

#include <algorithm>
#include <functional>
#include <map>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace ds::upkeep {

namespace {

std::string shown(StreamRecord const& record) {
    return record.name + " (id " + std::to_string(record.id) + ")";
}

std::int64_t id_of(PlannedStream const& stream) {
    return stream.record.id;
}

class Planner {
public:
    Planner(ObjectStore& store, Survey const& survey, SavedLog* saved, std::string const& project,
            Millis now)
        : store_(store),
          survey_(survey),
          saved_(saved),
          project_(project),
          now_(now) {}

    Result<RestorePlan> run() {
        plan_.last_id = std::max(survey_.last_id, saved_ ? saved_->last_id() : 0);
        for (auto const& what : survey_.damaged)
            leave_out(what);
        for (auto const& [key, life] : survey_.lives)
            if (covers(key.name)) TRY(take(key, life));
        if (saved_) TRY(take_saved());
        settle_ids_and_names();
        if (saved_) TRY(take_rows());
        settle_forks();
        note_homes();
        return std::move(plan_);
    }

private:
    bool covers(std::string const& name) {
        bool const covered = project_.empty() || name.starts_with(project_ + "/");
        plan_.whole = plan_.whole && covered;
        return covered;
    }

    static void add_note(PlannedStream& stream, std::string const& what) {
        stream.note.append(stream.note.empty() ? "" : "; ").append(what);
    }

    // Something stays behind that is no garbage.
    void leave_out(std::string what) {
        plan_.whole = false;
        plan_.incomplete = true;
        plan_.left_out.push_back(std::move(what));
    }

    SavedStream* saved_stream(LifeKey const& key) {
        if (saved_ == nullptr) return nullptr;
        auto const found = saved_->streams.find(key.id);
        bool const same = found != saved_->streams.end() && found->second.record.name == key.name &&
                          found->second.record.created_ms == key.created_ms;
        return same ? &found->second : nullptr;
    }

    Result<void> take(LifeKey const& key, FoundLife const& life) {
        auto const* saved = saved_stream(key);
        auto const first = saved && saved->rotated ? saved->rotated->earliest.segment : 0;
        auto const chain = chain_of(life, first, survey_.homes);
        if (chain.segments.empty()) return {}; // only what retention had taken already
        auto const& last = *chain.segments.back();
        auto facts = TRY(facts_of(last));
        auto ledger =
            facts ? TRY(ledger_after(chain.segments, facts->after)) : std::optional<Ledger>();
        if (!ledger) {
            leave_out(last.record.key + " changes while the store is read");
            return {};
        }
        facts->after = *std::move(ledger);
        PlannedStream stream;
        stream.record = saved ? saved->record : facts->stream;
        stream.fork_source = facts->fork_source;
        stream.age_ms = survey_.homes.at(last.home);
        if (saved) stream.age_ms = std::max(stream.age_ms, count_ms(saved_->manifest.time));
        stream.deleted = life.deleted || stream.record.soft_deleted ||
                         (saved_ && saved_->had_removed(key.name, key.id, last.home));
        for (auto const* segment : chain.segments)
            stream.segments.push_back(segment->record);
        if (!begins_well(stream)) {
            leave_out(shown(stream.record) + ": its first segment does not begin as one does");
            return {};
        }
        set_rotated(stream, *facts);
        auto const after = saved && saved->rotated ? saved->rotated->next.segment : 0;
        if (chain.beyond > 0 || stream.rotated->next.segment < after) {
            auto const hole = last.record.at.segment + 1;
            add_note(stream, "segment " + std::to_string(hole) +
                                 " is missing, and nothing after it comes back");
            leave_out(shown(stream.record) + ": " + stream.note);
        }
        if (stream.segments.front().at.segment > first_of(stream.record).segment)
            add_note(stream, "what was before was trimmed");
        add(std::move(stream));
        return {};
    }

    // As its last segment says; that is read again when it is not the last in its folder.
    Result<std::optional<SegmentFacts>> facts_of(FoundSegment const& segment) {
        if (segment.facts) return std::optional(*segment.facts);
        std::uint64_t bytes = 0;
        auto footer = TRY(fetch_footer(store_, segment.record.key, bytes));
        if (!footer || footer->checksum != segment.record.checksum)
            return std::optional<SegmentFacts>();
        return std::optional(std::move(footer->facts));
    }

    // What is known of the writers after the last of these segments, whose ledger is `last`: parts,
    // back to the segment that says it whole. One that retention has taken is not missed: who
    // wrote nothing of what is left is forgotten.
    Result<std::optional<Ledger>> ledger_after(std::vector<FoundSegment const*> const& segments,
                                               Ledger const& last) {
        std::vector<Ledger> parts{last};
        for (auto at = segments.size() - 1; parts.back().is_part && at > 0; --at) {
            auto before = TRY(facts_of(*segments[at - 1]));
            if (!before) return std::optional<Ledger>();
            parts.push_back(std::move(before->after));
        }
        auto ledger = std::move(parts.back());
        ledger.is_part = false;
        parts.pop_back();
        for (; !parts.empty(); parts.pop_back())
            apply(ledger, std::move(parts.back()));
        return std::optional<Ledger>(std::move(ledger));
    }

    static Offset first_of(StreamRecord const& record) {
        return record.fork ? record.fork->at : Offset{record.first_segment, 0};
    }

    static bool begins_well(PlannedStream const& stream) {
        auto const& first = stream.segments.front();
        auto const& fork = stream.record.fork;
        auto const origin = first_of(stream.record);
        if (first.at == origin) return first.start == (fork ? fork->point : 0);
        return first.at.position == 0 && first.at.segment > origin.segment;
    }

    static void set_rotated(PlannedStream& stream, SegmentFacts const& facts) {
        auto& rotated = stream.rotated.emplace();
        rotated.stream = stream.record.id;
        rotated.until = facts.end;
        rotated.ordinal = facts.ordinal + facts.messages;
        rotated.next = facts.next();
        rotated.closed = closes(facts.seal);
        rotated.ledger = facts.after;
        rotated.earliest = stream.segments.front().at;
        rotated.earliest_start = stream.segments.front().start;
    }

    // Where it ends without any row.
    void add(PlannedStream stream) {
        stream.json = is_json_type(stream.record.content_type);
        if (auto const& rotated = stream.rotated) {
            stream.tail = rotated->next;
            stream.end = rotated->until;
            stream.ordinal = rotated->ordinal;
            stream.closed = rotated->closed;
        } else if (auto const& fork = stream.record.fork) {
            stream.tail = fork->at;
            stream.end = fork->point;
            stream.ordinal = fork->ordinal;
        } else {
            stream.tail = first_of(stream.record);
        }
        // Nobody could renew it while the server was away.
        if (std::holds_alternative<Ttl>(stream.record.lifetime))
            stream.record.touched_ms = count_ms(now_);
        plan_.streams.push_back(std::move(stream));
    }

    // Streams of the backup of which no segment was found.
    Result<void> take_saved() {
        for (auto const& [number, saved] : saved_->streams) {
            auto const id = number; // clang 14 captures no structured binding
            auto const& record = saved.record;
            if (!covers(record.name)) continue;
            bool const found = std::ranges::any_of(plan_.streams, [&](PlannedStream const& other) {
                return other.record.id == id && other.record.name == record.name &&
                       other.record.created_ms == record.created_ms;
            });
            if (found) continue;
            if (saved.segments > 0) {
                TRY(check_deleted(id, saved.lane));
                plan_.left_out.push_back(shown(record) + ": its segments are gone; it was deleted "
                                                         "after the backup");
                continue;
            }
            PlannedStream stream;
            stream.record = record;
            stream.rotated = saved.rotated;
            stream.age_ms = count_ms(saved_->manifest.time);
            stream.deleted =
                record.soft_deleted || survey_.deleted.contains({record.name, record.id});
            if (record.fork) {
                auto const source = saved_->streams.find(record.fork->source);
                if (source != saved_->streams.end())
                    stream.fork_source = source->second.record.name;
            }
            add(std::move(stream));
        }
        for (auto const& [scope, retention] : saved_->retentions)
            if (scope == project_ || covers(scope + "/"))
                plan_.retentions.emplace_back(scope, retention);
        return {};
    }

    // None of its segments is in the list of the store: then none may be in the store.
    Result<void> check_deleted(std::int64_t id, unsigned lane) {
        return saved_->lanes[lane].segments().each_segment_of(
            id, [&](SegmentRecord const& segment) { return check_absent(store_, segment.key); });
    }

    // The newest directory's stream first, then the later life.
    void settle_ids_and_names() {
        auto& streams = plan_.streams;
        std::ranges::sort(streams, [](PlannedStream const& a, PlannedStream const& b) {
            return std::tuple(a.age_ms, a.record.id, a.record.created_ms) >
                   std::tuple(b.age_ms, b.record.id, b.record.created_ms);
        });
        std::unordered_map<std::int64_t, std::string> ids;
        std::unordered_map<std::string, std::int64_t> names;
        std::erase_if(streams, [&](PlannedStream const& stream) {
            auto const& record = stream.record;
            auto const id = ids.find(record.id);
            auto const name = names.find(record.name);
            if (id == ids.end() && name == names.end()) {
                ids.emplace(record.id, record.name);
                names.emplace(record.name, record.id);
                return false;
            }
            if (stream.deleted) return true;
            leave_out(shown(record) + ": " +
                      (name != names.end()
                           ? "a newer stream has its name (id " + std::to_string(name->second) + ")"
                           : "a newer stream has its id (" + id->second + ")"));
            return true;
        });
        std::ranges::sort(streams, {}, id_of);
    }

    PlannedStream* find(std::int64_t id) {
        auto const found = std::ranges::lower_bound(plan_.streams, id, {}, id_of);
        return found != plan_.streams.end() && found->record.id == id ? &*found : nullptr;
    }

    Result<void> take_rows() {
        for (unsigned lane = 0; lane < saved_->lanes.size(); ++lane)
            TRY(saved_->lanes[lane].each_row([&](std::int64_t seq, std::int64_t id,
                                                 HotReader::Row const& row) -> Result<void> {
                auto* stream = find(id);
                if (stream && saved_stream({stream->record.name, id, stream->record.created_ms}) &&
                    take(*stream, row))
                    plan_.rows.push_back({lane, seq, id});
                return {};
            }));
        for (auto& stream : plan_.streams) {
            plan_.incomplete = plan_.incomplete || stream.lost_rows > 0;
            if (stream.lost_rows > 0)
                add_note(stream,
                         std::to_string(stream.lost_rows) + " appends of the backup do not follow");
        }
        return {};
    }

    // Whether the row comes back: it is the next one, and not in a segment.
    static bool take(PlannedStream& stream, HotReader::Row const& row) {
        auto const& head = row.head;
        auto const& rotated = stream.rotated;
        if (rotated && (rotated->closed || head.at < rotated->next)) return false;
        if (stream.lost_rows > 0 || !row.intact || stream.closed || head.at != stream.tail ||
            head.start != stream.end || head.ordinal != stream.ordinal) {
            ++stream.lost_rows;
            return false;
        }
        auto const length = stream.json ? head.count : row.body.size();
        stream.end += length;
        stream.ordinal += head.count;
        stream.tail.position += length;
        if (head.fills_segment) stream.tail = {stream.tail.segment + 1, 0};
        stream.closed = head.closes;
        stream.hot_messages += head.count;
        stream.hot_bytes += row.body.size();
        return true;
    }

    // Sources have smaller ids than their forks: first who can be there, then who is needed.
    void settle_forks() {
        std::unordered_map<std::int64_t, bool> stays; // whether it can; then, whether it does
        for (auto const& stream : plan_.streams) {
            auto const why = unfounded(stream, stays);
            stays[stream.record.id] = why.empty();
            if (!why.empty() && !stream.deleted) leave_out(shown(stream.record) + ": " + why);
        }
        std::unordered_map<std::int64_t, bool> needed;
        for (auto last = plan_.streams.rbegin(); last != plan_.streams.rend(); ++last) {
            auto& stream = *last;
            auto const id = stream.record.id;
            stays[id] = stays[id] && (!stream.deleted || needed[id]);
            if (stays[id] && stream.record.fork) needed[stream.record.fork->source] = true;
            stream.record.soft_deleted = stream.deleted;
            if (stream.deleted) add_note(stream, "deleted, but forks need it");
        }
        std::erase_if(plan_.streams,
                      [&](PlannedStream const& stream) { return !stays[stream.record.id]; });
        std::erase_if(plan_.rows, [&](PlannedRow const& row) { return !stays[row.stream]; });
    }

    // Why a fork has no ground to stand on; empty when all is well.
    std::string unfounded(PlannedStream const& stream,
                          std::unordered_map<std::int64_t, bool> const& stays) {
        auto const& fork = stream.record.fork;
        if (!fork) return {};
        auto const* source = find(fork->source);
        bool const same =
            source && (stream.fork_source.empty() || source->record.name == stream.fork_source);
        auto const found = stays.find(fork->source);
        if (!same || found == stays.end() || !found->second)
            return "it is a fork of " + stream.fork_source + ", which does not come back";
        if (source->end < fork->point)
            return "it is a fork of " + stream.fork_source + ", of which too little comes back";
        return {};
    }

    void note_homes() {
        std::map<std::string, std::int64_t> homes;
        for (auto const& [home, last_ms] : survey_.homes)
            homes[home] = last_ms;
        if (saved_)
            for (auto const& home : saved_->manifest.homes)
                homes.emplace(home, INT64_MIN);
        if (saved_)
            homes[saved_->manifest.identity] =
                std::max(homes[saved_->manifest.identity], count_ms(saved_->manifest.time));
        std::vector<std::pair<std::int64_t, std::string>> order;
        for (auto const& [home, last_ms] : homes)
            order.emplace_back(last_ms, home);
        std::ranges::sort(order, std::greater{});
        for (auto& [last_ms, home] : order)
            plan_.homes.push_back(std::move(home));
    }

    ObjectStore& store_;
    Survey const& survey_;
    SavedLog* saved_;
    std::string const& project_;
    Millis now_;
    RestorePlan plan_;
};

} // namespace

Result<RestorePlan> plan_restore(ObjectStore& store, Survey const& survey, SavedLog* saved,
                                 std::string const& project, Millis now) {
    return Planner(store, survey, saved, project, now).run();
}

} // namespace ds::upkeep
