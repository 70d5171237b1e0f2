// Objects in the order of the sections of the text.
#include "loadtest/report_json.h"

#include "base/encoding.h"
#include "loadtest/findings.h"
#include "loadtest/report_names.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

namespace ds {

namespace {

using Json = nlohmann::ordered_json;

template <typename Object, typename Value, std::size_t Size>
void put_members(Json& json, Object const& object,
                 std::array<Member<Object, Value>, Size> const& members) {
    for (auto const& [name, member] : members) {
        if constexpr (std::is_same_v<Value, std::chrono::milliseconds>)
            json[name] = (object.*member).count();
        else
            json[name] = object.*member;
    }
}

template <typename Value>
Json or_null(std::optional<Value> const& value) {
    return value ? Json(*value) : Json(nullptr);
}

double per_second(std::uint64_t count, double seconds) {
    return seconds > 0 ? static_cast<double>(count) / seconds : 0;
}

Json counts_json(Counts const& counts) {
    auto json = Json::object();
    for (auto const& [name, count] : counts)
        json[name] = count;
    return json;
}

// Without any times there is none of the figures.
Json times_json(Histogram const& times) {
    Json json{{"count", times.count()}};
    auto const add = [&](char const* name, double ms) {
        json[name] = times.count() == 0 ? Json(nullptr) : Json(ms);
    };
    add("min", times.quantile_ms(0));
    add("avg", times.mean_ms());
    add("p50", times.p50_ms());
    add("p90", times.quantile_ms(0.9));
    add("p99", times.p99_ms());
    add("p999", times.quantile_ms(0.999));
    add("max", times.max_ms());
    json["buckets"] = Json::array(); // about 1 % wide: a time in the middle, and how many
    for (auto const& [bucket, count] : times.buckets())
        json["buckets"].push_back({Histogram::ms_of(bucket), count});
    return json;
}

Json config_json(LoadReport const& report) {
    Json json{{"sse_ratio", report.plan.sse_ratio}, {"began", format_rfc3339(report.began)}};
    put_members(json, report.plan, k_plan_texts);
    put_members(json, report.plan, k_plan_counts);
    put_members(json, report.plan, k_plan_times);
    put_members(json, report, k_report_texts);
    return json;
}

Json writes_json(WriterTally const& writes, double seconds) {
    Json json{{"appends_per_s", per_second(writes.appends, seconds)},
              {"latency_ms", times_json(writes.latency)}};
    put_members(json, writes, k_writer_counts);
    return json;
}

Json readers_json(ReaderTally const& readers, double seconds) {
    auto const clients = static_cast<double>(std::max<std::uint64_t>(readers.clients, 1));
    Json offsets{{"average", static_cast<double>(readers.offsets) / clients}};
    put_members(offsets, readers, k_offset_counts);
    Json json{{"messages_per_s", per_second(readers.messages, seconds)},
              {"statuses", counts_json(readers.statuses)},
              {"delivery_ms", times_json(readers.delivery)},
              {"after_storing_ms", times_json(readers.after_storing)},
              {"offsets", std::move(offsets)}};
    put_members(json, readers, k_reader_counts);
    return json;
}

Json delivery_json(Tally const& tally) {
    return {{"messages", tally.sse.messages + tally.long_poll.messages},
            {"gaps", tally.sse.gaps + tally.long_poll.gaps},
            {"duplicates", tally.sse.duplicates + tally.long_poll.duplicates},
            {"latency_ms", times_json(delivery_of(tally))},
            {"verdict", completeness(tally).sentence}};
}

Json cache_json(LoadReport const& report) {
    auto const& tally = report.tally;
    auto const hits = hit_share(tally, report.plan.cache_header);
    auto headers = Json::object();
    for (auto const& [header, values] : tally.caches)
        headers[header] = counts_json(values);
    bool const known = hits.answers > 0;
    return {{"header", known ? Json(hits.header) : Json(nullptr)},
            {"answers", hits.answers},
            {"hits", hits.hits},
            {"hit_share", known ? Json(hits.share()) : Json(nullptr)},
            {"headers", std::move(headers)},
            {"verdict", cache_finding(tally, report.plan.cache_header).sentence}};
}

Json misses_json(LoadReport const& report) {
    auto const figures = url_figures(report.tally);
    auto by_misses = Json::object();
    for (auto const& [name, urls] : figures.by_misses)
        by_misses[name] = urls;
    std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint64_t> alike;
    for (auto const& [_, url] : report.tally.urls)
        ++alike[{url.requests, url.misses}];
    auto urls_alike = Json::array(); // requests, misses, and how many URLs had so many
    for (auto const& [counts, urls] : alike)
        urls_alike.push_back({counts.first, counts.second, urls});
    return {{"urls", figures.urls},
            {"requests", figures.requests},
            {"misses", figures.misses},
            {"average", figures.average_misses()},
            {"most", figures.most_misses},
            {"urls_by_misses", std::move(by_misses)},
            {"urls_alike", std::move(urls_alike)},
            {"requests_left_out", report.tally.urls_left_out},
            {"verdict", miss_finding(report.tally, report.plan).sentence}};
}

Json use_json(ProcessUse const& use) {
    return {{"memory_bytes", or_null(use.memory_bytes)}, {"cpu_s", or_null(use.cpu_s)}};
}

Json parts_json(std::vector<ReportPart> const& parts) {
    auto json = Json::array();
    for (auto const& part : parts)
        json.push_back({{"name", part.name}, {"machine", part.machine}, {"clients", part.clients}});
    return json;
}

Json verdicts_json(std::vector<BudgetVerdict> const& verdicts) {
    auto json = Json::array();
    for (auto const& verdict : verdicts)
        json.push_back({{"option", verdict.option},
                        {"limit", verdict.limit},
                        {"figure", verdict.figure},
                        {"wanted", verdict.wanted},
                        {"found", or_null(verdict.found)},
                        {"kept", verdict.kept}});
    return json;
}

Json findings_json(LoadReport const& report) {
    constexpr std::array k_grades{"good", "fair", "bad", "unknown"};
    auto const& plan = report.plan;
    auto const& tally = report.tally;
    std::array<std::pair<char const*, Finding>, 7> const findings{{
        {"run", overall(report)},
        {"delivery", completeness(tally)},
        {"cache", cache_finding(tally, plan.cache_header)},
        {"misses", miss_finding(tally, plan)},
        {"pops", pop_finding(tally)},
        {"sse_offsets", drift_finding(tally.sse, plan)},
        {"long_poll_offsets", drift_finding(tally.long_poll, plan)},
    }};
    auto json = Json::object();
    for (auto const& [name, finding] : findings)
        json[name] = {{"grade", k_grades[static_cast<std::size_t>(finding.grade)]},
                      {"sentence", finding.sentence}};
    return json;
}

Json seconds_json(std::vector<Second> const& seconds) {
    auto json = Json::array();
    for (auto const& second : seconds) {
        Json one{{"slowest_ms", static_cast<double>(second.slowest_us) / 1000}};
        put_members(one, second, k_second_counts);
        json.push_back(std::move(one));
    }
    return json;
}

Json bill_json(std::vector<BillTable> const& bill) {
    auto json = Json::array();
    for (auto const& table : bill) {
        auto lines = Json::array();
        for (auto const& line : table.lines)
            lines.push_back({{"what", line.what},
                             {"quantity", line.quantity},
                             {"unit_price", line.unit_price},
                             {"amount", line.amount}});
        json.push_back({{"title", table.title},
                        {"note", table.note},
                        {"lines", std::move(lines)},
                        {"total", table.total},
                        {"total_usd", table.total_usd},
                        {"measured", table.measured}});
    }
    return json;
}

} // namespace

std::string report_json(LoadReport const& report, int indent) {
    auto const& tally = report.tally;
    return Json{{"format", k_report_format},
                {"config", config_json(report)},
                {"took_s", tally.took_s},
                {"parts", parts_json(report.parts)},
                {"writes", writes_json(tally.writes, tally.took_s)},
                {"sse", readers_json(tally.sse, tally.took_s)},
                {"long_poll", readers_json(tally.long_poll, tally.took_s)},
                {"delivery", delivery_json(tally)},
                {"cache", cache_json(report)},
                {"misses_per_url", misses_json(report)},
                {"pops", counts_json(tally.pops)},
                {"errors", {{"total", errors_of(tally)}, {"by_cause", counts_json(tally.errors)}}},
                {"load_test", use_json(report.driver_use)},
                {"server", use_json(report.server_use)},
                {"bill", bill_json(report.bill)},
                {"budgets", verdicts_json(report.verdicts)},
                {"kept", all_kept(report.verdicts)},
                {"verdict", overall(report).sentence},
                {"findings", findings_json(report)},
                {"seconds", seconds_json(tally.seconds)}}
               .dump(indent, ' ', true, Json::error_handler_t::replace) +
           "\n";
}

} // namespace ds
