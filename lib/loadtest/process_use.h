// What a process uses: memory, and processor time.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace ds {

// Empty is what is not known: there is no such process, or its figures are not ours to read.
struct ProcessUse {
    std::optional<std::uint64_t> memory_bytes; // at its most
    std::optional<double> cpu_s;
};

ProcessUse process_use(pid_t process);

} // namespace ds
