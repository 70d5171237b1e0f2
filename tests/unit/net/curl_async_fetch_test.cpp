// Promises of net/curl_async_fetch, against a server of a few lines on loopback.
#include "base/guarded.h"
#include "fakes/tiny_server.h"
#include "net/curl_async_fetch.h"
#include "support/sure.h"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <optional>
#include <string>
#include <thread>

using namespace ds;
using namespace ds::test;

namespace {

using Steady = std::chrono::steady_clock;

// Collects replies by a name.
class Replies {
public:
    AsyncRequest::Done as(std::string name) {
        return [this, named = std::move(name)](Result<FetchReply> reply) {
            got_.lock()->emplace(named, std::move(reply));
            changed_.notify_all();
        };
    }
    std::optional<Result<FetchReply>> wait_for(std::string const& name) {
        auto got = got_.lock();
        got.wait_until(changed_, Steady::now() + std::chrono::seconds(30),
                       [&](auto& now) { return now.contains(name); });
        auto const found = got->find(name);
        if (found == got->end()) return std::nullopt;
        return found->second;
    }
    std::size_t count() { return got_.lock()->size(); }

private:
    Guarded<std::map<std::string, Result<FetchReply>>> got_;
    std::condition_variable changed_;
};

AsyncRequest post(std::string url, std::string body, AsyncRequest::Done done) {
    AsyncRequest asked;
    asked.request.method = "POST";
    asked.request.url = std::move(url);
    asked.body = std::move(body);
    asked.reply_bytes_max = 1000;
    asked.done = std::move(done);
    return asked;
}

// Answers with what it was sent; "/hang" never does.
bool echo(TinyRequest const& request, TinyServer::Send const& send) {
    if (request.target == "/hang") {
        while (!request.server.is_ending())
            request.server.wait(std::chrono::hours(1));
        return false;
    }
    return send(tiny_reply(200, "A: b\r\n", request.body));
}

} // namespace

TEST_CASE("curl async fetch: many that hang hold up nobody") {
    TinyServer server(echo);
    Replies replies;
    CurlAsyncFetch fetch;
    for (int i = 0; i < 40; ++i)
        fetch.start(post(server.url() + "/hang", "x", replies.as("hang" + std::to_string(i))));
    auto const body = std::string("a\0b", 3);
    fetch.start(post(server.url() + "/echo", body, replies.as("echo")));
    auto const reply = test::sure(replies.wait_for("echo"));
    REQUIRE(*reply);
    CHECK((*reply)->status == 200);
    CHECK((*reply)->body == body);
    CHECK((*reply)->headers.get("a") == "b");
    CHECK(replies.count() == 1);
    fetch.stop(); // cuts them, and tells nobody
    fetch.start(post(server.url() + "/echo", body, replies.as("late")));
    CHECK(replies.count() == 1);
}

TEST_CASE("curl async fetch: a reply is cut where it is no longer wanted") {
    TinyServer server(echo);
    Replies replies;
    CurlAsyncFetch fetch;
    fetch.start(post(server.url(), std::string(100'000, 'x'), replies.as("large")));
    auto const reply = test::sure(replies.wait_for("large"));
    REQUIRE(*reply);
    CHECK((*reply)->status == 200);
    CHECK((*reply)->body == std::string(1'000, 'x'));
}

TEST_CASE("curl async fetch: a head without end is refused, not kept") {
    TinyServer server([](TinyRequest const&, TinyServer::Send const& send) {
        bool there = send("HTTP/1.1 200 OK\r\n");
        std::string const line = "A: " + std::string(10'000, 'x') + "\r\n";
        while (there)
            there = send(line);
        return false;
    });
    Replies replies;
    CurlAsyncFetch fetch;
    fetch.start(post(server.url(), "", replies.as("endless")));
    auto const reply = test::sure(replies.wait_for("endless"));
    REQUIRE(!*reply);
    CHECK(reply->error().fault == Fault::io);
}

TEST_CASE("curl async fetch: time, reach and smuggled headers are what they are elsewhere") {
    std::atomic<int> asked = 0;
    TinyServer server([&](TinyRequest const& request, TinyServer::Send const& send) {
        ++asked;
        return echo(request, send);
    });
    Replies replies;
    CurlAsyncFetch fetch;
    auto late = post(server.url() + "/hang", "", replies.as("late"));
    late.request.limits.overall = std::chrono::milliseconds(50);
    fetch.start(std::move(late));
    auto const timed_out = test::sure(replies.wait_for("late"));
    REQUIRE(!*timed_out);
    CHECK(timed_out->error().fault == Fault::unreachable);

    auto const before = asked.load();
    for (std::string const host : {"127.0.0.1", "localhost"}) {
        auto far = post("http://" + host + ":" + std::to_string(server.port()) + "/", "",
                        replies.as(host));
        far.request.reach = Reach::internet;
        fetch.start(std::move(far));
        auto const refused = test::sure(replies.wait_for(host));
        REQUIRE(!*refused);
        CHECK(refused->error().fault == Fault::invalid);
    }
    auto smuggled = post(server.url(), "", replies.as("smuggled"));
    smuggled.request.headers.add("A", "b\r\nC: d");
    fetch.start(std::move(smuggled));
    auto const refused = test::sure(replies.wait_for("smuggled"));
    CHECK(!*refused);
    CHECK(asked == before);
}
