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
//         line.add("--from", &options->from, "Where to begin").takes("OFFSET");
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

struct Command {
    char const* name;    // "peek", "peek twice"
    char const* summary; // one line of `ds --help`
    Action (*add)(CommandLine& line, Session& session);
};

Action add_append(CommandLine& line, Session& session);
Action add_backup(CommandLine& line, Session& session);
Action add_close(CommandLine& line, Session& session);
Action add_completion(CommandLine& line, Session& session);
Action add_create_project(CommandLine& line, Session& session);
Action add_estuary(CommandLine& line, Session& session);
Action add_head(CommandLine& line, Session& session);
Action add_inspect(CommandLine& line, Session& session);
Action add_loadtest(CommandLine& line, Session& session);
Action add_loadtest_cdn(CommandLine& line, Session& session);
Action add_loadtest_cost(CommandLine& line, Session& session);
Action add_project(CommandLine& line, Session& session);
Action add_proxy_config(CommandLine& line, Session& session);
Action add_publish(CommandLine& line, Session& session);
Action add_put(CommandLine& line, Session& session);
Action add_restore(CommandLine& line, Session& session);
Action add_retention(CommandLine& line, Session& session);
Action add_rm(CommandLine& line, Session& session);
Action add_rotate(CommandLine& line, Session& session);
Action add_segments(CommandLine& line, Session& session);
Action add_serve(CommandLine& line, Session& session);
Action add_subscribe(CommandLine& line, Session& session);
Action add_tail(CommandLine& line, Session& session);
Action add_token(CommandLine& line, Session& session);
Action add_unsubscribe(CommandLine& line, Session& session);
Action add_webhook_key(CommandLine& line, Session& session);

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
