// Guarded values under threads.
#include "base/guarded.h"

#include <doctest/doctest.h>

#include <chrono>
#include <condition_variable>
#include <string>
#include <thread>
#include <vector>

namespace ds {

TEST_CASE("guarded: no update of many threads is lost") {
    constexpr int k_threads = 4;
    constexpr int k_updates = 5'000;
    Guarded<long> count;
    std::vector<std::thread> threads;
    for (int t = 0; t < k_threads; ++t) {
        threads.emplace_back([&count] {
            for (int i = 0; i < k_updates; ++i)
                ++*count.lock();
        });
    }
    for (auto& thread : threads)
        thread.join();
    CHECK(*count.lock() == k_threads * k_updates);
}

TEST_CASE("guarded: starts with the value it was given") {
    Guarded<std::string> const name(std::string("orders"));
    CHECK(name.lock()->size() == 6);
}

TEST_CASE("guarded: a waiter wakes once the condition holds") {
    Guarded<int> number;
    std::condition_variable changed;
    std::thread other([&] {
        *number.lock() = 7;
        changed.notify_one();
    });
    {
        auto access = number.lock();
        access.wait(changed, [](int now) { return now == 7; });
        CHECK(*access == 7);
    }
    other.join();
}

TEST_CASE("guarded: a wait with a deadline says whether the condition held") {
    Guarded<int> number;
    std::condition_variable changed;
    auto access = number.lock();
    auto const past = std::chrono::steady_clock::now();
    CHECK_FALSE(access.wait_until(changed, past, [](int now) { return now == 1; }));
    *access = 1;
    CHECK(access.wait_until(changed, past, [](int now) { return now == 1; }));
}

} // namespace ds
