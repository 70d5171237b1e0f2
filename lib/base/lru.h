// A bounded cache: the least recently used go first. May be used from several threads at once.
#pragma once

#include "base/guarded.h"

#include <cstddef>
#include <iterator>
#include <list>
#include <optional>
#include <unordered_map>
#include <utility>

namespace ds {

template <typename Key, typename Value, typename Hash>
class Lru {
public:
    explicit Lru(std::size_t cost_max) : cost_max_(cost_max) {}

    std::optional<Value> find(Key const& key) {
        auto cache = cache_.lock();
        auto const found = cache->index.find(key);
        if (found == cache->index.end()) return std::nullopt;
        cache->entries.splice(cache->entries.begin(), cache->entries, found->second);
        return found->second->value;
    }
    bool contains(Key const& key) const { return cache_.lock()->index.contains(key); }

    // What is there already stays as it is. One entry is kept, however large.
    void add(Key const& key, Value value, std::size_t cost) {
        add_unless(key, std::move(value), cost, [](Value const&) { return true; });
    }
    // The same, but what is there already gives way unless `stays(it)`. Gives what is there now.
    template <typename Stays>
    Value add_unless(Key const& key, Value value, std::size_t cost, Stays stays) {
        Entries dropped; // freed after the lock
        auto cache = cache_.lock();
        auto const found = cache->index.find(key);
        if (found != cache->index.end()) {
            if (stays(std::as_const(found->second->value))) return found->second->value;
            drop(*cache, found->second, dropped);
        }
        cache->entries.push_front({key, value, cost});
        cache->index.emplace(key, cache->entries.begin());
        cache->cost += cost;
        while (cache->cost > cost_max_ && cache->entries.size() > 1)
            drop(*cache, std::prev(cache->entries.end()), dropped);
        return value;
    }

    void remove(Key const& key) {
        Entries dropped;
        auto cache = cache_.lock();
        auto const found = cache->index.find(key);
        if (found != cache->index.end()) drop(*cache, found->second, dropped);
    }

private:
    struct Entry {
        Key key;
        Value value;
        std::size_t cost;
    };
    using Entries = std::list<Entry>;
    struct Cache {
        Entries entries; // most recently used first
        std::unordered_map<Key, typename Entries::iterator, Hash> index;
        std::size_t cost = 0;
    };
    static void drop(Cache& cache, typename Entries::iterator entry, Entries& dropped) {
        cache.cost -= entry->cost;
        cache.index.erase(entry->key);
        dropped.splice(dropped.begin(), cache.entries, entry);
    }
    std::size_t cost_max_;
    Guarded<Cache> cache_;
};

} // namespace ds
