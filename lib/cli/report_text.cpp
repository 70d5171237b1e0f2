// Facts in lines, lists in tables.
#include "cli/report_text.h"

#include "base/clock.h"
#include "base/encoding.h"
#include "cli/progress.h"
#include "cli/table.h"
#include "cli/units.h"
#include "model/offset.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace ds {
namespace {

using nlohmann::json;

std::uint64_t number(json const& report, char const* name) {
    return report.at(name).get<std::uint64_t>();
}
std::string shown_number(json const& report, char const* name) {
    return std::to_string(number(report, name));
}
std::string size(json const& report, char const* name) {
    return shown_bytes(number(report, name));
}
std::string text(json const& report, char const* name) {
    return report.at(name).get<std::string>();
}

std::string instant(json const& report, char const* name) {
    auto const count = report.at(name).is_null() ? 0 : report.at(name).get<std::int64_t>();
    return count == 0 ? "-" : format_rfc3339(from_count_ms(count));
}

// "1d, 1.0 GiB, 500 messages", or "no limit"
std::string limits(json const& retention) {
    std::string line;
    auto const add = [&](std::string const& limit) { line += (line.empty() ? "" : ", ") + limit; };
    if (auto const age = number(retention, "age_ms"); age > 0)
        add(with_unit(std::to_string(age), Measure::milliseconds));
    if (number(retention, "bytes") > 0) add(size(retention, "bytes"));
    if (auto const most = number(retention, "messages"); most > 0) add(counted(most, "message"));
    return line.empty() ? "no limit" : line;
}

std::string lifetime(json const& report) {
    auto const& stated = report.at("lifetime");
    if (!stated.at("ttl_seconds").is_null())
        return with_unit(shown_number(stated, "ttl_seconds"), Measure::seconds) +
               " after the last use, now at " + instant(report, "ends_ms");
    if (!stated.at("expires_ms").is_null()) return "until " + instant(stated, "expires_ms");
    return "for ever";
}

std::string state(json const& report) {
    return text(report, "state") + (report.at("closed").get<bool>() ? ", closed" : "");
}

std::string waiting(json const& report) {
    auto const count = number(report, "waiting");
    return count == 0 ? std::string() : ", " + std::to_string(count) + " to be moved there";
}

// What has a heading and then rows; nothing when there are none.
std::string section(std::string const& heading, Table const& table, std::size_t rows) {
    constexpr std::size_t k_indent = 2;
    return rows == 0 ? std::string() : "\n" + heading + "\n" + table.text(k_indent);
}

Table table_of_segments(json const& segments, bool with_stream) {
    std::vector<std::string> headings{">NUMBER", "FROM", ">MESSAGES", ">BYTES",
                                      ">STORED", "SEAL", "FIRST",     "LAST"};
    if (with_stream) headings.insert(headings.begin(), "STREAM");
    Table table(headings);
    for (auto const& segment : segments) {
        std::vector<std::string> row{
            shown_number(segment, "number"),   text(segment, "from"),
            shown_number(segment, "messages"), size(segment, "bytes"),
            size(segment, "object_bytes"),     text(segment, "seal"),
            instant(segment, "first_ms"),      instant(segment, "last_ms")};
        if (with_stream) {
            auto const& name = segment.at("stream");
            row.insert(row.begin(),
                       name.is_null() ? text(segment, "key") : name.get<std::string>());
        }
        table.add(std::move(row));
    }
    return table;
}

// Of all messages that were appended those that retention has not removed, where it has removed
// some, and all of them are counted.
std::string left(json const& report) {
    auto const kept = number(report, "kept_messages");
    return kept < number(report, "messages") ? " in all, " + std::to_string(kept) + " left" : "";
}

// Each run of ds append is one, so that there may be thousands: those that were heard last.
std::string producers_text(json const& producers) {
    constexpr std::size_t k_shown = 20;
    std::vector<json const*> latest;
    for (auto const& producer : producers)
        latest.push_back(&producer);
    std::ranges::stable_sort(latest, [](json const* a, json const* b) {
        return number(*a, "last_ms") > number(*b, "last_ms");
    });
    Table table({"PRODUCER", ">EPOCH", ">SEQUENCE", "LAST"});
    for (std::size_t i = 0; i < std::min(latest.size(), k_shown); ++i) {
        auto const& producer = *latest[i];
        table.add({text(producer, "id"), shown_number(producer, "epoch"),
                   shown_number(producer, "sequence"), instant(producer, "last_ms")});
    }
    auto page = section("producers", table, latest.size());
    if (latest.size() > k_shown)
        page += "  and " + std::to_string(latest.size() - k_shown) +
                " that were heard before; --json tells all\n";
    return page;
}

std::string counts_text(json const& counts) {
    std::string page;
    auto const reads = number(counts, "gets") + number(counts, "cached_stripes");
    if (reads > 0)
        page += fact_line("cold reads",
                          shown_number(counts, "gets") + " gets of " + size(counts, "got_bytes") +
                              ", " + shown_number(counts, "read_ahead") + " ahead; " +
                              shown_number(counts, "cached_stripes") + " from memory; " +
                              shown_number(counts, "faults") + " failed");
    if (number(counts, "rotated_segments") + number(counts, "rotate_faults") > 0)
        page += fact_line("rotated", counted(number(counts, "rotated_segments"), "segment") + ", " +
                                         size(counts, "rotated_bytes") + "; " +
                                         shown_number(counts, "rotate_faults") + " failed tries");
    return page;
}

// "address-readers 1, project-requests 12"; nothing when no limit was reached.
std::string refused_text(json const& refused) {
    std::string line;
    for (auto const& [limit, count] : refused.items())
        if (count.get<std::uint64_t>() > 0)
            line += (line.empty() ? "" : ", ") + limit + " " +
                    std::to_string(count.get<std::uint64_t>());
    return line.empty() ? line : fact_line("refused", line);
}

// Nothing where nobody subscribes, and nobody has.
std::string fanout_text(json const& fanout) {
    if (number(fanout, "subscriptions") + number(fanout, "copies") == 0) return {};
    auto page =
        fact_line("estuaries", shown_number(fanout, "estuaries") + ", " +
                                   counted(number(fanout, "subscriptions"), "subscription"));
    page += fact_line("copies", shown_number(fanout, "copies") + " of " +
                                    counted(number(fanout, "publishes"), "append") + "; " +
                                    counted(number(fanout, "appends_owed"), "append") + " of " +
                                    counted(number(fanout, "sources_behind"), "stream") +
                                    " owed; " + shown_number(fanout, "announced") + " announced, " +
                                    shown_number(fanout, "failures") + " failed tries");
    if (number(fanout, "circuits_open") > 0)
        page += fact_line("copies fail", counted(number(fanout, "circuits_open"), "stream") +
                                             " paused after failed tries");
    return page;
}

json all_of(std::vector<std::string> const& documents) {
    auto list = json::array();
    for (auto const& document : documents)
        list.push_back(json::parse(document));
    return list;
}

} // namespace

