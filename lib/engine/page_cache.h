// Pages rendered once, by where they begin and what cuts them. History never changes, so that its
// pages are kept; of those that end where the stream does, the large ones are, and hold as long as
// that is the tail. Least recently used go first.
//
// A limit that cuts nothing makes no other page: whatever limits are asked for, those who are sent
// the same messages share their bytes.
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
    // Smaller pages at the tail are made for each who asks: soon they would be of no use.
    static constexpr std::size_t k_tail_from = 64 * k_kib;

    explicit PageCache(std::size_t bytes_max) : pages_(bytes_max) {}

    // The page at `from`, if it holds while the stream's head is this.
    std::optional<Page> find(std::int64_t stream, std::uint64_t from, std::uint64_t limit,
                             Head const& head) {
        auto page = find_uncut(stream, from, limit, head);
        if (!page && limit != k_no_limit) page = usable({stream, from, limit}, head);
        if (page) page->head = head;
        return page;
    }

    // A page that was made with this limit.
    void add(std::int64_t stream, std::uint64_t from, std::uint64_t limit, Page const& page) {
        bool const ends_stream = page.up_to_date();
        if (ends_stream && page.body.size() < k_tail_from) return;
        bool const cut = !ends_stream && page.messages >= limit;
        // What is history stays, and so does a tail that has seen more.
        auto const stays = [&](Page const& other) {
            return !other.up_to_date() || (ends_stream && other.end >= page.end);
        };
        // A page's body and what keeping it costs besides (measured: about 320 bytes).
        auto const cost = page.body.size() + 400;
        pages_.add_unless({stream, from, cut ? limit : k_no_limit}, page, cost, stays);
    }

private:
    struct Key {
        std::int64_t stream; // identities are never reused, so nothing stale can answer
        std::uint64_t from;
        std::uint64_t limit; // that cut it; k_no_limit: none did
        friend bool operator==(Key const&, Key const&) = default;
    };
    struct Hash {
        std::size_t operator()(Key const& key) const {
            auto const mixed = (static_cast<std::uint64_t>(key.stream) * 0x9e3779b97f4a7c15U) ^
                               (key.from * 0xff51afd7ed558ccdU) ^ key.limit;
            return std::hash<std::uint64_t>{}(mixed);
        }
    };
    std::optional<Page> find_uncut(std::int64_t stream, std::uint64_t from, std::uint64_t limit,
                                   Head const& head) {
        auto page = usable({stream, from, k_no_limit}, head);
        if (page && page->messages > limit) page.reset();
        return page;
    }
    std::optional<Page> usable(Key const& key, Head const& head) {
        auto page = pages_.find(key);
        if (!page || !page->up_to_date()) return page;
        if (page->end != head.end) return std::nullopt; // it was the tail
        page->next = head.tail;
        return page;
    }

    Lru<Key, Page, Hash> pages_;
};

} // namespace ds
