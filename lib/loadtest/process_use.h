// What a process uses: memory, and processor time.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace ds {

struct ProcessUse {
    std::uint64_t memory_bytes = 0; // resident, at its peak
    double cpu_seconds = 0;
};

// Empty when there is no such process, or its figures are not ours to read.
std::optional<ProcessUse> process_use(pid_t process);

} // namespace ds
