// One document for each kind of report.
#include "admin/report_json.h"

#include "base/overloaded.h"
#include "format/segment_key.h"

#include <nlohmann/json.hpp>

#include <optional>
#include <variant>

namespace ds {
namespace {

// Ordered, so that a document reads in the order in which it is written here.
using Json = nlohmann::ordered_json;

// Texts that writers chose (Stream-Seq) may be no UTF-8.
std::string text_of(Json const& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json or_null(std::optional<std::string> const& text) {
    return text ? Json(*text) : Json();
}

char const* text_of(Life life) {
    switch (life) {
    case Life::live: return "live";
    case Life::soft_deleted: return "soft-deleted";
    case Life::ended: return "ended";
    }
    return "";
}

char const* text_of(Seal seal) {
    switch (seal) {
    case Seal::full: return "full";
    case Seal::aged: return "aged";
    case Seal::closed: return "closed";
    case Seal::full_closed: return "full-closed";
    }
    return "";
}

Json document(upkeep::StreamSummary const& summary) {
    return {{"name", summary.name},
            {"id", summary.id},
            {"state", text_of(summary.life)},
            {"closed", summary.closed},
            {"content_type", summary.content_type},
            {"tail", format_offset(summary.tail)},
            {"earliest", format_offset(summary.earliest)},
            {"end", summary.end},
            {"messages", summary.messages},
            {"hot_rows", summary.hot_rows},
            {"hot_bytes", summary.hot_bytes},
            {"segments", summary.segments},
            {"waiting", summary.waiting},
            {"forks", summary.forks}};
}

Json document(SegmentRecord const& segment) {
    auto const key = parse_segment_key(segment.key);
    return {{"stream", key ? Json(key->name) : Json()},
            {"id", segment.stream},
            {"number", segment.at.segment},
            {"from", format_offset(segment.at)},
            {"start", segment.start},
            {"end", segment.end},
            {"messages", segment.messages},
            {"rows", segment.rows},
            {"bytes", segment.bytes},
            {"object_bytes", segment.object_bytes},
            {"first_ms", segment.first_ms},
            {"last_ms", segment.last_ms},
            {"seal", text_of(segment.seal)},
            {"key", segment.key}};
}

Json document(Retention const& retention) {
    return {
        {"age_ms", retention.age_ms}, {"bytes", retention.bytes}, {"messages", retention.messages}};
}

Json document(Lifetime const& lifetime) {
    Json json{{"ttl_seconds", nullptr}, {"expires_ms", nullptr}};
    std::visit(Overloaded{
                   [](Forever) {},
                   [&](Ttl const& ttl) { json["ttl_seconds"] = ttl.window.count(); },
                   [&](ExpiresAt const& at) { json["expires_ms"] = count_ms(at.instant); },
               },
               lifetime);
    return json;
}

Json document(upkeep::ColdCounts const& counts) {
    return {{"gets", counts.gets},
            {"got_bytes", counts.got_bytes},
            {"cached_stripes", counts.cached_stripes},
            {"read_ahead", counts.read_ahead},
            {"faults", counts.faults},
            {"rotated_segments", counts.rotated_segments},
            {"rotated_bytes", counts.rotated_bytes},
            {"rotate_faults", counts.rotate_faults},
            {"removed_objects", counts.removed_objects}};
}

Json document(std::vector<std::pair<std::string, std::uint64_t>> const& refused) {
    auto json = Json::object();
    for (auto const& [limit, count] : refused)
        json[limit] = count;
    return json;
}

// Delays by their upper bounds in milliseconds; what took longer is under "more".
Json document(upkeep::FanoutReport const& fanout) {
    auto delays = Json::object();
    for (std::size_t i = 0; i < k_fanout_delays_ms.size(); ++i)
        delays[std::to_string(k_fanout_delays_ms[i])] = fanout.delays[i];
    delays["more"] = fanout.delays.back();
    return {{"publishes", fanout.publishes},
            {"copies", fanout.copies},
            {"failures", fanout.failures},
            {"announced", fanout.announced},
            {"estuaries", fanout.estuaries},
            {"subscriptions", fanout.subscriptions},
            {"sources_behind", fanout.sources_behind},
            {"appends_owed", fanout.appends_owed},
            {"circuits_open", fanout.circuits_open},
            {"set_aside", fanout.set_aside},
            {"delays_ms", std::move(delays)}};
}

Json document(std::string const& id, KnownProducer const& producer) {
    return {{"id", id},
            {"epoch", producer.mark.epoch},
            {"sequence", producer.mark.sequence},
            {"last_ms", producer.last_ms}};
}

} // namespace

std::string json_of(upkeep::StreamSummary const& summary) {
    return text_of(document(summary));
}

std::string json_of(SegmentRecord const& segment) {
    return text_of(document(segment));
}

std::string json_of(upkeep::DirectoryReport const& report) {
    Json json{{"data", report.data},
              {"identity", report.identity},
              {"store", report.store.empty() ? Json() : Json(report.store)},
              {"lanes", report.lanes},
              {"streams", report.streams},
              {"hot_rows", report.hot_rows},
              {"hot_bytes", report.hot_bytes},
              {"database_bytes", report.database_bytes},
              {"segments", report.segments},
              {"segment_bytes", report.segment_bytes},
              {"waiting", report.waiting},
              {"sickness", or_null(report.sickness)},
              {"store_sickness", or_null(report.store_sick)},
              {"counts", document(report.counts)},
              {"fanout", document(report.fanout)},
              {"set_aside", Json::array()},
              {"refused", document(report.refused)},
              {"projects", Json::array()}};
    for (auto const& one : report.set_aside)
        json["set_aside"].push_back(
            Json{{"stream", one.stream}, {"from", format_offset(one.from)}, {"error", one.error}});
    for (auto const& [name, streams] : report.projects)
        json["projects"].push_back(Json{{"name", name}, {"streams", streams}});
    return text_of(json);
}

std::string json_of(upkeep::StreamReport const& report) {
    auto json = document(report.summary);
    json["created_ms"] = report.created_ms;
    json["touched_ms"] = report.touched_ms == 0 ? Json() : Json(report.touched_ms);
    json["lifetime"] = document(report.lifetime);
    json["ends_ms"] = report.ends ? Json(count_ms(*report.ends)) : Json();
    json["kept_messages"] = report.kept_messages;
    json["open_messages"] = report.open_messages;
    json["open_bytes"] = report.open_bytes;
    json["rotated_until"] = format_offset(report.rotated_until);
    json["stream_seq"] = or_null(report.stream_seq);
    json["forked_from"] = report.forked_from.empty() ? Json() : Json(report.forked_from);
    json["forked_at"] = report.forked_at ? Json(format_offset(*report.forked_at)) : Json();
    json["fork_names"] = report.fork_names;
    json["retention"] = document(report.retention);
    json["producers"] = Json::array();
    for (auto const& [id, producer] : report.producers)
        json["producers"].push_back(document(id, producer));
    json["segment_list"] = Json::array();
    for (auto const& segment : report.segments)
        json["segment_list"].push_back(document(segment));
    return text_of(json);
}

std::string json_of(upkeep::RotateTally const& tally) {
    return text_of(Json{{"streams", tally.streams},
                        {"segments", tally.segments},
                        {"messages", tally.messages},
                        {"bytes", tally.bytes}});
}

std::string json_of(upkeep::CollectTally const& tally) {
    return text_of(Json{{"looked_at", tally.looked_at},
                        {"orphans", tally.orphans},
                        {"young", tally.young},
                        {"foreign", tally.foreign},
                        {"removed", tally.removed},
                        {"bytes", tally.bytes},
                        {"keys", tally.keys}});
}

std::string json_of(std::vector<std::pair<std::string, Retention>> const& retentions) {
    auto list = Json::array();
    for (auto const& [scope, retention] : retentions) {
        Json row{{"scope", scope}};
        row.update(document(retention));
        list.push_back(std::move(row));
    }
    return text_of(Json{{"retention", std::move(list)}});
}

std::string json_of(upkeep::BackupTally const& tally) {
    return text_of(Json{{"name", tally.name},
                        {"bytes", tally.bytes},
                        {"parts", tally.parts},
                        {"removed", tally.removed}});
}

std::string json_of(upkeep::VerifyTally const& tally) {
    return text_of(Json{{"streams", tally.streams},
                        {"hot_rows", tally.hot_rows},
                        {"segments", tally.segments},
                        {"bytes", tally.bytes}});
}

std::string json_of(upkeep::RestoreTally const& tally) {
    Json json{{"identity", tally.identity},
              {"backup", tally.backup.empty() ? Json() : Json(tally.backup)},
              {"streams", Json::array()},
              {"left_out", tally.left_out}};
    for (auto const& line : tally.streams)
        json["streams"].push_back(Json{{"name", line.name},
                                       {"id", line.id},
                                       {"segments", line.segments},
                                       {"messages", line.messages},
                                       {"bytes", line.bytes},
                                       {"tail", format_offset(line.tail)},
                                       {"closed", line.closed},
                                       {"note", line.note}});
    return text_of(json);
}

std::string json_of(upkeep::ImportTally const& tally) {
    return text_of(Json{{"streams", tally.streams},
                        {"segments", tally.segments},
                        {"messages", tally.messages},
                        {"bytes", tally.bytes}});
}

} // namespace ds
