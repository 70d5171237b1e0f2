// Bodies that have begun to arrive share a budget of memory, over all event loops. (any thread)
#pragma once

#include <atomic>
#include <cstddef>

namespace ds::http {

class BodyBudget {
public:
    explicit BodyBudget(std::size_t bytes) : budget_(bytes) {}

    // False when it is used up; then nothing was taken.
    [[nodiscard]] bool take(std::size_t bytes) {
        if (taken_.fetch_add(bytes, std::memory_order_relaxed) + bytes <= budget_) return true;
        give_back(bytes);
        return false;
    }
    void give_back(std::size_t bytes) { taken_.fetch_sub(bytes, std::memory_order_relaxed); }

private:
    std::size_t const budget_;
    std::atomic<std::size_t> taken_ = 0;
};

} // namespace ds::http
