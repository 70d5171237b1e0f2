// Promises of storage/s3_store beyond the contract of all stores: trouble, clocks and secrets.
#include "fakes/manual_clock.h"
#include "fakes/scripted_fetch.h"
#include "fakes/tiny_s3.h"
#include "storage/s3_store.h"

#include <doctest/doctest.h>

#include <chrono>
#include <condition_variable>
#include <string>
#include <thread>
#include <vector>

using namespace ds;
using test::Trouble;

namespace {

struct S3StoreWorld {
    test::ManualClock clock;
    test::TinyS3 server{clock};
    Credentials credentials{server.access_key, server.secret_key, {}};

    S3Store store(std::string const& bucket = "shelf", std::string const& region = "auto") {
        return {{server.endpoint, bucket, "p/", region}, credentials, {}, 4, server, clock};
    }
};

template <typename Done>
Error error_of(Done const& done) {
    REQUIRE_FALSE(done);
    return done.error();
}

bool says(Error const& error, std::string const& text) {
    return error.what.find(text) != std::string::npos;
}

} // namespace

TEST_CASE("s3 store: the prefix is before every key on the wire, and nowhere else") {
    S3StoreWorld world;
    auto store = world.store();
    REQUIRE(store.put("a/b", "x", "text/plain"));
    world.server.add("a/b", "another's");
    world.server.add("p/with blank", "another's");
    world.server.add("q", "another's");
    CHECK(world.server.objects().contains("p/a/b"));
    std::string seen;
    REQUIRE(store.list("", [&](ObjectEntry const& entry) {
        seen += entry.key + " ";
        return Result<void>();
    }));
    CHECK(seen == "a/b ");
    CHECK(store.where() == "s3://shelf/p at http://tiny.test:9000");
    CHECK(world.server.asked().at(0).url == "http://tiny.test:9000/shelf/p/a/b");
    CHECK(world.server.asked().at(0).headers.get("Content-Type") == "text/plain");
}

TEST_CASE("s3 store: an endpoint may have a path") {
    S3StoreWorld world;
    world.server.endpoint = "http://tiny.test:9000";
    test::ScriptedFetch fetch({test::answers(200)});
    S3Store store({"https://tiny.test/storage/v1", "shelf", "", "auto"}, world.credentials, {}, 1,
                  fetch, world.clock);
    REQUIRE(store.put("k=", "x", "text/plain"));
    CHECK(fetch.asked.at(0).url == "https://tiny.test/storage/v1/shelf/k%3D");
    CHECK(fetch.asked.at(0).header("Host") == "tiny.test");
}

TEST_CASE("s3 store: trouble is the fault that it is, and never an absence") {
    S3StoreWorld world;
    auto store = world.store();
    REQUIRE(store.put("k", "0123456789", "text/plain"));
    struct Case {
        Trouble trouble;
        Fault fault;
        std::string text;
    };
    for (auto const& [trouble, fault, text] :
         std::vector<Case>{{Trouble::internal_error, Fault::io, "500 InternalError"},
                           {Trouble::slow_down, Fault::busy, "SlowDown"},
                           {Trouble::quota, Fault::full, "QuotaExceeded"},
                           {Trouble::silent, Fault::unreachable, "nobody answers"},
                           {Trouble::no_bucket, Fault::invalid, "create it"},
                           {Trouble::denied, Fault::invalid, "AccessDenied"},
                           {Trouble::plain_404, Fault::invalid, "--store-endpoint"},
                           {Trouble::redirect, Fault::invalid, "--store-region"}}) {
        CAPTURE(text);
        auto const check = [&](auto const& operation) {
            world.server.set_trouble(trouble);
            auto const error = error_of(operation());
            CHECK(error.fault == fault);
            CHECK_MESSAGE(says(error, text), error.what);
        };
        check([&] { return store.get("k"); });
        check([&] { return store.get("absent"); });
        check([&] { return store.get_range("k", {0, 1}); });
        check([&] { return store.put("k", "0123456789", "text/plain"); });
        check([&] { return store.remove("k-2"); });
        check([&] { return store.list("", [](auto const&) { return Result<void>(); }); });
    }
}

