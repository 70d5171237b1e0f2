// The table of subcommands, and the way from a command line to one of them.
#include "cli/commands.h"

#include "cli/help.h"
#include "cli/option_table.h"
#include "cli/suggest.h"
#include "cli/terminal.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <exception>
#include <new>
#include <string_view>
#include <vector>

namespace ds {
namespace {

constexpr std::array k_commands{
    Command{"append", "Append data, lines or a file to a stream", add_append},
    Command{"backup", "Copy the hot log into the object store", add_backup},
    Command{"completion", "Write the completion script of a shell", add_completion},
    Command{"create-project", "Create a project, and tell its first secret", add_create_project},
    Command{"estuary", "List, show or remove estuaries, which collect from many streams",
            add_estuary},
    Command{"inspect", "Show a stream, a project or a data directory, and verify it", add_inspect},
    Command{"loadtest", "Drive readers and writers, and tell what they see and cost", add_loadtest},
    Command{"loadtest cdn", "Tell whether the cache in front of a server works", add_loadtest_cdn},
    Command{"project", "Show and change projects: keys, origins, privacy", add_project},
    Command{"publish", "Append to a stream, and tell of the copies for subscribers", add_publish},
    Command{"put", "Create a stream, or a fork of one", add_put},
    Command{"restore", "Make a data directory from an object store", add_restore},
    Command{"retention", "Show or set how much history is kept", add_retention},
    Command{"rotate", "Move history into the object store now", add_rotate},
    Command{"segments", "List, collect or import segments in the object store", add_segments},
    Command{"serve", "Run a server on a data directory", add_serve},
    Command{"subscribe", "Follow many streams at once, through an estuary", add_subscribe},
    Command{"tail", "Print a stream, and go on as it grows", add_tail},
    Command{"token", "Sign a token of a project, or explain one", add_token},
    Command{"unsubscribe", "Take subscriptions of an estuary back", add_unsubscribe},
    Command{"webhook-key", "Replace the key that signs webhooks", add_webhook_key},
};

ExitCode print(std::string_view text) {
    return write_all(STDOUT_FILENO, text) == Written::failed ? ExitCode::failed : ExitCode::done;
}

ExitCode misused(std::string what, std::string_view command) {
    what += "; try: ds ";
    if (!command.empty()) what.append(command).push_back(' ');
    return fail(ExitCode::misused, what + "--help");
}

ExitCode unknown_command(std::string const& word) {
    std::vector<std::string> names;
    for (auto const& command : k_commands)
        names.emplace_back(command.name);
    auto what = "there is no command '" + word + "'";
    if (auto const near = nearest(word, names)) what += "; did you mean: ds " + *near;
    return misused(std::move(what), "");
}

ExitCode run(Command const& command, std::vector<std::string> arguments) {
    CommandLine line(command.summary);
    Session session;
    auto const action = command.add(line, session);
    auto const wanted = line.read(std::move(arguments));
    if (!wanted) return misused(wanted.error().what, command.name);
    if (*wanted == CommandLine::Wanted::help) return print(help_page(option_table(command, line)));
    return action();
}

ExitCode dispatch(std::vector<std::string> words) {
    if (words.empty()) {
        write_all(STDERR_FILENO, overview(k_commands));
        return ExitCode::misused;
    }
    // "ds help append" reads as "ds append --help".
    if (words.front() == "help" && words.size() == 2) words = {words.back(), "--help"};
    auto const first = words.front();
    if (first == "-h" || first == "--help" || first == "help") return print(overview(k_commands));
    if (first == "-V" || first == "--version") return print("ds " DS_VERSION "\n");
    if (first.starts_with('-')) return misused("the command comes first, not '" + first + "'", "");

    auto const found = std::find_if(k_commands.begin(), k_commands.end(),
                                    [&](auto const& command) { return command.name == first; });
    if (found == k_commands.end()) return unknown_command(first);
    words.erase(words.begin());
    return run(*found, std::move(words));
}

} // namespace

std::span<Command const> commands() {
    return k_commands;
}

ExitCode run_command(int count, char const* const* arguments) {
    try {
        return dispatch({arguments + 1, arguments + std::max(count, 1)});
    } catch (std::bad_alloc const&) {
        return fail(ExitCode::failed, "out of memory");
    } catch (std::exception const& error) {
        return fail(ExitCode::failed, error.what());
    }
}

} // namespace ds
