// Which paths name which resources, and which methods they take.
#include "http/server_under_test.h"

#include <doctest/doctest.h>

#include <string>

using namespace ds::test;

namespace {

std::string const k_root = "/v1/stream/";

} // namespace

TEST_CASE("path: percent-encoding is decoded once, and %2F is a slash") {
    auto const path = create_text("encoded", "same");
    auto encoded = path;
    encoded.replace(encoded.find("http/"), 5, "http%2F");
    CHECK(ask("GET", encoded).body == "same");
    encoded.replace(encoded.find("%2F"), 3, "%2f");
    CHECK(ask("GET", encoded).body == "same");

    REQUIRE(ask("PUT", path + "%25", k_text, "percent").status == 201);
    CHECK(ask("GET", path + "%25").body == "percent");
    CHECK(ask("GET", path + "%2525").status == 404);
    REQUIRE(ask("PUT", path + "%20%C3%A9+", k_text, "blank").status == 201);
    CHECK(ask("GET", path + "%20%c3%a9%2B").body == "blank");
    CHECK(ask("GET", path + "%20%C3%A9%20").status == 404);
    REQUIRE(ask("PUT", path + "/with/slashes", k_text, "deep").status == 201);
    CHECK(ask("GET", path + "%2Fwith%2Fslashes").body == "deep");
    CHECK(ask("GET", path + "/%77ith/slashes").body == "deep");
}

TEST_CASE("path: a name that breaks a rule is refused with 400 and a code") {
    for (std::string const name :
         {"p/..",        "p/../q",   "p/.",     "p/a/../b", "p/%2e%2e", "p/%2E%2E/q", "p/..%2Fq",
          "p/%00",       "p/a%00b",  "p/a%01b", "p/%7F",    "p/%0d%0a", "p/%FF",      "p/%C3",
          "p/%ED%A0%80", "p/%C0%AF", "p/%",     "p/%4",     "p/%zz",    "p//q",       "p/q/",
          "/q",          "p%20p/q",  "p.p/q",   "%C3%A9/q"}) {
        CAPTURE(name);
        for (std::string const method : {"PUT", "GET", "POST", "DELETE"}) {
            auto const reply = ask(method, k_root + name, k_text, "");
            CHECK(reply.refusal() == "400 MISSING_PROJECT_OR_STREAM_ID");
            CHECK(reply["Cache-Control"] == "no-store");
        }
        CHECK(ask("HEAD", k_root + name).status == 400);
    }
}

TEST_CASE("path: names have a maximum length") {
    auto const longest = std::string(500, 's') + std::to_string(100000000000); // 512 bytes
    REQUIRE(longest.size() == 512);
    CHECK(ask("PUT", k_root + "http/" + longest, k_text).status == 201);
    CHECK(ask("PUT", k_root + "http/" + longest + "s", k_text).status == 400);
    CHECK(ask("PUT", k_root + std::string(64, 'p') + "/s", k_text).status == 201);
    CHECK(ask("PUT", k_root + std::string(65, 'p') + "/s", k_text).status == 400);
}

TEST_CASE("path: one segment names a stream of the project _default") {
    REQUIRE(ask("PUT", k_root + "one-segment", k_text, "short").status == 201);
    CHECK(ask("GET", k_root + "_default/one-segment").body == "short");
    CHECK(ask("PUT", k_root + "_default/one-segment", k_text).status == 200);
    CHECK(ask("GET", k_root + "other/one-segment").status == 404);
    CHECK(ask("DELETE", k_root + "_default/one-segment").status == 204);
    CHECK(ask("GET", k_root + "one-segment").status == 404);
}

TEST_CASE("path: unknown paths are 404, in the shape of all errors") {
    for (std::string const path :
         {"/", "/v1", "/v1/", "/v1/stream", "/v1/stream/", "/v2/stream/a/b", "/healthy", "/health/",
          "/v1/streams/a", "/favicon.ico"}) {
        CAPTURE(path);
        for (std::string const method : {"GET", "POST", "PATCH"}) {
            auto const reply = ask(method, path);
            CHECK(reply.refusal() == "404 NOT_FOUND");
            CHECK(reply["Content-Type"] == "application/json");
            CHECK(reply["Cache-Control"] == "no-store");
            CHECK(reply["X-Content-Type-Options"] == "nosniff");
        }
    }
}

