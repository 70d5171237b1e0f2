// Pages of history, rendered once. Only pages that can never change are kept: those that ended
// because they were full, not because the stream did. Least recently used go first.
#pragma once

#include "base/lru.h"
#include "engine/page.h"

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

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

    explicit PageCache(std::size_t bytes_max) : pages_(bytes_max) {}

    std::optional<Page> find(Key const& key) { return pages_.find(key); }
    void add(Key const& key, Page const& page) {
        // A page's body and what keeping it costs besides (measured: about 320 bytes).
        pages_.add(key, page, page.body.size() + 400);
    }

private:
    struct Hash {
        std::size_t operator()(Key const& key) const {
            auto const mixed = (static_cast<std::uint64_t>(key.stream) * 0x9e3779b97f4a7c15U) ^
                               (key.from * 0xff51afd7ed558ccdU) ^ key.limit;
            return std::hash<std::uint64_t>{}(mixed);
        }
    };
    Lru<Key, Page, Hash> pages_;
};

} // namespace ds
