// What a load test counts. Tallies of several threads or machines add up to the tally of all.
#pragma once

#include "base/result.h"
#include "loadtest/histogram.h"
#include "loadtest/load_plan.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

using Counts = std::map<std::string, std::uint64_t, std::less<>>;
// Counts one more of that name. False when there are `most` names already, and it is none of them.
bool count_one(Counts& counts, std::string_view name, std::size_t most);

// The headers, in lower case, that say whether a cache answered: what tells most of what is between
// asker and server comes first. `named` is the one given with --cache-header, or empty.
std::array<std::string_view, 4> cache_headers(std::string_view named);

// Of all readers of one kind.
struct ReaderTally {
    std::uint64_t clients = 0;
    std::uint64_t requests = 0; // SSE: connects
    std::uint64_t reconnects = 0;
    std::uint64_t batches = 0; // answers, or data events, that brought messages
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0; // of bodies
    std::uint64_t gaps = 0;  // messages that a reader never saw
    std::uint64_t duplicates = 0;
    std::uint64_t errors = 0;
    // Long-polls that no cache answered, and how long those took all together.
    std::uint64_t misses = 0;
    std::uint64_t miss_wait_us = 0;
    // Distinct offsets that a reader asked for: of all readers, the least and the most.
    std::uint64_t offsets = 0;
    std::uint64_t offsets_least = 0;
    std::uint64_t offsets_most = 0;
    Counts statuses;         // "200", "204", ...
    Histogram delivery;      // from the message's own clock to the reader
    Histogram after_storing; // from Stream-Write-Timestamp to the reader, where that is told
};

struct WriterTally {
    std::uint64_t writers = 0;
    std::uint64_t appends = 0;
    std::uint64_t late = 0; // that began after their time, since the one before had no answer yet
    std::uint64_t errors = 0;
    std::uint64_t bytes = 0;
    Histogram latency;
};

// What is known of one URL: a stream, an offset and a cursor.
struct UrlTally {
    std::uint64_t requests = 0;
    std::uint64_t misses = 0; // neither HIT nor what a cache did not keep for this request
};

// One second of the run, from its beginning.
struct Second {
    std::uint64_t messages = 0;
    std::uint64_t appends = 0;
    std::uint64_t errors = 0;
    std::uint64_t readers = 0;    // connected at its end
    std::uint64_t slowest_us = 0; // delivery
};

struct Tally {
    ReaderTally sse;
    ReaderTally long_poll;
    WriterTally writes;
    std::map<std::string, Counts, std::less<>> caches; // header -> value -> answers
    std::map<std::string, UrlTally, std::less<>> urls; // of long-polls; at most k_urls_max
    std::uint64_t urls_left_out = 0;                   // requests of further ones
    Counts pops;                                       // of cf-ray, and of x-served-by and the like
    Counts errors;                                     // by cause, of readers and writers
    std::vector<Second> seconds;
    double took_s = 0; // from the first reader's start to the end

    static constexpr std::size_t k_urls_max = 100'000;

    void merge(Tally const& other);
};

// Answers that came out of a cache, of all that say whether they did: by the header that tells
// most.
struct HitShare {
    std::string header; // empty: no answer said anything
    std::uint64_t hits = 0;
    std::uint64_t answers = 0;
    double share() const {
        return answers == 0 ? 0 : static_cast<double>(hits) / static_cast<double>(answers);
    }
};
HitShare hit_share(Tally const& tally, std::string_view cache_header);
// Whether a value of such a header says so: "HIT", "Hit from cloudfront", "hit, hit".
bool says_hit(std::string_view value);

} // namespace ds
