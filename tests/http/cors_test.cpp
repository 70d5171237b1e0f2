// What browsers on other origins need, on every kind of response.
#include "http/server_under_test.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

using namespace ds::test;

namespace {

// The members of a comma-separated header, in lower case.
std::vector<std::string> members(std::string const& list) {
    std::vector<std::string> all{""};
    for (char const c : list) {
        if (c == ',')
            all.emplace_back();
        else if (c != ' ')
            all.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return all;
}

bool names_all(std::string const& list, std::vector<std::string> const& wanted) {
    auto const all = members(list);
    return std::all_of(wanted.begin(), wanted.end(), [&](std::string const& one) {
        return std::find(all.begin(), all.end(), one) != all.end();
    });
}

Headers const k_origin{{"Origin", "http://localhost:3000"}}; // another origin than the server

void check_readable(Reply const& reply) {
    // Everybody is let in there, so that no page but those of this machine may read.
    CHECK(reply["Access-Control-Allow-Origin"] == "http://localhost:3000");
    CHECK(names_all(reply["Access-Control-Expose-Headers"],
                    {"stream-next-offset", "stream-up-to-date", "stream-closed", "stream-cursor",
                     "stream-ttl", "stream-expires-at", "stream-sse-data-encoding",
                     "stream-write-timestamp", "producer-epoch", "producer-seq",
                     "producer-expected-seq", "producer-received-seq", "etag", "location"}));
    CHECK(reply["X-Content-Type-Options"] == "nosniff");
    CHECK(reply["Cross-Origin-Resource-Policy"] == "cross-origin");
}

} // namespace

TEST_CASE("cors: a preflight allows every method and header of the protocol") {
    auto const path = fresh_path("preflight");
    auto const reply = ask("OPTIONS", path,
                           with(k_origin, {{"Access-Control-Request-Method", "POST"},
                                           {"Access-Control-Request-Headers", "producer-id"}}));
    CHECK((reply.status == 204 || reply.status == 200));
    CHECK(reply.body.empty());
    auto const allowed = reply["Access-Control-Allow-Origin"];
    CHECK((allowed == "*" || allowed == "http://localhost:3000"));
    CHECK(names_all(reply["Access-Control-Allow-Methods"],
                    {"get", "head", "put", "post", "delete", "options"}));
    CHECK(names_all(reply["Access-Control-Allow-Headers"],
                    {"content-type", "authorization", "if-none-match", "cache-control",
                     "stream-seq", "stream-ttl", "stream-expires-at", "stream-closed",
                     "stream-forked-from", "stream-fork-offset", "stream-fork-sub-offset",
                     "producer-id", "producer-epoch", "producer-seq"}));
    CHECK(reply.has("Access-Control-Max-Age"));
    CHECK(ask("OPTIONS", "/health", k_origin).status == 204);
}

TEST_CASE("cors: success and failure can be read from another origin, in every mode") {
    auto const path = fresh_path("origins");
    auto const typed = with(k_origin, k_text);
    check_readable(ask("PUT", path, typed));
    check_readable(ask("PUT", path, typed));
    check_readable(ask("POST", path, typed, "one"));
    check_readable(ask("POST", path, typed, ""));
    auto const read = ask("GET", path + "?offset=-1", k_origin);
    check_readable(read);
    check_readable(ask("GET", path, with(k_origin, {{"If-None-Match", read["ETag"]}})));
    check_readable(ask("HEAD", path, k_origin));
    check_readable(ask("GET", path + "?offset=-1&live=long-poll", k_origin));
    check_readable(ask("GET", path + "?offset=now&live=long-poll", k_origin));
    check_readable(EventStream(server().port(), path + "?offset=-1&live=sse", k_origin).head());
    check_readable(ask("GET", path + "?offset=bad", k_origin));
    check_readable(ask("GET", fresh_path("missing"), k_origin));
    check_readable(ask("PATCH", path, k_origin));
    check_readable(ask("PUT", path, with(k_origin, k_json)));
    check_readable(ask("DELETE", path, k_origin));
}

TEST_CASE("cors: an answer that may be cached is readable from anywhere, whoever asked first") {
    ServerUnderTest open({"--cors-origin", "*"});
    auto const ask = [&](char const* method, std::string const& target, Headers const& headers = {},
                         char const* body = "") {
        return ds::test::ask(open, method, target, headers, body);
    };
    auto const path = fresh_path("origin");
    auto const is_readable = [](Reply const& reply) {
        return reply.has("Access-Control-Allow-Origin");
    };
    CHECK(!is_readable(ask("PUT", path, {{"Content-Type", "text/plain"}})));
    CHECK(!is_readable(ask("POST", path, {{"Content-Type", "text/plain"}}, "a")));
    CHECK(is_readable(ask("POST", path, with(k_origin, {{"Content-Type", "text/plain"}}), "a")));
    CHECK(is_readable(ask("GET", path + "?offset=-1")));
    CHECK(is_readable(ask("HEAD", path)));
    CHECK(is_readable(ask("GET", fresh_path("nothing"))));
    CHECK(!is_readable(ask("DELETE", path)));
}

TEST_CASE("cors: a preflight allows what it asks for, if that is a list of names") {
    auto const allowed = [](std::string const& asked) {
        return ask("OPTIONS", fresh_path("asked"),
                   with(k_origin, {{"Access-Control-Request-Headers",
                                    asked}}))["Access-Control-Allow-Headers"];
    };
    CHECK(
        names_all(allowed("x-api-key, traceparent"), {"x-api-key", "traceparent", "producer-id"}));
    CHECK(allowed("x-api-key<script>").find("script") == std::string::npos);
    CHECK(allowed(std::string(2000, 'x')).find("xxx") == std::string::npos);
}
