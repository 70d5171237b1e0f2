// Parked readers on a real engine: nothing is missed between registering and looking, and a wave
// reaches everybody whoever comes and leaves meanwhile.
#include "fakes/engine_world.h"
#include "service/follow/parked_readers.h"
#include "service/follow/slice.h"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ds {

namespace {

using follow::k_slice_readers;
using follow::Slice;
using test::append;
using test::create;

constexpr char const* k_followed_name = "p/followed";

// An event loop of one thread, the test's: what is posted is done when the test says so.
struct FollowWorld {
    test::World world;
    std::deque<std::function<void()>> posted;
    follow::ParkedReaders parked{
        *world.engine, world.courier->number(),
        [this](std::function<void()> work) { posted.push_back(std::move(work)); }};
    std::size_t delivered = 0;
    std::size_t in_slice = 0; // wakes since the slice began

    FollowWorld() { world.ask(create(k_followed_name)); }
    std::shared_ptr<Stream> stream() { return world.stream(k_followed_name); }
    void append_text(std::string text) { world.ask(append(k_followed_name, std::move(text))); }
    // Hands over the next advances of the watched stream.
    void deliver(std::size_t count = 1) {
        auto const all = world.courier->wait_for_advances(delivered + count);
        REQUIRE(all.size() >= delivered + count);
        for (; count > 0; --count) {
            in_slice = 0;
            parked.on_advance(all[delivered++]);
        }
    }
    bool run_posted() {
        if (posted.empty()) return false;
        auto const work = std::move(posted.front());
        posted.pop_front();
        in_slice = 0;
        work();
        return true;
    }
    void run_all() {
        while (run_posted())
            CHECK(in_slice <= k_slice_readers);
    }
};

struct CountedFrames final : follow::SliceCache {
    std::size_t users = 0;
};

// Takes what the slice has for it.
struct TestReader final : follow::StreamReader {
    TestReader(FollowWorld& of, std::uint64_t from)
        : StreamReader(of.parked, of.stream(), from),
          follow_world(of),
          position(from) {}

    void wake(Slice& slice) override {
        ++wakes;
        ++follow_world.in_slice;
        ended = slice.ended;
        closed = slice.head.closed;
        users_of_slice = ++slice.cache<CountedFrames>().users;
        if (position < slice.head.end) {
            auto const* const page = slice.page_from(position);
            REQUIRE(page != nullptr);
            body = page->body.view().data();
            text.append(page->body.view());
            position = seen = page->end;
        }
        if (auto const after = then) after(*this); // it may end this reader
    }

    FollowWorld& follow_world;
    std::uint64_t position;
    std::string text;
    char const* body = nullptr; // of the last page
    std::size_t wakes = 0;
    std::size_t users_of_slice = 0;
    bool ended = false;
    bool closed = false;
    std::function<void(TestReader&)> then;
};
using TestReaders = std::vector<std::unique_ptr<TestReader>>;

TestReaders parked_at_start(FollowWorld& follow_world, std::size_t count) {
    TestReaders readers;
    for (std::size_t i = 0; i < count; ++i) {
        readers.push_back(std::make_unique<TestReader>(follow_world, 0));
        REQUIRE(follow_world.parked.park(*readers.back()));
    }
    return readers;
}

} // namespace

TEST_CASE("follow: a reader that has not seen all is not parked, and looks again") {
    FollowWorld follow_world;
    TestReader reader(follow_world, 0);
    follow_world.append_text("before"); // between its last look and the registration
    CHECK_FALSE(follow_world.parked.park(reader));
    CHECK_FALSE(reader.is_parked());
    reader.seen = reader.position = follow_world.stream()->head().end;
    CHECK(follow_world.parked.park(reader));
    CHECK(reader.is_parked());
}

TEST_CASE("follow: a commit after the registration wakes, with what it brought") {
    FollowWorld follow_world;
    TestReader reader(follow_world, 0);
    REQUIRE(follow_world.parked.park(reader));
    follow_world.append_text("one");
    CHECK(reader.wakes == 0); // on its own thread only
    follow_world.deliver();
    CHECK(reader.text == "one");
    CHECK(reader.is_parked());
    follow_world.append_text("two");
    follow_world.deliver();
    CHECK(reader.text == "onetwo");
    CHECK(reader.wakes == 2);
    CHECK(follow_world.posted.empty());
}

TEST_CASE("follow: a reader that has left is not woken, and its stream is watched no more") {
    FollowWorld follow_world;
    {
        TestReader reader(follow_world, 0);
        REQUIRE(follow_world.parked.park(reader));
    }
    Life life{};
    follow_world.append_text("nobody is told");
    CHECK(follow_world.world.courier->wait_for_advances(0).empty());
    static_cast<void>(follow_world.stream()->watch(follow_world.world.courier->number(), life));
    follow_world.append_text("and now somebody");
    auto const told = follow_world.world.courier->wait_for_advances(1);
    REQUIRE(told.size() == 1);
    follow_world.parked.on_advance(told.front()); // nobody is parked
}

TEST_CASE("follow: readers that stand in one place share one page and one cache for each slice") {
    FollowWorld follow_world;
    auto const readers = parked_at_start(follow_world, k_slice_readers + 2);
    follow_world.append_text("shared");
    follow_world.deliver();
    CHECK(readers.front()->body == readers[k_slice_readers - 1]->body);
    CHECK(readers[k_slice_readers - 1]->users_of_slice == k_slice_readers);
    follow_world.run_all();
    CHECK(readers.back()->users_of_slice == 2);
    for (auto const& reader : readers)
        CHECK(reader->text == "shared");
}

