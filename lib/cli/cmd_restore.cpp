// ds restore: a data directory out of an object store.
#include "admin/report_json.h"
#include "cli/commands.h"
#include "cli/operator_session.h"
#include "cli/report_text.h"
#include "cli/terminal.h"
#include "net/curl_fetch.h"
#include "upkeep/restore.h"

#include <unistd.h>

#include <filesystem>
#include <memory>

namespace ds {
namespace {

struct RestoreCommand {
    OperatorOptions common;
    upkeep::RestoreOptions options;
};

constexpr char const* k_restore_footer =
    "Makes a new data directory from what is in the store: the last backup, and all\n"
    "segments, which bring each stream up to its last message that was moved. Offsets\n"
    "stay as they were. Nothing in the store is changed. The new directory takes the\n"
    "streams over: the server of the old one must not run any more.\n"
    "\n"
    "Examples:\n"
    "  ds restore --store s3://history/ds --list\n"
    "  ds restore --store s3://history/ds --data /var/lib/ds\n"
    "  ds restore --store /mnt/cold --data ./orders-only --project orders";

// Opening a store would make its folder, and find nothing there.
Result<void> check_folder_is_there(std::string const& where) {
    TRY(check_store_kind(where));
    std::error_code failed;
    if (where.find("://") != std::string::npos || std::filesystem::is_directory(where, failed))
        return {};
    return Error{Fault::invalid, "there is no folder " + where + "; name the store with --store"};
}

Result<upkeep::RestoreTally> restore_from(RestoreCommand const& command) {
    if (command.common.store.settings.where.empty() ||
        command.common.store.settings.where == k_no_store)
        return Error{Fault::invalid, "say where the segments are, with --store"};
    if (!command.options.project.empty())
        if (auto const scope = TRY(parse_scope(command.options.project)); !scope.stream.empty())
            return Error{Fault::invalid, "--project takes the name of a project, without a slash"};
    TRY(check_folder_is_there(command.common.store.settings.where));
    SystemClock const clock;
    CurlFetch fetch;
    auto const store = TRY(open_store(settled(command.common.store), fetch, clock));
    auto options = command.options;
    options.data = command.common.data;
    TickProgress progress;
    auto tally = TRY(upkeep::restore(options, *store, clock, progress.tick()));
    if (!options.list) {
        auto const made = TRY(DataDirectory::open_existing(options.data));
        TRY(remember_store(made, *store));
    }
    return tally;
}

std::string tally_text(RestoreCommand const& command, upkeep::RestoreTally const& tally) {
    if (tally.streams.empty()) return "there is nothing to restore\n";
    auto page = restored_text(json_of(tally));
    page += "\n" + std::string(command.options.list ? "the store has " : "restored ") +
            counted(tally.streams.size(), "stream");
    if (!tally.backup.empty()) page += ", with the backup " + tally.backup;
    if (command.options.list) return page + "\n";
    auto const& data = command.common.data;
    return page +
           "\nProjects, their secrets and subscriptions are in no backup. Until their projects are "
           "made\n"
           "again, a server on this directory refuses everybody:\n"
           "  ds create-project NAME --data " +
           data + "\n  ds serve --data " + data +
           "\nThis directory has taken the streams over: the server of the old one must not run "
           "any more,\nsince what one of the two removes from the store is gone for the other."
           "\nIf everybody may read and write all of it: ds serve --data " +
           data + " --auth none\n";
}

ExitCode run(RestoreCommand const& command) {
    auto const tally = restore_from(command);
    if (!tally) return fail(tally.error());
    write_all(STDOUT_FILENO,
              command.common.json ? json_of(*tally) + "\n" : tally_text(command, *tally));
    for (auto const& left_out : tally->left_out)
        tell("left out: " + left_out);
    if (tally->incomplete && !command.options.list)
        return fail(ExitCode::failed, "not all came back that should have; what is missing is told "
                                      "above");
    return ExitCode::done;
}

} // namespace

Action add_restore(CommandLine& line, Session&) {
    auto command = std::make_shared<RestoreCommand>();
    auto& options = command->options;
    line.settings({{"--data", &command->common.data, "The data directory to make",
                    takes("DIR").check(wrong_with_directory)}});
    line.options({
        {"--list", &options.list, "Only list what the store has; make nothing"},
        {"--project", &options.project, "Restore the streams of this project only",
         takes("PROJECT")},
        {"--without-backup", &options.without_backup,
         "Take segments alone, and no backup of the hot log"},
        {"--json", &command->common.json, "Print JSON, for programs"},
    });
    add_store_options(line, command->common.store, Remembered::no);
    line.footer(k_restore_footer);
    return [command] { return run(*command); };
}

} // namespace ds
