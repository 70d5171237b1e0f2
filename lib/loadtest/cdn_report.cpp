// Verdicts on a cache, and advice.
#include "loadtest/cdn_report.h"

#include "base/encoding.h"
#include "loadtest/figures.h"
#include "loadtest/findings.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace ds {

namespace {

using json = nlohmann::json;

// "HIT 49, MISS 1": the most frequent first.
std::string counts_text(Counts const& counts) {
    std::string text;
    for (auto const& [name, count] : ranked(counts, counts.size()))
        text += (text.empty() ? "" : ", ") + name + " " + std::to_string(count);
    return text.empty() ? "none" : text;
}

// Whether most answers say one of these words.
bool mostly(CdnReport const& report, std::initializer_list<std::string_view> words) {
    std::uint64_t such = 0;
    std::uint64_t all = 0;
    for (auto const& test : report.tests)
        for (auto const& [value, count] : test.idle ? Counts() : test.caches) {
            auto const lower = to_lower(value);
            all += count;
            if (std::ranges::any_of(
                    words, [&](auto const word) { return lower.find(word) != std::string::npos; }))
                such += count;
        }
    return all > 0 && such * 2 > all;
}

double misses_per_key(CdnTest const& test) {
    return test.keys == 0 ? 0 : static_cast<double>(test.misses) / static_cast<double>(test.keys);
}

} // namespace

std::uint64_t CdnTest::answers() const {
    return total_of(statuses);
}

double CdnTest::hit_share() const {
    auto const all = answers();
    return all == 0 ? 0 : 1 - static_cast<double>(misses) / static_cast<double>(all);
}

std::string_view text_of(CdnVerdict verdict) {
    switch (verdict) {
    case CdnVerdict::well: return "works well";
    case CdnVerdict::partial: return "works in part";
    case CdnVerdict::weak: return "hardly works";
    case CdnVerdict::none: return "does not cache";
    case CdnVerdict::broken: return "gives wrong answers";
    }
    return "";
}

CdnVerdict verdict_on(CdnTest const& test) {
    if (test.wrong > 0 || !test.failures.empty()) return CdnVerdict::broken;
    if (test.idle) return CdnVerdict::well;
    auto const share = test.hit_share();
    // One answer of each URL has to come from the server: that must not count against few askers.
    bool const ideal = test.keys > 0 && test.misses <= test.keys && test.requests > test.keys;
    if (ideal || share > 0.9) return CdnVerdict::well;
    if (share > 0.5) return CdnVerdict::partial;
    return share > 0 ? CdnVerdict::weak : CdnVerdict::none;
}

CdnVerdict verdict_on(CdnReport const& report) {
    auto worst = CdnVerdict::well;
    for (auto const& test : report.tests)
        worst = std::min(worst, verdict_on(test));
    return worst;
}

