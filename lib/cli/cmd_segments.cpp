// ds segments: lists the segments in the object store, collects what nothing refers to, and takes
// in those of the reference layout.
#include "admin/report_json.h"
#include "cli/commands.h"
#include "cli/operator_session.h"
#include "cli/report_text.h"
#include "cli/terminal.h"
#include "net/curl_fetch.h"
#include "storage/owned_store.h"
#include "upkeep/import.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <memory>
#include <optional>

namespace ds {
namespace {

using Json = nlohmann::ordered_json;

struct SegmentsCommand {
    OperatorOptions common;
    std::string action;
    std::string what;
    double grace = 24 * 3600;
    bool dry_run = false;
    std::optional<std::string> content_type;
    std::optional<std::string> stream;
};

constexpr char const* k_segments_footer =
    "ls      lists the segments that are in the store, of WHAT: PROJECT/STREAM or\n"
    "        PROJECT; all when it is left out\n"
    "gc      removes the objects of this data directory that nothing refers to\n"
    "import  takes in WHAT: a folder in which segments lie as in the hosted system,\n"
    "        or one .seg file (4-byte big-endian lengths, each before a message)\n"
    "\n"
    "Examples:\n"
    "  ds segments ls orders/7 --data /var/lib/ds\n"
    "  ds segments gc --dry-run --online\n"
    "  ds segments import ./bucket --content-type application/json\n"
    "  ds segments import segment-0.seg --content-type text/plain --stream orders/7";

ExitCode list(SegmentsCommand const& command) {
    if (auto const scope = parse_scope(command.what); !scope) return fail(scope.error());
    auto session = OperatorSession::open(command.common);
    if (!session) return fail(session.error());
    auto const there = (*session)->has(command.what);
    if (!there) return fail(there.error());
    if (!*there) return fail_absent(command.what);
    auto const outcome = (*session)->run("segments", scope_arguments(command.what));
    if (!outcome) return fail(outcome.error());

    auto const tally = Json::parse(outcome->result);
    Json document{{"segments", Json::array()}, {"object_bytes", tally.at("object_bytes")}};
    if (command.common.json)
        for (auto const& item : outcome->items)
            document["segments"].push_back(Json::parse(item));
    auto const bytes = shown_bytes(tally.at("object_bytes").get<std::uint64_t>());
    return print_result(command.common, document.dump(2),
                        outcome->items.empty()
                            ? "there are no segments in the store; ds rotate moves history there\n"
                            : segments_text(outcome->items) + "\n" +
                                  counted(outcome->items.size(), "segment") + ", " + bytes + "\n");
}

std::string collected_text(Json const& tally, bool dry_run) {
    auto const count = [&](char const* name) { return tally.at(name).get<std::uint64_t>(); };
    std::string page;
    for (auto const& key : tally.at("keys"))
        page += key.get<std::string>() + "\n";
    auto const ready = count("orphans") - count("young");
    page += "looked at " + counted(count("looked_at"), "object") + ": ";
    page += dry_run ? "would remove " + counted(ready, "orphan")
                    : "removed " + counted(count("removed"), "orphan");
    page += ", " + shown_bytes(count("bytes"));
    if (count("young") > 0) page += "; " + std::to_string(count("young")) + " too young yet";
    if (count("foreign") > 0)
        page += "; left alone " + std::to_string(count("foreign")) + " of other data directories";
    return page + "\n";
}

ExitCode collect(SegmentsCommand const& command) {
    auto session = OperatorSession::open(command.common);
    if (!session) return fail(session.error());
    Json const arguments{{"grace_ms", static_cast<std::uint64_t>(command.grace * 1000)},
                         {"dry_run", command.dry_run}};
    auto const outcome = (*session)->run("gc", arguments.dump());
    if (!outcome) return fail(outcome.error());
    return print_result(command.common, outcome->result,
                        collected_text(Json::parse(outcome->result), command.dry_run));
}

Result<upkeep::ImportTally> import_into(SegmentsCommand const& command) {
    auto const& data = command.common.data;
    TRY(check_data_directory(data));
    SystemClock const clock;
    CurlFetch fetch;
    auto directory = DataDirectory::open_existing(data);
    if (!directory) return when_held(std::move(directory).error(), data);
    auto found = TRY(store_opener(command.common.store, fetch, clock)(*directory));
    if (!found) return Error{Fault::invalid, "segments are imported into a store; name one"};
    auto const store = std::make_unique<OwnedStore>(std::move(found), *directory, clock);
    TickProgress progress;
    return upkeep::import_segments(*directory,
                                   {command.what, command.stream, *command.content_type}, *store,
                                   clock, progress.tick());
}

ExitCode take_in(SegmentsCommand const& command) {
    if (command.what.empty())
        return fail(Error{Fault::invalid, "name the folder or the .seg file to import"});
    if (!command.content_type)
        return fail(Error{Fault::invalid, "segments do not say what they hold; give it with "
                                          "--content-type"});
    if (command.common.online)
        return fail(Error{Fault::invalid, "segments are imported while no server runs on the data "
                                          "directory; leave out --online"});
    auto const tally = import_into(command);
    if (!tally) return fail(tally.error());
    return print_result(command.common, json_of(*tally),
                        "imported " + counted(tally->segments, "segment") + " of " +
                            counted(tally->streams, "stream") + ", " +
                            counted(tally->messages, "message") + ", " + shown_bytes(tally->bytes) +
                            "\n");
}

// The options that belong to one action only.
std::optional<std::string> misplaced(CommandLine const& line, std::string const& action) {
    struct Belongs {
        char const* option;
        char const* to;
    };
    for (Belongs const& one : {Belongs{"--grace", "gc"}, Belongs{"--dry-run", "gc"},
                               Belongs{"--content-type", "import"}, Belongs{"--stream", "import"}})
        if (line.given(one.option) && action != one.to)
            return std::string(one.option) + " belongs to ds segments " + one.to;
    return std::nullopt;
}

} // namespace

Action add_segments(CommandLine& line, Session&) {
    auto command = std::make_shared<SegmentsCommand>();
    auto const wrong = [](std::string const& word) {
        auto const known = word == "ls" || word == "gc" || word == "import";
        return known ? std::string() : "the actions are ls, gc and import";
    };
    line.options({
        {"ACTION", &command->action, "ls, gc or import",
         takes("ls|gc|import").required().check(wrong)},
        {"WHAT", &command->what, "What to list or to import; see below"},
        {"--grace", &command->grace, "gc: leave alone what is younger",
         takes_measure(Measure::seconds, 0, 1e9)},
        {"--dry-run", &command->dry_run, "gc: only say what would be removed"},
        {"--content-type", &command->content_type, "import: what the messages are",
         takes_media_type()},
        {"--stream", &command->stream, "import: the stream of a single .seg file", takes("STREAM")},
    });
    add_operator_options(line, command->common);
    line.footer(k_segments_footer);
    return [command, &line] {
        if (auto const why = misplaced(line, command->action))
            return fail(Error{Fault::invalid, *why});
        if (command->action == "ls") return list(*command);
        if (command->action == "import") return take_in(*command);
        if (!command->what.empty())
            return fail(Error{Fault::invalid, "gc looks at the whole data directory"});
        return collect(*command);
    };
}

} // namespace ds