TEST_CASE("s3 store: half of what was asked for is a fault, never data") {
    S3StoreWorld world;
    auto store = world.store();
    REQUIRE(store.put("k", "0123456789", "text/plain"));
    world.server.set_trouble(Trouble::half_body);
    CHECK(error_of(store.get("k")).fault == Fault::io);
    world.server.set_trouble(Trouble::half_body);
    CHECK(error_of(store.get_range("k", {2, 4})).fault == Fault::io);
    world.server.set_trouble(Trouble::wrong_range);
    CHECK(error_of(store.get_range("k", {2, 4})).fault == Fault::io);
    world.server.set_trouble(Trouble::wrong_range, 2);
    CHECK(error_of(store.get_range("k", ByteRange::last(4))).fault == Fault::io);
    world.server.set_trouble(Trouble::wrong_range); // asked for again from the front
    CHECK((*store.get_range("k", ByteRange::last(4)))->bytes.view() == "6789");
    world.server.set_trouble(Trouble::xml_cut);
    CHECK(error_of(store.list("", [](auto const&) { return Result<void>(); })).fault == Fault::io);
}

TEST_CASE("s3 store: a server may leave Range out of account, or not tell sizes") {
    S3StoreWorld world;
    auto store = world.store();
    REQUIRE(store.put("k", "0123456789", "text/plain"));
    world.server.knows_ranges = false;
    auto const part = store.get_range("k", {3, 2});
    REQUIRE(part);
    CHECK((*part)->bytes.view() == "34");
    CHECK((*part)->object_bytes == 10);
    CHECK((*store.get_range("k", {10, 2}))->bytes.empty());
    world.server.knows_ranges = true;
    world.server.tells_size = false;
    CHECK((*store.get_range("k", {12, 2}))->object_bytes == 10);
}

TEST_CASE("s3 store: keys come through whether the server encodes them or not") {
    for (bool const encodes : {true, false}) {
        S3StoreWorld world;
        world.server.encodes_keys = encodes;
        auto store = world.store();
        REQUIRE(store.put("a=/b", "", "text/plain"));
        std::string seen;
        REQUIRE(store.list("a=", [&](ObjectEntry const& entry) {
            seen += entry.key;
            return Result<void>();
        }));
        CHECK(seen == "a=/b");
    }
}

