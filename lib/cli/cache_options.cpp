// Options about our own cache, and about those in front.
#include "cli/cache_options.h"

#include "cli/command_line.h"

#include <chrono>
#include <string>

namespace ds {
void add_cache_options(CommandLine& line, CacheChoice& choice) {
    constexpr double k_age_max = 366.0 * 24 * 3600;
    line.under("Caching").settings({
        {"--edge-cache-bytes", &choice.bytes,
         "Answers to reads kept in memory, for all who ask for the same; 0: none",
         takes_measure(Measure::bytes)},
        {"--cache-age", &choice.age, "How long other caches may keep a page; 0: they ask each time",
         takes_measure(Measure::seconds, 0, k_age_max)},
        {"--cache-stale", &choice.stale, "How much longer, while they ask anew; 0: no longer",
         takes_measure(Measure::seconds, 0, k_age_max)},
        {"--cache-live-age", &choice.live_age,
         "How long other caches may keep what a long-poll was answered; 0: they ask each time",
         takes_measure(Measure::seconds, 0, k_age_max)},
        {"--wake-stagger", &choice.wake_stagger,
         "Of long-polls that wait for the same, answer one at once and the others over "
         "this time, for the sake of a cache in front; 0: all at once",
         takes_measure(Measure::seconds, 0, 60)},
    });
}

Result<void> settle(CacheChoice const& choice, streams::FrontendOptions& http) {
    if (choice.wake_stagger > 0 && choice.bytes == 0)
        return Error{Fault::invalid, "--wake-stagger needs to know who waits for the same: give "
                                     "--edge-cache-bytes more than 0"};
    http.edge_cache_bytes = choice.bytes;
    http.cache_ages.catch_up = std::chrono::seconds(choice.age);
    http.cache_ages.stale = std::chrono::seconds(choice.stale);
    http.cache_ages.long_poll = std::chrono::seconds(choice.live_age);
    http.wake_stagger = std::chrono::round<std::chrono::milliseconds>(
        std::chrono::duration<double>(choice.wake_stagger));
    return {};
}

} // namespace ds
