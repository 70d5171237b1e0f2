// The promises of storage/object_store, held against every implementation.
#include "fakes/flaky_store.h"
#include "storage/retrying_store.h"
#include "stores.h"
#include "support/dice.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace ds;

namespace {

struct OnBadDays {
    test::FlakyStore* flaky = new test::FlakyStore(std::make_unique<test::MemoryStore>(), 7);
    RetryingStore store{std::unique_ptr<ObjectStore>(flaky), 50, [](auto) {}};
    OnBadDays() { flaky->set_percent(30); }
};

void put(ObjectStore& store, std::string const& key, std::string_view bytes) {
    auto const done = store.put(key, bytes, "application/octet-stream");
    REQUIRE_MESSAGE(done, (done ? "" : done.error().what));
}

std::string get(ObjectStore& store, std::string const& key) {
    auto const got = store.get(key);
    REQUIRE_MESSAGE(got, (got ? "" : got.error().what));
    return *got ? std::string((*got)->view()) : "(absent)";
}

std::string part(ObjectStore& store, std::string const& key, ByteRange range) {
    auto const got = store.get_range(key, range);
    REQUIRE_MESSAGE(got, (got ? "" : got.error().what));
    if (!*got) return "(absent)";
    return std::string((*got)->bytes.view()) + " of " + std::to_string((*got)->object_bytes);
}

std::vector<std::string> keys(ObjectStore& store, std::string const& prefix = "") {
    std::vector<std::string> all;
    auto const done = store.list(prefix, [&](ObjectEntry const& entry) {
        all.push_back(entry.key);
        return Result<void>();
    });
    REQUIRE_MESSAGE(done, (done ? "" : done.error().what));
    return all;
}

void remove(ObjectStore& store, std::string const& key) {
    auto const done = store.remove(key);
    REQUIRE_MESSAGE(done, (done ? "" : done.error().what));
}

using Keys = std::vector<std::string>;

} // namespace

#define STORES test::InMemory, test::InDirectory, test::InS3, OnBadDays

TEST_CASE_TEMPLATE("object store: what was put is there whole, and a later put replaces it", World,
                   STORES) {
    World world;
    auto& store = world.store;
    CHECK(get(store, "a/b") == "(absent)");
    put(store, "a/b", "one");
    CHECK(get(store, "a/b") == "one");
    put(store, "a/b", "another");
    CHECK(get(store, "a/b") == "another");
    put(store, "empty", "");
    CHECK(get(store, "empty").empty());
    std::string all(256, '\0');
    for (std::size_t i = 0; i < all.size(); ++i)
        all[i] = static_cast<char>(i);
    put(store, "all", all);
    CHECK(get(store, "all") == all);
    std::string const large(3'000'017, 'x');
    put(store, "large", large);
    CHECK(get(store, "large") == large);
}

TEST_CASE_TEMPLATE("object store: a folder is no object", World, STORES) {
    World world;
    put(world.store, "a/b/c", "1");
    CHECK(get(world.store, "a") == "(absent)");
    CHECK(get(world.store, "a/b") == "(absent)");
    CHECK(get(world.store, "a/b/c/d") == "(absent)");
    remove(world.store, "a/b");
    remove(world.store, "a/b/c/d");
    CHECK(keys(world.store) == Keys{"a/b/c"});
}

TEST_CASE_TEMPLATE("object store: a range is clipped to what is there", World, STORES) {
    World world;
    auto& store = world.store;
    put(store, "k", "0123456789");
    CHECK(part(store, "k", {0, 3}) == "012 of 10");
    CHECK(part(store, "k", {3, 4}) == "3456 of 10");
    CHECK(part(store, "k", {7, 100}) == "789 of 10");
    CHECK(part(store, "k", {0, UINT64_MAX}) == "0123456789 of 10");
    CHECK(part(store, "k", {9, UINT64_MAX}) == "9 of 10");
    CHECK(part(store, "k", {10, 1}) == " of 10");
    CHECK(part(store, "k", {UINT64_MAX, UINT64_MAX}) == " of 10");
    CHECK(part(store, "k", {2, 0}) == " of 10");
    CHECK(part(store, "k", ByteRange::last(4)) == "6789 of 10");
    CHECK(part(store, "k", ByteRange::last(0)) == " of 10");
    CHECK(part(store, "k", ByteRange::last(11)) == "0123456789 of 10");
    CHECK(part(store, "absent", {0, 1}) == "(absent)");
    CHECK(part(store, "absent", {0, 0}) == "(absent)");
    put(store, "empty", "");
    CHECK(part(store, "empty", {0, 5}) == " of 0");
    CHECK(part(store, "empty", {3, 5}) == " of 0");
    CHECK(part(store, "empty", ByteRange::last(5)) == " of 0");
}

