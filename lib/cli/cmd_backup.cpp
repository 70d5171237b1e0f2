// ds backup: a consistent copy of the hot log in the object store.
#include "cli/commands.h"
#include "cli/operator_session.h"
#include "cli/report_text.h"

#include <nlohmann/json.hpp>

#include <memory>

namespace ds {
namespace {

struct BackupCommand {
    OperatorOptions common;
    unsigned keep = 3;
};

constexpr char const* k_backup_footer =
    "Together with the segments in the store, a backup holds everything that was\n"
    "acknowledged when it began. ds serve --backup-every does this on a timer.\n"
    "\n"
    "Examples:\n"
    "  ds backup --data /var/lib/ds --online\n"
    "  ds backup --keep 10";

std::string tally_line(nlohmann::json const& tally) {
    auto const removed = tally.at("removed").get<std::uint64_t>();
    return "backed up to " + tally.at("name").get<std::string>() + ", " +
           shown_bytes(tally.at("bytes").get<std::uint64_t>()) + " in " +
           counted(tally.at("parts").get<std::uint64_t>(), "part") +
           (removed == 0 ? "" : "; removed " + counted(removed, "older backup")) + "\n";
}

ExitCode back_up(BackupCommand const& command) {
    auto session = OperatorSession::open(command.common);
    if (!session) return fail(session.error());
    auto const outcome = (*session)->run("backup", nlohmann::json{{"keep", command.keep}}.dump());
    if (!outcome) return fail(outcome.error());
    return print_result(command.common, outcome->result,
                        tally_line(nlohmann::json::parse(outcome->result)));
}

} // namespace

Action add_backup(CommandLine& line, Session&) {
    auto command = std::make_shared<BackupCommand>();
    line.options({{"--keep", &command->keep, "Backups that stay in the store, this one included",
                   takes_number(1, 1'000'000)}});
    add_operator_options(line, command->common);
    line.footer(k_backup_footer);
    return [command] { return back_up(*command); };
}

} // namespace ds
