// Whose turn it is: projects and hosts that hang hold up themselves.
#include "jobs/webhooks/delivery_queue.h"

#include <doctest/doctest.h>

#include <string>

using namespace ds;
using namespace ds::webhooks;

namespace {

WakeDelivery delivery(std::string const& project, std::string const& host,
                      std::int64_t number = 0) {
    WakeDelivery made;
    made.number = number;
    made.scope = {project};
    made.target = {host, Reach::internet};
    return made;
}

std::size_t take_all(DeliveryQueue& queue) {
    std::size_t taken = 0;
    while (queue.take())
        ++taken;
    return taken;
}

} // namespace

TEST_CASE("delivery queue: projects take turns, and within one the oldest goes first") {
    DeliveryQueue queue({});
    for (std::int64_t number = 0; number < 3; ++number)
        queue.put(delivery("a", "h" + std::to_string(number), number));
    queue.put(delivery("b", "h", 100));
    std::string order;
    while (auto const taken = queue.take())
        order += taken->scope.project + std::to_string(taken->number) + " ";
    CHECK(order == "a0 b100 a1 a2 ");
}

TEST_CASE(
    "delivery queue: a host of one project has a few deliveries, and those behind it go past") {
    DeliveryQueue queue({.project_host = 2});
    for (int i = 0; i < 5; ++i)
        queue.put(delivery("a", "slow"));
    queue.put(delivery("a", "quick", 7));
    queue.put(delivery("b", "slow", 8)); // that a's deliveries to it hang is not b's affair
    CHECK(queue.take()->target.host == "slow");
    CHECK(queue.take()->number == 8);
    CHECK(queue.take()->target.host == "slow");
    CHECK(queue.take()->number == 7);
    CHECK(!queue.take());
    queue.ended("a", "slow");
    CHECK(queue.take()->target.host == "slow");
    CHECK(!queue.take());
}

TEST_CASE("delivery queue: a host is not flooded by many projects") {
    DeliveryQueue queue({.host = 3});
    for (int i = 0; i < 10; ++i)
        queue.put(delivery("p" + std::to_string(i), "small"));
    CHECK(take_all(queue) == 3);
    queue.ended("p0", "small");
    CHECK(take_all(queue) == 1);
}

TEST_CASE("delivery queue: however much hangs, a project with little gets through") {
    DeliveryLimits const limits{};
    DeliveryQueue queue(limits);
    // Many projects, all of whose receivers hang.
    for (int project = 0; project < 100; ++project)
        for (int i = 0; i < 100; ++i)
            queue.put(
                delivery("p" + std::to_string(project), "h" + std::to_string(100 * project + i)));
    auto const hanging = take_all(queue);
    CHECK(hanging >= limits.all / 2);
    CHECK(hanging < limits.all);
    queue.put(delivery("modest", "quick", 7));
    auto const taken = queue.take();
    REQUIRE(taken);
    CHECK(taken->number == 7);
    // The bound of all holds whatever is put.
    for (int project = 0; project < 1'000; ++project)
        queue.put(delivery("q" + std::to_string(project), "h" + std::to_string(project)));
    take_all(queue);
    CHECK(queue.under_way() == limits.all);
    queue.ended("modest", "quick");
    CHECK(take_all(queue) == 1);
}

TEST_CASE("delivery queue: nothing is left of what has ended") {
    DeliveryQueue queue({.project = 1});
    queue.put(delivery("a", "x", 1));
    queue.put(delivery("a", "y", 2));
    CHECK(queue.take()->number == 1);
    CHECK(!queue.take());
    queue.ended("a", "x");
    CHECK(queue.take()->number == 2);
    queue.ended("a", "y");
    CHECK(queue.under_way() == 0);
    queue.ended("a", "y"); // a stranger changes nothing
    CHECK(queue.under_way() == 0);
}
