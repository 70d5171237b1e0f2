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
        std::list<Entry> dropped; // freed after the lock
        auto cache = cache_.lock();
        if (cache->index.contains(key)) return;
        cache->entries.push_front({key, std::move(value), cost});
        cache->index.emplace(key, cache->entries.begin());
        cache->cost += cost;
        while (cache->cost > cost_max_ && cache->entries.size() > 1) {
            auto const last = std::prev(cache->entries.end());
            cache->cost -= last->cost;
            cache->index.erase(last->key);
            dropped.splice(dropped.begin(), cache->entries, last);
        }
    }

    void remove(Key const& key) {
        std::list<Entry> dropped;
        auto cache = cache_.lock();
        auto const found = cache->index.find(key);
        if (found == cache->index.end()) return;
        auto const entry = found->second;
        cache->cost -= entry->cost;
        cache->index.erase(found);
        dropped.splice(dropped.begin(), cache->entries, entry);
    }

private:
    struct Entry {
        Key key;
        Value value;
        std::size_t cost;
    };
    struct Cache {
        std::list<Entry> entries; // most recently used first
        std::unordered_map<Key, typename std::list<Entry>::iterator, Hash> index;
        std::size_t cost = 0;
    };
    std::size_t cost_max_;
    Guarded<Cache> cache_;
};

} // namespace ds
