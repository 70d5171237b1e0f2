// Options about our own cache, and about those in front.
#include "cli/cache_options.h"

#include "cli/command_line.h"

#include <chrono>
#include <string>

namespace ds {
namespace {

constexpr char const* k_cache_group = "Caching";

void add_age(CommandLine& line, std::string const& name, std::int64_t& value,
             std::string const& help, char const* environment) {
    constexpr std::int64_t k_year = std::int64_t{366} * 24 * 3600;
    line.add(name, &value, help)
        .in(Measure::seconds)
        .from_environment(environment)
        .under(k_cache_group)
        .within(0, k_year);
}

} // namespace

void add_cache_options(CommandLine& line, CacheChoice& choice) {
    line.add("--edge-cache-bytes", &choice.bytes,
             "Answers to reads kept in memory, for all who ask for the same; 0: none")
        .in(Measure::bytes)
        .from_environment("DS_EDGE_CACHE_BYTES")
        .under(k_cache_group);
    add_age(line, "--cache-age", choice.age,
            "How long other caches may keep a page; 0: they ask each time", "DS_CACHE_AGE");
    add_age(line, "--cache-stale", choice.stale,
            "How much longer, while they ask anew; 0: no longer", "DS_CACHE_STALE");
    add_age(line, "--cache-live-age", choice.live_age,
            "How long other caches may keep what a long-poll was answered; 0: they ask each time",
            "DS_CACHE_LIVE_AGE");
    constexpr double k_stagger_max = 60;
    line.add("--wake-stagger", &choice.wake_stagger,
             "Of long-polls that wait for the same, answer one at once and the others over "
             "this time, for the sake of a cache in front; 0: all at once")
        .in(Measure::seconds)
        .from_environment("DS_WAKE_STAGGER")
        .under(k_cache_group)
        .within(0.0, k_stagger_max);
}

Result<void> settle(CacheChoice const& choice, http::HttpOptions& http) {
    if (choice.wake_stagger > 0 && choice.bytes == 0)
        return Error{Fault::invalid, "--wake-stagger needs to know who waits for the same: give "
                                     "--edge-cache-bytes more than 0"};
    http.edge_cache_bytes = choice.bytes;
    http.cache_ages.catch_up = std::chrono::seconds(choice.age);
    http.cache_ages.stale = std::chrono::seconds(choice.stale);
    http.cache_ages.long_poll = std::chrono::seconds(choice.live_age);
    http.wake_stagger =
        std::chrono::round<http::Duration>(std::chrono::duration<double>(choice.wake_stagger));
    return {};
}

} // namespace ds
