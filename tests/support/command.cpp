// Hears it to its end.
#include "support/command.h"

#include "support/child.h"

#include <signal.h>

namespace ds {

CommandResult run_command(std::vector<std::string> words, std::chrono::seconds patience) {
    ChildOutput said;
    auto const child = start_child(std::move(words), said.writing, said.writing);
    if (said.reading < 0 || child < 0) return {-1, "no process"};
    said.close_writing();
    CommandResult result;
    bool const in_time = hear(said.reading, result.output, Heard::all, patience);
    if (!in_time) kill(child, SIGKILL);
    result.code = wait_for_child(child, patience).value_or(-1);
    if (!in_time) return {-1, result.output + "\nnot done in time"};
    return result;
}

} // namespace ds
