// Tallies: added up, and as JSON.
#include "loadtest/tally.h"

#include "base/encoding.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace ds {

namespace {

using json = nlohmann::json;

void merge(Counts& into, Counts const& from) {
    for (auto const& [name, count] : from)
        into[name] += count;
}

void merge(ReaderTally& into, ReaderTally const& from) {
    if (from.clients > 0) {
        into.offsets_least = into.clients == 0 ? from.offsets_least
                                               : std::min(into.offsets_least, from.offsets_least);
        into.offsets_most = std::max(into.offsets_most, from.offsets_most);
    }
    into.clients += from.clients;
    into.requests += from.requests;
    into.reconnects += from.reconnects;
    into.batches += from.batches;
    into.messages += from.messages;
    into.bytes += from.bytes;
    into.gaps += from.gaps;
    into.duplicates += from.duplicates;
    into.errors += from.errors;
    into.misses += from.misses;
    into.miss_wait_us += from.miss_wait_us;
    into.offsets += from.offsets;
    merge(into.statuses, from.statuses);
    into.delivery.merge(from.delivery);
    into.after_storing.merge(from.after_storing);
}

void merge(WriterTally& into, WriterTally const& from) {
    into.writers += from.writers;
    into.appends += from.appends;
    into.late += from.late;
    into.errors += from.errors;
    into.bytes += from.bytes;
    into.latency.merge(from.latency);
}

json to_json(Histogram const& histogram) {
    auto buckets = json::array();
    for (auto const& [bucket, count] : histogram.buckets())
        buckets.push_back({bucket, count});
    return {{"sum_ns", histogram.sum_ns()},
            {"max_ns", histogram.max_ns()},
            {"buckets", std::move(buckets)}};
}

Histogram histogram_from(json const& json) {
    std::vector<Histogram::Bucket> buckets;
    for (auto const& bucket : json.at("buckets"))
        buckets.emplace_back(bucket.at(0).get<std::size_t>(), bucket.at(1).get<std::uint64_t>());
    return Histogram::of(buckets, json.at("sum_ns").get<std::uint64_t>(),
                         json.at("max_ns").get<std::uint64_t>());
}

// A field of a tally under its name in JSON: one list for both ways.
template <typename Object>
using Field = std::pair<char const*, std::uint64_t Object::*>;

constexpr std::array<Field<ReaderTally>, 14> k_reader_fields{{
    {"clients", &ReaderTally::clients},
    {"requests", &ReaderTally::requests},
    {"reconnects", &ReaderTally::reconnects},
    {"batches", &ReaderTally::batches},
    {"messages", &ReaderTally::messages},
    {"bytes", &ReaderTally::bytes},
    {"gaps", &ReaderTally::gaps},
    {"duplicates", &ReaderTally::duplicates},
    {"errors", &ReaderTally::errors},
    {"misses", &ReaderTally::misses},
    {"miss_wait_us", &ReaderTally::miss_wait_us},
    {"offsets", &ReaderTally::offsets},
    {"offsets_least", &ReaderTally::offsets_least},
    {"offsets_most", &ReaderTally::offsets_most},
}};
constexpr std::array<Field<WriterTally>, 5> k_writer_fields{{
    {"writers", &WriterTally::writers},
    {"appends", &WriterTally::appends},
    {"late", &WriterTally::late},
    {"errors", &WriterTally::errors},
    {"bytes", &WriterTally::bytes},
}};
constexpr std::array<Field<Second>, 5> k_second_fields{{
    {"messages", &Second::messages},
    {"appends", &Second::appends},
    {"errors", &Second::errors},
    {"readers", &Second::readers},
    {"slowest_us", &Second::slowest_us},
}};

// A count below zero would be a very large one.
std::uint64_t count_from(json const& json) {
    return json.get_ref<json::number_unsigned_t const&>();
}

template <typename Object, std::size_t Size>
json fields_json(Object const& object, std::array<Field<Object>, Size> const& fields) {
    json json;
    for (auto const& [name, field] : fields)
        json[name] = object.*field;
    return json;
}

template <typename Object, std::size_t Size>
Object from_fields(json const& json, std::array<Field<Object>, Size> const& fields) {
    Object object;
    for (auto const& [name, field] : fields)
        object.*field = count_from(json.at(name));
    return object;
}

json to_json(ReaderTally const& tally) {
    auto json = fields_json(tally, k_reader_fields);
    json["statuses"] = tally.statuses;
    json["delivery"] = to_json(tally.delivery);
    json["after_storing"] = to_json(tally.after_storing);
    return json;
}

ReaderTally readers_from(json const& json) {
    auto tally = from_fields(json, k_reader_fields);
    tally.statuses = json.at("statuses").get<Counts>();
    tally.delivery = histogram_from(json.at("delivery"));
    tally.after_storing = histogram_from(json.at("after_storing"));
    return tally;
}

} // namespace

