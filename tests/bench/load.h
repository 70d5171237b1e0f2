// What every load needs: sockets that do not block, limits, processors, words to end with.
#pragma once

#include "support/arguments.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ds {

using LoadClock = std::chrono::steady_clock;

// As many open files as the system allows; false (with a word on standard error) if that is not
// enough.
bool raise_open_files(std::size_t wanted);
// The calling thread, and those it starts, run on this processor only.
void pin_thread(std::optional<unsigned> cpu);
// --cpu and its like; empty when it was not asked for.
std::optional<unsigned> cpu_option(Arguments const& arguments, std::string const& name);

// A connection to 127.0.0.1 that has begun and does not block; -1 when that failed.
int connect_without_waiting(std::uint16_t port);
// The same, established: ends the program when that fails.
int connect_now(std::uint16_t port);
// Whether a connection that had begun has come about.
bool connection_made(int socket);
// A socket that listens on a free port of 127.0.0.1, and which port that is.
struct Listener {
    int socket = -1;
    std::uint16_t port = 0;
};
Listener listen_on_loopback(int flags);
// epoll_ctl of a socket, whose events will come with `token`.
void watch(int epoll, int operation, int socket, std::uint32_t events, std::uint64_t token);
// So many begin at once: what a server has not accepted yet may be no more than 128.
inline constexpr std::size_t k_connecting_max = 100;
// Everything, or false: requests are small, and a socket that takes only half of one is given up.
bool send_all(int socket, std::string_view bytes);

// Says why on standard error and ends the program with 1.
[[noreturn]] void give_up(std::string const& why);

// printf into a string.
[[gnu::format(printf, 1, 2)]] std::string format_text(char const* format, ...);

} // namespace ds
