// The table of subcommands, and the way from a command line to one of them.
#include "cli/commands.h"

#include "cli/environment.h"
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
    Command{"close", "End streams: they take no more data", add_close},
    Command{"completion", "Write the completion script of a shell", add_completion},
    Command{"create-project", "Create a project, and tell its first secret", add_create_project},
    Command{"estuary", "List, show or remove estuaries, which collect from many streams",
            add_estuary},
    Command{"head", "Show what a stream is, and how far it goes", add_head},
    Command{"inspect", "Show a stream, a project or a data directory, and verify it", add_inspect},
    Command{"loadtest", "Drive readers and writers, and tell what they see and cost", add_loadtest},
    Command{"loadtest cdn", "Tell whether the cache in front of a server works", add_loadtest_cdn},
    Command{"loadtest cost", "Work out what readers cost in a month", add_loadtest_cost},
    Command{"project", "Show and change projects: keys, origins, privacy", add_project},
    Command{"proxy-config", "Print the configuration of a proxy in front of a server",
            add_proxy_config},
    Command{"publish", "Append to a stream, and tell of the copies for subscribers", add_publish},
    Command{"put", "Create a stream, or a fork of one", add_put},
    Command{"restore", "Make a data directory from an object store", add_restore},
    Command{"retention", "Show or set how much history is kept", add_retention},
    Command{"rm", "Remove streams", add_rm},
    Command{"rotate", "Move history into the object store now", add_rotate},
    Command{"segments", "List, collect or import segments in the object store", add_segments},
    Command{"serve", "Run a server on a data directory", add_serve},
    Command{"subscribe", "Follow many streams at once, through an estuary", add_subscribe},
    Command{"tail", "Print a stream, and go on as it grows", add_tail},
    Command{"token", "Sign a token of a project, or explain one", add_token},
    Command{"unsubscribe", "Take subscriptions of an estuary back", add_unsubscribe},
    Command{"webhook-key", "Replace the key that signs webhooks", add_webhook_key},
};

// What people type who know other programs, and what it is called here.
struct Elsewhere {
    std::string_view word;
    std::string_view here;
};
constexpr std::array k_elsewhere{
    Elsewhere{"add", "ds append STREAM DATA"},
    Elsewhere{"cat", "ds tail STREAM --no-follow"},
    Elsewhere{"consume", "ds tail STREAM"},
    Elsewhere{"create", "ds put STREAM"},
    Elsewhere{"del", "ds rm STREAM"},
    Elsewhere{"delete", "ds rm STREAM"},
    Elsewhere{"follow", "ds tail STREAM"},
    Elsewhere{"get", "ds tail STREAM --no-follow"},
    Elsewhere{"info", "ds head STREAM"},
    Elsewhere{"list", "ds inspect PROJECT --online"},
    Elsewhere{"ls", "ds inspect PROJECT --online"},
    Elsewhere{"new", "ds put STREAM"},
    Elsewhere{"produce", "ds append STREAM DATA"},
    Elsewhere{"read", "ds tail STREAM --no-follow"},
    Elsewhere{"remove", "ds rm STREAM"},
    Elsewhere{"run", "ds serve"},
    Elsewhere{"send", "ds append STREAM DATA"},
    Elsewhere{"show", "ds head STREAM"},
    Elsewhere{"start", "ds serve"},
    Elsewhere{"stat", "ds head STREAM"},
    Elsewhere{"status", "ds inspect --online, or ds head STREAM"},
    Elsewhere{"write", "ds append STREAM DATA"},
};

// Text that could not be written is told at the end of run_command, as for every command.
ExitCode print(std::string_view text) {
    write_all(STDOUT_FILENO, text);
    return ExitCode::done;
}

// As wide as help may be.
std::size_t width() {
    return help_width(terminal_columns(STDOUT_FILENO), environment_value("COLUMNS"));
}

// `command`: whose help says more. `meant`: another one that may have been meant.
ExitCode misused(std::string what, std::string_view command,
                 std::optional<std::string> const& meant = std::nullopt) {
    if (meant) what += "; did you mean: ds " + *meant;
    what += "; try: ds ";
    if (!command.empty()) what.append(command).push_back(' ');
    return fail(ExitCode::misused, what + "--help");
}

