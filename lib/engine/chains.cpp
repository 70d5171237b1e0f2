// Ways counted downwards, from all that is above the new subscription.
#include "engine/chains.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace ds {

namespace {

struct ChainReach {
    std::uint64_t copies = 0; // of one append
    std::uint64_t steps = 0;
};

class Chains {
public:
    Chains(Roster& roster, Stream const& source, Stream const* estuary, std::uint64_t most)
        : roster_(roster),
          source_(source),
          estuary_(estuary),
          most_(most) {}

    // Of an append to `stream`, as it will be. There are no cycles.
    ChainReach from(Stream const& stream) {
        if (auto const known = known_.find(stream.id); known != known_.end()) return known->second;
        ChainReach reach;
        auto const add = [&](Stream const* next) {
            auto const more = next != nullptr ? from(*next) : ChainReach{};
            // A number that is too large stays so, and does not wrap around.
            reach.copies = std::min(most_ + 1, reach.copies + 1 + more.copies);
            reach.steps = std::max(reach.steps, more.steps + 1);
        };
        if (auto const* const source = roster_.source(stream))
            for (auto const& to : source->subscriptions)
                add(to.estuary.get());
        if (stream.id == source_.id) add(estuary_);
        return known_[stream.id] = reach;
    }

private:
    Roster& roster_;
    Stream const& source_;
    Stream const* estuary_;
    std::uint64_t const most_;
    std::unordered_map<std::int64_t, ChainReach> known_;
};

} // namespace

bool chain_fits(Roster& roster, Stream const& source, Stream const* estuary,
                std::uint64_t copies_max) {
    Chains chains(roster, source, estuary, copies_max);
    std::unordered_set<std::int64_t> seen{source.id};
    std::vector<Stream const*> to_look_at{&source};
    while (!to_look_at.empty()) {
        auto const& stream = *to_look_at.back();
        to_look_at.pop_back();
        auto const reach = chains.from(stream);
        if (reach.copies > copies_max || reach.steps > k_chain_steps_max) return false;
        auto const* const fed = roster.estuary(stream);
        if (fed == nullptr) continue;
        for (auto const& [above, id] : fed->subscriptions)
            if (seen.insert(above->stream->id).second) to_look_at.push_back(above->stream.get());
    }
    return true;
}

} // namespace ds
