// fork, exec, poll and waitpid.
#include "support/child.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <thread>
#include <utility>

namespace ds {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

ChildOutput::ChildOutput() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return;
    reading = ends[0];
    writing = ends[1];
}

ChildOutput::~ChildOutput() {
    close_writing();
    if (reading >= 0) close(reading);
}

void ChildOutput::close_writing() {
    if (writing >= 0) close(std::exchange(writing, -1));
}

int start_child(std::vector<std::string> words, int output, int errors,
                std::optional<unsigned> cpu) {
    std::vector<char*> arguments;
    for (auto& word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    auto const child = fork();
    if (child != 0) return child;
    // Up to exec only calls that are safe here.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (cpu) {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET(*cpu, &set);
        sched_setaffinity(0, sizeof set, &set);
    }
    dup2(output, STDOUT_FILENO);
    dup2(errors, STDERR_FILENO);
    execv(arguments[0], arguments.data());
    _exit(127);
}

std::optional<int> wait_for_child(int child, milliseconds patience) {
    auto const end = steady_clock::now() + patience;
    int status = 0;
    while (waitpid(child, &status, WNOHANG) == 0) {
        if (steady_clock::now() >= end) return std::nullopt;
        std::this_thread::sleep_for(milliseconds(1));
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool hear(int from, std::string& into, Heard until, milliseconds patience) {
    auto const end = steady_clock::now() + patience;
    while (until == Heard::all || into.find('\n') == std::string::npos) {
        auto const left = std::chrono::duration_cast<milliseconds>(end - steady_clock::now());
        pollfd waiting{from, POLLIN, 0};
        if (poll(&waiting, 1, static_cast<int>(std::max(milliseconds(0), left).count())) <= 0)
            return false;
        char buffer[4096];
        auto const got = read(from, buffer, sizeof buffer);
        if (got <= 0) return true;
        into.append(buffer, static_cast<std::size_t>(got));
    }
    return true;
}

} // namespace ds
