// Budgets, held against what was counted.
#include "loadtest/report.h"

#include "base/encoding.h"
#include "loadtest/figures.h"

#include <algorithm>
#include <charconv>

namespace ds {

namespace {

BudgetVerdict p99_verdict(double most_ms, Tally const& tally) {
    BudgetVerdict verdict{
        "--max-p99", "at most " + shown_ms(most_ms), "nothing was delivered", most_ms, std::nullopt,
        false};
    auto const delivery = delivery_of(tally);
    if (delivery.count() == 0) return verdict;
    verdict.found = delivery.p99_ms();
    verdict.figure = shown_ms(*verdict.found);
    verdict.kept = *verdict.found <= most_ms;
    return verdict;
}

BudgetVerdict error_verdict(std::uint64_t most, Tally const& tally) {
    auto const errors = errors_of(tally);
    auto const gaps = tally.sse.gaps + tally.long_poll.gaps;
    auto const duplicates = tally.sse.duplicates + tally.long_poll.duplicates;
    auto const all = errors + gaps + duplicates;
    auto figure = count_of(errors, "error");
    if (gaps > 0) figure += ", " + count_of(gaps, "message") + " lost";
    if (duplicates > 0) figure += ", " + count_of(duplicates, "message") + " seen twice";
    return {"--max-errors",           "at most " + grouped(most),
            std::move(figure),        static_cast<double>(most),
            static_cast<double>(all), all <= most};
}

BudgetVerdict hit_verdict(double least, Tally const& tally, std::string_view cache_header) {
    BudgetVerdict verdict{"--min-hit",
                          "at least " + short_number(least * 100) + " %",
                          "no answer said whether it was a HIT",
                          least,
                          std::nullopt,
                          false};
    auto const hits = hit_share(tally, cache_header);
    if (hits.answers == 0) return verdict;
    // 99.9 / 100 is a little more than 0.999.
    constexpr double k_rounding = 1e-9;
    verdict.found = hits.share();
    verdict.figure = shown_percent(hits.share()) + " of " + count_of(hits.answers, "answer");
    verdict.kept = hits.share() >= least - k_rounding;
    return verdict;
}

} // namespace

Histogram delivery_of(Tally const& tally) {
    auto both = tally.sse.delivery;
    both.merge(tally.long_poll.delivery);
    return both;
}

std::uint64_t errors_of(Tally const& tally) {
    return tally.sse.errors + tally.long_poll.errors + tally.writes.errors;
}

std::vector<BudgetVerdict> verdicts_of(Budgets const& budgets, Tally const& tally,
                                       std::string_view cache_header) {
    std::vector<BudgetVerdict> verdicts;
    if (budgets.max_p99_ms) verdicts.push_back(p99_verdict(*budgets.max_p99_ms, tally));
    if (budgets.max_errors) verdicts.push_back(error_verdict(*budgets.max_errors, tally));
    if (budgets.min_hit) verdicts.push_back(hit_verdict(*budgets.min_hit, tally, cache_header));
    return verdicts;
}

bool all_kept(std::vector<BudgetVerdict> const& verdicts) {
    return std::all_of(verdicts.begin(), verdicts.end(),
                       [](BudgetVerdict const& verdict) { return verdict.kept; });
}

} // namespace ds