TEST_CASE("s3 store: a list that begins anew on each page ends") {
    S3StoreWorld world;
    auto store = world.store();
    for (char const* key : {"a", "b", "c", "d", "e"})
        REQUIRE(store.put(key, "", "text/plain"));
    world.server.set_trouble(Trouble::repeats_page, 1'000);
    auto const error = error_of(store.list("", [](auto const&) { return Result<void>(); }));
    CHECK(says(error, "order"));
}

TEST_CASE("s3 store: wrong credentials, bucket and region are named, without the credentials") {
    S3StoreWorld world;
    world.credentials.secret_key = "not/the/secret";
    auto const wrong = error_of(world.store().get("k"));
    CHECK(wrong.fault == Fault::invalid);
    CHECK(says(wrong, "--store-secret-key"));
    world.credentials.secret_key = world.server.secret_key;
    auto const bucket = error_of(world.store("another").get("k"));
    CHECK(bucket.fault == Fault::invalid);
    CHECK(says(bucket, "NoSuchBucket"));
    CHECK(says(error_of(world.store("shelf", "mars").get("k")), "--store-region"));
    world.server.set_trouble(Trouble::internal_error); // whose message has the access key
    test::ScriptedFetch fetch({test::answers(
        400, {}, "<Error><Code>Odd</Code><Message>TINYACCESS tiny/secret+key</Message></Error>")});
    S3Store store({"https://tiny.test", "shelf", "", "auto"}, world.credentials, {}, 1, fetch,
                  world.clock);
    auto const odd = error_of(store.get("k"));
    CHECK(says(odd, "400 Odd: the store refuses the request (*** ***)"));
    world.credentials.access_key = "UNKNOWN";
    auto const unknown = error_of(world.store().get("k"));
    CHECK(says(unknown, "--store-access-key"));
    CHECK_FALSE(says(unknown, "UNKNOWN"));
}

TEST_CASE("s3 store: temporary credentials are sent with their token") {
    S3StoreWorld world;
    world.server.session_token = "token//==";
    CHECK(says(error_of(world.store().put("k", "x", "text/plain")), "InvalidToken"));
    world.credentials.session_token = "token//==";
    REQUIRE(world.store().put("k", "x", "text/plain"));
}

TEST_CASE("s3 store: it learns how far its clock is off") {
    for (auto const ahead : {std::chrono::hours(3), std::chrono::hours(-3)}) {
        S3StoreWorld world;
        world.server.ahead = ahead;
        auto store = world.store();
        REQUIRE(store.put("k", "x", "text/plain"));
        CHECK(world.server.asked().size() == 2);
        REQUIRE(store.get("k"));
        CHECK(world.server.asked().size() == 3);
    }
}

TEST_CASE("s3 store: a clock that is off and cannot be learned says how far") {
    S3StoreWorld world;
    auto const skewed = test::answers(403, {{"Date", "Thu, 01 Jan 2026 02:00:00 GMT"}},
                                      "<Error><Code>RequestTimeTooSkewed</Code></Error>");
    test::ScriptedFetch fetch({skewed, skewed});
    S3Store store({"https://tiny.test", "shelf", "", "auto"}, world.credentials, {}, 1, fetch,
                  world.clock);
    auto const error = error_of(store.get("k"));
    CHECK(error.fault == Fault::invalid);
    CHECK(says(error, "7200 s behind the store's; set it"));
}

TEST_CASE("s3 store: what is asked cannot be redirected, and has its limits") {
    S3StoreWorld world;
    FetchLimits limits;
    limits.overall = std::chrono::milliseconds(7);
    bool seen = false;
    test::ScriptedFetch fetch({[&](FetchRequest const& request) {
        seen = request.redirects == Redirects::never &&
               request.limits.overall == std::chrono::milliseconds(7);
        return test::Played{FetchReply{200, {}, {}}, {}, {}};
    }});
    S3Store store({"https://tiny.test", "shelf", "", "auto"}, world.credentials, limits, 1, fetch,
                  world.clock);
    REQUIRE(store.get("k"));
    CHECK(seen);
}

TEST_CASE("s3 store: no more requests than allowed are on their way at once") {
    // Holds each request until as many as may be there have come.
    struct Crowd final : Fetch {
        std::mutex mutex;
        std::condition_variable changed;
        int now = 0;
        int most = 0;
        int come = 0;
        Result<FetchReply> fetch(FetchRequest const&) override {
            std::unique_lock lock(mutex);
            most = std::max(most, ++now);
            ++come;
            changed.notify_all();
            changed.wait(lock, [&] { return come >= 2; });
            --now;
            return FetchReply{200, {}, {}};
        }
        Result<FetchReply> fetch_into(FetchRequest const& request, BodyTaker&) override {
            return fetch(request);
        }
    } crowd;
    S3StoreWorld world;
    S3Store store({"https://tiny.test", "shelf", "", "auto"}, world.credentials, {}, 2, crowd,
                  world.clock);
    std::vector<std::thread> threads;
    for (int i = 0; i < 6; ++i)
        threads.emplace_back([&] { CHECK(store.get("k")); });
    for (auto& thread : threads)
        thread.join();
    CHECK(crowd.most == 2);
    CHECK(crowd.come == 6);
}
