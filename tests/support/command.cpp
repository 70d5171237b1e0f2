// Running a program over fork, exec and a pipe.
#include "support/command.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace ds {

namespace {

// In the child, between fork and exec: only calls that are safe there.
[[noreturn]] void become(std::vector<char*> const& arguments, int output) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    execv(arguments[0], arguments.data());
    _exit(127);
}

// All of it, until the other end is closed. False when that takes too long.
bool read_all(int from, std::string& into, std::chrono::seconds patience) {
    auto const end = std::chrono::steady_clock::now() + patience;
    std::array<char, 4096> buffer;
    while (true) {
        auto const left = std::chrono::duration_cast<std::chrono::milliseconds>(
            end - std::chrono::steady_clock::now());
        pollfd waiting{from, POLLIN, 0};
        if (poll(&waiting, 1, static_cast<int>(std::max(0L, long{left.count()}))) <= 0)
            return false;
        auto const got = read(from, buffer.data(), buffer.size());
        if (got <= 0) return true;
        into.append(buffer.data(), static_cast<std::size_t>(got));
    }
}

} // namespace

CommandResult run_command(std::vector<std::string> words, std::chrono::seconds patience) {
    std::vector<char*> arguments;
    for (auto& word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return {-1, "no pipe"};
    auto const child = fork();
    if (child == 0) become(arguments, ends[1]);
    close(ends[1]);
    CommandResult result;
    bool const in_time = child > 0 && read_all(ends[0], result.output, patience);
    close(ends[0]);
    if (child < 0) return {-1, "no process"};
    if (!in_time) kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    if (!in_time) return {-1, result.output + "\nnot done in time"};
    result.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return result;
}

} // namespace ds
