// What is public, what caches may keep, and which pages may read.
#include "http/guarded.h"

#include <doctest/doctest.h>

#include <string>

using namespace ds::test;
using ds::TokenScope;

TEST_CASE("access: public streams are read by anyone, and changed by nobody else") {
    auto& server = guarded().server();
    auto const path = std::string("/v1/stream/shop/public");
    auto const made = guarded().as_admin("PUT", path + "?public=true", k_text, "for all");
    CHECK(made.status == 201);
    CHECK(!made.has("Stream-Reader-Key"));
    auto const read = ask(server, "GET", path);
    CHECK(read.status == 200);
    CHECK(read["Cache-Control"] == "public, max-age=60, stale-while-revalidate=300");
    CHECK(!ask(server, "HEAD", path).has("Stream-Reader-Key"));
    CHECK(ask(server, "POST", path, k_text, "x").status == 401);
    CHECK(ask(server, "DELETE", path).status == 401);
    // It stays what it is.
    CHECK(guarded().as_admin("PUT", path, k_text).status == 200);
    CHECK(guarded().as_admin("PUT", path + "?public=false", k_text).code() ==
          "STREAM_EXPOSURE_MISMATCH");
    CHECK(guarded().as_admin("PUT", path + "?public=maybe", k_text).status == 400);
    CHECK(ask(server, "GET", "/v1/stream/shop/table?public=true").status == 401);
}

TEST_CASE("access: a public project is read by anyone") {
    auto& server = guarded().server();
    guarded().put_settings("open", settings(k_shop_secret, R"(,"isPublic":true)"));
    guarded().as_admin("PUT", "/v1/stream/open/a", k_text, "for all");
    CHECK(ask(server, "GET", "/v1/stream/open/a").status == 200);
    CHECK(ask(server, "GET", "/v1/stream/open/b").status == 404);
    CHECK(ask(server, "POST", "/v1/stream/open/a", k_text, "x").status == 401);
}

TEST_CASE("access: what took a token is private, unless the URL has the reader key") {
    auto& server = guarded().server();
    auto const path = std::string("/v1/stream/shop/keyed");
    auto const made = guarded().as_admin("PUT", path, k_text, "words");
    auto const key = made["Stream-Reader-Key"];
    REQUIRE(key.starts_with("rk_"));
    auto const reads = bearer(token(TokenScope::read));
    CHECK(ask(server, "HEAD", path, reads)["Stream-Reader-Key"] == key);
    auto const control = [&](std::string const& query) {
        return ask(server, "GET", path + query, reads)["Cache-Control"];
    };
    std::string const shared = "public, max-age=60, stale-while-revalidate=300";
    std::string const own = "private, max-age=60, stale-while-revalidate=300";
    CHECK(control("") == own);
    CHECK(control("?rk=" + key) == shared);
    CHECK(control("?rk=" + key + "0") == own);
    CHECK(control("?rk=") == own);
    CHECK(control("?rk=" + key + "&rk=" + key) == own);
    CHECK(control("?offset=-1&live=long-poll") == "private, max-age=20");
    CHECK(control("?offset=-1&live=long-poll&rk=" + key) == "public, max-age=20");
    CHECK(control("?offset=now&rk=" + key) == "no-store");
    // It is no credential.
    CHECK(ask(server, "GET", path + "?rk=" + key).status == 401);
    // Another key, by the route.
    auto const manage = bearer(token(TokenScope::manage));
    auto const changed = ask(server, "POST", "/v1/reader-key/shop/keyed", manage);
    CHECK(changed.status == 200);
    CHECK(changed["Stream-Reader-Key"] != key);
    CHECK(control("?rk=" + key) == own);
    CHECK(control("?rk=" + changed["Stream-Reader-Key"]) == shared);
    // A stream made anew has another.
    guarded().as_admin("DELETE", path);
    CHECK(guarded().as_admin("PUT", path, k_text)["Stream-Reader-Key"] !=
          changed["Stream-Reader-Key"]);
}

TEST_CASE("access: events of a private stream are nobody's to keep") {
    auto const path = std::string("/v1/stream/shop/events");
    guarded().as_admin("PUT", path, k_text, "words");
    Wire wire(guarded().server().port());
    wire.send(request("GET", path + "?offset=-1&live=sse", bearer(token(TokenScope::read))));
    CHECK(wire.reply_head()["Cache-Control"] == "private, no-cache, no-store, no-transform");
}

