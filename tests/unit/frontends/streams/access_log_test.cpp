// What the log may have of a URL.
#include "frontends/streams/access_log.h"
#include "frontends/streams/stream_requests.h"

#include <doctest/doctest.h>

#include <string>
#include <variant>

namespace ds::streams {

TEST_CASE("access log: of a URL it has what cannot be a secret, and not without end") {
    CHECK(loggable_target("/v1/stream/a/b", "") == "/v1/stream/a/b");
    CHECK(loggable_target("/x", "offset=-1&live=sse&limit=3") == "/x?offset=-1&live=sse&limit=3");
    CHECK(loggable_target("/x", "token=a&rk=b&%74oken=c&TOKEN=d&offset") ==
          "/x?token=...&rk=...&%74oken=...&TOKEN=...&offset=");
    CHECK(loggable_target("", "") == "-");
    CHECK(loggable_target(std::string(10'000, 'p'), std::string(10'000, 'q')).size() < 600);
    CHECK(project_in("/v1/stream/shop/a/b") == "shop");
    CHECK(project_in("/v1/estuary/subscribe/shop/a") == "shop");
    CHECK(project_in("/v1/estuary/shop") == "shop");
    CHECK(project_in("/v1/config/shop") == "shop");
    CHECK(project_in("/health").empty());
}

TEST_CASE("access log: a read whose request is no more is told as it was asked for") {
    for (auto const* query : {"offset=-1", "offset=now&live=sse", "offset=now&live=sse&cursor=12",
                              "offset=0000000000000001_0000000000000002&live=long-poll&limit=3",
                              "last=5&live=sse&limit=9007199254740991"}) {
        auto const read = read_query(query);
        REQUIRE(std::holds_alternative<ReadQuery>(read));
        CHECK(loggable_query(std::get<ReadQuery>(read)) == query);
    }
}

} // namespace ds::streams
