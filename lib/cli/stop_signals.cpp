// Waiting for signals, with and without an end.
#include "cli/stop_signals.h"

#include "base/log.h"
#include "cli/exit_code.h"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <string>
#include <utility>

namespace ds {

StopSignals::StopSignals() {
    sigemptyset(&set_);
    for (int const signal : {SIGTERM, SIGINT, SIGHUP})
        sigaddset(&set_, signal);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
}

int StopSignals::wait(std::function<void()> const& on_hangup) const {
    int signal = 0;
    while (sigwait(&set_, &signal) != 0 || signal == SIGHUP)
        if (signal == SIGHUP) on_hangup();
    return signal;
}

LastCall::LastCall(StopSignals const& signals, std::chrono::milliseconds within,
                   std::function<void()> leave)
    : set_(signals.set()),
      until_(std::chrono::steady_clock::now() + within),
      leave_(std::move(leave)),
      thread_([this] {
          pthread_setname_np(pthread_self(), "ds-last-call");
          watch();
      }) {}

LastCall::~LastCall() {
    over_ = true;
    pthread_kill(thread_.native_handle(), SIGHUP); // it waits for one of them
    thread_.join();
}

void LastCall::watch() const {
    while (!over_) {
        auto const left =
            std::max(std::chrono::nanoseconds(0),
                     std::chrono::nanoseconds(until_ - std::chrono::steady_clock::now()));
        constexpr std::chrono::nanoseconds::rep k_second = 1'000'000'000;
        timespec const wait{left.count() / k_second, left.count() % k_second};
        int const signal = sigtimedwait(&set_, nullptr, &wait);
        if (over_ || signal == SIGHUP) continue;
        bool const late = std::chrono::steady_clock::now() >= until_;
        if (signal < 0 && !late) continue; // something else woke it
        leave_();
        if (signal > 0)
            log_event(Level::warn, "serve.cut", {{"signal", signal}});
        else
            log_event(Level::warn, "serve.cut",
                      {{"why", "--drain-timeout is over"},
                       {"effect", "what was not answered may be tried again; what was is kept"}});
        ::_exit(static_cast<int>(signal > 0 ? ExitCode::failed : ExitCode::done));
    }
}

} // namespace ds
