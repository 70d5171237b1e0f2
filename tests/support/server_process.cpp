// Child process handling over fork, exec and /proc.
#include "support/server_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <fstream>
#include <sstream>
#include <string_view>
#include <thread>

namespace ds {

namespace {

using SteadyClock = std::chrono::steady_clock;

std::chrono::milliseconds left_until(SteadyClock::time_point end) {
    return std::max(
        std::chrono::milliseconds(0),
        std::chrono::duration_cast<std::chrono::milliseconds>(end - SteadyClock::now()));
}

// In the child, between fork and exec: only calls that are safe there.
[[noreturn]] void become_server(std::vector<char*> const& arguments, int output, char const* log,
                                std::optional<unsigned> cpu) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (cpu) {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET(*cpu, &set);
        sched_setaffinity(0, sizeof set, &set);
    }
    int const log_file = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    dup2(output, STDOUT_FILENO);
    if (log_file >= 0) dup2(log_file, STDERR_FILENO);
    execv(arguments[0], arguments.data());
    _exit(127);
}

} // namespace

ServerProcess::ServerProcess(ServerSettings const& settings)
    : log_path_(settings.data_dir + ".log") {
    std::vector<std::string> words{settings.binary, "serve",  "--listen",
                                   "127.0.0.1:0",   "--data", settings.data_dir};
    words.insert(words.end(), settings.flags.begin(), settings.flags.end());
    std::vector<char*> arguments;
    for (auto& word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);

    int pipe_ends[2];
    if (pipe2(pipe_ends, O_CLOEXEC) != 0) {
        problem_ = "no pipe";
        return;
    }
    pid_ = fork();
    if (pid_ == 0) become_server(arguments, pipe_ends[1], log_path_.c_str(), settings.cpu);
    ::close(pipe_ends[1]);
    output_ = pipe_ends[0];
}

ServerProcess::~ServerProcess() {
    if (pid_ > 0) {
        signal(SIGKILL);
        wait();
    }
    if (output_ >= 0) ::close(output_);
}

bool ServerProcess::wait_until_listening(std::chrono::milliseconds patience) {
    constexpr std::string_view k_prefix = "listening on http://127.0.0.1:";
    auto const end = SteadyClock::now() + patience;
    std::string line;
    while (line.find('\n') == std::string::npos) {
        pollfd waiting{output_, POLLIN, 0};
        if (poll(&waiting, 1, static_cast<int>(left_until(end).count())) <= 0) {
            problem_ = "did not listen in time; its log ends:\n" + log_tail();
            return false;
        }
        char buffer[256];
        auto const got = read(output_, buffer, sizeof buffer);
        if (got <= 0) {
            problem_ = "ended before it listened; its log ends:\n" + log_tail();
            return false;
        }
        line.append(buffer, static_cast<std::size_t>(got));
    }
    auto const* const digits = line.data() + k_prefix.size();
    if (line.starts_with(k_prefix) &&
        std::from_chars(digits, line.data() + line.size(), port_).ec == std::errc{})
        return true;
    problem_ = "said \"" + line + "\" instead of where it listens";
    return false;
}

void ServerProcess::signal(int number) const {
    if (pid_ > 0) kill(pid_, number);
}

int ServerProcess::wait(std::chrono::milliseconds patience) {
    if (pid_ <= 0) return -1;
    auto const end = SteadyClock::now() + patience;
    int status = 0;
    while (waitpid(pid_, &status, WNOHANG) == 0) {
        if (SteadyClock::now() >= end) return -1;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string ServerProcess::log_tail() const {
    std::ifstream file(log_path_);
    std::stringstream text;
    text << file.rdbuf();
    auto const whole = text.str();
    constexpr std::size_t k_tail_bytes = 2000;
    return whole.size() > k_tail_bytes ? whole.substr(whole.size() - k_tail_bytes) : whole;
}

std::uint64_t ServerProcess::resident_kib() const {
    std::ifstream file("/proc/" + std::to_string(pid_) + "/status");
    std::string word;
    std::uint64_t kib = 0;
    while (file >> word)
        if (word == "VmRSS:" && file >> kib) break;
    return kib;
}

std::chrono::milliseconds ServerProcess::cpu_time() const {
    std::ifstream file("/proc/" + std::to_string(pid_) + "/stat");
    std::string text;
    std::getline(file, text);
    // The fields after the name, which is in parentheses: user and system ticks are numbers 12
    // and 13.
    std::istringstream fields(text.substr(std::min(text.size(), text.rfind(')') + 1)));
    std::string skipped;
    for (int i = 0; i < 11; ++i)
        fields >> skipped;
    std::int64_t user = 0;
    std::int64_t system = 0;
    fields >> user >> system;
    return std::chrono::milliseconds((user + system) * 1000 / sysconf(_SC_CLK_TCK));
}

} // namespace ds
