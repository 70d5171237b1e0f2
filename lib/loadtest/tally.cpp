// Tallies, added up.
#include "loadtest/tally.h"

#include "base/encoding.h"

#include <algorithm>
#include <array>

namespace ds {

namespace {

void merge(Counts& into, Counts const& from) {
    for (auto const& [name, count] : from)
        into[name] += count;
}

void merge(ReaderTally& into, ReaderTally const& from) {
    if (from.clients > 0) {
        into.offsets_least = into.clients == 0 ? from.offsets_least
                                               : std::min(into.offsets_least, from.offsets_least);
        into.offsets_most = std::max(into.offsets_most, from.offsets_most);
    }
    into.clients += from.clients;
    into.requests += from.requests;
    into.reconnects += from.reconnects;
    into.batches += from.batches;
    into.messages += from.messages;
    into.bytes += from.bytes;
    into.gaps += from.gaps;
    into.duplicates += from.duplicates;
    into.errors += from.errors;
    into.misses += from.misses;
    into.miss_wait_us += from.miss_wait_us;
    into.offsets += from.offsets;
    merge(into.statuses, from.statuses);
    into.delivery.merge(from.delivery);
    into.after_storing.merge(from.after_storing);
}

void merge(WriterTally& into, WriterTally const& from) {
    into.writers += from.writers;
    into.appends += from.appends;
    into.late += from.late;
    into.errors += from.errors;
    into.bytes += from.bytes;
    into.latency.merge(from.latency);
}

} // namespace

bool count_one(Counts& counts, std::string_view name, std::size_t most) {
    auto found = counts.find(name);
    if (found == counts.end()) {
        if (counts.size() >= most) return false;
        found = counts.emplace(name, 0).first;
    }
    ++found->second;
    return true;
}

std::array<std::string_view, 4> cache_headers(std::string_view named) {
    return {named, "cf-cache-status", "x-proxy-cache", "x-cache"};
}

void Tally::merge(Tally const& other) {
    ds::merge(sse, other.sse);
    ds::merge(long_poll, other.long_poll);
    ds::merge(writes, other.writes);
    for (auto const& [header, values] : other.caches)
        ds::merge(caches[header], values);
    for (auto const& [url, more] : other.urls) {
        if (urls.size() >= k_urls_max && !urls.contains(url)) {
            urls_left_out += more.requests;
            continue;
        }
        auto& known = urls[url];
        known.requests += more.requests;
        known.misses += more.misses;
    }
    urls_left_out += other.urls_left_out;
    ds::merge(pops, other.pops);
    ds::merge(errors, other.errors);
    seconds.resize(std::max(seconds.size(), other.seconds.size()));
    for (std::size_t i = 0; i < other.seconds.size(); ++i) {
        seconds[i].messages += other.seconds[i].messages;
        seconds[i].appends += other.seconds[i].appends;
        seconds[i].errors += other.seconds[i].errors;
        seconds[i].readers += other.seconds[i].readers;
        seconds[i].slowest_us = std::max(seconds[i].slowest_us, other.seconds[i].slowest_us);
    }
    took_s = std::max(took_s, other.took_s);
}

bool says_hit(std::string_view value) {
    auto const lower = to_lower(value);
    // A stale answer, too, is one that nobody upstream was asked for while its asker waited.
    for (auto const* word : {"hit", "stale", "updating"})
        if (lower.find(word) != std::string::npos) return true;
    return false;
}

HitShare hit_share(Tally const& tally, std::string_view cache_header) {
    for (auto const name : cache_headers(cache_header)) {
        auto const found = tally.caches.find(name);
        if (found == tally.caches.end()) continue;
        HitShare share{std::string(name), 0, 0};
        for (auto const& [value, count] : found->second) {
            share.answers += count;
            if (says_hit(value)) share.hits += count;
        }
        return share;
    }
    return {};
}

} // namespace ds
