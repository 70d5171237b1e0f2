// ds: runs the command and turns its outcome into an exit code.
#include "cli/commands.h"
#include "cli/terminal.h"

#include <csignal>

int main(int count, char** arguments) {
    ds::hold_standard_descriptors();
    // A reader that goes away is an answer of write(), never the end of the program.
    std::signal(SIGPIPE, SIG_IGN);
    return static_cast<int>(ds::run_command(count, arguments));
}
