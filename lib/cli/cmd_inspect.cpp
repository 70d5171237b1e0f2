// ds inspect: what is known of a stream, a project or the whole data directory, and whether it is
// true.
#include "cli/commands.h"
#include "cli/operator_session.h"
#include "cli/report_text.h"
#include "cli/table.h"

#include <nlohmann/json.hpp>

#include <memory>
#include <optional>

namespace ds {
namespace {

using Json = nlohmann::ordered_json;

struct InspectCommand {
    OperatorOptions common;
    std::string scope;
    bool verify = false;
};

constexpr char const* k_inspect_footer =
    "With --verify, every checksum and every claim of the hot log and of the segments\n"
    "in the store is held against the others; the first lie is told, and the exit\n"
    "code is 1.\n"
    "\n"
    "Examples:\n"
    "  ds inspect --data /var/lib/ds --verify\n"
    "  ds inspect orders\n"
    "  ds inspect orders/7 --online --json";

struct Report {
    Json document;
    std::string text;
};

// Empty when there is no such stream or project.
Result<std::optional<Report>> look_at(OperatorSession& session, std::string const& scope) {
    if (scope.empty()) {
        auto const outcome = TRY(session.run("inspect", "{}"));
        return std::optional(Report{Json::parse(outcome.result), directory_text(outcome.result)});
    }
    auto const stream = scope.find('/') != std::string::npos;
    auto const outcome = TRY(session.run(stream ? "inspect" : "streams", scope_arguments(scope)));
    if (stream) {
        auto report = Json::parse(outcome.result).at("stream");
        if (report.is_null()) return std::optional<Report>();
        auto text = stream_text(report.dump());
        return std::optional(Report{std::move(report), std::move(text)});
    }
    if (outcome.items.empty()) return std::optional<Report>();
    Json document{{"project", scope}, {"streams", Json::array()}};
    for (auto const& item : outcome.items)
        document["streams"].push_back(Json::parse(item));
    return std::optional(Report{std::move(document), streams_text(outcome.items)});
}

std::string verified_line(Json const& tally) {
    auto const count = [&](char const* name) { return tally.at(name).get<std::uint64_t>(); };
    return fact_line("verified", counted(count("streams"), "stream") + ", " +
                                     counted(count("hot_rows"), "hot row") + ", " +
                                     counted(count("segments"), "segment") + ", " +
                                     shown_bytes(count("bytes")) + ": all true");
}

ExitCode print(InspectCommand const& command, Report const& report) {
    return print_result(command.common, report.document.dump(2), report.text);
}

ExitCode inspect(InspectCommand const& command) {
    if (auto const scope = parse_scope(command.scope); !scope) return fail(scope.error());
    auto session = OperatorSession::open(command.common);
    if (!session) return fail(session.error());
    auto report = look_at(**session, command.scope);
    if (!report) return fail(report.error());
    if (!*report) return fail_absent(command.scope);
    auto& found = **report;
    if (!command.verify) return print(command, found);

    auto const verified = (*session)->run("verify", scope_arguments(command.scope));
    if (verified) {
        found.document["verified"] = Json::parse(verified->result);
        found.text += "\n" + verified_line(found.document["verified"]);
    } else {
        found.document["verified"] = nullptr;
        found.document["lie"] = verified.error().what;
    }
    print(command, found);
    return verified ? ExitCode::done : fail(verified.error());
}

} // namespace

Action add_inspect(CommandLine& line, Session&) {
    auto command = std::make_shared<InspectCommand>();
    line.options({
        {"SCOPE", &command->scope,
         "PROJECT/STREAM or PROJECT; the whole directory when it is left out"},
        {"--verify", &command->verify,
         "Check every invariant and every checksum, those in the store too"},
    });
    add_operator_options(line, command->common);
    line.footer(k_inspect_footer);
    return [command] { return inspect(*command); };
}

} // namespace ds
