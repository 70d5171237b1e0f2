// ds serve as a child process.
#include "loadtest/own_server.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

namespace ds {

namespace {

using namespace std::chrono_literals;

constexpr auto k_start_max = 20s;
constexpr auto k_end_max = 20s;

Error trouble(std::string what) {
    return {Fault::io, std::move(what)};
}

// The URL in the line that says where the server listens; empty while there is none.
std::string url_in(std::string const& log) {
    auto const event = log.find("\"serve.listening\"");
    if (event == std::string::npos) return {};
    constexpr std::string_view k_key = "\"url\":\"";
    auto const begin = log.find(k_key, event);
    if (begin == std::string::npos) return {};
    auto const url = log.substr(begin + k_key.size());
    return url.substr(0, url.find('"'));
}

// What is set for another server, a store or a port, is not meant for this one.
std::vector<char*> environment_without_ds() {
    std::vector<char*> kept;
    for (char** each = environ; *each != nullptr; ++each)
        if (!std::string_view(*each).starts_with("DS_")) kept.push_back(*each);
    kept.push_back(nullptr);
    return kept;
}

std::string file_text(std::string const& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

} // namespace

Result<std::unique_ptr<OwnServer>> OwnServer::start() {
    auto folder = (std::filesystem::temp_directory_path() / "ds-loadtest-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr)
        return trouble("no folder can be made for a server: " +
                       std::generic_category().message(errno));
    std::unique_ptr<OwnServer> server(new OwnServer(folder));
    auto const data = folder + "/data";
    auto const log = folder + "/log";
    std::array<char const*, 9> const arguments{"ds",         "serve",    "--data",
                                               data.c_str(), "--listen", "127.0.0.1:0",
                                               "--auth",     "none",     nullptr};
    auto const environment = environment_without_ds();
    auto const parent = ::getpid();
    server->process_ = ::fork();
    if (server->process_ < 0)
        return trouble("no server can be started: " + std::generic_category().message(errno));
    if (server->process_ == 0) {
        // Only what a forked child may do: nothing that allocates or locks.
        ::prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (::getppid() != parent) ::_exit(1);
        auto const to = ::open(log.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
        ::dup2(to, STDOUT_FILENO);
        ::dup2(to, STDERR_FILENO);
        ::setpgid(0, 0); // Ctrl-C is the load test's, which ends it in order
        ::execve("/proc/self/exe", const_cast<char* const*>(arguments.data()), environment.data());
        ::_exit(127);
    }
    TRY(server->wait_until_it_listens());
    return server;
}

Result<void> OwnServer::wait_until_it_listens() {
    auto const until = std::chrono::steady_clock::now() + k_start_max;
    auto const log = directory_ + "/log";
    while (std::chrono::steady_clock::now() < until) {
        url_ = url_in(file_text(log));
        if (!url_.empty()) return {};
        if (::waitpid(process_, nullptr, WNOHANG) == process_) {
            process_ = -1;
            return trouble("the server ended at once: " + file_text(log));
        }
        std::this_thread::sleep_for(10ms);
    }
    return trouble("the server does not listen: " + file_text(log));
}

OwnServer::~OwnServer() {
    auto const until = std::chrono::steady_clock::now() + k_end_max;
    if (process_ > 0) {
        ::kill(process_, SIGTERM);
        while (::waitpid(process_, nullptr, WNOHANG) == 0) {
            if (std::chrono::steady_clock::now() > until) ::kill(process_, SIGKILL);
            std::this_thread::sleep_for(10ms);
        }
    }
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
}

} // namespace ds
