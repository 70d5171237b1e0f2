// Puts that replace nothing unseen, against every store, and S3 servers that do not know how.
#include "fakes/flaky_store.h"
#include "storage/retrying_store.h"
#include "stores.h"

#include <doctest/doctest.h>

#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace ds {

using test::InDirectory;
using test::InMemory;
using test::InS3;

namespace {

struct PutInCarelessS3 : InS3 {
    PutInCarelessS3() { server.keeps_conditions = false; }
};

struct PutInS3WithoutConditions : InS3 {
    PutInS3WithoutConditions() { server.refuses_conditions = true; }
};

bool put_if(ObjectStore& store, std::string const& key, std::optional<std::string_view> was,
            std::string_view bytes) {
    auto const done = store.put_if(key, was, bytes, "text/plain");
    REQUIRE_MESSAGE(done, (done ? "" : done.error().what));
    return *done;
}

std::string content_of(ObjectStore& store, std::string const& key) {
    auto const got = store.get(key);
    REQUIRE(got);
    return *got ? std::string((*got)->view()) : "(absent)";
}

} // namespace

TEST_CASE_TEMPLATE("conditional put: only over what was seen", World, InMemory, InDirectory, InS3,
                   PutInCarelessS3, PutInS3WithoutConditions) {
    World world;
    auto& store = world.store;
    CHECK_FALSE(put_if(store, "a/b", "x", "one"));
    CHECK(content_of(store, "a/b") == "(absent)");
    CHECK(put_if(store, "a/b", std::nullopt, "one"));
    CHECK_FALSE(put_if(store, "a/b", std::nullopt, "two"));
    CHECK_FALSE(put_if(store, "a/b", std::nullopt, "one"));
    CHECK_FALSE(put_if(store, "a/b", "other", "two"));
    CHECK(content_of(store, "a/b") == "one");
    CHECK(put_if(store, "a/b", "one", "two"));
    CHECK(content_of(store, "a/b") == "two");
    REQUIRE(store.remove("a/b"));
    CHECK_FALSE(put_if(store, "a/b", "two", "three"));
    CHECK(put_if(store, "a/b", std::nullopt, ""));
    CHECK(put_if(store, "a/b", "", "four"));
    CHECK(content_of(store, "a/b") == "four");
    CHECK_FALSE(store.put_if("no key!", std::nullopt, "x", "text/plain"));
}

TEST_CASE_TEMPLATE("conditional put: of many at once, one comes first", World, InMemory,
                   InDirectory, InS3) {
    World world;
    for (int round = 0; round < 20; ++round) {
        auto const key = "k" + std::to_string(round);
        std::atomic<int> first = 0;
        std::atomic<int> second = 0;
        std::vector<std::thread> writers;
        for (int writer = 0; writer < 4; ++writer)
            writers.emplace_back([&, writer] {
                auto const mine = "by " + std::to_string(writer);
                first += *world.store.put_if(key, std::nullopt, mine, "text/plain") ? 1 : 0;
            });
        for (auto& writer : writers)
            writer.join();
        CHECK(first == 1);
        auto const seen = content_of(world.store, key);
        writers.clear();
        for (int writer = 0; writer < 4; ++writer)
            writers.emplace_back([&, writer] {
                auto const mine = "then by " + std::to_string(writer);
                second += *world.store.put_if(key, seen, mine, "text/plain") ? 1 : 0;
            });
        for (auto& writer : writers)
            writer.join();
        CHECK(second == 1);
    }
}

TEST_CASE("conditional put: an object is put once, and the same once more") {
    test::MemoryStore store;
    REQUIRE(put_new(store, "k", "one", "text/plain"));
    REQUIRE(put_new(store, "k", "one", "text/plain"));
    auto const other = put_new(store, "k", "two", "text/plain");
    REQUIRE_FALSE(other);
    CHECK(other.error().fault == Fault::corrupt);
    CHECK(other.error().what.find("k is in memory already") != std::string::npos);
    CHECK(content_of(store, "k") == "one");
}

TEST_CASE("conditional put: on bad days, too") {
    auto* const flaky = new test::FlakyStore(std::make_unique<test::MemoryStore>(), 7);
    RetryingStore store{std::unique_ptr<ObjectStore>(flaky), 50, [](auto) {}};
    flaky->set_percent(40);
    for (int i = 0; i < 200; ++i) {
        auto const key = "k" + std::to_string(i);
        REQUIRE(put_new(store, key, "one", "text/plain")); // also when it was done, and seemed not
        CHECK_FALSE(put_new(store, key, "two", "text/plain"));
        CHECK(content_of(store, key) == "one");
    }
}

TEST_CASE("conditional put: S3 is asked for conditions, and held to them") {
    InS3 world;
    CHECK(put_if(world.store, "first", std::nullopt, "1"));
    auto const tried = world.server.asked().size();
    CHECK(put_if(world.store, "second", std::nullopt, "2"));
    auto const asked = world.server.asked();
    REQUIRE(asked.size() == tried + 1); // nothing is looked at before, or tried after
    CHECK(asked.back().method == "PUT");
    CHECK(asked.back().headers.get("If-None-Match") == "*");
    CHECK(put_if(world.store, "second", "2", "3"));
    CHECK(world.server.asked().back().headers.get("If-Match").has_value());

    world.server.set_trouble(test::Trouble::changing);
    auto const meanwhile = world.store.put_if("third", std::nullopt, "3", "text/plain");
    REQUIRE_FALSE(meanwhile);
    CHECK(meanwhile.error().fault == Fault::busy); // it is asked again
}

TEST_CASE_TEMPLATE("conditional put: a server without conditions is found out", World,
                   PutInCarelessS3, PutInS3WithoutConditions) {
    World world;
    CHECK(put_if(world.store, "first", std::nullopt, "1"));
    auto const before = world.server.asked().size();
    CHECK(put_if(world.store, "second", std::nullopt, "2"));
    auto const asked = world.server.asked();
    REQUIRE(asked.size() > before);
    CHECK(asked[before].method == "GET"); // it is looked at first
    CHECK_FALSE(put_if(world.store, "second", std::nullopt, "3"));
    CHECK(content_of(world.store, "second") == "2");
}

TEST_CASE("conditional put: files are their owner's alone, and nothing is left aside") {
    InDirectory world;
    CHECK(put_if(world.store, "a/b", std::nullopt, "one"));
    CHECK_FALSE(put_if(world.store, "a/b", std::nullopt, "two"));
    CHECK_FALSE(world.store.put_if("a", std::nullopt, "two", "text/plain")); // a folder
    auto const mode = [&](std::string const& name) {
        struct stat facts {};
        REQUIRE(::stat((world.home.path() + "/objects" + name).c_str(), &facts) == 0);
        return facts.st_mode & 0777U;
    };
    CHECK(mode("") == 0700);
    CHECK(mode("/a") == 0700);
    CHECK(mode("/a/b") == 0600);
    std::vector<std::string> aside;
    for (auto const& entry :
         std::filesystem::directory_iterator(world.home.path() + "/objects/~tmp"))
        aside.push_back(entry.path().string());
    CHECK(aside.empty());
}

} // namespace ds
