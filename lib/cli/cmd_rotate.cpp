// ds rotate: moves history into the object store now.
#include "cli/commands.h"
#include "cli/operator_session.h"
#include "cli/report_text.h"

#include <nlohmann/json.hpp>

#include <memory>

namespace ds {
namespace {

struct RotateCommand {
    OperatorOptions common;
    std::string scope;
    bool dry_run = false;
};

constexpr char const* k_rotate_footer =
    "Ends the open segment of each stream, and moves all segments that are not in the\n"
    "store yet. A server does the same by itself when segments are full. Interrupted,\n"
    "it goes on where it stopped when it is run again.\n"
    "\n"
    "Examples:\n"
    "  ds rotate --data /var/lib/ds\n"
    "  ds rotate orders --dry-run\n"
    "  ds rotate orders/7 --online";

std::string tally_line(nlohmann::json const& tally, RotateCommand const& command) {
    auto const segments = tally.at("segments").get<std::uint64_t>();
    if (segments == 0) return "nothing to move: all of it is in the store\n";
    return (command.dry_run ? "would move " : "moved ") + counted(segments, "segment") + " of " +
           counted(tally.at("streams").get<std::uint64_t>(), "stream") + ", " +
           counted(tally.at("messages").get<std::uint64_t>(), "message") + ", " +
           shown_bytes(tally.at("bytes").get<std::uint64_t>()) + "\n";
}

ExitCode rotate(RotateCommand const& command) {
    if (auto const scope = parse_scope(command.scope); !scope) return fail(scope.error());
    auto session =
        OperatorSession::open(command.common, command.dry_run ? Rotation::off : Rotation::on);
    if (!session) return fail(session.error());
    auto const there = (*session)->has(command.scope);
    if (!there) return fail(there.error());
    if (!*there) return fail_absent(command.scope);

    nlohmann::json const arguments{{"scope", command.scope}, {"dry_run", command.dry_run}};
    auto const outcome = (*session)->run("rotate", arguments.dump());
    if (!outcome) return fail(outcome.error());
    auto const tally = nlohmann::json::parse(outcome->result);
    bool const of_project = !command.scope.empty() && command.scope.find('/') == std::string::npos;
    if (of_project && tally.at("segments").get<std::uint64_t>() == 0) {
        auto const known = (*session)->has_project(command.scope);
        if (!known) return fail(known.error());
        if (!*known) return fail_absent(command.scope);
    }
    return print_result(command.common, outcome->result, tally_line(tally, command));
}

} // namespace

Action add_rotate(CommandLine& line, Session&) {
    auto command = std::make_shared<RotateCommand>();
    line.options({
        {"SCOPE", &command->scope, "PROJECT/STREAM or PROJECT; everything when it is left out"},
        {"--dry-run", &command->dry_run, "Only say what would be moved"},
    });
    add_operator_options(line, command->common);
    line.footer(k_rotate_footer);
    return [command] { return rotate(*command); };
}

} // namespace ds
