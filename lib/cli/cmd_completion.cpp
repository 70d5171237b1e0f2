// ds completion: writes the completion script of a shell.
#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/option_table.h"
#include "cli/terminal.h"

#include <unistd.h>

#include <memory>

namespace ds {
namespace {

constexpr char const* k_completion_footer =
    "Examples:\n"
    "  source <(ds completion bash)\n"
    "  ds completion zsh > ~/.zfunc/_ds\n"
    "  ds completion fish > ~/.config/fish/completions/ds.fish";

} // namespace

Action add_completion(CommandLine& line, Session&) {
    auto shell = std::make_shared<std::string>();
    auto const wrong = [](std::string const& word) {
        auto const known = completion_script(word, {}).has_value();
        return known ? std::string() : "there are completions for bash, zsh and fish";
    };
    line.options({{"SHELL", shell.get(), "The shell to write for: bash, zsh or fish",
                   takes("bash|zsh|fish").required().check(wrong)}});
    line.footer(k_completion_footer);
    return [shell] {
        auto const script = completion_script(*shell, option_tables(commands()));
        write_all(STDOUT_FILENO, *script);
        return ExitCode::done;
    };
}

} // namespace ds