bool count_one(Counts& counts, std::string_view name, std::size_t most) {
    auto found = counts.find(name);
    if (found == counts.end()) {
        if (counts.size() >= most) return false;
        found = counts.emplace(name, 0).first;
    }
    ++found->second;
    return true;
}

std::array<std::string_view, 4> cache_headers(std::string_view named) {
    return {named, "cf-cache-status", "x-proxy-cache", "x-cache"};
}

void Tally::merge(Tally const& other) {
    ds::merge(sse, other.sse);
    ds::merge(long_poll, other.long_poll);
    ds::merge(writes, other.writes);
    for (auto const& [header, values] : other.caches)
        ds::merge(caches[header], values);
    for (auto const& [url, more] : other.urls) {
        if (urls.size() >= k_urls_max && !urls.contains(url)) {
            urls_left_out += more.requests;
            continue;
        }
        auto& known = urls[url];
        known.requests += more.requests;
        known.misses += more.misses;
    }
    urls_left_out += other.urls_left_out;
    ds::merge(pops, other.pops);
    ds::merge(errors, other.errors);
    seconds.resize(std::max(seconds.size(), other.seconds.size()));
    for (std::size_t i = 0; i < other.seconds.size(); ++i) {
        seconds[i].messages += other.seconds[i].messages;
        seconds[i].appends += other.seconds[i].appends;
        seconds[i].errors += other.seconds[i].errors;
        seconds[i].readers += other.seconds[i].readers;
        seconds[i].slowest_us = std::max(seconds[i].slowest_us, other.seconds[i].slowest_us);
    }
    took_s = std::max(took_s, other.took_s);
}

bool says_hit(std::string_view value) {
    auto const lower = to_lower(value);
    // A stale answer, too, is one that nobody upstream was asked for while its asker waited.
    for (auto const* word : {"hit", "stale", "updating"})
        if (lower.find(word) != std::string::npos) return true;
    return false;
}

HitShare hit_share(Tally const& tally, std::string_view cache_header) {
    for (auto const name : cache_headers(cache_header)) {
        auto const found = tally.caches.find(name);
        if (found == tally.caches.end()) continue;
        HitShare share{std::string(name), 0, 0};
        for (auto const& [value, count] : found->second) {
            share.answers += count;
            if (says_hit(value)) share.hits += count;
        }
        return share;
    }
    return {};
}

std::string tally_json(Tally const& tally) {
    auto writes = fields_json(tally.writes, k_writer_fields);
    writes["latency"] = to_json(tally.writes.latency);
    auto urls = json::array();
    for (auto const& [url, counts] : tally.urls)
        urls.push_back({url, counts.requests, counts.misses});
    auto seconds = json::array();
    for (auto const& second : tally.seconds)
        seconds.push_back(fields_json(second, k_second_fields));
    return json{{"sse", to_json(tally.sse)},
                {"long_poll", to_json(tally.long_poll)},
                {"writes", std::move(writes)},
                {"caches", tally.caches},
                {"urls", std::move(urls)},
                {"urls_left_out", tally.urls_left_out},
                {"pops", tally.pops},
                {"errors", tally.errors},
                {"seconds", std::move(seconds)},
                {"took_s", tally.took_s}}
        .dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<Tally> parse_tally(std::string_view json) {
    try {
        auto const read = json::parse(json);
        Tally tally;
        tally.sse = readers_from(read.at("sse"));
        tally.long_poll = readers_from(read.at("long_poll"));
        tally.writes = from_fields(read.at("writes"), k_writer_fields);
        tally.writes.latency = histogram_from(read.at("writes").at("latency"));
        for (auto const& [header, values] : read.at("caches").items())
            tally.caches[header] = values.get<Counts>();
        for (auto const& url : read.at("urls"))
            tally.urls[url.at(0).get<std::string>()] = {url.at(1).get<std::uint64_t>(),
                                                        url.at(2).get<std::uint64_t>()};
        tally.urls_left_out = read.at("urls_left_out").get<std::uint64_t>();
        tally.pops = read.at("pops").get<Counts>();
        tally.errors = read.at("errors").get<Counts>();
        for (auto const& second : read.at("seconds"))
            tally.seconds.push_back(from_fields(second, k_second_fields));
        tally.took_s = read.at("took_s").get<double>();
        return tally;
    } catch (json::exception const& error) {
        return Error{Fault::invalid, std::string("a tally that cannot be read: ") + error.what()};
    }
}

} // namespace ds
