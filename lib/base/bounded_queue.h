// A mailbox: many threads put, one thread takes everything that has arrived.
#pragma once

#include "base/guarded.h"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <utility>
#include <vector>

namespace ds {

template <typename Mail>
class BoundedQueue {
public:
    explicit BoundedQueue(std::size_t most) : most_(most) {}

    // False when the box is full or closed: the caller answers "busy" and keeps its mail.
    [[nodiscard]] bool put(Mail& mail) {
        bool was_empty = false;
        {
            auto box = box_.lock();
            if (box->closed || box->mail.size() >= most_) return false;
            was_empty = box->mail.empty();
            box->mail.push_back(std::move(mail));
        }
        // Whoever finds mail in the box has been or will be woken by the one who put the first.
        if (was_empty) arrived_.notify_one();
        return true;
    }

    // Waits for mail until `deadline`. Swaps what arrived into `taken` (which must be empty, and
    // whose capacity is reused). False once the box is closed and drained.
    bool take_all(std::vector<Mail>& taken, std::chrono::steady_clock::time_point deadline) {
        auto box = box_.lock();
        box.wait_until(arrived_, deadline,
                       [](auto& now) { return now.closed || !now.mail.empty(); });
        std::swap(box->mail, taken);
        return !(taken.empty() && box->closed);
    }

    std::size_t size() const { return box_.lock()->mail.size(); }

    void close() {
        box_.lock()->closed = true;
        arrived_.notify_one();
    }

private:
    struct Box {
        std::vector<Mail> mail;
        bool closed = false;
    };
    std::size_t most_;
    Guarded<Box> box_;
    std::condition_variable arrived_;
};

} // namespace ds
