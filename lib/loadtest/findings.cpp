// Where the borders between good and bad lie, and why.
#include "loadtest/findings.h"

#include "loadtest/figures.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

namespace ds {

namespace {

double ratio(std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

struct MissClass {
    char const* name;
    std::uint64_t most;
};
constexpr std::array<MissClass, 8> k_miss_classes{{{"0", 0},
                                                   {"1", 1},
                                                   {"2", 2},
                                                   {"3", 3},
                                                   {"4", 4},
                                                   {"5 to 9", 9},
                                                   {"10 to 99", 99},
                                                   {"100 or more", UINT64_MAX}}};

// Below that, a cache that collapses and one that does not look the same.
constexpr double k_requests_least = 2;
constexpr double k_one_miss = 1.05; // for each URL, on average

// Where each URL was missed once, no cache could have answered more.
bool hits_as_it_can(UrlFigures const& figures, std::uint64_t answers) {
    constexpr double k_most = 0.95; // of the answers are to URLs that were counted
    return figures.urls > 0 && figures.average_requests() >= k_requests_least &&
           figures.average_misses() <= k_one_miss && ratio(figures.requests, answers) >= k_most;
}

// x-cache is in the answers of a ds that nothing is in front of, too.
bool may_be_alone(Tally const& tally, std::string_view cache_header) {
    auto const hits = hit_share(tally, cache_header);
    return hits.hits == 0 && hits.header == "x-cache" && cache_header.empty();
}

} // namespace

double UrlFigures::average_misses() const {
    return ratio(misses, urls);
}
double UrlFigures::average_requests() const {
    return ratio(requests, urls);
}

UrlFigures url_figures(Tally const& tally) {
    UrlFigures figures;
    for (auto const& kind : k_miss_classes)
        figures.by_misses.emplace_back(kind.name, 0);
    for (auto const& entry : tally.urls) {
        auto const& counts = entry.second;
        ++figures.urls;
        figures.requests += counts.requests;
        figures.misses += counts.misses;
        figures.most_misses = std::max(figures.most_misses, counts.misses);
        auto const* const kind =
            std::find_if(k_miss_classes.begin(), k_miss_classes.end(),
                         [&](MissClass const& one) { return counts.misses <= one.most; });
        ++figures.by_misses[static_cast<std::size_t>(kind - k_miss_classes.begin())].second;
    }
    return figures;
}

Finding completeness(Tally const& tally) {
    auto const gaps = tally.sse.gaps + tally.long_poll.gaps;
    auto const duplicates = tally.sse.duplicates + tally.long_poll.duplicates;
    if (gaps > 0 || duplicates > 0)
        return {Grade::bad, count_of(gaps, "message") + " lost and " + grouped(duplicates) +
                                " seen twice: what is between server and readers changes streams."};
    if (tally.sse.messages + tally.long_poll.messages == 0)
        return {Grade::unknown, "No message reached a reader."};
    return {Grade::good, "Every reader saw every message once."};
}

Finding cache_finding(Tally const& tally, std::string_view cache_header) {
    // The shares are those of the diagnosis of a CDN.
    constexpr double k_good = 0.9;
    constexpr double k_fair = 0.5;
    auto const hits = hit_share(tally, cache_header);
    if (hits.answers == 0)
        return {Grade::unknown, "No answer said whether it came out of a cache; --cache-header "
                                "names the header that does."};
    if (may_be_alone(tally, cache_header))
        return {Grade::unknown, "No answer came out of a cache: there is none in front, or it "
                                "keeps nothing."};
    auto sentence = shown_percent(hits.share()) + " of " + count_of(hits.answers, "answer") +
                    " came out of the cache, says " + printable(hits.header);
    if (tally.caches.size() > 1) sentence += ", the header that counts here";
    if (hits.share() > k_good) return {Grade::good, sentence + ": it works well."};
    if (hits.hits > 0 && hits_as_it_can(url_figures(tally), hits.answers))
        return {Grade::good, sentence + ": it works well, one miss per URL."};
    if (hits.share() > k_fair) return {Grade::fair, sentence + ": it works in part."};
    if (hits.hits > 0) return {Grade::bad, sentence + ": it hardly helps."};
    return {Grade::bad, sentence + ": nothing is cached."};
}

Finding miss_finding(Tally const& tally, LoadPlan const& plan) {
    auto const figures = url_figures(tally);
    if (figures.urls == 0) return {Grade::unknown, "No long-poll was answered."};
    auto const hits = hit_share(tally, plan.cache_header);
    if (hits.answers == 0)
        return {Grade::unknown, "Without a header that tells of a cache, misses are not known."};
    if (figures.average_requests() < k_requests_least) {
        // Who is answered out of one cache is given one cursor; the others get one each.
        if (hits.hits == 0 && tally.long_poll.clients >= 2 * plan.streams)
            return {may_be_alone(tally, plan.cache_header) ? Grade::unknown : Grade::bad,
                    "Every request reaches the server: readers share no answer, and so each of "
                    "them asks with a cursor of its own."};
        return {Grade::unknown, "Each URL was asked for about once: with more readers for each "
                                "stream it shows whether the cache collapses requests."};
    }
    constexpr double k_fair = 2;
    constexpr double k_none = 0.95; // of the requests
    auto const average = fixed(figures.average_misses(), 2);
    auto const worst = " The worst URL had " + grouped(figures.most_misses) + ".";
    if (figures.average_misses() <= k_one_miss) {
        if (figures.most_misses <= 2)
            return {Grade::good, "One miss per URL: the cache collapses equal requests."};
        return {Grade::good, "About one miss per URL: the cache collapses equal requests." + worst};
    }
    if (ratio(figures.misses, figures.requests) >= k_none)
        return {Grade::bad, "Every request reaches the server: " + average +
                                " misses per URL, where one would do. Nothing is collapsed."};
    if (figures.average_misses() <= k_fair)
        return {Grade::fair,
                average + " misses per URL: most equal requests are collapsed." + worst};
    return {Grade::bad, average +
                            " misses per URL: requests that arrive together reach the "
                            "server side by side. Collapsing (a cache lock) is off, or "
                            "several caches ask." +
                            worst};
}

Finding drift_finding(ReaderTally const& readers, LoadPlan const& plan) {
    if (readers.clients == 0) return {Grade::unknown, "No readers."};
    auto const apart = readers.offsets_most - readers.offsets_least;
    auto const average = ratio(readers.offsets, readers.clients);
    auto const figures = "Distinct offsets for each reader: " + grouped(readers.offsets_least) +
                         " to " + grouped(readers.offsets_most) + ", " + fixed(average, 1) +
                         " on average";
    // So many messages are written while readers are started; and a tenth is no drift.
    auto const started =
        static_cast<double>(plan.ramp_up.count()) /
        static_cast<double>(std::max<std::int64_t>(1, plan.write_interval.count()));
    if (static_cast<double>(apart) <= started + std::max(2.0, average / 10))
        return {Grade::good, figures + ": readers move together."};
    return {Grade::fair, figures + ": some fell behind and were given several messages at once."};
}

Finding pop_finding(Tally const& tally) {
    if (tally.pops.empty()) return {Grade::unknown, "No answer named a data centre."};
    if (tally.pops.size() == 1)
        return {Grade::good, "All answers came from one data centre, " +
                                 printable(tally.pops.begin()->first) + "."};
    return {Grade::fair, "Answers came from " + grouped(tally.pops.size()) +
                             " data centres: each has a cache of its own, so that one miss for "
                             "each of them is to be expected."};
}

Finding overall(LoadReport const& report) {
    auto const complete = completeness(report.tally);
    auto const missed = std::count_if(report.verdicts.begin(), report.verdicts.end(),
                                      [](BudgetVerdict const& verdict) { return !verdict.kept; });
    if (missed > 0)
        return {Grade::bad,
                missed == 1 ? "One budget was missed"
                            : grouped(static_cast<std::uint64_t>(missed)) + " budgets were missed"};
    if (complete.grade == Grade::bad) return {Grade::bad, "Messages were lost or seen twice"};
    if (complete.grade == Grade::unknown) return {Grade::bad, "No message reached a reader"};
    if (!report.verdicts.empty()) return {Grade::good, "Every budget was kept"};
    if (auto const errors = errors_of(report.tally); errors > 0)
        return {Grade::fair, "Every message arrived once, beside " + count_of(errors, "error")};
    return {Grade::good, "Every message arrived once, without an error"};
}

Ranked ranked(Counts const& counts, std::size_t most) {
    Ranked all(counts.begin(), counts.end());
    std::stable_sort(all.begin(), all.end(),
                     [](auto const& a, auto const& b) { return a.second > b.second; });
    if (all.size() <= most) return all;
    auto const rest = all.begin() + static_cast<std::ptrdiff_t>(most);
    auto const others =
        std::accumulate(rest, all.end(), std::uint64_t{0},
                        [](std::uint64_t sum, auto const& entry) { return sum + entry.second; });
    all.erase(rest, all.end());
    all.emplace_back("others", others);
    return all;
}

std::uint64_t total_of(Counts const& counts) {
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0},
                           [](std::uint64_t sum, auto const& entry) { return sum + entry.second; });
}

} // namespace ds
