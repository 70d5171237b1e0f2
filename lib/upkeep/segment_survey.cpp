// Listing segments, reading their ends side by side, and joining what follows.
#include "upkeep/segment_survey.h"

#include "base/guarded.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <thread>

namespace ds::upkeep {

namespace {

// A get of a few kilobytes is all waiting.
constexpr unsigned k_threads = 16;

struct Listed {
    std::string key;
    SegmentKey says;
    bool last = false; // in its folder
};

class Surveyor {
public:
    Surveyor(ObjectStore& store, Tick const& tick) : store_(store), tick_(tick) {}

    Result<Survey> run() {
        TRY(list());
        read_all();
        check_neighbours();
        auto& found = *found_.lock();
        if (found.fault) return *found.fault;
        for (auto& [key, life] : found.survey.lives)
            life.deleted = found.survey.deleted.contains({key.name, key.id});
        return std::move(found.survey);
    }

private:
    struct Found {
        Survey survey;
        std::optional<Error> fault;
        std::uint64_t done = 0;
    };

    Result<void> list() {
        auto& survey = found_.lock()->survey;
        return store_.list("stream/", [&](ObjectEntry const& entry) -> Result<void> {
            auto says = parse_segment_key(entry.key);
            if (!says) return {};
            survey.last_id = std::max(survey.last_id, says->stream);
            if (!says->number) {
                survey.deleted.emplace(says->name, says->stream);
                return {};
            }
            if (!listed_.empty()) {
                auto const& before = listed_.back().says;
                listed_.back().last = std::tie(before.name, before.home, before.stream) !=
                                      std::tie(says->name, says->home, says->stream);
            }
            listed_.push_back({entry.key, *std::move(says), true});
            return {};
        });
    }

    void read_all() {
        side_by_side(listed_.size(),
                     [this](std::size_t at) { return take(listed_[at], read(listed_[at])); });
    }

    // What the list would have to name, if it were there: before, between and after the segments of
    // each folder.
    void check_neighbours() {
        std::vector<std::string> keys;
        for (std::size_t at = 0; at < listed_.size(); ++at) {
            auto const& here = listed_[at];
            auto const number = *here.says.number;
            bool const first = at == 0 || listed_[at - 1].last;
            auto const before = first ? std::uint64_t{0} : *listed_[at - 1].says.number + 1;
            if (number > before) keys.push_back(neighbour(here, number - 1));
            if (number > before + 1 && !first) keys.push_back(neighbour(here, before));
            if (here.last) keys.push_back(neighbour(here, number + 1));
        }
        side_by_side(keys.size(), [&](std::size_t at) {
            auto const absent = check_absent(store_, keys[at]);
            if (!absent) found_.lock()->fault = absent.error();
            return absent.has_value();
        });
    }

    static std::string neighbour(Listed const& listed, std::uint64_t number) {
        StreamRecord stream;
        stream.name = listed.says.name;
        stream.id = listed.says.stream;
        return segment_key(listed.says.home, stream, number);
    }

    // Calls `work` for each number below `count`, until it says false.
    void side_by_side(std::size_t count, std::function<bool(std::size_t)> const& work) {
        next_ = 0;
        auto const some = [&] {
            for (auto at = next_++; at < count; at = next_++)
                if (!work(at)) return;
        };
        std::vector<std::thread> threads;
        for (std::size_t i = 1; i < std::min<std::size_t>(count, k_threads); ++i)
            threads.emplace_back(some);
        some();
        for (auto& thread : threads)
            thread.join();
    }

    Result<FoundSegment> read(Listed const& listed) const {
        std::uint64_t object_bytes = 0;
        auto footer = TRY(fetch_footer(store_, listed.key, object_bytes));
        if (!footer) return Error{Fault::missing, listed.key + " has gone"};
        auto& facts = footer->facts;
        auto const& says = listed.says;
        if (facts.home != says.home || facts.stream.name != says.name ||
            facts.stream.id != says.stream || facts.at.segment != *says.number)
            return Error{Fault::corrupt, listed.key + " is another segment than its key says"};
        FoundSegment segment;
        segment.home = facts.home;
        segment.created_ms = facts.stream.created_ms;
        segment.next = facts.next();
        segment.record = record_of(facts, listed.key, object_bytes, std::move(footer->checksum),
                                   std::move(footer->stripes));
        if (listed.last) segment.facts = std::make_unique<SegmentFacts>(std::move(facts));
        return segment;
    }

