// Promises of auth/hook: kept verdicts, one call for equal questions, bounds, and time limits.
#include "auth/hook.h"
#include "fakes/manual_clock.h"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using namespace ds;
using namespace std::chrono_literals;
using Ruling = Verdict::Ruling;
using test::ManualClock;

namespace {

// A hook whose answers can be held back. It sees the time limits, as curl would.
class HeldFetch final : public Fetch {
public:
    std::function<Result<FetchReply>(FetchRequest const&)> answer = [](FetchRequest const&) {
        return FetchReply{204, {}, {}};
    };
    std::atomic<int> calls{0};

    void hold() { set(true); }
    void release() { set(false); }

    Result<FetchReply> fetch(FetchRequest const&) override { return Error{Fault::invalid, "?"}; }
    Result<FetchReply> fetch_into(FetchRequest const& request, BodyTaker& taker) override {
        ++calls;
        CHECK(request.method == "GET");
        CHECK(request.redirects == Redirects::never);
        auto const until = std::chrono::steady_clock::now() + request.limits.overall;
        std::unique_lock lock(mutex_);
        while (held_) {
            changed_.wait_for(lock, 5ms);
            if (std::chrono::steady_clock::now() > until)
                return Error{Fault::unreachable, "no answer in time"};
            if (taker.on_idle() == Flow::stop) return FetchReply{};
        }
        lock.unlock();
        return answer(request);
    }

private:
    void set(bool held) {
        std::lock_guard const lock(mutex_);
        held_ = held;
        changed_.notify_all();
    }
    std::mutex mutex_;
    std::condition_variable changed_;
    bool held_ = false;
};

FetchReply lasting(int status, std::string const& control) {
    return {status, {{"Cache-Control", control}}, {}};
}

// A hook, and what its askers were told.
struct HookWorld {
    explicit HookWorld(HookOptions options = {}) : hook(set_up(std::move(options)), fetch, clock) {}

    static HookOptions set_up(HookOptions options) {
        options.url = "http://hook.test/may";
        return options;
    }
    static HookQuestion question(std::string const& exact, std::string const& kept = {}) {
        return {{{"X-Of", exact}}, exact, kept.empty() ? exact : kept};
    }
    bool ask(std::string const& exact, std::string const& kept = {}) {
        return hook.ask(question(exact, kept), [this](Verdict const& verdict) {
            std::lock_guard const lock(mutex);
            told.push_back(verdict.ruling);
            changed.notify_all();
        });
    }
    // What has been told so far, once there are so many.
    std::vector<Ruling> wait_for(std::size_t count) {
        std::unique_lock lock(mutex);
        changed.wait_for(lock, 20s, [&] { return told.size() >= count; });
        return told;
    }
    std::optional<Verdict> remembered(std::string const& kept) {
        return hook.remembered(question(kept));
    }

    ManualClock clock;
    HeldFetch fetch;
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<Ruling> told;
    Hook hook; // it ends first
};

HookOptions one_thread() {
    HookOptions options;
    options.threads = 1;
    return options;
}

} // namespace