TEST_CASE_TEMPLATE("object store: what is removed is gone, and its folders are no hindrance", World,
                   STORES) {
    World world;
    auto& store = world.store;
    put(store, "a/b/c", "1");
    put(store, "a/d", "2");
    remove(store, "a/b/c");
    CHECK(get(store, "a/b/c") == "(absent)");
    CHECK(get(store, "a/d") == "2");
    remove(store, "a/b/c");
    remove(store, "never/was");
    remove(store, "a/d");
    CHECK(keys(store).empty());
    put(store, "a/b/c", "3");
    CHECK(get(store, "a/b/c") == "3");
    remove(store, "a/b/c");
    put(store, "a", "4"); // a folder no longer
    CHECK(get(store, "a") == "4");
}

TEST_CASE_TEMPLATE("object store: keys are listed in the order of their bytes", World, STORES) {
    World world;
    auto& store = world.store;
    Keys const sorted{"A/x",  "a-b/x",     "a.b",     "a/-",       "a/x/1", "a/x/2",
                      "a0/x", "aa-b/deep", "aa/deep", "aa/deep-2", "b"};
    REQUIRE(std::is_sorted(sorted.begin(), sorted.end()));
    for (auto at = sorted.rbegin(); at != sorted.rend(); ++at)
        put(store, *at, *at);
    CHECK(keys(store) == sorted);
    CHECK(keys(store, "a/") == Keys{"a/-", "a/x/1", "a/x/2"});
    CHECK(keys(store, "a/x") == Keys{"a/x/1", "a/x/2"});
    CHECK(keys(store, "a/x/2") == Keys{"a/x/2"});
    CHECK(keys(store, "aa") == Keys{"aa-b/deep", "aa/deep", "aa/deep-2"});
    CHECK(keys(store, "aa/deep-") == Keys{"aa/deep-2"});
    CHECK(keys(store, "c").empty());
    CHECK(keys(store, "a/y/").empty());
}

TEST_CASE_TEMPLATE("object store: an entry says how large the object is", World, STORES) {
    World world;
    put(world.store, "a/b", "12345");
    std::uint64_t bytes = 0;
    REQUIRE(world.store.list("", [&](ObjectEntry const& entry) {
        bytes = entry.bytes;
        return Result<void>();
    }));
    CHECK(bytes == 5);
}

TEST_CASE_TEMPLATE("object store: the error of a visitor ends the list and comes back", World,
                   STORES) {
    World world;
    for (char const* key : {"a", "b", "c"})
        put(world.store, key, "");
    Keys seen;
    auto const done = world.store.list("", [&](ObjectEntry const& entry) -> Result<void> {
        seen.push_back(entry.key);
        if (entry.key == "b") return Error{Fault::io, "enough"};
        return {};
    });
    REQUIRE_FALSE(done);
    CHECK(done.error().fault == Fault::io);
    CHECK(done.error().what == "enough");
    CHECK(seen == Keys{"a", "b"});
}

TEST_CASE_TEMPLATE("object store: a visitor may remove what it sees", World, STORES) {
    World world;
    for (char const* key : {"a/1", "a/2", "b/1", "c"})
        put(world.store, key, "");
    REQUIRE(world.store.list(
        "", [&](ObjectEntry const& entry) { return world.store.remove(entry.key); }));
    CHECK(keys(world.store).empty());
}

