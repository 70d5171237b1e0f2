// Promises of the end of a server: in time, or by force.
#include "cli/exit_code.h"
#include "cli/stop_signals.h"

#include <doctest/doctest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>

using namespace ds;

namespace {

constexpr int k_left = 77;

// The status of a process that ends so.
template <typename End>
int status_of(End end) {
    auto const pid = ::fork();
    if (pid == 0) {
        end();
        ::_exit(k_left);
    }
    int status = 0;
    REQUIRE(::waitpid(pid, &status, 0) == pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// For a minute: what ends it otherwise has come too late.
void hang() {
    ::alarm(60);
    ::pause();
}

// Until nobody has it before him any more.
void wait_until_taken(int signal) {
    sigset_t pending{};
    do {
        std::this_thread::yield();
        sigpending(&pending);
    } while (sigismember(&pending, signal) == 1);
}

} // namespace

TEST_CASE("stop signals: an end that hangs is ended when its time is over") {
    auto const status = status_of([] {
        StopSignals const signals;
        LastCall const last_call(signals, std::chrono::milliseconds(50), [] {});
        hang();
    });
    CHECK(status == static_cast<int>(ExitCode::done));
}

TEST_CASE("stop signals: a second one ends at once, after what must not stay is gone") {
    for (int const signal : {SIGTERM, SIGINT}) {
        auto const status = status_of([&] {
            StopSignals const signals;
            LastCall const last_call(signals, std::chrono::hours(1), [] { ::_exit(k_left + 1); });
            ::kill(::getpid(), signal);
            hang();
        });
        CHECK(status == k_left + 1);
    }
}

TEST_CASE("stop signals: an end in time is left alone, and SIGHUP does not hurry it") {
    auto const status = status_of([] {
        StopSignals const signals;
        LastCall const last_call(signals, std::chrono::hours(1), [] {});
        ::kill(::getpid(), SIGHUP);
        wait_until_taken(SIGHUP);
    });
    CHECK(status == k_left);
}

TEST_CASE("stop signals: SIGHUP calls, and the others are brought") {
    auto const status = status_of([] {
        StopSignals const signals;
        int calls = 0;
        ::kill(::getpid(), SIGHUP);
        int const signal = signals.wait([&] {
            ++calls;
            ::kill(::getpid(), SIGINT);
        });
        ::_exit(signal == SIGINT && calls == 1 ? k_left : 0);
    });
    CHECK(status == k_left);
}
