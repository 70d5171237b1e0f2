// What a thread of its own works out, for tests in which two sides wait for each other.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <thread>
#include <utility>

namespace ds::test {

template <typename T>
class Later {
public:
    explicit Later(std::function<T()> work)
        : thread_([this, work = std::move(work)] { value_.emplace(work()); }) {}
    ~Later() {
        if (thread_.joinable()) thread_.join();
    }
    Later(Later const&) = delete;
    Later& operator=(Later const&) = delete;

    // Waits for it; once.
    T get() {
        thread_.join();
        return *std::move(value_);
    }

private:
    std::optional<T> value_;
    std::thread thread_;
};

// Waits for something that another thread brings about, for five seconds at most.
inline bool comes_true(std::function<bool()> const& ready) {
    auto const until = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (!ready()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::yield();
    }
    return true;
}

} // namespace ds::test
