// What bursts of equal requests say of the cache in front of a server: a verdict, what to change,
// and both as text and JSON.
#pragma once

#include "loadtest/tally.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

// What the answers to equal requests were, over all rounds.
struct CdnTest {
    std::string name;
    std::uint64_t requests = 0;
    Counts statuses;
    Counts caches;            // the values of the header that tells most
    std::uint64_t keys = 0;   // distinct URLs
    std::uint64_t misses = 0; // answers that a cache did not give, of those that had to be given
    std::uint64_t most_misses = 0; // of one URL
    std::uint64_t offsets = 0;     // distinct ones that came back, of one URL at most
    std::uint64_t cursors = 0;
    std::uint64_t wrong = 0; // answers without the message that they should have brought
    Counts failures;         // by cause
    double slowest_ms = 0;
    bool idle = false; // nothing was written, so that no answer need be kept

    std::uint64_t answers() const;
    double hit_share() const;
};

// From the worst to the best.
enum class CdnVerdict : std::uint8_t { broken, none, weak, partial, well };
std::string_view text_of(CdnVerdict verdict);

struct CdnReport {
    std::string header; // which one told; empty: none did
    bool named = false; // it was named with --cache-header
    std::vector<CdnTest> tests;
};
CdnVerdict verdict_on(CdnTest const& test);
// The worst of all.
CdnVerdict verdict_on(CdnReport const& report);
// What to change, most important first; empty when there is nothing.
std::vector<std::string> advice_on(CdnReport const& report);

std::string cdn_text(CdnReport const& report);
std::string cdn_json(CdnReport const& report);

} // namespace ds
