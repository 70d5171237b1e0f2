// Clocks of other processes, and /proc.
#include "bench/process_watch.h"

#include "bench/load.h"

#include <time.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace ds {

namespace {

void add_with_children(int pid, std::vector<int>& pids) {
    pids.push_back(pid);
    auto const tasks = "/proc/" + std::to_string(pid) + "/task";
    std::error_code gone;
    for (auto const& task : std::filesystem::directory_iterator(tasks, gone)) {
        std::ifstream children(task.path() / "children");
        for (int child = 0; children >> child;)
            add_with_children(child, pids);
    }
}

} // namespace

ProcessWatch::ProcessWatch(int pid) {
    add_with_children(pid, pids_);
}

std::chrono::nanoseconds ProcessWatch::cpu_time() const {
    std::chrono::nanoseconds sum{};
    for (int const pid : pids_) {
        clockid_t clock{};
        timespec used{};
        if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) != 0)
            give_up("no server process " + std::to_string(pid));
        sum += std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
    }
    return sum;
}

double ProcessWatch::rss_mib() const {
    double pages = 0;
    for (int const pid : pids_) {
        std::ifstream memory("/proc/" + std::to_string(pid) + "/statm");
        std::uint64_t whole = 0;
        std::uint64_t resident = 0;
        if (!(memory >> whole >> resident)) give_up("no server process " + std::to_string(pid));
        pages += static_cast<double>(resident);
    }
    return pages * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1024.0 * 1024.0);
}

} // namespace ds
