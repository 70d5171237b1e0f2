// A server under test as a child process: started, waited for, killed, measured.
#pragma once

#include "support/child.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ds {

struct ServerSettings {
    std::string binary;
    std::string data_dir;
    std::vector<std::string> flags{}; // after `serve --listen 127.0.0.1:0 --data DIR`
    std::optional<unsigned> cpu{};    // pin to this one
};

class ServerProcess {
public:
    // Starts the program; it dies with us. Its log goes to `<data_dir>.log`.
    explicit ServerProcess(ServerSettings const& settings);
    // Kills what still runs.
    ~ServerProcess();
    ServerProcess(ServerProcess const&) = delete;
    ServerProcess& operator=(ServerProcess const&) = delete;

    // Waits for the line that says where it listens. False when it ended or said something else;
    // then problem() has the reason with the last lines of its log.
    bool wait_until_listening(std::chrono::milliseconds patience = std::chrono::seconds(30));
    std::uint16_t port() const { return port_; }
    std::string const& problem() const { return problem_; }

    void signal(int number) const;
    // The exit code, or 128 + signal; -1 when it has not ended in time.
    int wait(std::chrono::milliseconds patience = std::chrono::seconds(30));
    std::string log_tail() const;

    std::uint64_t resident_kib() const;
    // Processor time used so far, user and system.
    std::chrono::milliseconds cpu_time() const;

private:
    int pid_ = -1;
    ChildOutput said_;
    std::string log_path_;
    std::uint16_t port_ = 0;
    std::string problem_;
};

} // namespace ds
