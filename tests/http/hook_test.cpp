// The external hook: who is let in, what is kept, and what happens when it does not answer.
#include "http/access_table.h"
#include "http/hook_server.h"
#include "support/text.h"

#include <doctest/doctest.h>

#include <csignal>
#include <string>
#include <vector>

using namespace ds::test;
using ds::TempDir;

namespace {

using ds::test::times;

std::string const k_path = "/v1/stream/shop/a";

// A server that asks a hook, and has the administrator's token.
class Hooked {
public:
    explicit Hooked(std::string const& url, std::vector<std::string> more = {})
        : server_(options(url, std::move(more))) {}

    ServerUnderTest& server() { return server_; }
    Reply get(std::string const& token, std::string const& path = k_path) {
        return ask(server_, "GET", path, token.empty() ? Headers{} : bearer(token));
    }
    Reply as_admin(std::string const& method, std::string const& target, Headers const& more = {},
                   std::string const& body = {}) {
        return ask(server_, method, target, with(bearer(k_admin), more), body);
    }
    void make(std::string const& path = k_path, Headers const& more = {}) {
        REQUIRE(as_admin("PUT", path, with(k_text, more), "words").status == 201);
    }

private:
    std::vector<std::string> options(std::string const& url, std::vector<std::string> more) {
        std::vector<std::string> all{"--auth-url",          url,
                                     "--long-poll-timeout", "1",
                                     "--admin-token-file",  token_file(files_, "admin", k_admin)};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    TempDir files_;
    ServerUnderTest server_;
};

// A port that nobody listens on: the one of a hook that has gone.
std::string dead_url() {
    return HookServer(by_token()).url();
}

} // namespace

TEST_CASE("hook: every route with every verdict") {
    char const* const challenge = "Basic realm=\"shop\"";
    for (auto const* control : {"", "max-age=60"}) {
        CAPTURE(control);
        HookServer hook(by_token(control));
        Hooked hooked(hook.url());
        check_table(hooked.server(),
                    {{"none", {}, 401, 401, 401, challenge},
                     {"unknown", bearer("someone"), 401, 401, 401, challenge},
                     {"twice", with(bearer("all"), bearer("all")), 401, 401, 401},
                     {"nothing", bearer("nothing"), 403, 403, 403},
                     {"reads", bearer("reads"), 0, 403, 403},
                     {"writes", bearer("writes"), 0, 0, 403},
                     {"all", bearer("all"), 0, 0, 0},
                     {"broken", bearer("broken"), 503, 503, 503},
                     {"moved", bearer("moved"), 503, 503, 503},
                     {"administrator", bearer(k_admin), 0, 0, 0, "Bearer", false, true}});
    }
}

TEST_CASE("hook: every route with a hook that is down") {
    Hooked hooked(dead_url());
    check_table(hooked.server(),
                {{"none", {}, 503, 503, 503},
                 {"any", bearer("all"), 503, 503, 503},
                 {"administrator", bearer(k_admin), 0, 0, 0, "Bearer", false, true}});
    hooked.make("/v1/stream/shop/public?public=true");
    CHECK(hooked.get("", "/v1/stream/shop/public").status == 200);
    CHECK(hooked.get("all").code() == "AUTH_UNAVAILABLE");
    auto const health = hooked.as_admin("GET", "/health");
    CHECK(health.status == 200);
    CHECK(ask(hooked.server(), "GET", "/health").body == "ok"); // strangers are told no more
    CHECK(health.body.find("auth hook fails") != std::string::npos);
    CHECK(times(hooked.server().log(), "auth_hook.sick") == 1);
}

TEST_CASE("hook: it is told what is asked, by whom, and where") {
    HookServer hook(by_token());
    Hooked hooked(hook.url());
    auto& server = hooked.server();
    CHECK(ask(server, "PUT", "/v1/stream/shop/a%20b?cache=private",
              with(bearer("all"), with(k_text, {{"X-Forwarded-For", "10.9.8.7"},
                                                {"X-Api-Key", "k"},
                                                {"Cookie", "a=b; c=d"}})),
              "words")
              .status == 201);
    REQUIRE(hook.count() == 1);
    auto const put = hook.asked().front();
    CHECK(put.method == "GET");
    CHECK(put.target == "/may");
    CHECK(put["X-Original-Method"] == "PUT");
    // Its library decodes %XX in headers: they came as "a%20b".
    CHECK(put["X-Original-URI"] == "/v1/stream/shop/a b?cache=private");
    CHECK(put["X-Forwarded-For"] == "127.0.0.1");
    CHECK(put["X-Forwarded-Proto"] == (server.over() == Over::tls ? "https" : "http"));
    CHECK(put["Stream-Right"] == "write");
    CHECK(put["Stream-Project"] == "shop");
    CHECK(put["Stream-Name"] == "a b");
    CHECK(put["Authorization"] == "Bearer all");
    CHECK(put["Cookie"] == "a=b; c=d");
    CHECK(put["X-Api-Key"] == "k");
    CHECK(put["Content-Type"] == "(none)");
    CHECK(put["Content-Length"] == "(none)");
    CHECK(ask(server, "GET", "/v1/config/shop", bearer("all")).status == 404);
    auto const config = hook.asked().back();
    CHECK(config["Stream-Right"] == "manage");
    CHECK(config["Stream-Project"] == "shop");
    CHECK(config["Stream-Name"] == "(none)");
    // What needs no verdict asks for none.
    auto const before = hook.count();
    CHECK(ask(server, "OPTIONS", k_path).status == 204);
    CHECK(ask(server, "GET", "/health").body == "ok");
    CHECK(ask(server, "GET", "/openapi.json").status == 200);
    CHECK(ask(server, "GET", "/v1/stream/").status == 404);
    hooked.make("/v1/stream/shop/public?public=true");
    CHECK(hooked.get("", "/v1/stream/shop/public").status == 200);
    CHECK(hook.count() == before);
    CHECK(ask(server, "POST", "/v1/stream/shop/public", k_text, "x").status == 401);
}

TEST_CASE("hook: a fork is let in where its source may be read") {
    HookServer hook([](HookServer::Asked const& asked) {
        bool const secret = asked["X-Original-URI"] == "/v1/stream/shop/secret";
        return HookServer::Answer{secret && asked["X-Original-Method"] == "GET" ? 403 : 204};
    });
    Hooked hooked(hook.url());
    hooked.make("/v1/stream/shop/secret");
    hooked.make("/v1/stream/shop/known");
    hooked.make("/v1/stream/shop/open?public=true");
    auto const fork = [&](std::string const& source, std::string const& name) {
        return ask(hooked.server(), "PUT", "/v1/stream/shop/" + name,
                   with(bearer("x"), {{"Stream-Forked-From", source}}));
    };
    CHECK(fork("/v1/stream/shop/secret", "f1").status == 403);
    CHECK(fork("/v1/stream/shop/%73ecret", "f1").status == 403);
    CHECK(hook.count() == 4);
    CHECK(fork("/v1/stream/shop/known", "f2").status == 201);
    CHECK(hook.count() == 6);
    CHECK(fork("/v1/stream/shop/open", "f3").status == 201);
    CHECK(hook.count() == 7);
    CHECK(fork("/v1/stream/shop/absent", "f4").code() == "STREAM_NOT_FOUND");
    CHECK(fork("nowhere", "f5").code() == "INVALID_FORK");
    // With a body, which must outlast two waits.
    auto const path = std::string("/v1/stream/shop/f6");
    CHECK(ask(hooked.server(), "PUT", path,
              with(bearer("x"), with(k_text, {{"Stream-Forked-From", "/v1/stream/shop/known"}})),
              " and more")
              .status == 201);
    CHECK(hooked.get("x", path).body == "words and more");
}

TEST_CASE("hook: verdicts are kept as long as they may be, for who was asked about") {
    for (auto const* control : {"max-age=300", "no-store", ""}) {
        CAPTURE(control);
        bool const kept = control == std::string("max-age=300");
        HookServer hook(by_token(control));
        Hooked hooked(hook.url());
        hooked.make();
        for (int i = 0; i < 3; ++i) {
            CHECK(hooked.get("reads").status == 200);
            CHECK(hooked.get("nothing").status == 403);
        }
        CHECK(hook.count() == (kept ? 2 : 6));
        auto const append = [&](std::string const& token) {
            return ask(hooked.server(), "POST", k_path, with(bearer(token), k_text), "x").status;
        };
        CHECK(append("reads") == 403); // another right
        CHECK(append("writes") == 204);
        CHECK(hooked.get("").status == 401); // nobody's
        CHECK(hooked.get("reads", "/v1/stream/shop/b").status == 404);
        CHECK(hook.count() == (kept ? 6 : 10));
        // Where it reads makes no other question.
        CHECK(hooked.get("reads", k_path + "?offset=-1").status == 200);
        CHECK(hooked.get("reads", k_path + "?offset=now").status == 200);
        CHECK(hook.count() == (kept ? 6 : 12));
    }
}

TEST_CASE("hook: a verdict ends with its time") {
    HookServer hook(by_token("max-age=1"));
    Hooked hooked(hook.url());
    hooked.make();
    CHECK(hooked.get("reads").status == 200);
    CHECK(eventually([&] { return hooked.get("reads").status == 200 && hook.count() >= 2; }));
}

TEST_CASE("hook: equal requests wait for one call") {
    HookServer hook(by_token());
    Hooked hooked(hook.url());
    hooked.make();
    hook.hold();
    std::vector<Wire> wires;
    for (int i = 0; i < 8; ++i) {
        wires.emplace_back(hooked.server().port());
        wires.back().send(request("GET", k_path, bearer("reads")));
    }
    Wire other(hooked.server().port());
    other.send(request("GET", k_path, bearer("all")));
    CHECK(eventually([&] { return hook.count() == 2; }));
    CHECK(wires.back().stays_silent(Wait{100}));
    hook.release();
    for (auto& wire : wires)
        CHECK(wire.reply().body == "words");
    CHECK(other.reply().status == 200);
    CHECK(hook.count() == 2);
}

TEST_CASE("hook: while it hangs all others go on, and who waits is answered in time") {
    HookServer hook(by_token());
    Hooked hooked(hook.url(), {"--auth-timeout", "0.5", "--io-threads", "1"});
    hooked.make();
    hooked.make("/v1/stream/shop/public?public=true");
    hook.hold();
    std::vector<Wire> wires;
    for (int i = 0; i < 40; ++i) { // more than are asked at once
        wires.emplace_back(hooked.server().port());
        wires.back().send(request("GET", k_path, bearer("t" + std::to_string(i))));
    }
    CHECK(eventually([&] { return hook.count() > 0; }));
    for (int i = 0; i < 20; ++i)
        CHECK(hooked.get("", "/v1/stream/shop/public").status == 200);
    CHECK(hooked.as_admin("POST", k_path, k_text, "x").status == 204);
    for (auto& wire : wires) {
        auto const reply = wire.reply();
        CHECK(reply.status == 503);
        CHECK(reply.code() == "AUTH_UNAVAILABLE");
        CHECK(reply["Retry-After"] == "1");
    }
    CHECK(times(hooked.server().log(), "auth_hook.sick") == 1);
    hook.release();
    CHECK(hooked.get("reads").status == 200); // the same connection or another
    CHECK(ask(hooked.server(), "GET", "/health").body == "ok");
    CHECK(times(hooked.server().log(), "auth_hook.well") == 1);
}

TEST_CASE("hook: requests that were sent ahead are answered in their order") {
    HookServer hook(by_token());
    Hooked hooked(hook.url());
    hooked.make();
    Wire wire(hooked.server().port());
    wire.send(request("GET", k_path, bearer("reads")) + request("GET", k_path, bearer("nothing")) +
              request("POST", k_path, with(bearer("all"), k_text), " more") +
              request("GET", k_path, bearer("all")));
    CHECK(wire.reply().status == 200);
    CHECK(wire.reply().status == 403);
    CHECK(wire.reply().status == 204);
    CHECK(wire.reply().body == "words more");
}

TEST_CASE("hook: a limit counts a request once, however often its route runs") {
    HookServer hook(by_token());
    Hooked hooked(hook.url(), {"--limit-project-requests", "20"});
    int let_in = 0;
    for (int i = 0; i < 12; ++i)
        let_in += hooked.get("all", "/v1/stream/shop/absent").status == 404 ? 1 : 0;
    CHECK(let_in == 12);
}

TEST_CASE("hook: a client that goes away while it is asked leaves nothing behind") {
    HookServer hook(by_token());
    Hooked hooked(hook.url(), {"--limit-address-connections", "3"});
    hooked.make();
    hook.hold();
    for (int i = 0; i < 3; ++i) {
        Wire gone(hooked.server().port());
        gone.send(request("GET", k_path, bearer("t" + std::to_string(i))));
        CHECK(eventually([&] { return hook.count() == static_cast<std::size_t>(i) + 1; }));
    }
    hook.release();
    CHECK(eventually([&] { return hooked.get("reads").status == 200; }));
}

TEST_CASE("hook: draining waits for a verdict, and then for what it lets in") {
    HookServer hook(by_token());
    Hooked hooked(hook.url());
    hooked.make();
    hook.hold();
    Wire append(hooked.server().port());
    append.send(request("POST", k_path, with(bearer("all"), k_text), " and the end"));
    Wire events(hooked.server().port());
    events.send(request("GET", k_path + "?offset=-1&live=sse", bearer("reads")));
    CHECK(eventually([&] { return hook.count() == 2; }));
    hooked.server().signal(SIGTERM);
    CHECK(append.stays_silent(Wait{100}));
    hook.release();
    auto const reply = append.reply();
    CHECK(reply.status == 204);
    CHECK(reply["Connection"] == "close");
    CHECK(events.reply().code() == "DRAINING");
    CHECK(hooked.server().wait().exit_code == 0);
    hooked.server().start();
    CHECK(hooked.get("reads").body == "words and the end");
}

TEST_CASE("hook: a hook that hangs does not hold up the end for long") {
    HookServer hook(by_token());
    Hooked hooked(hook.url(), {"--auth-timeout", "60", "--drain-timeout", "0.3"});
    hook.hold();
    Wire wire(hooked.server().port());
    wire.send(request("GET", k_path, bearer("all")));
    CHECK(eventually([&] { return hook.count() == 1; }));
    auto const ended = hooked.server().stop();
    CHECK(ended.exit_code == 0);
    CHECK(ended.took < Wait{5000});
}

TEST_CASE("hook: what it lets in is the asker's, unless the URL has the reader key") {
    HookServer hook([](HookServer::Asked const&) { return HookServer::Answer{204}; });
    Hooked hooked(hook.url());
    auto const made = hooked.as_admin("PUT", k_path, k_text, "words");
    auto const key = made["Stream-Reader-Key"];
    REQUIRE(key.starts_with("rk_"));
    auto const control = [&](std::string const& query, Headers const& headers = {}) {
        return ask(hooked.server(), "GET", k_path + query, headers)["Cache-Control"];
    };
    std::string const shared = "public, max-age=60, stale-while-revalidate=300";
    std::string const own = "private, max-age=60, stale-while-revalidate=300";
    CHECK(control("", bearer("x")) == own);
    CHECK(control("", {{"X-Api-Key", "x"}}) == own);
    CHECK(control("") == own); // by its address, perhaps
    CHECK(control("?rk=" + key, bearer("x")) == shared);
    CHECK(control("?rk=" + key + "0", bearer("x")) == own);
    CHECK(control("?token=x") == "private, no-store");
    CHECK(control("?token=x&rk=" + key) == "private, no-store");
    CHECK(control("", {{"Cookie", "session=x"}}) == "private, no-store");
    CHECK(control("", with(bearer("x"), {{"Cookie", "session=x"}})) == own);
    CHECK(ask(hooked.server(), "HEAD", k_path)["Stream-Reader-Key"] == key);
    hooked.make("/v1/stream/shop/public?public=true");
    CHECK(ask(hooked.server(), "GET", "/v1/stream/shop/public")["Cache-Control"] == shared);
}

TEST_CASE("hook: a page elsewhere cannot write with somebody's cookie") {
    HookServer hook([](HookServer::Asked const& asked) {
        return HookServer::Answer{asked["Cookie"] == "session=x" ? 204 : 401};
    });
    Hooked hooked(hook.url(), {"--cors-origin", "https://app.example"});
    hooked.make();
    auto& server = hooked.server();
    auto const append = [&](std::string const& origin) {
        Headers headers = with(k_text, {{"Cookie", "session=x"}});
        if (!origin.empty()) headers.emplace_back("Origin", origin);
        return ask(server, "POST", k_path, headers, "x");
    };
    std::string const scheme = server.over() == Over::tls ? "https" : "http";
    CHECK(append("").status == 204);
    CHECK(append("https://app.example").status == 204);
    CHECK(append("https://app.example")["Access-Control-Allow-Credentials"] == "true");
    CHECK(append(scheme + "://localhost").status == 204); // as the Host of these requests
    CHECK(append("https://evil.example").status == 401);
    CHECK(append("null").status == 401);
    auto const read =
        ask(server, "GET", k_path, {{"Cookie", "session=x"}, {"Origin", "https://evil.example"}});
    CHECK(read.status == 200);
    CHECK(!read.has("Access-Control-Allow-Origin")); // so that page does not see it
}
