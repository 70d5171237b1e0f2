// Promises of cli/completion, and of the scripts that are installed.
#include "cli/completion.h"
#include "support/text.h"
#include "unit/source_root.h"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

using namespace ds;

namespace {

using ds::test::has;

CommandRow peek() {
    CommandRow command{"peek", "It's a look: [short]", {}, {}, {}};
    command.options = {
        {"--file", "-f", "FILE", "A file", "", {}, "", "Options", false},
        {"--mode", "", "full|os", "How", "", {"full", "os"}, "", "Options", false},
        {"--loud", "", "", "Don't whisper: [really]", "", {}, "", "Options", false},
    };
    command.positionals = {{"WHAT", "", "a|b", "", "", {"a", "b"}, "", "", true}};
    return command;
}

std::string script(std::string_view shell) {
    std::vector<CommandRow> const commands{peek()};
    return completion_script(shell, commands).value_or("");
}

// "peek" with its options, and two names of two words beside it.
std::string long_script(std::string_view shell) {
    std::vector<CommandRow> commands{
        peek(), {"peek deep", "Under it", {}, {}, {}}, {"peek twice", "Again", {}, {}, {}}};
    commands[1].options = {{"--depth", "", "N", "How deep", "", {}, "", "Options", false}};
    return completion_script(shell, commands).value_or("");
}

} // namespace

TEST_CASE("completion: the installed scripts are what ds completion writes") {
    auto const tables = option_tables(commands());
    struct Installed {
        std::string shell;
        std::string path;
    };
    for (Installed const& one :
         {Installed{"bash", "completions/ds.bash"}, Installed{"zsh", "completions/_ds"},
          Installed{"fish", "completions/ds.fish"}}) {
        CAPTURE(one.shell);
        std::ifstream file(test::source_root() / one.path);
        std::ostringstream installed;
        installed << file.rdbuf();
        auto const same = installed.str() == completion_script(one.shell, tables);
        CHECK_MESSAGE(same, "write it again: ds completion ", one.shell, " > ", one.path);
    }
}

TEST_CASE("completion: bash offers files, choices and options where each belongs") {
    auto const text = script("bash");
    CHECK(has(text, "-f|--file) mapfile -t COMPREPLY < <(compgen -f "));
    CHECK(has(text, "--mode) mapfile -t COMPREPLY < <(compgen -W 'full os' "));
    CHECK(has(text, "words='-f --file --mode --loud'"));
    CHECK(has(text, "plain=('a b')"));
    CHECK(has(text, "valued=' -f --file --mode '"));
}

TEST_CASE("completion: after a first word come second words, and its own options") {
    auto const bash = long_script("bash");
    CHECK(has(bash, "compgen -W 'peek --help --version'"));
    CHECK(has(bash,
              "'peek deep'|'peek twice') ((COMP_CWORD == 2)) || { command+=\" ${COMP_WORDS[2]}\""));
    CHECK(has(bash, "    peek)\n"));
    CHECK(has(bash, "plain=('a b')\n        ((COMP_CWORD > 2)) || plain[0]+=' deep twice' ;;\n"));
    CHECK(has(bash, "    'peek deep')\n        case $before in\n            --depth)"));

    auto const zsh = long_script("zsh");
    CHECK(!has(zsh, "'peek deep:"));
    CHECK(has(zsh, "    'peek deep'|'peek twice')\n        if ((CURRENT > 2)); then\n"));
    CHECK(has(zsh, "'1:WHAT:(deep twice a b)'"));
    CHECK(has(zsh, "    'peek deep')\n        _arguments -s \\\n            '(--depth)--depth"));

    auto const fish = long_script("fish");
    std::string const seen = "complete -c ds -n '__fish_seen_subcommand_from peek; and ";
    CHECK(has(fish, seen + "not __fish_seen_subcommand_from deep twice' -a 'deep twice'\n"));
    CHECK(has(fish, seen + "not __fish_seen_subcommand_from deep twice' -l loud"));
    CHECK(has(fish, seen + "__fish_seen_subcommand_from deep' -l depth -x"));
    CHECK(!has(fish, "-a peek deep"));
}

TEST_CASE("completion: an argument is offered in its place alone") {
    CHECK(has(script("zsh"), "'1:WHAT:(a b)'"));
    CHECK(has(script("fish"), "'__fish_seen_subcommand_from peek; and not "
                              "__fish_seen_subcommand_from a b' -a 'a b'\n"));
    CHECK(has(script("bash"), "words=${plain[place]-}"));
}

TEST_CASE("completion: descriptions cannot break out of their quotes") {
    CHECK(has(script("zsh"), "'(--loud)--loud[Don'\\''t whisper\\: \\[really\\]]'"));
    CHECK(has(script("zsh"), "'peek:It'\\''s a look\\: \\[short\\]'"));
    CHECK(has(script("fish"), "-l loud -d 'Don'\\''t whisper: [really]'"));
}

TEST_CASE("completion: other shells have none") {
    CHECK(!completion_script("tcsh", {}));
}