TEST_CASE("follow: a wave goes on in slices, and what comes meanwhile is told with it") {
    FollowWorld follow_world;
    auto const readers = parked_at_start(follow_world, 3 * k_slice_readers);
    follow_world.append_text("a");
    follow_world.deliver();
    CHECK(readers[k_slice_readers - 1]->wakes == 1);
    CHECK(readers[k_slice_readers]->wakes == 0);
    REQUIRE(follow_world.posted.size() == 1);
    follow_world.append_text("b");
    follow_world.deliver(); // the wave goes on from where it is, once round
    CHECK(follow_world.posted.size() == 1);
    follow_world.run_all();
    for (std::size_t i = 0; i < readers.size(); ++i) {
        CHECK(readers[i]->text == "ab");
        CHECK(readers[i]->wakes == (i < k_slice_readers ? 2 : 1));
    }
}

TEST_CASE("follow: readers leave and come during a wave, and nobody is missed or woken twice") {
    FollowWorld follow_world;
    auto readers = parked_at_start(follow_world, 4 * k_slice_readers);
    constexpr std::size_t k_staying_from = 700;
    TestReaders joined;
    // When the first is told, most of the others go, and at last itself; another reader comes. The
    // gaps are closed under the wave, as it has to go on past them.
    readers[0]->then = [&](TestReader&) {
        for (std::size_t i = 1; i < k_staying_from; ++i)
            readers[i].reset();
        joined.push_back(std::make_unique<TestReader>(follow_world, 1));
        REQUIRE(follow_world.parked.park(*joined.back()));
        readers[0].reset();
    };
    follow_world.append_text("a");
    follow_world.deliver();
    CHECK_FALSE(readers[0]);
    REQUIRE(follow_world.posted.size() == 1);
    readers[k_staying_from].reset(); // it was told
    readers[4 * k_slice_readers - 2].reset();
    follow_world.run_all();
    for (auto const& reader : readers)
        if (reader) {
            CHECK(reader->text == "a");
            CHECK(reader->wakes == 1);
        }
    CHECK(joined[0]->wakes == 0); // it had seen all when it came
    follow_world.append_text("b");
    follow_world.deliver();
    follow_world.run_all();
    for (auto const& reader : readers)
        if (reader) CHECK(reader->text == "ab");
    CHECK(joined[0]->text == "b");
}

TEST_CASE("follow: a reader that joins a wave is told of a commit that it has not seen") {
    FollowWorld follow_world;
    auto const readers = parked_at_start(follow_world, k_slice_readers + 1);
    follow_world.append_text("a");
    follow_world.deliver();
    TestReader late(follow_world, 1);
    REQUIRE(follow_world.parked.park(late));
    follow_world.append_text("b");
    CHECK(late.wakes == 0);
    follow_world.run_all(); // the head has moved, though the advance is still to come
    CHECK(late.text == "b");
    CHECK(readers.back()->text == "ab");
    follow_world.deliver();
    follow_world.run_all();
    CHECK(late.text == "b");
    CHECK(readers.front()->text == "ab");
}

TEST_CASE("follow: gaps are closed, whoever leaves") {
    FollowWorld follow_world;
    auto readers = parked_at_start(follow_world, 64);
    for (std::size_t i = 0; i < readers.size(); ++i)
        if (i % 5 != 3) readers[i].reset();
    follow_world.append_text("x");
    follow_world.deliver();
    // Who comes back has a place of its own.
    TestReader again(follow_world, 1);
    REQUIRE(follow_world.parked.park(again));
    readers[3].reset();
    follow_world.append_text("y");
    follow_world.deliver();
    CHECK(again.text == "y");
    for (auto const& reader : readers)
        if (reader) CHECK(reader->text == "xy");
}

TEST_CASE("follow: readers come and leave in each wave of a long one, and it ends") {
    FollowWorld follow_world;
    auto readers = parked_at_start(follow_world, 4 * k_slice_readers);
    // Each leaves when it is told and another one comes: the way round must not grow for ever.
    TestReaders next;
    for (auto& reader : readers)
        reader->then = [&](TestReader& told) {
            follow_world.parked.unpark(told);
            next.push_back(std::make_unique<TestReader>(follow_world, told.seen));
            REQUIRE(follow_world.parked.park(*next.back()));
        };
    follow_world.append_text("a");
    follow_world.deliver();
    std::size_t turns = 0;
    while (follow_world.run_posted())
        REQUIRE(++turns < 64);
    CHECK(next.size() == readers.size());
    follow_world.append_text("b");
    follow_world.deliver();
    follow_world.run_all();
    for (auto const& reader : next)
        CHECK(reader->text == "b");
    for (auto const& reader : readers)
        CHECK(reader->text == "a");
}

TEST_CASE("follow: a stream that closes or ends wakes also those who have seen all") {
    FollowWorld follow_world;
    auto const readers = parked_at_start(follow_world, 2);
    auto last = append(k_followed_name, "");
    last.close = true;
    follow_world.world.ask(std::move(last));
    follow_world.deliver();
    CHECK(readers[0]->closed);
    CHECK(readers[1]->closed);
    follow_world.world.ask(Remove{test::name_of(k_followed_name)});
    follow_world.deliver();
    CHECK(readers[0]->ended);
    CHECK(readers[1]->wakes == 2);
}

TEST_CASE("follow: a closed stream takes no reader") {
    FollowWorld follow_world;
    auto last = append(k_followed_name, "");
    last.close = true;
    follow_world.world.ask(std::move(last));
    TestReader reader(follow_world, 0);
    CHECK_FALSE(follow_world.parked.park(reader));
    follow_world.parked.unpark(reader); // nothing happens
}

} // namespace ds
