// Closed-loop appends: each connection sends its next POST when the last one was answered.
#pragma once

#include "bench/load.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ds {

struct AppendLoad {
    std::uint16_t port = 0;
    std::vector<std::string> streams; // connection i appends to streams[i % size]
    std::size_t connections = 1;
    std::size_t size = 100; // bytes of a message
    std::chrono::milliseconds warm_up{300};
    std::chrono::milliseconds duration{3000};
};

struct AppendResult {
    double per_second = 0;
    Percentiles latency;
};

// On the calling thread. Ends the program when connections fail.
AppendResult run_append_load(AppendLoad const& load);

} // namespace ds