TEST_CASE("access: cache mode private, of a stream and of a project") {
    auto const path = std::string("/v1/stream/shop/uncached");
    guarded().as_admin("PUT", path + "?cache=private&public=true", k_text, "words");
    CHECK(ask(guarded().server(), "GET", path)["Cache-Control"] == "private, no-store");
    guarded().put_settings("uncached", settings(k_shop_secret, R"(,"cacheMode":"private")"));
    guarded().as_admin("PUT", "/v1/stream/uncached/a?public=true", k_text, "words");
    CHECK(ask(guarded().server(), "GET", "/v1/stream/uncached/a")["Cache-Control"] ==
          "private, no-store");
    CHECK(guarded().as_admin("PUT", "/v1/stream/shop/x?cache=none", k_text).status == 400);
}

TEST_CASE("access: tokens in the URL and in a cookie, where the project allows them") {
    auto& server = guarded().server();
    auto const path = std::string("/v1/stream/browser/a");
    auto const set = [](std::string const& more) {
        guarded().put_settings("browser", settings(k_shop_secret, more));
    };
    set("");
    guarded().as_admin("PUT", path, k_text, "words");
    auto const mine = token(TokenScope::manage, k_shop_secret, "browser");
    Headers const cookie{{"Cookie", "a=b; ds_token=" + mine + "; c=d"}};
    CHECK(ask(server, "GET", path + "?token=" + mine).status == 401);
    CHECK(ask(server, "GET", path, cookie).status == 401);

    set(R"(,"queryToken":true)");
    auto const read = ask(server, "GET", path + "?token=" + mine);
    CHECK(read.status == 200);
    CHECK(read["Cache-Control"] == "private, no-store");
    CHECK(ask(server, "GET", path, cookie).status == 401);
    CHECK(ask(server, "GET", path + "?token=" + mine + "&token=" + mine).status == 401);
    CHECK(ask(server, "POST", path + "?token=" + mine, k_text, "x").status == 401);

    set(R"(,"cookieToken":true)");
    CHECK(ask(server, "GET", path + "?token=" + mine).status == 401);
    auto const by_cookie = ask(server, "GET", path, cookie);
    CHECK(by_cookie.status == 200);
    CHECK(by_cookie["Cache-Control"] == "private, no-store");
    // A page elsewhere must not write with somebody's cookie.
    CHECK(ask(server, "DELETE", path, cookie).status == 401);
    CHECK(ask(server, "POST", path, with(cookie, k_text), "x").status == 401);
}

TEST_CASE("access: origins of a project") {
    auto& server = guarded().server();
    auto const set = [](std::string const& more) {
        guarded().put_settings("pages", settings(k_shop_secret, more));
    };
    set("");
    guarded().as_admin("PUT", "/v1/stream/pages/a?public=true", k_text, "words");
    auto const told = [&](Headers const& headers, std::string const& query = {}) {
        return ask(server, "GET", "/v1/stream/pages/a" + query, headers);
    };
    Headers const from_a{{"Origin", "https://a.example"}};
    Headers const from_b{{"Origin", "https://b.example"}};
    CHECK(told(from_a)["Access-Control-Allow-Origin"] == "*");
    CHECK(!told(from_a).has("Vary"));

    set(R"(,"corsOrigins":["https://a.example"])");
    CHECK(told(from_a)["Access-Control-Allow-Origin"] == "https://a.example");
    CHECK(told(from_a)["Vary"] == "Origin");
    CHECK(!told(from_a).has("Access-Control-Allow-Credentials"));
    CHECK(!told(from_b).has("Access-Control-Allow-Origin"));
    CHECK(!told(from_b).has("Access-Control-Expose-Headers"));
    CHECK(told(from_b)["Vary"] == "Origin");
    CHECK(told({})["Vary"] == "Origin");
    CHECK(!told(from_b, "?public=true").has("Access-Control-Allow-Origin"));
    auto const preflight = ask(server, "OPTIONS", "/v1/stream/pages/a", from_a);
    CHECK(preflight.status == 204);
    CHECK(preflight["Access-Control-Allow-Origin"] == "https://a.example");
    CHECK(preflight["Access-Control-Max-Age"] == "86400");
    CHECK(!ask(server, "OPTIONS", "/v1/stream/pages/a", from_b).has("Access-Control-Allow-Origin"));
    // A live answer says the same.
    Wire wire(server.port());
    wire.send(request("GET", "/v1/stream/pages/a?offset=-1&live=sse", from_a));
    CHECK(wire.reply_head()["Access-Control-Allow-Origin"] == "https://a.example");
    // Other projects go on as they were.
    CHECK(ask(server, "GET", "/v1/stream/shop/public", from_b)["Access-Control-Allow-Origin"] ==
          "*");

    set(R"(,"corsOrigins":["https://a.example"],"cookieToken":true)");
    CHECK(told(from_a)["Access-Control-Allow-Credentials"] == "true");
}
