// What is kept of answers to reads, and for how long: the options of `ds serve`.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "frontends/streams/options.h"

#include <cstddef>
#include <cstdint>

namespace ds {

class CommandLine;

struct CacheChoice {
    std::size_t bytes = streams::FrontendOptions{}.edge_cache_bytes;
    std::int64_t age = 60; // seconds
    std::int64_t stale = 300;
    std::int64_t live_age = 20;
    double wake_stagger = 0;
};

void add_cache_options(CommandLine& line, CacheChoice& choice);

// Fault::invalid for what cannot be.
Result<void> settle(CacheChoice const& choice, streams::FrontendOptions& http);

} // namespace ds
