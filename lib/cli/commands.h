// The table of subcommands, and the way from a command line to one of them.
//
// A subcommand is one file, cmd_<name>.cpp, and one row of the table in commands.cpp. A name may
// have a second word, "peek twice", if the first one alone is a subcommand as well. Its function
// states options, a config file if it has one and examples (the footer) on a CommandLine of its
// own, which reads only what follows the subcommand's name, and returns what to do once that is
// understood:
//
//     Action add_peek(CommandLine& line, Session& session) {
//         auto options = std::make_shared<PeekOptions>();
//         line.options({{"--from", &options->from, "Where to begin", takes("OFFSET")}});
//         add_server_options(line, session);
//         return [options, &session] { return peek(session, *options); };
//     }
//
// Help, man page test and shell completions read the options from there. The word for what an
// option takes says what to complete: FILE and DIR are paths, "a|b|c" are the choices. The action
// runs when all is read; one that needs to look at its options again (--print-config) may capture
// &line, which outlives it.
#pragma once

#include "cli/command_line.h"
#include "cli/exit_code.h"
#include "cli/session.h"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

using Action = std::function<ExitCode()>;

// States a subcommand, and returns its action.
using AddCommand = Action(CommandLine& line, Session& session);

struct Command {
    char const* name;    // "peek", "peek twice"
    char const* summary; // one line of `ds --help`
    AddCommand* add;
};

AddCommand add_append, add_backup, add_close, add_completion, add_create_project, add_estuary,
    add_head, add_inspect, add_loadtest, add_loadtest_cdn, add_loadtest_cost, add_project,
    add_proxy_config, add_publish, add_put, add_restore, add_retention, add_rm, add_rotate,
    add_segments, add_serve, add_subscribe, add_tail, add_token, add_unsubscribe, add_webhook_key;

// All subcommands, in alphabetical order.
std::span<Command const> commands();

// The words of a name; the second one is empty where there is only one.
std::string_view first_word(std::string_view name);
std::string_view second_word(std::string_view name);

// The name of the subcommand that was probably meant by the words of a command line.
std::optional<std::string> nearest_command(std::span<Command const> table,
                                           std::span<std::string const> words);

// Finds the subcommand, by the longest name that fits, and runs it on the words behind that.
ExitCode dispatch(std::span<Command const> table, std::vector<std::string> words);

// Understands the command line and runs it. Never throws.
ExitCode run_command(int count, char const* const* arguments);

} // namespace ds
