// The first thing that went wrong, told by whichever thread found it.
#pragma once

#include <atomic>
#include <mutex>
#include <string>

namespace ds {

class Trouble {
public:
    // Always false, so that a check can end with `return trouble.report(...)`.
    bool report(std::string const& what) {
        std::scoped_lock const lock(mutex_);
        if (what_.empty()) what_ = what;
        any_ = true;
        return false;
    }
    bool any() const { return any_; }
    std::string what() const {
        std::scoped_lock const lock(mutex_);
        return what_;
    }

    // Set just before the server is killed: only then may connections break.
    std::atomic<bool> killed = false;

private:
    mutable std::mutex mutex_;
    std::string what_;
    std::atomic<bool> any_ = false;
};

} // namespace ds
