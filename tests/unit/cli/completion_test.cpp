// Promises of cli/completion, and of the scripts that are installed.
#include "cli/completion.h"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

using namespace ds;

namespace {

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

bool has(std::string const& text, std::string const& part) {
    return text.find(part) != std::string::npos;
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
        std::ifstream file(std::string(DS_ROOT) + "/" + one.path);
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
    CHECK(has(text, "plain='a b'"));
}

TEST_CASE("completion: descriptions cannot break out of their quotes") {
    CHECK(has(script("zsh"), "'(--loud)--loud[Don'\\''t whisper\\: \\[really\\]]'"));
    CHECK(has(script("zsh"), "'peek:It'\\''s a look\\: \\[short\\]'"));
    CHECK(has(script("fish"), "-l loud -d 'Don'\\''t whisper: [really]'"));
}

TEST_CASE("completion: other shells have none") {
    CHECK(!completion_script("tcsh", {}));
}