std::vector<std::string> advice_on(CdnReport const& report) {
    bool wrong = false;
    bool failed = false;
    bool timed_out = false;
    bool limited = false;
    bool many_cursors = false;
    bool collapses = true;
    bool keeps_nothing = true;
    for (auto const& test : report.tests) {
        wrong = wrong || test.wrong > 0;
        failed = failed || !test.failures.empty();
        for (auto const& [status, _] : test.statuses) {
            // Who waits in vain is refused by nobody.
            bool const cut = test.idle && (status == "502" || status == "503");
            timed_out = timed_out || cut || status == "504" || status == "524";
            limited = limited || status == "429" || (status == "503" && !cut);
        }
        if (test.idle) continue;
        many_cursors = many_cursors || test.cursors > 1;
        collapses = collapses && test.most_misses <= 1;
        keeps_nothing = keeps_nothing && test.hit_share() == 0;
    }
    bool const told = !report.header.empty();
    bool const passes = mostly(report, {"bypass", "dynamic", "pass"});
    std::array<std::pair<bool, char const*>, 10> const all{{
        {timed_out, "A long-poll is cut before the server answers it: let the proxy wait longer "
                    "than a long-poll may last (nginx: proxy_read_timeout 90s; Varnish: "
                    "first_byte_timeout)."},
        {limited, "Requests were refused with 429 or 503: a limit, or too few connections (nginx: "
                  "worker_connections), stands in the way."},
        {wrong && !timed_out && !limited,
         "Answers came that belong to another request: the whole query has to be part of the cache "
         "key (nginx: $uri$is_args$args, not $uri; a CDN: no rule that ignores query strings)."},
        {failed, "Connections failed: look at the causes above, and at the proxy's error log."},
        {!told, "No answer says whether it came out of a cache. Is there one? Name its header with "
                "--cache-header, or let the proxy send one (ds proxy-config prints configurations "
                "that do)."},
        {told && passes,
         "The cache lets these requests through without keeping the answers: a CDN needs a rule "
         "that makes them eligible for its cache and respects Cache-Control; with tokens, URLs "
         "need the stream's reader key (rk)."},
        {told && !passes && !collapses && keeps_nothing,
         "Nothing was kept: the proxy must store what Cache-Control allows (nginx: proxy_cache "
         "with a zone; no proxy_ignore_headers, no proxy_cache_bypass that always holds)."},
        {told && !passes && !collapses && !keeps_nothing,
         "Equal requests that wait together all reach the server: let one fetch for all (nginx: "
         "proxy_cache_lock on, with proxy_cache_lock_timeout longer than a long-poll; Varnish: no "
         "hit-for-miss for 200 answers)."},
        {told && many_cursors, "Equal requests came back with different cursors, so that their "
                               "next URLs differ: the server must answer equal requests alike."},
        {report.header == "x-cache" && !report.named,
         "Only X-Cache told, and a server may say that of its own cache, as ds does: name the "
         "server with --write-url, and it is known whose it is."},
    }};
    std::vector<std::string> advice;
    for (auto const& [holds, text] : all)
        if (holds) advice.emplace_back(text);
    return advice;
}

std::string cdn_text(CdnReport const& report) {
    std::string text;
    for (auto const& test : report.tests) {
        auto const line = [&](std::string_view name, std::string const& fact) {
            text.append("  ").append(name);
            text.append(name.size() < 16 ? 16 - name.size() : 1, ' ').append(fact).append("\n");
        };
        text.append(test.name).append(": ").append(text_of(verdict_on(test))).append("\n");
        line("answers", std::to_string(test.answers()) + " of " + std::to_string(test.requests) +
                            " (" + counts_text(test.statuses) + ")");
        line("cache",
             counts_text(test.caches) + ": HIT " + fixed(100 * test.hit_share(), 1) + " %");
        if (!test.idle)
            line("misses per key", fixed(misses_per_key(test), 1) + " on average, " +
                                       std::to_string(test.most_misses) + " at most; ideal 1, of " +
                                       std::to_string(test.keys) + " keys");
        line("unique", std::to_string(test.offsets) + " next offsets and " +
                           std::to_string(test.cursors) + " cursors for one key");
        line("slowest", fixed(test.slowest_ms, 1) + " ms");
        if (test.wrong > 0) line("wrong", std::to_string(test.wrong) + " answers");
        if (!test.failures.empty()) line("failed", counts_text(test.failures));
        text += "\n";
    }
    text += report.header.empty() ? "No header told whether a cache answered.\n"
                                  : "The header that tells is " + report.header + ".\n";
    text.append("VERDICT: the cache ").append(text_of(verdict_on(report))).append("\n");
    for (auto const& each : advice_on(report))
        text.append("  - ").append(each).append("\n");
    return text;
}

std::string cdn_json(CdnReport const& report) {
    auto tests = json::array();
    for (auto const& test : report.tests)
        tests.push_back({{"name", test.name},
                         {"verdict", text_of(verdict_on(test))},
                         {"idle", test.idle},
                         {"requests", test.requests},
                         {"answers", test.answers()},
                         {"statuses", test.statuses},
                         {"caches", test.caches},
                         {"hit_share", test.hit_share()},
                         {"keys", test.keys},
                         {"misses", test.misses},
                         {"most_misses_of_a_key", test.most_misses},
                         {"next_offsets", test.offsets},
                         {"cursors", test.cursors},
                         {"wrong", test.wrong},
                         {"failures", test.failures},
                         {"slowest_ms", test.slowest_ms}});
    return json{{"header", report.header},
                {"verdict", text_of(verdict_on(report))},
                {"advice", advice_on(report)},
                {"tests", std::move(tests)}}
        .dump(2, ' ', false, json::error_handler_t::replace);
}

} // namespace ds