std::string counted(std::uint64_t count, std::string const& what) {
    return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string directory_text(std::string const& document) {
    auto const report = json::parse(document);
    auto const& store = report.at("store");
    auto page = fact_line("data", text(report, "data"));
    page += fact_line("identity",
                      text(report, "identity") + ", " + counted(number(report, "lanes"), "lane"));
    page += fact_line("store", store.is_null() ? "none" : store.get<std::string>());
    page += fact_line("streams", shown_number(report, "streams"));
    page += fact_line("hot", counted(number(report, "hot_rows"), "row") + ", " +
                                 size(report, "hot_bytes") + "; " + size(report, "database_bytes") +
                                 " on disk");
    page +=
        fact_line("cold", counted(number(report, "segments"), "segment") + ", " +
                              size(report, "segment_bytes") + " in the store" + waiting(report));
    page += counts_text(report.at("counts"));
    page += fanout_text(report.at("fanout"));
    for (auto const& one : report.at("set_aside"))
        page += fact_line("set aside", "copies of " + text(one, "stream") + " from " +
                                           text(one, "from") + " on: " + text(one, "error"));
    if (!report.at("set_aside").empty())
        page += fact_line("", "give its copies up with: ds estuary skip STREAM");
    page += refused_text(report.at("refused"));
    if (!report.at("sickness").is_null())
        page += fact_line("writes fail", text(report, "sickness"));
    if (!report.at("store_sickness").is_null())
        page += fact_line("store fails", text(report, "store_sickness"));
    Table projects({"PROJECT", ">STREAMS"});
    for (auto const& project : report.at("projects"))
        projects.add({text(project, "name"), shown_number(project, "streams")});
    return page + section("projects", projects, report.at("projects").size());
}

std::string stream_text(std::string const& document) {
    auto const report = json::parse(document);
    auto page = fact_line("stream", text(report, "name") + " (id " +
                                        std::to_string(report.at("id").get<std::int64_t>()) + ")");
    page += fact_line("state", state(report));
    page += fact_line("content type", text(report, "content_type"));
    page += fact_line("tail", text(report, "tail"));
    page += fact_line("earliest", text(report, "earliest"));
    page += fact_line("messages", shown_number(report, "messages") + left(report));
    page += fact_line("hot", counted(number(report, "hot_rows"), "row") + ", " +
                                 size(report, "hot_bytes"));
    page += fact_line("open segment", counted(number(report, "open_messages"), "message") + ", " +
                                          size(report, "open_bytes"));
    page += fact_line("cold", counted(number(report, "segments"), "segment") + " up to " +
                                  text(report, "rotated_until") + waiting(report));
    page += fact_line("created", instant(report, "created_ms"));
    page += fact_line("lives", lifetime(report));
    page += fact_line("keeps", limits(report.at("retention")));
    if (!report.at("stream_seq").is_null())
        page += fact_line("stream-seq", text(report, "stream_seq"));
    if (!report.at("forked_from").is_null()) {
        auto const& at = report.at("forked_at");
        page += fact_line("forked from", text(report, "forked_from") +
                                             (at.is_null() ? "" : " at " + at.get<std::string>()));
    }
    std::string forks;
    for (auto const& name : report.at("fork_names"))
        forks += (forks.empty() ? "" : ", ") + name.get<std::string>();
    if (!forks.empty()) page += fact_line("forks", forks);
    auto const& producers = report.at("producers");
    auto const& segments = report.at("segment_list");
    page += producers_text(producers);
    return page + section("segments", table_of_segments(segments, false), segments.size());
}

std::string streams_text(std::vector<std::string> const& summaries) {
    Table table(
        {"STREAM", "STATE", "TAIL", ">MESSAGES", ">HOT ROWS", ">HOT", ">SEGMENTS", "CONTENT TYPE"});
    for (auto const& stream : all_of(summaries))
        table.add({text(stream, "name"), state(stream), text(stream, "tail"),
                   shown_number(stream, "messages"), shown_number(stream, "hot_rows"),
                   size(stream, "hot_bytes"), shown_number(stream, "segments"),
                   text(stream, "content_type")});
    return table.text();
}

std::string segments_text(std::vector<std::string> const& segments) {
    return table_of_segments(all_of(segments), true).text();
}

std::string retentions_text(std::string const& document) {
    auto const report = json::parse(document);
    Table table({"SCOPE", "KEEPS"});
    for (auto const& row : report.at("retention"))
        table.add({text(row, "scope"), limits(row)});
    return table.text();
}

std::string restored_text(std::string const& document) {
    auto const tally = json::parse(document);
    Table table({"STREAM", ">SEGMENTS", ">MESSAGES", ">BYTES", "TAIL", "STATE", "NOTE"});
    for (auto const& line : tally.at("streams"))
        table.add({text(line, "name"), shown_number(line, "segments"),
                   shown_number(line, "messages"), size(line, "bytes"), text(line, "tail"),
                   line.at("closed").get<bool>() ? "closed" : "open", text(line, "note")});
    return table.text();
}

} // namespace ds