TEST_CASE("path: no project is called as a route of estuaries") {
    for (std::string const project : {"subscribe", "publish"}) {
        CHECK(ask("PUT", "/v1/stream/" + project + "/a", k_text, "x").refusal() ==
              "400 PROJECT_NAME_RESERVED");
        CHECK(ask("GET", "/v1/stream/" + project + "/a?offset=-1").status == 404);
        // The name of a stream may be anything.
        CHECK(ask("PUT", "/v1/stream/words/" + project, k_text, "x").status == 201);
    }
    auto const made = run_ds({"create-project", "publish", "--data", "/nonexistent"});
    CHECK(made.how.exit_code == 2);
    CHECK(made.output.find("reserved") != std::string::npos);
}

TEST_CASE("path: the reserved prefix __ds is no stream") {
    for (std::string const name : {"__ds", "__ds/jwks", "__ds/subscriptions", "http/__ds",
                                   "http/__ds/x", "%5F_ds/x", "http%2F__ds/x"}) {
        CAPTURE(name);
        for (std::string const method : {"GET", "PUT", "POST", "DELETE", "HEAD"})
            CHECK_MESSAGE(ask(method, k_root + name, k_text).status == 404, method);
    }
    CHECK(ask("PUT", k_root + "http/__dsx", k_text).status == 201);
}

TEST_CASE("path: an unknown method is 405 and names those that are known") {
    auto const path = create_text("methods", "kept");
    for (std::string const method : {"PATCH", "TRACE", "CONNECT", "LOCK", "FOO", "get"}) {
        CAPTURE(method);
        auto const reply = ask(method, path);
        CHECK(reply.status == 405);
        for (std::string const known : {"GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS"})
            CHECK(reply["Allow"].find(known) != std::string::npos);
        CHECK_FALSE(reply.code().empty());
    }
    CHECK(ask("GET", path).body == "kept");
    auto const health = ask("POST", "/health");
    CHECK(health.status == 405);
    CHECK(health["Allow"].find("GET") != std::string::npos);
}

TEST_CASE("path: /health says ok and is never cached") {
    auto const reply = ask("GET", "/health?anything=1");
    CHECK(reply.status == 200);
    CHECK(reply.body == "ok");
    CHECK(reply["Content-Type"].rfind("text/plain", 0) == 0);
    CHECK(reply["Cache-Control"] == "no-store");
    CHECK(reply["X-Content-Type-Options"] == "nosniff");
}

TEST_CASE("path: Location is absolute, from Host or from --public-url") {
    auto const path = fresh_path("location");
    auto const reply = ask("PUT", path, k_text);
    auto const scheme = usual() == Over::tls ? "https" : "http";
    CHECK(reply["Location"] == scheme + ("://localhost" + path));
    CHECK_FALSE(ask("PUT", path, k_text).has("Location"));
    ServerUnderTest named({"--public-url", "https://streams.example.com", "--auth", "none",
                           "--insecure", "--server-timing"});
    auto const elsewhere = ask(named, "PUT", path, k_text);
    CHECK(elsewhere["Location"] == "https://streams.example.com" + path);
    CHECK(elsewhere.has("Server-Timing"));
    CHECK_FALSE(reply.has("Server-Timing"));
}

TEST_CASE("path: Location is a URL, whatever bytes the path came in") {
    auto const path = fresh_path("raw-\xc3\xbc");
    auto const reply = ask("PUT", path, k_text);
    CHECK(reply.status == 201);
    CHECK(reply["Location"].ends_with("raw-%C3%BC"));
    auto const encoded = fresh_path("raw-%C3%BC");
    CHECK(ask("PUT", encoded, k_text)["Location"].ends_with("raw-%C3%BC"));
}

TEST_CASE("path: a target in absolute form names its host, and the path begins behind it") {
    auto const at = [](std::string const& target) {
        Wire wire(server().port(), 0, server().over());
        wire.send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
        return wire.reply();
    };
    auto const path = create_text("absolute", "words");
    CHECK(at("http://localhost" + path).body == "words");
    CHECK(at("HTTPS://localhost:1" + path + "?offset=-1").body == "words");
    CHECK(at("http://localhost?x=" + path).status == 404);
    CHECK(at("http://localhost").status == 404);
    CHECK(at("http://evil.example" + path).code() == "FOREIGN_HOST");
    for (auto const* bad : {"http://", "http:///x", "http://?x", "http://a@b/x", "http://a<b/x"})
        CHECK(at(bad).status == 400);
}

TEST_CASE("path: parameters we do not know change nothing; ours may come encoded") {
    auto const path = create_text("parameters", "data");
    CHECK(ask("GET", path + "?rk=abc&public=true&x&=&&y=%").body == "data");
    CHECK(ask("GET", path + "?offset=%2D1").body == "data");
    CHECK(ask("GET", path + "?%6Fffset=bad").status == 200);
}