// Only where a variable is set that this command does not read are those of the others asked for.
void tell_of_misspelt_variables(CommandLine const& line) {
    auto const set = environment_names("DS_");
    auto const read = line.variables();
    auto const is_read = [&](auto const& name) {
        return std::ranges::find(read, name) != read.end();
    };
    if (std::ranges::all_of(set, is_read)) return;
    for (auto const& what : misspelt_variables(set, read, variables_of(k_commands)))
        tell(what);
}

ExitCode run(Command const& command, std::span<std::string const> words,
             std::optional<std::string> const& meant) {
    CommandLine line(command.summary);
    Session session;
    auto const action = command.add(line, session);
    auto const wanted = line.read({words.begin(), words.end()});
    if (!wanted) return misused(wanted.error().what, command.name, meant);
    if (*wanted == CommandLine::Wanted::help)
        return print(help_page(option_table(command, line), width()));
    tell_of_misspelt_variables(line);
    return action();
}

bool begins_with(std::span<std::string const> words, std::string_view name) {
    if (words.front() != first_word(name)) return false;
    auto const second = second_word(name);
    return second.empty() || (words.size() > 1 && words[1] == second);
}

ExitCode run_named(std::span<Command const> table, std::span<std::string const> words) {
    Command const* found = nullptr;
    for (auto const& command : table)
        if (begins_with(words, command.name)) found = &command; // of two the longer one comes later
    auto meant = nearest_command(table, words);
    if (found == nullptr)
        for (auto const& [word, here] : k_elsewhere)
            if (words.front() == word)
                return fail(ExitCode::misused, "there is no command '" + words.front() +
                                                   "'; that is: " + std::string(here));
    if (found == nullptr) return misused("there is no command '" + words.front() + "'", "", meant);
    if (meant == found->name) meant.reset();
    return run(*found, words.subspan(second_word(found->name).empty() ? 1 : 2), meant);
}

} // namespace

std::span<Command const> commands() {
    return k_commands;
}

std::string_view first_word(std::string_view name) {
    return name.substr(0, name.find(' '));
}

std::string_view second_word(std::string_view name) {
    auto const blank = name.find(' ');
    return blank == std::string_view::npos ? std::string_view() : name.substr(blank + 1);
}

std::optional<std::string> nearest_command(std::span<Command const> table,
                                           std::span<std::string const> words) {
    std::vector<std::string> names;
    for (auto const& command : table)
        names.emplace_back(first_word(command.name));
    auto name = nearest(words.front(), names);
    if (!name || words.size() == 1 || words[1].starts_with('-')) return name;
    std::vector<std::string> seconds;
    for (auto const& command : table)
        if (first_word(command.name) == *name && *name != command.name)
            seconds.emplace_back(second_word(command.name));
    if (auto const near = nearest(words[1], seconds)) *name += " " + *near;
    return name;
}

ExitCode dispatch(std::span<Command const> table, std::vector<std::string> words) {
    if (words.empty()) {
        write_all(STDERR_FILENO, overview(table, width()));
        return ExitCode::misused;
    }
    // "ds help append" reads as "ds append --help".
    if (words.front() == "help" && words.size() > 1) {
        words.erase(words.begin());
        words.emplace_back("--help");
    }
    auto const& first = words.front();
    if (first == "-h" || first == "--help" || first == "help")
        return print(overview(table, width()));
    if (first == "-V" || first == "--version") return print("ds " DS_VERSION "\n");
    if (first.starts_with('-')) return misused("the command comes first, not '" + first + "'", "");

    return run_named(table, words);
}

ExitCode run_command(int count, char const* const* arguments) {
    try {
        auto const code = dispatch(k_commands, {arguments + 1, arguments + std::max(count, 1)});
        // In one place for all commands: nothing is done whose outcome nobody could read.
        auto const lost = code == ExitCode::done ? output_fault() : std::nullopt;
        return lost ? fail(ExitCode::failed, *lost) : code;
    } catch (std::bad_alloc const&) {
        return fail(ExitCode::failed, "out of memory");
    } catch (std::exception const& error) {
        return fail(ExitCode::failed, error.what());
    }
}

} // namespace ds
