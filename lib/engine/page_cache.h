// Pages of history, rendered once. Only pages that can never change are kept: those that ended
// because they were full, not because the stream did. Least recently used go first.
#pragma once

#include "base/guarded.h"
#include "engine/page.h"

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <unordered_map>
#include <utility>

namespace ds {

// What is kept unless told otherwise: a sixteenth of the memory, from 64 MiB to 1 GiB.
inline std::size_t page_cache_bytes_of_machine() {
    auto const pages = ::sysconf(_SC_PHYS_PAGES);
    auto const size = ::sysconf(_SC_PAGESIZE);
    if (pages <= 0 || size <= 0) return 64 * k_mib;
    auto const memory = static_cast<std::size_t>(pages) * static_cast<std::size_t>(size);
    return std::clamp(memory / 16, 64 * k_mib, 1024 * k_mib);
}

class PageCache {
public:
    struct Key {
        std::int64_t stream; // identities are never reused, so nothing stale can answer
        std::uint64_t from;
        std::uint64_t limit;
        friend bool operator==(Key const&, Key const&) = default;
    };

    explicit PageCache(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    std::optional<Page> find(Key const& key) {
        auto cache = cache_.lock();
        auto const found = cache->index.find(key);
        if (found == cache->index.end()) return std::nullopt;
        cache->pages.splice(cache->pages.begin(), cache->pages, found->second);
        return found->second->second;
    }

    void add(Key const& key, Page const& page) {
        std::list<std::pair<Key, Page>> dropped; // freed after the lock
        auto cache = cache_.lock();
        if (cache->index.contains(key)) return;
        cache->pages.emplace_front(key, page);
        cache->index.emplace(key, cache->pages.begin());
        cache->bytes += cost_of(page);
        while (cache->bytes > bytes_max_ && cache->pages.size() > 1) {
            auto const last = std::prev(cache->pages.end());
            cache->bytes -= cost_of(last->second);
            cache->index.erase(last->first);
            dropped.splice(dropped.begin(), cache->pages, last);
        }
    }

private:
    // A page's body and what keeping it costs besides (measured: about 320 bytes).
    static std::size_t cost_of(Page const& page) { return page.body.size() + 400; }
    struct Hash {
        std::size_t operator()(Key const& key) const {
            auto const mixed = (static_cast<std::uint64_t>(key.stream) * 0x9e3779b97f4a7c15U) ^
                               (key.from * 0xff51afd7ed558ccdU) ^ key.limit;
            return std::hash<std::uint64_t>{}(mixed);
        }
    };
    struct Cache {
        std::list<std::pair<Key, Page>> pages; // most recently used first
        std::unordered_map<Key, std::list<std::pair<Key, Page>>::iterator, Hash> index;
        std::size_t bytes = 0;
    };
    std::size_t bytes_max_;
    Guarded<Cache> cache_;
};

} // namespace ds
