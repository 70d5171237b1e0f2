// ds: runs the command and turns its outcome into an exit code.
#include "cli/commands.h"

#include <csignal>

int main(int count, char** arguments) {
    // A reader that goes away is an answer of write(), never the end of the program.
    std::signal(SIGPIPE, SIG_IGN);
    return static_cast<int>(ds::run_command(count, arguments));
}
