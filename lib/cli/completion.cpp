// Shell completions, written from the option tables.
#include "cli/completion.h"

#include <vector>

namespace ds {
namespace {

// A word in single quotes, for any of the three shells.
std::string in_quotes(std::string_view text) {
    std::string quoted = "'";
    for (char const c : text) {
        if (c == '\'') quoted += "'\\'";
        quoted.push_back(c);
    }
    return quoted + "'";
}

std::string joined(std::vector<std::string> const& words) {
    std::string line;
    for (auto const& word : words)
        line += (line.empty() ? "" : " ") + word;
    return line;
}

// Both spellings of an option, "-q --quiet" with `between` = " ".
std::string spellings(OptionRow const& row, std::string const& between) {
    return row.short_name.empty() ? row.long_name : row.short_name + between + row.long_name;
}

bool has_two_words(CommandRow const& command) {
    return !second_word(command.name).empty();
}

// "cost" of "loadtest cost", for all whose first word is the name of this command.
std::vector<std::string> second_words(std::span<CommandRow const> commands,
                                      CommandRow const& first) {
    std::vector<std::string> words;
    for (auto const& command : commands)
        if (has_two_words(command) && first_word(command.name) == first.name)
            words.emplace_back(second_word(command.name));
    return words;
}

// The names of two words as alternatives of a case, for bash and zsh; empty when there are none.
std::string long_names(std::span<CommandRow const> commands) {
    std::string names;
    for (auto const& command : commands)
        if (has_two_words(command)) names += (names.empty() ? "" : "|") + in_quotes(command.name);
    return names;
}

std::string case_label(CommandRow const& command) {
    return has_two_words(command) ? in_quotes(command.name) : command.name;
}

// ---- bash ----

// What may follow an option that takes a value, or nothing when anything may.
std::string bash_values(OptionRow const& row) {
    if (row.takes == "FILE") return "mapfile -t COMPREPLY < <(compgen -f -- \"$word\")";
    if (row.takes == "DIR") return "mapfile -t COMPREPLY < <(compgen -d -- \"$word\")";
    if (row.choices.empty()) return "COMPREPLY=()";
    return "mapfile -t COMPREPLY < <(compgen -W '" + joined(row.choices) + "' -- \"$word\")";
}

std::string bash_command(CommandRow const& command, std::vector<std::string> const& seconds) {
    auto text = "    " + case_label(command) + ")\n        case $before in\n";
    std::vector<std::string> names;
    std::vector<std::string> valued; // the next word is theirs
    for (auto const& row : command.options) {
        names.push_back(spellings(row, " "));
        if (row.takes.empty()) continue;
        valued.push_back(spellings(row, " "));
        text += "            " + spellings(row, "|") + ") " + bash_values(row) + "; return ;;\n";
    }
    text += "        esac\n        words='" + joined(names) + "'\n        valued=' " +
            joined(valued) + " '\n        plain=(";
    std::vector<std::string> places;
    for (auto const& row : command.positionals)
        places.push_back(in_quotes(joined(row.choices)));
    text += joined(places) + ")";
    if (!seconds.empty())
        text += "\n        ((COMP_CWORD > 2)) || plain[0]+=' " + joined(seconds) + "'";
    return text + " ;;\n";
}

std::string bash_script(std::span<CommandRow const> commands) {
    std::vector<std::string> names;
    std::string cases;
    for (auto const& command : commands) {
        if (!has_two_words(command)) names.push_back(command.name);
        cases += bash_command(command, second_words(commands, command));
    }
    std::string join;
    if (auto const pattern = long_names(commands); !pattern.empty())
        join = "    case \"$command ${COMP_WORDS[2]}\" in\n"
               "    " +
               pattern +
               ") ((COMP_CWORD == 2)) || { command+=\" ${COMP_WORDS[2]}\"; at=3; } ;;\n"
               "    esac\n";
    return "# Completions of ds for bash. Written by: ds completion bash\n"
           "_ds() {\n"
           "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
           "    local words valued plain at=2 place=0\n"
           "    COMPREPLY=()\n"
           "    if ((COMP_CWORD == 1)); then\n"
           "        mapfile -t COMPREPLY < <(compgen -W '" +
           joined(names) +
           " --help --version' -- \"$word\")\n"
           "        return\n"
           "    fi\n"
           "    local command=${COMP_WORDS[1]}\n" +
           join + "    case $command in\n" + cases +
           "    esac\n"
           "    # Which of the arguments it is: options and their values are none.\n"
           "    for ((; at < COMP_CWORD; ++at)); do\n"
           "        if [[ $valued == *\" ${COMP_WORDS[at]} \"* ]]; then ((++at))\n"
           "        elif [[ ${COMP_WORDS[at]} != -* ]]; then ((++place)); fi\n"
           "    done\n"
           "    [[ $word == -* ]] || words=${plain[place]-}\n"
           "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
           "}\n"
           "complete -F _ds ds\n";
}

// ---- zsh ----

// Inside of an _arguments specification, brackets and colons have a meaning.
std::string zsh_text(std::string_view text) {
    std::string safe;
    for (char const c : text) {
        if (c == '[' || c == ']' || c == ':' || c == '\\') safe.push_back('\\');
        safe.push_back(c);
    }
    return safe;
}

std::string zsh_values(OptionRow const& row) {
    auto const label = ":" + zsh_text(row.takes) + ":";
    if (row.takes == "FILE") return label + "_files";
    if (row.takes == "DIR") return label + "_files -/";
    if (row.choices.empty()) return label + " ";
    return label + "(" + joined(row.choices) + ")";
}

std::string zsh_command(CommandRow const& command, std::vector<std::string> const& seconds) {
    auto text = "    " + case_label(command) + ")\n        _arguments -s \\\n";
    auto const add = [&](std::string const& specification) {
        text.append("            ").append(in_quotes(specification)).append(" \\\n");
    };
    for (auto const& row : command.options) {
        for (auto const& spelling : {row.short_name, row.long_name}) {
            if (spelling.empty()) continue;
            auto specification = "(" + spellings(row, " ") + ")";
            specification.append(spelling).append("[").append(zsh_text(row.help)).append("]");
            if (!row.takes.empty()) specification += zsh_values(row);
            add(specification);
        }
    }
    auto positionals = command.positionals;
    if (!seconds.empty()) {
        if (positionals.empty()) positionals.emplace_back().long_name = "command";
        auto& choices = positionals.front().choices;
        choices.insert(choices.begin(), seconds.begin(), seconds.end());
    }
    std::size_t place = 1;
    for (auto const& row : positionals) {
        auto const values = row.choices.empty() ? " " : "(" + joined(row.choices) + ")";
        add(std::to_string(place++) + ":" + zsh_text(row.long_name) + ":" + values);
    }
    text.erase(text.size() - 3);
    return text + "\n        ;;\n";
}

std::string zsh_script(std::span<CommandRow const> commands) {
    std::string script = "#compdef ds\n"
                         "# Completions of ds for zsh. Written by: ds completion zsh\n"
                         "_ds() {\n"
                         "    if ((CURRENT == 2)); then\n"
                         "        local -a commands=(\n";
    for (auto const& command : commands)
        if (!has_two_words(command))
            script +=
                "            " + in_quotes(command.name + ":" + zsh_text(command.summary)) + "\n";
    script += "        )\n"
              "        _describe command commands\n"
              "        return\n"
              "    fi\n"
              "    local command=$words[2]\n"
              "    shift words\n"
              "    ((CURRENT--))\n";
    if (auto const pattern = long_names(commands); !pattern.empty())
        script += "    case \"$command $words[2]\" in\n"
                  "    " +
                  pattern +
                  ")\n"
                  "        if ((CURRENT > 2)); then\n"
                  "            command+=\" $words[2]\"\n"
                  "            shift words\n"
                  "            ((CURRENT--))\n"
                  "        fi\n"
                  "        ;;\n"
                  "    esac\n";
    script += "    case $command in\n";
    for (auto const& command : commands)
        script += zsh_command(command, second_words(commands, command));
    return script + "    esac\n"
                    "}\n"
                    "# Loaded from fpath, the file is the function; sourced, it only defines it.\n"
                    "if [[ $funcstack[1] == _ds ]]; then _ds \"$@\"; else compdef _ds ds; fi\n";
}

// ---- fish ----

// The beginning of a line that counts while this command is typed.
std::string fish_line(CommandRow const& command, std::vector<std::string> const& seconds) {
    constexpr char const* k_seen = "__fish_seen_subcommand_from ";
    auto text = k_seen + std::string(first_word(command.name));
    if (has_two_words(command))
        text.append("; and ").append(k_seen).append(second_word(command.name));
    if (!seconds.empty()) text += "; and not " + (k_seen + joined(seconds));
    return "complete -c ds -n " + in_quotes(text);
}

std::string fish_option(std::string line, OptionRow const& row) {
    if (!row.short_name.empty()) line += " -s " + row.short_name.substr(1);
    line += " -l " + row.long_name.substr(2);
    if (row.takes == "FILE")
        line += " -r -F";
    else if (row.takes == "DIR")
        line += " -x -a '(__fish_complete_directories)'";
    else if (!row.choices.empty())
        line += " -x -a " + in_quotes(joined(row.choices));
    else if (!row.takes.empty())
        line += " -x";
    return line + " -d " + in_quotes(row.help) + "\n";
}

std::string fish_script(std::span<CommandRow const> commands) {
    std::string script = "# Completions of ds for fish. Written by: ds completion fish\n"
                         "complete -c ds -f\n";
    for (auto const& command : commands)
        if (!has_two_words(command))
            script += "complete -c ds -n __fish_use_subcommand -a " + command.name + " -d " +
                      in_quotes(command.summary) + "\n";
    for (auto const& command : commands) {
        auto const seconds = second_words(commands, command);
        auto const line = fish_line(command, seconds);
        if (!seconds.empty()) script += line + " -a " + in_quotes(joined(seconds)) + "\n";
        for (auto const& row : command.options)
            script += fish_option(line, row);
        for (auto const& row : command.positionals) {
            if (row.choices.empty()) continue;
            auto said = seconds; // then it is the turn of something else
            said.insert(said.end(), row.choices.begin(), row.choices.end());
            script += fish_line(command, said) + " -a " + in_quotes(joined(row.choices)) + "\n";
        }
    }
    return script;
}

} // namespace

std::optional<std::string> completion_script(std::string_view shell,
                                             std::span<CommandRow const> commands) {
    if (shell == "bash") return bash_script(commands);
    if (shell == "zsh") return zsh_script(commands);
    if (shell == "fish") return fish_script(commands);
    return std::nullopt;
}

} // namespace ds
