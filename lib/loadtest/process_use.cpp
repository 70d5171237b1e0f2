// What /proc says of a process.
#include "loadtest/process_use.h"

#include "base/encoding.h"

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

namespace ds {

std::optional<ProcessUse> process_use(pid_t process) {
    auto const folder = "/proc/" + std::to_string(process);
    ProcessUse use;
    std::ifstream status(folder + "/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmHWM:")) {
            std::istringstream words(line.substr(6));
            words >> use.memory_bytes;
            use.memory_bytes *= 1024;
        }
    std::ifstream stat(folder + "/stat");
    std::string line;
    if (!std::getline(stat, line)) return std::nullopt;
    // After the name, which stands in parentheses and may hold anything: fields 3, 4, ...
    std::istringstream fields(line.substr(line.rfind(')') + 1));
    std::string skipped;
    for (int field = 3; field < 14; ++field)
        fields >> skipped;
    std::uint64_t user = 0;
    std::uint64_t system = 0;
    if (!(fields >> user >> system) || use.memory_bytes == 0) return std::nullopt;
    use.cpu_seconds =
        static_cast<double>(user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
    return use;
}

} // namespace ds
