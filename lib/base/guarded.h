// A value that can only be reached while holding its lock.
//
//     Guarded<Box> box;
//     box.lock()->mail.push_back(letter);
//
// Nothing slow or foreign happens while an Access lives, and no thread holds two of them.
#pragma once

#include <condition_variable>
#include <mutex>
#include <utility>

namespace ds {

template <typename T>
class Guarded {
public:
    template <typename Owner>
    class Access {
    public:
        auto* operator->() const { return &owner_.value_; }
        auto& operator*() const { return owner_.value_; }
        void wait(std::condition_variable& cv, auto ready) {
            cv.wait(lock_, [&] { return ready(owner_.value_); });
        }
        bool wait_until(std::condition_variable& cv, auto deadline, auto ready) {
            return cv.wait_until(lock_, deadline, [&] { return ready(owner_.value_); });
        }

    private:
        friend class Guarded;
        explicit Access(Owner& owner) : owner_(owner), lock_(owner.mutex_) {}
        Owner& owner_;
        std::unique_lock<std::mutex> lock_;
    };

    Guarded() = default;
    explicit Guarded(T value) : value_(std::move(value)) {}
    Access<Guarded> lock() { return Access<Guarded>(*this); }
    Access<Guarded const> lock() const { return Access<Guarded const>(*this); }

private:
    mutable std::mutex mutex_;
    T value_{};
};

} // namespace ds
