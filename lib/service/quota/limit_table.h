// What each project, or each client address, has taken of its limits.
//
// The table is shared by all event loops, so that what they let in adds up to what was configured;
// sixteen locks keep them out of each other's way. A key that has nothing taken is as good as one
// that was never seen, and is forgotten when there are many.
//
// It is bounded: when as many keys have something taken as there is room for, those that are new
// share one entry, "the others", until there is room again. So whoever makes up names or addresses
// by the million takes from others that are new at that time, and from nobody who is known.
#pragma once

#include "base/guarded.h"
#include "base/text_hash.h"
#include "service/quota/limits.h"
#include "service/quota/token_bucket.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace ds::quota {

class LimitTable {
public:
    using Time = TokenBucket::Time;
    static constexpr std::size_t k_shards = 16;
    static constexpr std::size_t k_entries_max = 65'536; // about 10 MB

    explicit LimitTable(ScopeLimits limits, std::size_t entries_max = k_entries_max);
    LimitTable(LimitTable const&) = delete;
    LimitTable& operator=(LimitTable const&) = delete;

    ScopeLimits const& limits() const { return limits_; }

    // A request that writes so many bytes. It takes from both rates, or from none.
    enum class Rate : std::uint8_t { requests, bytes };
    struct Over {
        Rate what;
        std::chrono::nanoseconds wait; // until it would be let in
    };
    std::optional<Over> take(std::string_view key, std::uint64_t bytes, Time now);
    void give_back(std::string_view key, std::uint64_t bytes);

    // A connection or a live reader that counts for as long as it lives.
    enum class Kind : std::uint8_t { connection, reader };
    class Seat;
    // Empty when they are all taken. Where there is no limit, a seat that holds nothing.
    std::optional<Seat> sit(Kind kind, std::string_view key, Time now);

    std::size_t size() const;

private:
    struct Entry {
        TokenBucket requests;
        TokenBucket bytes;
        std::array<std::uint64_t, 2> seated{}; // by kind
    };
    struct Shard {
        std::unordered_map<std::string, Entry, TextHash, std::equal_to<>> entries;
        Entry others;
        std::size_t sweep_at = 0;
        Time next_sweep{};
    };

    Guarded<Shard>& shard_of(std::string_view key) { return shards_[TextHash{}(key) % k_shards]; }
    Entry& entry_of(Shard& shard, std::string_view key, Time now) const;
    void sweep(Shard& shard, Time now) const;
    std::optional<Over> over(Entry const& entry, std::uint64_t bytes, Time now) const;
    bool limits_rate(std::uint64_t bytes) const {
        return limits_.requests > 0 || (limits_.bytes > 0 && bytes > 0);
    }
    bool is_idle(Entry const& entry, Time now) const;
    std::uint64_t seats(Kind kind) const {
        return kind == Kind::connection ? limits_.connections : limits_.readers;
    }

    ScopeLimits const limits_;
    std::size_t const shard_max_;
    std::array<Guarded<Shard>, k_shards> shards_;
};

// The table must outlive it.
class LimitTable::Seat {
public:
    Seat() = default;
    Seat(Seat&& other) noexcept
        : shard_(std::exchange(other.shard_, nullptr)),
          entry_(other.entry_),
          kind_(other.kind_) {}
    Seat& operator=(Seat&& other) noexcept {
        Seat taken(std::move(other)); // and what was held is left with it
        std::swap(shard_, taken.shard_);
        std::swap(entry_, taken.entry_);
        std::swap(kind_, taken.kind_);
        return *this;
    }
    ~Seat();

private:
    friend class LimitTable;
    Seat(Guarded<Shard>& shard, Entry& entry, Kind kind)
        : shard_(&shard),
          entry_(&entry),
          kind_(kind) {}

    Guarded<Shard>* shard_ = nullptr; // null: nothing is held
    Entry* entry_ = nullptr;          // stays where it is while somebody sits in it
    Kind kind_ = Kind::connection;
};

} // namespace ds::quota
