// The mailbox: full, closed, drained, and under threads.
#include "base/bounded_queue.h"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <thread>
#include <vector>

namespace ds {

namespace {

using Deadline = std::chrono::steady_clock::time_point;

// Far enough that only a lost wake would reach it.
Deadline in_a_minute() {
    return std::chrono::steady_clock::now() + std::chrono::minutes{1};
}

} // namespace

TEST_CASE("queue: what was put arrives in order, all at once") {
    BoundedQueue<int> queue(10);
    for (int mail : {1, 2, 3})
        CHECK(queue.put(mail));
    CHECK(queue.size() == 3);
    std::vector<int> taken;
    CHECK(queue.take_all(taken, in_a_minute()));
    CHECK(taken == std::vector{1, 2, 3});
    CHECK(queue.size() == 0);
}

TEST_CASE("queue: a full box refuses and leaves the mail with its sender") {
    BoundedQueue<std::unique_ptr<int>> queue(1);
    auto first = std::make_unique<int>(1);
    auto second = std::make_unique<int>(2);
    CHECK(queue.put(first));
    CHECK_FALSE(first);
    CHECK_FALSE(queue.put(second));
    REQUIRE(second);
    CHECK(*second == 2);
}

TEST_CASE("queue: nothing in time is no mail and no end") {
    BoundedQueue<int> queue(1);
    std::vector<int> taken;
    CHECK(queue.take_all(taken, Deadline{}));
    CHECK(taken.empty());
}

TEST_CASE("queue: a closed box refuses mail, gives what it holds, then says that it is over") {
    BoundedQueue<int> queue(10);
    int mail = 1;
    CHECK(queue.put(mail));
    queue.close();
    CHECK_FALSE(queue.put(mail));
    std::vector<int> taken;
    CHECK(queue.take_all(taken, in_a_minute()));
    CHECK(taken == std::vector{1});
    taken.clear();
    CHECK_FALSE(queue.take_all(taken, in_a_minute()));
    CHECK(taken.empty());
}

TEST_CASE("queue: closing wakes the one who waits") {
    BoundedQueue<int> queue(1);
    bool open = true;
    std::thread reader([&] {
        std::vector<int> taken;
        open = queue.take_all(taken, in_a_minute());
    });
    queue.close();
    reader.join();
    CHECK_FALSE(open);
}

TEST_CASE("queue: no mail of many threads is lost or doubled") {
    constexpr int k_senders = 3;
    constexpr int k_each = 5'000;
    BoundedQueue<int> queue(64);
    std::vector<std::thread> senders;
    for (int s = 0; s < k_senders; ++s) {
        senders.emplace_back([&queue, s] {
            for (int i = 0; i < k_each; ++i) {
                int mail = s * k_each + i;
                while (!queue.put(mail))
                    std::this_thread::yield();
            }
        });
    }
    std::vector<int> next(k_senders, 0);
    std::vector<int> taken;
    int count = 0;
    bool in_order = true;
    while (count < k_senders * k_each) {
        taken.clear();
        REQUIRE(queue.take_all(taken, in_a_minute()));
        CHECK(taken.size() <= 64);
        for (int const mail : taken) {
            auto& expected = next[static_cast<std::size_t>(mail / k_each)];
            in_order = in_order && mail % k_each == expected;
            ++expected;
            ++count;
        }
    }
    CHECK(in_order);
    for (auto& sender : senders)
        sender.join();
}

} // namespace ds
