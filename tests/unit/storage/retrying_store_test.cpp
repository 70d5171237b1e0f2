// Promises of storage/retrying_store.
#include "fakes/flaky_store.h"
#include "fakes/memory_store.h"
#include "storage/retrying_store.h"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace ds;
using namespace std::chrono_literals;

namespace {

struct RetryingStoreWorld {
    test::FlakyStore* flaky = new test::FlakyStore(std::make_unique<test::MemoryStore>());
    std::vector<std::chrono::milliseconds> waits;
    int heals_after = -1; // waits
    RetryingStore store{std::unique_ptr<ObjectStore>(flaky), RetryingStore::k_tries,
                        [this](std::chrono::milliseconds wait) {
                            waits.push_back(wait);
                            if (static_cast<int>(waits.size()) == heals_after)
                                flaky->set_down(std::nullopt);
                        }};
};

} // namespace

TEST_CASE("retrying store: what passes is tried again, with longer and longer waits") {
    for (auto const fault : {Fault::io, Fault::unreachable, Fault::busy}) {
        RetryingStoreWorld world;
        world.flaky->set_down(fault);
        auto const put = world.store.put("k", "x", "text/plain");
        REQUIRE_FALSE(put);
        CHECK(put.error().fault == fault);
        CHECK(world.flaky->calls() == 4);
        REQUIRE(world.waits.size() == 3);
        auto step = Backoff::k_first;
        for (auto const wait : world.waits) {
            CHECK(wait <= step);
            CHECK(wait >= step / 2);
            step *= 2;
        }
    }
}

TEST_CASE("retrying store: a store that comes back in time is no fault") {
    RetryingStoreWorld world;
    world.heals_after = 3;
    world.flaky->set_down(Fault::unreachable);
    CHECK(world.store.put("k", "x", "text/plain"));
    CHECK(world.flaky->calls() == 4);
    CHECK((*world.store.get("k"))->view() == "x");
}

TEST_CASE("retrying store: what cannot pass comes back at once") {
    for (auto const fault : {Fault::invalid, Fault::full, Fault::corrupt}) {
        RetryingStoreWorld world;
        world.flaky->set_down(fault);
        CHECK(world.store.get("k").error().fault == fault);
        CHECK(world.flaky->calls() == 1);
        CHECK(world.waits.empty());
    }
}

TEST_CASE("retrying store: a list goes on where it broke off, and a visitor's fault is its own") {
    RetryingStoreWorld world;
    for (char const* key : {"a", "b", "c", "d"})
        REQUIRE(world.store.put(key, "", "text/plain"));
    world.flaky->set_percent(60);
    for (int round = 0; round < 20; ++round) {
        std::string seen;
        auto const listed = world.store.list("", [&](ObjectEntry const& entry) {
            seen += entry.key;
            return Result<void>();
        });
        CHECK((seen == "abcd" || (!listed && std::string("abcd").starts_with(seen))));
    }
    world.flaky->set_percent(0);
    auto const calls = world.flaky->calls();
    auto const ended = world.store.list("", [](ObjectEntry const&) -> Result<void> {
        return Error{Fault::io, "enough"};
    });
    CHECK(ended.error().what == "enough");
    CHECK(world.flaky->calls() == calls + 1);
}

TEST_CASE("retrying store: stop ends the waiting, with the fault that was last") {
    auto* const flaky = new test::FlakyStore(std::make_unique<test::MemoryStore>());
    // A hundred tries would take minutes.
    RetryingStore store(std::unique_ptr<ObjectStore>(flaky), 100);
    flaky->set_down(Fault::unreachable);
    Fault fault = Fault::invalid;
    std::thread waiting([&] { fault = store.get("k").error().fault; });
    while (flaky->calls() == 0)
        std::this_thread::yield();
    auto const before = std::chrono::steady_clock::now();
    store.stop();
    waiting.join();
    CHECK(std::chrono::steady_clock::now() - before < 10s);
    CHECK(fault == Fault::unreachable);
    auto const calls = flaky->calls();
    CHECK_FALSE(store.get("k"));
    CHECK(flaky->calls() == calls + 1);
}