    // False: no more of it.
    bool take(Listed const& listed, Result<FoundSegment> read) {
        auto found = found_.lock();
        if (found->fault) return false;
        if (!tick_(++found->done, listed_.size(), listed.says.name)) {
            found->fault = Error{Fault::busy, "stopped"};
            return false;
        }
        if (!read) {
            if (is_damage(read.error().fault))
                found->survey.damaged.push_back(read.error().what);
            else
                found->fault = std::move(read).error();
            return !found->fault;
        }
        auto& last_ms = found->survey.homes[read->home];
        last_ms = std::max(last_ms, read->record.last_ms);
        LifeKey const key{listed.says.name, listed.says.stream, read->created_ms};
        found->survey.lives[key].segments.emplace(*listed.says.number, *std::move(read));
        return true;
    }

    ObjectStore& store_;
    Tick const& tick_;
    std::vector<Listed> listed_;
    std::atomic<std::size_t> next_ = 0;
    Guarded<Found> found_;
};

bool follows(FoundSegment const& before, FoundSegment const& segment) {
    return !closes(before.record.seal) && segment.record.at == before.next &&
           segment.record.start == before.record.end &&
           segment.record.ordinal == before.record.ordinal + before.record.messages;
}

} // namespace

Result<std::optional<SegmentFooter>> fetch_footer(ObjectStore& store, std::string const& key,
                                                  std::uint64_t& object_bytes) {
    auto wanted = k_footer_guess;
    // The first get tells how much is needed, if it was not enough.
    for (int tries = 0; tries < 2; ++tries) {
        auto const end = TRY(store.get_range(key, ByteRange::last(wanted)));
        if (!end) return std::optional<SegmentFooter>();
        object_bytes = end->object_bytes;
        auto footer = read_footer(end->bytes.view(), object_bytes, wanted);
        if (!footer) return std::move(footer).error().within(key);
        if (*footer) return std::move(*footer);
    }
    return Error{Fault::corrupt, key + " changes while it is read"};
}

Result<void> check_absent(ObjectStore& store, std::string const& key) {
    auto const there = TRY(store.get_range(key, ByteRange::last(1)));
    if (!there) return {};
    bool named = false; // it may have been put a moment ago
    TRY(store.list(key, [&](ObjectEntry const& entry) -> Result<void> {
        named = named || entry.key == key;
        return {};
    }));
    if (named) return {};
    return Error{Fault::corrupt, "the list of " + store.where() + " leaves out " + key +
                                     ", which is there; nothing is restored from such a list"};
}

Result<Survey> survey_segments(ObjectStore& store, Tick const& tick) {
    return Surveyor(store, tick).run();
}

Chain chain_of(FoundLife const& life, std::uint64_t first,
               std::map<std::string, std::int64_t> const& homes) {
    Chain chain;
    auto const begin = life.segments.lower_bound(first);
    if (begin == life.segments.end()) return chain;
    auto const age_of = [&](FoundSegment const* segment) {
        auto const home = homes.find(segment->home);
        return home == homes.end() ? INT64_MIN : home->second;
    };
    // Where a newer directory has gone on, an older one has nothing more to say.
    auto least = INT64_MIN;
    for (auto number = begin->first;; ++number) {
        FoundSegment const* best = nullptr;
        auto const [from, to] = life.segments.equal_range(number);
        for (auto at = from; at != to; ++at) {
            auto const* segment = &at->second;
            bool const fits = chain.segments.empty() || follows(*chain.segments.back(), *segment);
            if (fits && age_of(segment) >= least && (!best || age_of(segment) > age_of(best)))
                best = segment;
        }
        if (best == nullptr) {
            for (auto at = from; at != life.segments.end(); ++at)
                chain.beyond += age_of(&at->second) >= least ? 1 : 0;
            return chain;
        }
        least = age_of(best);
        chain.segments.push_back(best);
    }
}

} // namespace ds::upkeep
