// What /proc says of a process.
#include "loadtest/process_use.h"

#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>

namespace ds {

ProcessUse process_use(pid_t process) {
    auto const folder = "/proc/" + std::to_string(process);
    ProcessUse use;
    std::ifstream status(folder + "/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmHWM:")) {
            std::istringstream words(line.substr(6));
            std::uint64_t kib = 0;
            if (words >> kib) use.memory_bytes = kib * 1024;
        }
    std::ifstream stat(folder + "/stat");
    std::string line;
    std::getline(stat, line);
    // After the name, which stands in parentheses and may hold anything: fields 3, 4, ...
    std::istringstream fields(line.substr(line.rfind(')') + 1));
    std::string skipped;
    for (int field = 3; field < 14; ++field)
        fields >> skipped;
    std::uint64_t user = 0;
    std::uint64_t system = 0;
    if (fields >> user >> system)
        use.cpu_s =
            static_cast<double>(user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
    return use;
}

} // namespace ds
