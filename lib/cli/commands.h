// The table of subcommands, and the way from a command line to one of them.
//
// A subcommand is one file, cmd_<name>.cpp, and one row of the table in commands.cpp. Its function
// states options, environment names (CLI11's envname), a config file if it has one (config_file.h)
// and examples (the footer) on a CLI::App of its own, which has no parent and parses only what
// follows the subcommand's name, and returns what to do once the command line is understood:
//
//     Action add_peek(CLI::App& app, Session& session) {
//         auto options = std::make_shared<PeekOptions>();
//         app.add_option("--from", options->from, "Where to begin")->type_name("OFFSET");
//         add_server_options(app, session);
//         return [options, &session] { return peek(session, *options); };
//     }
//
// Help, man page test and shell completions read the options from there. A type name says what to
// complete: FILE and DIR are paths, "a|b|c" are the choices. The action runs outside of the parser;
// one that needs to look at its options again (--print-config) may capture &app, which outlives it.
#pragma once

#include "cli/exit_code.h"
#include "cli/session.h"

#include <functional>
#include <span>
#include <string>

namespace ds {

using Action = std::function<ExitCode()>;

struct Command {
    char const* name;
    char const* summary; // one line of `ds --help`
    Action (*add)(CLI::App& app, Session& session);
};

Action add_append(CLI::App& app, Session& session);
Action add_backup(CLI::App& app, Session& session);
Action add_completion(CLI::App& app, Session& session);
Action add_create_project(CLI::App& app, Session& session);
Action add_estuary(CLI::App& app, Session& session);
Action add_inspect(CLI::App& app, Session& session);
Action add_project(CLI::App& app, Session& session);
Action add_publish(CLI::App& app, Session& session);
Action add_put(CLI::App& app, Session& session);
Action add_restore(CLI::App& app, Session& session);
Action add_retention(CLI::App& app, Session& session);
Action add_rotate(CLI::App& app, Session& session);
Action add_segments(CLI::App& app, Session& session);
Action add_serve(CLI::App& app, Session& session);
Action add_subscribe(CLI::App& app, Session& session);
Action add_tail(CLI::App& app, Session& session);
Action add_token(CLI::App& app, Session& session);
Action add_unsubscribe(CLI::App& app, Session& session);
Action add_webhook_key(CLI::App& app, Session& session);

// All subcommands, in alphabetical order.
std::span<Command const> commands();

// Understands the command line and runs it. Never throws.
ExitCode run_command(int count, char const* const* arguments);

} // namespace ds
