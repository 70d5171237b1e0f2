// Promises of client/recognize.
#include "client/recognize.h"

#include <doctest/doctest.h>

#include <string>

using namespace ds;

namespace {

bool is_foreign(int status, std::string body = {}, HeaderMap headers = {}) {
    return is_foreign_refusal({status, std::move(headers), std::move(body)});
}

} // namespace

TEST_CASE("recognize: a refusal is a stream server's by its headers or by its code") {
    for (int const status : {304, 400, 404, 405, 409, 410, 501}) {
        CHECK(is_foreign(status));
        CHECK(is_foreign(status, "<html>No stream of water here</html>"));
        CHECK(is_foreign(status, R"({"message":"Not Found"})"));
        CHECK(is_foreign(status, "404 page not found"));
        CHECK(is_foreign(status, {}, {{"Cross-Origin-Resource-Policy", "same-origin"}}));
        CHECK_FALSE(is_foreign(status, R"({"code":"X","error":"y"})"));
        CHECK_FALSE(is_foreign(status, R"({"error":{"code":"X","message":"y"}})"));
        CHECK_FALSE(is_foreign(status, "Stream not found"));
        CHECK_FALSE(is_foreign(status, {}, {{"stream-closed", "true"}}));
        CHECK_FALSE(is_foreign(status, {}, {{"Producer-Epoch", "0"}}));
        CHECK_FALSE(
            is_foreign(status, {}, {{"Access-Control-Expose-Headers", "X, stream-next-offset"}}));
        CHECK_FALSE(is_foreign(status, {},
                               {{"Cross-Origin-Resource-Policy", "cross-origin"},
                                {"X-Content-Type-Options", "nosniff"}}));
    }
}

TEST_CASE("recognize: what a proxy says for a server is not foreign") {
    for (int const status : {200, 401, 403, 408, 413, 429, 500, 502, 503, 504})
        CHECK_FALSE(is_foreign(status, "<html>"));
    CHECK_FALSE(is_foreign(302, {}, {{"Location", "/x"}}));
}

TEST_CASE("recognize: what tells that something is stored") {
    CHECK(acknowledges({204, {{"Stream-Next-Offset", "1"}}, {}}));
    CHECK(acknowledges({204, {{"Producer-Seq", "0"}}, {}})); // a duplicate
    CHECK(acknowledges({204, {{"Stream-Closed", "true"}}, {}}));
    CHECK_FALSE(acknowledges({204, {{"Stream-Closed", "false"}}, {}}));
    CHECK_FALSE(acknowledges({200, {{"Content-Type", "text/html"}}, "<html>"}));
}
