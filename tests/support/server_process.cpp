// A child process, and what /proc tells of it.
#include "support/server_process.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <charconv>
#include <fstream>
#include <sstream>
#include <string_view>

namespace ds {

ServerProcess::ServerProcess(ServerSettings const& settings)
    : log_path_(settings.data_dir + ".log") {
    std::vector<std::string> words{settings.binary, "serve",  "--listen",
                                   "127.0.0.1:0",   "--data", settings.data_dir};
    words.insert(words.end(), settings.flags.begin(), settings.flags.end());
    int const log = open(log_path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    pid_ = start_child(std::move(words), said_.writing, log, settings.cpu);
    if (log >= 0) close(log);
    said_.close_writing();
}

ServerProcess::~ServerProcess() {
    if (pid_ <= 0) return;
    signal(SIGKILL);
    wait();
}

bool ServerProcess::wait_until_listening(std::chrono::milliseconds patience) {
    constexpr std::string_view k_prefix = "listening on http://127.0.0.1:";
    std::string line;
    bool const in_time = hear(said_.reading, line, Heard::line, patience);
    if (!in_time || line.find('\n') == std::string::npos) {
        problem_ = std::string(in_time ? "ended before it listened" : "did not listen in time") +
                   "; its log ends:\n" + log_tail();
        return false;
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
    auto const code = wait_for_child(pid_, patience);
    if (code) pid_ = -1;
    return code.value_or(-1);
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
