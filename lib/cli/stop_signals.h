// The signals that end a server, and the time that its end may take.
#pragma once

#include <atomic>
#include <chrono>
#include <csignal>
#include <functional>
#include <thread>

namespace ds {

// From here on SIGTERM, SIGINT and SIGHUP end nothing by themselves: they wait to be asked for.
// Made before any thread starts, so that no other one ever takes them.
class StopSignals {
public:
    StopSignals();

    // The signal that asks for the end. Until then each SIGHUP is a call.
    int wait(std::function<void()> const& on_hangup) const;
    sigset_t const& set() const { return set_; }

private:
    sigset_t set_{};
};

// While it lives, the process ends by force: when so much time is over, or at once when a signal
// asks for the end once more. Nothing that was acknowledged is lost by it.
class LastCall {
public:
    // `leave` is called before such an end, on another thread.
    LastCall(StopSignals const& signals, std::chrono::milliseconds within,
             std::function<void()> leave);
    ~LastCall();
    LastCall(LastCall const&) = delete;
    LastCall& operator=(LastCall const&) = delete;

private:
    void watch() const;

    sigset_t const set_;
    std::chrono::steady_clock::time_point const until_;
    std::function<void()> const leave_;
    std::atomic<bool> over_ = false;
    std::thread thread_; // last: everything above exists before it runs
};

} // namespace ds
