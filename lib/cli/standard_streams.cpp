// Holding descriptors, and remembering what failed.
#include "cli/standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <system_error>

namespace ds {

namespace {

std::atomic<int> output_errno = 0;

} // namespace

void hold_standard_descriptors() {
    for (int const descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (::fcntl(descriptor, F_GETFD) < 0 && errno == EBADF)
            // The lowest free number: this one. Open for the other direction, so that its use
            // fails.
            static_cast<void>(
                ::open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY));
}

void note_output_fault(int error) {
    output_errno = error;
}

std::optional<std::string> output_fault() {
    if (output_errno == 0) return std::nullopt;
    return "write the output: " + std::generic_category().message(output_errno);
}

} // namespace ds