TEST_CASE("hook: verdicts are kept for as long as the answer allows, refusals too") {
    HookWorld world;
    world.fetch.answer = [](FetchRequest const& request) -> Result<FetchReply> {
        auto const of = request.headers.get("X-Of");
        if (of == "refused") return lasting(403, "max-age=10");
        if (of == "unasked") return FetchReply{204, {}, {}};
        return lasting(200, of == "never" ? "max-age=10, no-store" : "max-age=10");
    };
    for (auto const* of : {"good", "refused", "never", "unasked"})
        REQUIRE(world.ask(of));
    CHECK(world.wait_for(4).size() == 4);
    REQUIRE(world.remembered("good"));
    CHECK(world.remembered("good")->ruling == Ruling::let_in);
    CHECK(world.remembered("refused")->ruling == Ruling::forbidden);
    CHECK(!world.remembered("never"));
    CHECK(!world.remembered("unasked"));
    CHECK(!world.remembered("another"));
    world.clock.advance(9'999ms);
    CHECK(world.remembered("good"));
    world.clock.advance(1ms);
    CHECK(!world.remembered("good"));
    CHECK(!world.remembered("refused"));
}

TEST_CASE("hook: a newer answer takes the place of what was kept") {
    HookWorld world(one_thread());
    world.fetch.answer = [](FetchRequest const&) { return lasting(200, "max-age=10"); };
    REQUIRE(world.ask("a"));
    world.wait_for(1);
    world.clock.advance(10s);
    world.fetch.answer = [](FetchRequest const&) { return lasting(403, "max-age=10"); };
    REQUIRE(world.ask("a"));
    world.wait_for(2);
    REQUIRE(world.remembered("a"));
    CHECK(world.remembered("a")->ruling == Ruling::forbidden);
    world.fetch.answer = [](FetchRequest const&) { return FetchReply{204, {}, {}}; };
    REQUIRE(world.ask("a"));
    world.wait_for(3);
    CHECK(!world.remembered("a"));
}

TEST_CASE("hook: what is kept is bounded") {
    HookOptions options = one_thread();
    options.kept_bytes_max = 4 * 1024;
    HookWorld world(options);
    world.fetch.answer = [](FetchRequest const&) { return lasting(200, "max-age=10"); };
    std::size_t const asked = 100;
    for (std::size_t i = 0; i < asked; ++i) {
        REQUIRE(world.ask(std::to_string(i)));
        world.wait_for(i + 1);
    }
    int kept = 0;
    for (std::size_t i = 0; i < asked; ++i)
        kept += world.remembered(std::to_string(i)) ? 1 : 0;
    CHECK(kept > 4);
    CHECK(kept <= 16);
    CHECK(world.remembered("99"));
    CHECK(!world.remembered("0"));
}

TEST_CASE("hook: equal questions in flight are one call, others are not") {
    HookWorld world;
    world.fetch.hold();
    for (int i = 0; i < 5; ++i)
        REQUIRE(world.ask("same"));
    REQUIRE(world.ask("same, but for the offset", "same"));
    REQUIRE(world.ask("other"));
    world.fetch.release();
    CHECK(world.wait_for(7) == std::vector<Ruling>(7, Ruling::let_in));
    CHECK(world.fetch.calls == 3);
    REQUIRE(world.ask("same")); // its answer was not to be kept
    world.wait_for(8);
    CHECK(world.fetch.calls == 4);
}

TEST_CASE("hook: too many questions are turned away, and those of before are answered") {
    HookOptions options = one_thread();
    options.questions_max = 3;
    HookWorld world(options);
    world.fetch.hold();
    for (auto const* of : {"a", "b", "c"})
        CHECK(world.ask(of));
    CHECK(!world.ask("d"));
    CHECK(world.ask("a")); // no more than is asked anyway
    world.fetch.release();
    CHECK(world.wait_for(4) == std::vector<Ruling>(4, Ruling::let_in));
    CHECK(world.ask("d"));
    CHECK(world.wait_for(5).size() == 5);
}

TEST_CASE("hook: every question is answered in time, also one that no thread came to") {
    HookOptions options = one_thread();
    options.timeout = 60ms;
    HookWorld world(options);
    world.fetch.hold();
    auto const began = std::chrono::steady_clock::now();
    for (auto const* of : {"a", "b", "c", "d"})
        REQUIRE(world.ask(of));
    CHECK(world.wait_for(4) == std::vector<Ruling>(4, Ruling::unknown));
    CHECK(std::chrono::steady_clock::now() - began < 10s);
    CHECK(world.fetch.calls < 4); // whose time was over was not asked at all
    CHECK(world.hook.sickness());
    world.fetch.release();
    REQUIRE(world.ask("a"));
    CHECK(world.wait_for(5).back() == Ruling::let_in);
    CHECK(!world.hook.sickness());
}

TEST_CASE("hook: what is no verdict is not kept, and is told as sickness") {
    HookWorld world;
    for (auto const& reply :
         {Result<FetchReply>(lasting(500, "max-age=60")),
          Result<FetchReply>(lasting(302, "max-age=60")),
          Result<FetchReply>(lasting(404, "max-age=60")),
          Result<FetchReply>(Error{Fault::unreachable, "connection refused"})}) {
        auto const before = world.wait_for(0).size();
        world.fetch.answer = [&](FetchRequest const&) { return reply; };
        REQUIRE(world.ask("a"));
        CHECK(world.wait_for(before + 1).back() == Ruling::unknown);
        CHECK(!world.remembered("a"));
        CHECK(world.hook.sickness());
    }
    CHECK(world.hook.sickness() == "connection refused");
}

TEST_CASE("hook: it stops at once, and tells nobody afterwards") {
    HookWorld world;
    world.fetch.hold();
    REQUIRE(world.ask("a"));
    while (world.fetch.calls == 0)
        std::this_thread::yield();
    auto const began = std::chrono::steady_clock::now();
    world.hook.stop();
    CHECK(std::chrono::steady_clock::now() - began < 3s);
    CHECK(!world.ask("b"));
    CHECK(world.wait_for(0).empty());
    CHECK(!world.hook.sickness());
}

TEST_CASE("hook: which URLs it takes") {
    for (auto const* good : {"http://127.0.0.1:9000/may", "https://auth.example/may?of=ds",
                             "HTTP://[::1]:9000", "http://h/a@b"})
        CHECK(check_hook_url(good));
    for (auto const* bad : {"", "127.0.0.1:9000", "ftp://a/b", "http://", "http:///may",
                            "http://:80/", "http://me:word@a/may", "http://me@a", "http://a/may#it",
                            "http://a/ may", "http://a\n"}) {
        CAPTURE(bad);
        CHECK(!check_hook_url(bad));
    }
}
