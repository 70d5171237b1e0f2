// Limits of history over HTTP, by the administrator.
#include "http/guarded.h"

#include <doctest/doctest.h>

#include <string>

using namespace ds::test;
using ds::TokenScope;

namespace {

Reply set(std::string const& scope, std::string const& limits) {
    return guarded().as_admin("PUT", "/v1/retention/" + scope, {}, limits);
}

bool has(Reply const& reply, std::string const& part) {
    return reply.body.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("retention: limits are set, listed and taken back") {
    CHECK(set("shop", R"({"ageMs":604800000,"bytes":1073741824})").status == 200);
    auto const of_stream = set("shop/a%20b/c", R"({"messages":5})");
    CHECK(of_stream.status == 200);
    CHECK(of_stream.body ==
          R"({"retention":[{"scope":"shop/a b/c","ageMs":0,"bytes":0,"messages":5}]})");

    auto const all = guarded().as_admin("GET", "/v1/retention");
    CHECK(all["Cache-Control"] == "no-store");
    CHECK(has(all, R"({"scope":"shop","ageMs":604800000,"bytes":1073741824,"messages":0})"));
    CHECK(has(all, R"("scope":"shop/a b/c")"));
    auto const one = guarded().as_admin("GET", "/v1/retention/shop");
    CHECK(has(one, R"("scope":"shop")"));
    CHECK(!has(one, R"("scope":"shop/a b/c")"));

    // What is set is replaced as a whole.
    CHECK(has(set("shop", R"({"messages":7})"), R"("bytes":0,"messages":7)"));
    CHECK(set("shop", "{}").body == R"({"retention":[]})");
    CHECK(set("shop/a%20b/c", R"({"ageMs":0})").status == 200);
    CHECK(guarded().as_admin("GET", "/v1/retention").body == R"({"retention":[]})");
}

TEST_CASE("retention: what makes no sense changes nothing") {
    for (auto const* wrong :
         {"", "{", "[]", "7", R"({"ageMs":-1})", R"({"bytes":1.5})", R"({"messages":"5"})",
          R"({"age":5})", R"({"bytes":9007199254740993})"}) {
        CAPTURE(wrong);
        CHECK(set("shop", wrong).code() == "INVALID_CONFIG");
    }
    CHECK(set("shop", "{" + std::string(2000, ' ') + "}").code() == "INVALID_CONFIG");
    CHECK(set("", "{}").code() == "MISSING_PROJECT_OR_STREAM_ID");
    CHECK(set("no%20project", "{}").status == 400);
    CHECK(guarded().as_admin("DELETE", "/v1/retention/shop").status == 405);
    CHECK(guarded().as_admin("GET", "/v1/retentions").status == 404);
    CHECK(guarded().as_admin("GET", "/v1/retention").body == R"({"retention":[]})");
}