TEST_CASE_TEMPLATE("object store: long segments of keys are kept, in their order", World, STORES) {
    World world;
    auto& store = world.store;
    Keys all;
    for (std::size_t const size : {199, 200, 201, 399, 400, 401, 850}) {
        std::string const segment(size, 'x');
        all.push_back("s/" + segment);
        for (char const* more : {"-", "0", "=/a", "z/b/c"})
            all.push_back("s/" + segment + more);
        all.push_back("t/" + segment + "/y");
        all.push_back("t/" + segment + "-/y");
    }
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    for (auto const& key : all)
        put(store, key, key);
    CHECK(keys(store) == all);
    auto const prefix = "s/" + std::string(300, 'x');
    Keys some;
    std::copy_if(all.begin(), all.end(), std::back_inserter(some),
                 [&](auto const& key) { return key.starts_with(prefix); });
    CHECK(keys(store, prefix) == some);
    CHECK(keys(store, "t/" + std::string(400, 'x') + "/") ==
          Keys{"t/" + std::string(400, 'x') + "/y"});
    for (auto const& key : all)
        CHECK(get(store, key) == key);
    for (auto const& key : all)
        remove(store, key);
    CHECK(keys(store).empty());
}

TEST_CASE_TEMPLATE("object store: what is no key is refused", World, STORES) {
    World world;
    for (std::string const& key :
         {std::string(), std::string("/"), std::string("/a"), std::string("a/"),
          std::string("a//b"), std::string("."), std::string("a/../b"), std::string("a/."),
          std::string("a b"), std::string("a~"), std::string("~tmp/a"), std::string("a\nb"),
          std::string("a%b"), std::string("a\0b", 3), std::string("\xc3\xa9"),
          std::string(901, 'a')}) {
        CAPTURE(key);
        auto const is_invalid = [](auto const& done) {
            return !done && done.error().fault == Fault::invalid;
        };
        CHECK(is_invalid(world.store.put(key, "x", "text/plain")));
        CHECK(is_invalid(world.store.get(key)));
        CHECK(is_invalid(world.store.get_range(key, {0, 1})));
        CHECK(is_invalid(world.store.remove(key)));
    }
    for (char const* prefix : {"/", "../", "a/../b", "a//", "~", "a b"}) {
        CAPTURE(prefix);
        CHECK_FALSE(world.store.list(prefix, [](auto const&) { return Result<void>(); }));
    }
    CHECK(keys(world.store).empty());
    put(world.store, std::string(900, 'a'), "longest");
    CHECK(get(world.store, std::string(900, 'a')) == "longest");
}

TEST_CASE_TEMPLATE("object store: many threads may use it, and see whole objects only", World,
                   STORES) {
    World world;
    auto& store = world.store;
    std::atomic<int> broken{0};
    auto const work = [&](unsigned number) {
        Dice dice(number);
        for (int i = 0; i < 60; ++i) {
            auto const key =
                "f" + std::to_string(dice.below(2)) + "/g/" + std::to_string(dice.below(3));
            if (dice.in_hundred(40)) {
                broken += store.remove(key) ? 0 : 1;
            } else if (dice.in_hundred(50)) {
                std::string const body(1'000, static_cast<char>('a' + number));
                broken += store.put(key, body, "text/plain") ? 0 : 1;
            } else {
                auto const got = store.get(key);
                auto const whole =
                    got && (!*got || ((*got)->size() == 1'000 &&
                                      (*got)->view().find_first_not_of((*got)->data()[0]) ==
                                          std::string_view::npos));
                broken += whole ? 0 : 1;
            }
        }
    };
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < 4; ++i)
        threads.emplace_back(work, i);
    for (auto& thread : threads)
        thread.join();
    CHECK(broken == 0);
}

TEST_CASE_TEMPLATE("object store: a walk of random operations ends as its model does", World,
                   STORES) {
    World world;
    auto& store = world.store;
    std::uint64_t const seed = 20260101;
    CAPTURE(seed);
    Dice dice(seed);
    std::map<std::string, std::string> model;
    for (int i = 0; i < 120; ++i) {
        auto const key = "k" + std::to_string(dice.below(3)) + "/" + dice.letters(1) + "/o-" +
                         std::to_string(dice.below(4));
        if (dice.in_hundred(60)) {
            auto body = dice.letters(dice.below(50));
            put(store, key, body);
            model[key] = std::move(body);
        } else {
            remove(store, key);
            model.erase(key);
        }
    }
    Keys expected;
    for (auto const& [key, body] : model) {
        expected.push_back(key);
        CHECK(get(store, key) == body);
    }
    CHECK(keys(store) == expected);
}
