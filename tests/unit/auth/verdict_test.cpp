// What a hook's answer means, and for how long it may be kept.
#include "auth/verdict.h"

#include <doctest/doctest.h>

#include <string>

using namespace ds;
using Ruling = Verdict::Ruling;

namespace {

long long kept(std::string const& control) {
    return kept_for({{"cache-control", control}}).count();
}

} // namespace

TEST_CASE("verdict: 2xx lets in, 401 and 403 refuse, and nothing else is a verdict") {
    for (int const status : {200, 204, 299})
        CHECK(verdict_of({status, {}, {}})->ruling == Ruling::let_in);
    CHECK(verdict_of({401, {}, {}})->ruling == Ruling::unauthorized);
    CHECK(verdict_of({403, {}, {}})->ruling == Ruling::forbidden);
    for (int const status : {0, 100, 199, 300, 302, 304, 400, 404, 429, 500, 503}) {
        CAPTURE(status);
        auto const verdict = verdict_of({status, {}, {}});
        REQUIRE(!verdict);
        CHECK(verdict.error().what.find(std::to_string(status)) != std::string::npos);
    }
}

TEST_CASE("verdict: the challenges of a 401 are passed on, unless they are odd") {
    CHECK(
        verdict_of({401, {{"www-authenticate", "Basic realm=\"a\""}, {"X", "y"}}, {}})->challenge ==
        "Basic realm=\"a\"");
    CHECK(verdict_of({401, {{"WWW-Authenticate", "Basic"}, {"WWW-Authenticate", "Bearer"}}, {}})
              ->challenge == "Basic, Bearer");
    CHECK(verdict_of({401, {{"WWW-Authenticate", "B\x01"}}, {}})->challenge.empty());
    CHECK(verdict_of({401, {{"WWW-Authenticate", std::string(2000, 'x')}}, {}})->challenge.empty());
    CHECK(verdict_of({403, {{"WWW-Authenticate", "Basic"}}, {}})->challenge.empty());
}

TEST_CASE("verdict: it is kept for max-age, and for nothing else") {
    CHECK(kept("max-age=60") == 60);
    CHECK(kept("private, Max-Age=\"5\" , must-revalidate") == 5);
    CHECK(kept("max-age=60, max-age=5") == 5);
    CHECK(kept("max-age=99999999") == 24 * 3600);
    for (auto const* never :
         {"", "private", "max-age", "max-age=", "max-age=-1", "max-age=1.5", "max-age=60, no-store",
          "no-cache,max-age=60", "s-maxage=60", "max-age=60, max-age=x", ",", "="}) {
        CAPTURE(never);
        CHECK(kept(never) == 0);
    }
    CHECK(kept_for({}).count() == 0);
    CHECK(kept_for({{"Expires", "Thu, 01 Jan 2099 00:00:00 GMT"}}).count() == 0);
    CHECK(kept_for({{"Cache-Control", "max-age=60"}, {"cache-control", "no-store"}}).count() == 0);
}

TEST_CASE("verdict: what was spent on the way does not count twice") {
    auto const left = [](std::string const& age) {
        return kept_for({{"Cache-Control", "max-age=60"}, {"Age", age}}).count();
    };
    CHECK(left("0") == 60);
    CHECK(left("45") == 15);
    CHECK(left("61") == 0);
    CHECK(left("soon") == 0);
}
