// Reads and writes over POSIX descriptors.
#include "cli/terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
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

std::optional<std::string> output_fault() {
    if (output_errno == 0) return std::nullopt;
    return "write the output: " + std::generic_category().message(output_errno);
}

Written write_all(int descriptor, std::string_view bytes) {
    while (!bytes.empty()) {
        auto const count = ::write(descriptor, bytes.data(), bytes.size());
        if (count >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(count));
        } else if (errno == EAGAIN) {
            // Somebody who shares the terminal has made it non-blocking.
            pollfd wanted{descriptor, POLLOUT, 0};
            ::poll(&wanted, 1, -1);
        } else if (errno != EINTR) {
            if (errno == EPIPE) return Written::nobody_reads;
            if (descriptor == STDOUT_FILENO) output_errno = errno;
            return Written::failed;
        }
    }
    return Written::all;
}

bool nobody_reads(int descriptor) {
    pollfd watched{descriptor, 0, 0};
    return ::poll(&watched, 1, 0) == 1 && (watched.revents & POLLERR) != 0;
}

bool is_terminal(int descriptor) {
    return ::isatty(descriptor) == 1;
}

std::size_t terminal_columns(int descriptor) {
    winsize size{};
    return ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

Result<std::size_t> DescriptorSource::read(char* into, std::size_t most) {
    while (!ended_) {
        auto const count = ::read(descriptor_, into, most);
        ended_ = count == 0 && most > 0;
        if (count >= 0) return static_cast<std::size_t>(count);
        if (errno == EAGAIN) {
            pollfd wanted{descriptor_, POLLIN, 0};
            ::poll(&wanted, 1, -1);
        } else if (errno != EINTR) {
            return Error{Fault::io, "read the input: " + system_error_text()};
        }
    }
    return std::size_t{0};
}

bool DescriptorSource::ready_within(std::chrono::milliseconds pause) {
    pollfd wanted{descriptor_, POLLIN, 0};
    return ::poll(&wanted, 1, static_cast<int>(pause.count())) != 0;
}

std::string system_error_text() {
    return std::generic_category().message(errno);
}

} // namespace ds
