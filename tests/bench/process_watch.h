// What a server process and its children use: processor time and resident memory.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

namespace ds {

class ProcessWatch {
public:
    // The children are those of now: a server that has forked its workers is watched whole.
    explicit ProcessWatch(int pid);

    // Since each was started, user and system. Ends the program when the server is gone.
    std::chrono::nanoseconds cpu_time() const;
    double rss_mib() const;

private:
    std::vector<int> pids_;
};

} // namespace ds
