// Objects in the order of the sections of the text.
#include "loadtest/report_json.h"

#include "base/encoding.h"
#include "loadtest/findings.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace ds {

namespace {

using Json = nlohmann::ordered_json;

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
    return json;
}

Json config_json(LoadReport const& report) {
    auto const& plan = report.plan;
    return {{"server", report.server},
            {"url", plan.url},
            {"write_url", plan.write_url},
            {"project", plan.project},
            {"clients", plan.clients},
            {"streams", plan.streams},
            {"sse_ratio", plan.sse_ratio},
            {"write_interval_ms", plan.write_interval.count()},
            {"duration_ms", plan.duration.count()},
            {"ramp_up_ms", plan.ramp_up.count()},
            {"message_bytes", plan.message_bytes},
            {"cache_header", plan.cache_header},
            {"began", format_rfc3339(report.began)},
            {"machine", report.machine},
            {"version", report.version}};
}

Json writes_json(WriterTally const& writes, double seconds) {
    return {{"writers", writes.writers},
            {"appends", writes.appends},
            {"appends_per_s", per_second(writes.appends, seconds)},
            {"errors", writes.errors},
            {"late", writes.late},
            {"body_bytes", writes.bytes},
            {"latency_ms", times_json(writes.latency)}};
}

Json readers_json(ReaderTally const& readers, double seconds) {
    auto const clients = static_cast<double>(std::max<std::uint64_t>(readers.clients, 1));
    return {{"clients", readers.clients},
            {"requests", readers.requests},
            {"reconnects", readers.reconnects},
            {"batches", readers.batches},
            {"messages", readers.messages},
            {"messages_per_s", per_second(readers.messages, seconds)},
            {"body_bytes", readers.bytes},
            {"gaps", readers.gaps},
            {"duplicates", readers.duplicates},
            {"errors", readers.errors},
            {"statuses", counts_json(readers.statuses)},
            {"delivery_ms", times_json(readers.delivery)},
            {"after_storing_ms", times_json(readers.after_storing)},
            {"offsets",
             {{"least", readers.offsets_least},
              {"average", static_cast<double>(readers.offsets) / clients},
              {"most", readers.offsets_most}}}};
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
    return {{"urls", figures.urls},
            {"requests", figures.requests},
            {"misses", figures.misses},
            {"average", figures.average_misses()},
            {"most", figures.most_misses},
            {"urls_by_misses", std::move(by_misses)},
            {"requests_left_out", report.tally.urls_left_out},
            {"verdict", miss_finding(report.tally, report.plan).sentence}};
}

Json use_json(ProcessUse const& use) {
    return {{"memory_bytes", or_null(use.memory_bytes)}, {"cpu_s", or_null(use.cpu_s)}};
}

Json agents_json(std::vector<AgentPart> const& agents) {
    auto json = Json::array();
    for (auto const& agent : agents)
        json.push_back({{"name", agent.name},
                        {"clients", agent.clients},
                        {"error", agent.error.empty() ? Json(nullptr) : Json(agent.error)}});
    return json;
}

Json verdicts_json(std::vector<BudgetVerdict> const& verdicts) {
    auto json = Json::array();
    for (auto const& verdict : verdicts)
        json.push_back({{"option", verdict.option},
                        {"wanted", verdict.wanted},
                        {"found", or_null(verdict.found)},
                        {"kept", verdict.kept}});
    return json;
}

Json seconds_json(std::vector<Second> const& seconds) {
    auto json = Json::array();
    for (auto const& second : seconds)
        json.push_back({{"messages", second.messages},
                        {"appends", second.appends},
                        {"errors", second.errors},
                        {"readers", second.readers},
                        {"slowest_ms", static_cast<double>(second.slowest_us) / 1000}});
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
                        {"total_usd", table.total_usd}});
    }
    return json;
}

} // namespace

std::string report_json(LoadReport const& report) {
    auto const& tally = report.tally;
    constexpr int k_indent = 2;
    return Json{{"format", "ds-loadtest-1"},
                {"config", config_json(report)},
                {"took_s", tally.took_s},
                {"agents", agents_json(report.agents)},
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
                {"seconds", seconds_json(tally.seconds)}}
               .dump(k_indent, ' ', false, Json::error_handler_t::replace) +
           "\n";
}

} // namespace ds
