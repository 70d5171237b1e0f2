// Reads what report_json writes, and adds it up.
#include "loadtest/report_merge.h"

#include "base/encoding.h"
#include "base/ensure.h"
#include "loadtest/report_names.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

namespace ds {

namespace {

using nlohmann::json;

template <typename Object, typename Value, std::size_t Size>
void get_members(json const& document, Object& object,
                 std::array<Member<Object, Value>, Size> const& members) {
    for (auto const& [name, member] : members) {
        auto const& value = document.at(name);
        if constexpr (std::is_same_v<Value, std::uint64_t>) // one below zero would be a large one
            object.*member = value.template get_ref<json::number_unsigned_t const&>();
        else if constexpr (std::is_same_v<Value, std::string>)
            object.*member = value.template get<std::string>();
        else
            object.*member = Value(value.template get<std::int64_t>());
    }
}

template <typename Value>
void get_known(json const& value, std::optional<Value>& into) {
    if (!value.is_null()) into = value.get<Value>();
}

// `value` in a unit of which it has `times` as many.
std::uint64_t in_units(double value, double times) {
    constexpr double k_most = 9e18;
    return static_cast<std::uint64_t>(std::llround(std::clamp(value * times, 0.0, k_most)));
}

Histogram times_of(json const& document) {
    constexpr double k_ns = 1e6; // in a millisecond
    std::vector<Histogram::Bucket> buckets;
    for (auto const& bucket : document.at("buckets")) {
        Histogram one; // knows in which bucket such a time is
        one.record(std::chrono::nanoseconds(in_units(bucket.at(0).get<double>(), k_ns)));
        buckets.emplace_back(one.buckets().front().first, bucket.at(1).get<std::uint64_t>());
    }
    if (buckets.empty()) return {};
    auto const count = document.at("count").get<double>();
    return Histogram::of(buckets, in_units(document.at("avg").get<double>() * count, k_ns),
                         in_units(document.at("max").get<double>(), k_ns));
}

ReaderTally readers_of(json const& document) {
    ReaderTally readers;
    get_members(document, readers, k_reader_counts);
    get_members(document.at("offsets"), readers, k_offset_counts);
    readers.statuses = document.at("statuses").get<Counts>();
    readers.delivery = times_of(document.at("delivery_ms"));
    readers.after_storing = times_of(document.at("after_storing_ms"));
    return readers;
}

Tally tally_of(json const& document, std::string const& run) {
    Tally tally;
    tally.sse = readers_of(document.at("sse"));
    tally.long_poll = readers_of(document.at("long_poll"));
    get_members(document.at("writes"), tally.writes, k_writer_counts);
    tally.writes.latency = times_of(document.at("writes").at("latency_ms"));
    for (auto const& [header, values] : document.at("cache").at("headers").items())
        tally.caches[header] = values.get<Counts>();
    auto const& misses = document.at("misses_per_url");
    for (auto const& alike : misses.at("urls_alike"))
        for (auto left = alike.at(2).get<std::uint64_t>();
             left > 0 && tally.urls.size() < Tally::k_urls_max; --left)
            tally.urls[run + " " + std::to_string(tally.urls.size())] = {
                alike.at(0).get<std::uint64_t>(), alike.at(1).get<std::uint64_t>()};
    tally.urls_left_out = misses.at("requests_left_out").get<std::uint64_t>();
    tally.pops = document.at("pops").get<Counts>();
    tally.errors = document.at("errors").at("by_cause").get<Counts>();
    for (auto const& each : document.at("seconds")) {
        auto& second = tally.seconds.emplace_back();
        get_members(each, second, k_second_counts);
        second.slowest_us = in_units(each.at("slowest_ms").get<double>(), 1000);
    }
    tally.took_s = document.at("took_s").get<double>();
    return tally;
}

LoadReport report_of(json const& document, std::string const& name) {
    LoadReport report;
    auto const& config = document.at("config");
    get_members(config, report.plan, k_plan_texts);
    get_members(config, report.plan, k_plan_counts);
    get_members(config, report.plan, k_plan_times);
    get_members(config, report, k_report_texts);
    report.plan.clients_in_all = report.plan.clients;
    report.plan.sse_ratio = config.at("sse_ratio").get<double>();
    report.began = parse_rfc3339(config.at("began").get<std::string>()).value_or(Millis{});
    report.tally = tally_of(document, report.plan.run);
    get_known(document.at("load_test").at("memory_bytes"), report.driver_use.memory_bytes);
    get_known(document.at("load_test").at("cpu_s"), report.driver_use.cpu_s);
    for (auto const& part : document.at("parts"))
        report.parts.push_back({part.at("name").get<std::string>(),
                                part.at("machine").get<std::string>(),
                                part.at("clients").get<std::uint64_t>()});
    if (report.parts.empty()) report.parts.push_back({name, report.machine, report.plan.clients});
    return report;
}

// What two machines must have been told alike: the option that was not, or nothing.
char const* unlike(LoadPlan const& one, LoadPlan const& other) {
    if (one.url != other.url) return "--url";
    if (one.write_url != other.write_url) return "--write-url";
    if (one.sse_ratio != other.sse_ratio) return "--sse-ratio";
    if (one.write_interval != other.write_interval) return "--write-interval";
    if (one.duration != other.duration) return "--duration";
    if (one.ramp_up != other.ramp_up) return "--ramp-up";
    if (one.message_bytes != other.message_bytes) return "--msg-size";
    if (one.cache_header != other.cache_header) return "--cache-header";
    return nullptr;
}

template <typename Value>
void add_known(std::optional<Value>& sum, std::optional<Value> const& more) {
    sum = sum && more ? std::optional<Value>(*sum + *more) : std::nullopt;
}

// `more` began at the same time as `sum`, or later.
Result<void> add_report(LoadReport& sum, LoadReport more) {
    auto const names = more.parts.front().name + " and " + sum.parts.front().name;
    if (auto const* option = unlike(sum.plan, more.plan))
        return Error{Fault::invalid, names + " are not of one run: they differ in " + option};
    if (sum.plan.run.find(more.plan.run) != std::string::npos)
        return Error{Fault::invalid, names + " are the same report"};
    constexpr std::int64_t k_second_ms = 1000;
    auto const later = static_cast<std::size_t>(
        (count_ms(more.began) - count_ms(sum.began) + k_second_ms / 2) / k_second_ms);
    if (later > sum.tally.seconds.size())
        return Error{Fault::invalid, names + " are not of one run: when one began, the other was "
                                             "over; --start-at lets them begin together"};
    more.tally.seconds.insert(more.tally.seconds.begin(), later, Second{});
    more.tally.took_s += static_cast<double>(later);
    sum.tally.merge(more.tally);
    sum.plan.run += "-" + more.plan.run;
    sum.plan.clients += more.plan.clients;
    sum.plan.clients_in_all = sum.plan.clients;
    sum.plan.streams += more.plan.streams;
    add_known(sum.driver_use.memory_bytes, more.driver_use.memory_bytes);
    add_known(sum.driver_use.cpu_s, more.driver_use.cpu_s);
    std::ranges::move(more.parts, std::back_inserter(sum.parts));
    sum.machine.clear(); // each part has its own
    return {};
}

} // namespace

Result<LoadReport> parse_report(std::string_view text, std::string const& name) {
    try {
        auto const document = json::parse(text);
        if (document.at("format") != k_report_format)
            return Error{Fault::invalid, name + ": its format is not " + k_report_format};
        return report_of(document, name);
    } catch (json::exception const& error) {
        return Error{Fault::invalid,
                     name + ": no report of ds loadtest --json that can be read: " + error.what()};
    }
}

Result<LoadReport> merge_reports(std::vector<LoadReport> reports) {
    ENSURE(!reports.empty());
    std::ranges::sort(reports, {}, &LoadReport::began);
    auto sum = std::move(reports.front());
    for (auto more = reports.begin() + 1; more != reports.end(); ++more)
        TRY(add_report(sum, std::move(*more)));
    return sum;
}

} // namespace ds
