// Entries of the limits: found, made, shared and forgotten.
#include "service/quota/limit_table.h"

#include <algorithm>

namespace ds::quota {

namespace {

// A shard with fewer entries is not worth looking through.
constexpr std::size_t k_swept_at = 64;
// A full shard is looked through this often at most: it takes up to a millisecond.
constexpr std::chrono::milliseconds k_sweep_pause{100};

} // namespace

LimitTable::LimitTable(ScopeLimits limits, std::size_t entries_max)
    : limits_(limits),
      shard_max_(std::max<std::size_t>(1, entries_max / k_shards)) {}

bool LimitTable::is_idle(Entry const& entry, Time now) const {
    return entry.seated[0] + entry.seated[1] == 0 &&
           entry.requests.is_full(limits_.requests, now) && entry.bytes.is_full(limits_.bytes, now);
}

void LimitTable::sweep(Shard& shard, Time now) const {
    std::erase_if(shard.entries, [&](auto const& known) { return is_idle(known.second, now); });
    shard.sweep_at = std::max(k_swept_at, 2 * shard.entries.size());
    shard.next_sweep = now + k_sweep_pause;
}

LimitTable::Entry& LimitTable::entry_of(Shard& shard, std::string_view key, Time now) const {
    auto const found = shard.entries.find(key);
    if (found != shard.entries.end()) return found->second;
    auto const worth_it = std::min(std::max(k_swept_at, shard.sweep_at), shard_max_);
    if (shard.entries.size() >= worth_it && now >= shard.next_sweep) sweep(shard, now);
    if (shard.entries.size() >= shard_max_) return shard.others;
    return shard.entries.emplace(key, Entry{}).first->second;
}

std::optional<LimitTable::Over> LimitTable::over(Entry const& entry, std::uint64_t bytes,
                                                 Time now) const {
    Over longest{Rate::requests, std::chrono::nanoseconds(0)};
    if (limits_.requests > 0) longest.wait = entry.requests.wait(limits_.requests, now);
    if (limits_.bytes > 0 && bytes > 0)
        if (auto const wait = entry.bytes.wait(limits_.bytes, now); wait > longest.wait)
            longest = {Rate::bytes, wait};
    if (longest.wait == std::chrono::nanoseconds(0)) return std::nullopt;
    return longest;
}

std::optional<LimitTable::Over> LimitTable::take(std::string_view key, std::uint64_t bytes,
                                                 Time now) {
    if (!limits_rate(bytes)) return std::nullopt;
    auto shard = shard_of(key).lock();
    auto& entry = entry_of(*shard, key, now);
    if (auto const refused = over(entry, bytes, now)) return refused;
    if (limits_.requests > 0) entry.requests.take(limits_.requests, 1, now);
    if (limits_.bytes > 0) entry.bytes.take(limits_.bytes, bytes, now);
    return std::nullopt;
}

void LimitTable::give_back(std::string_view key, std::uint64_t bytes) {
    if (limits_.requests == 0 && limits_.bytes == 0) return;
    auto shard = shard_of(key).lock();
    auto const found = shard->entries.find(key);
    auto& entry = found == shard->entries.end() ? shard->others : found->second;
    entry.requests.give_back(1);
    entry.bytes.give_back(bytes);
}

std::optional<LimitTable::Seat> LimitTable::sit(Kind kind, std::string_view key, Time now) {
    if (seats(kind) == 0) return Seat();
    auto& place = shard_of(key);
    auto shard = place.lock();
    auto& entry = entry_of(*shard, key, now);
    auto& seated = entry.seated[static_cast<std::size_t>(kind)];
    if (seated >= seats(kind)) return std::nullopt;
    ++seated;
    return Seat(place, entry, kind);
}

LimitTable::Seat::~Seat() {
    if (shard_ == nullptr) return;
    auto const held = shard_->lock();
    --entry_->seated[static_cast<std::size_t>(kind_)];
}

std::size_t LimitTable::size() const {
    std::size_t total = 0;
    for (auto const& shard : shards_)
        total += shard.lock()->entries.size();
    return total;
}

} // namespace ds::quota
