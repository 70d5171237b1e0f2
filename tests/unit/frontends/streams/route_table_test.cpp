// The table of routes: every row is whole, no two are meant by one request, and a row is all that a
// route takes.
#include "frontends/streams/route_table.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ds::streams {

namespace {

// A path that fits a pattern.
std::string sample_of(std::string path) {
    std::vector<std::pair<std::string, std::string>> const values{{"{project}", "shop"},
                                                                  {"{stream}", "orders/2026"},
                                                                  {"{estuary}", "inbox"},
                                                                  {"{id}", "worker"},
                                                                  {"{fingerprint}", "0011aabb"}};
    for (auto const& [name, value] : values)
        if (auto const at = path.find(name); at != std::string::npos)
            path.replace(at, name.size(), value);
    return path;
}

RouteTable::Found found(Method method, std::string_view path) {
    return route_table().find(method, path);
}

int status_of(RouteTable::Found const& found) {
    if (found.is_nowhere()) return 404;
    if (found.wrong) return found.wrong->status();
    return found.route == nullptr ? 405 : 200;
}

std::string pattern_of(std::string_view path) {
    auto const there = found(Method::get, path);
    return there.resource != nullptr ? std::string(there.resource->pattern) : "none";
}

} // namespace

TEST_CASE("route table: every row says who may, how much, who does it, and what it is for") {
    std::set<std::string> ids;
    for (auto const& row : route_table().rows()) {
        CAPTURE(row.pattern);
        CHECK(bool(row.handler != nullptr));
        CHECK(row.body_max > 0);
        CHECK(std::string_view(row.pattern).starts_with('/'));
        CHECK(ids.insert(row.text.id).second);
        CHECK_FALSE(std::string_view(row.text.summary).empty());
        CHECK_FALSE(row.text.good.empty());
        bool const reads = row.method == Method::get || row.method == Method::head;
        // Whoever changes something shows who it is; the token of a wake is the handler's to look
        // at.
        bool const may_be_anybody =
            reads || std::string_view(row.pattern).find("/__ds/") != std::string_view::npos;
        if (!may_be_anybody) CHECK(row.access.of != AccessRule::Of::nobody);
        if (row.access.of == AccessRule::Of::readable) CHECK(row.access.right == Right::read);
        if (reads) CHECK(row.text.body == nullptr);
    }
    CHECK(ids.size() > 30);
}

TEST_CASE("route table: a path means the pattern that it was made of, and one row of it") {
    std::set<std::pair<std::string, Method>> rows;
    for (auto const& row : route_table().rows()) {
        CAPTURE(row.pattern);
        CHECK(rows.emplace(row.pattern, row.method).second);
        auto const there = found(row.method, sample_of(row.pattern));
        REQUIRE(there.route == &row);
        CHECK_FALSE(there.wrong);
        auto const project = std::string_view(row.pattern).find("{project}");
        if (project != std::string_view::npos) CHECK(there.target.project_name() == "shop");
    }
}

TEST_CASE("route table: other methods are told which there are") {
    auto const allow = [](std::string_view path) {
        auto const there = found(Method::other, path);
        CHECK(status_of(there) == 405);
        return there.resource->allow;
    };
    CHECK(allow("/health") == "GET, HEAD, OPTIONS");
    CHECK(allow("/v1/stream/a/b") == "GET, HEAD, PUT, POST, DELETE, OPTIONS");
    CHECK(allow("/v1/stream/a/__ds/subscriptions/x") == "GET, HEAD, PUT, DELETE, OPTIONS");
    CHECK(allow("/v1/stream/a/__ds/subscriptions/x/claim") == "POST, OPTIONS");
    CHECK(allow("/v1/stream/a/__ds/subscriptions/x/streams/b/c") == "DELETE, OPTIONS");
    CHECK(allow("/v1/estuary/subscribe/a/b") == "POST, DELETE, OPTIONS");
    CHECK(allow("/v1/estuary/publish/a/b") == "POST, OPTIONS");
    CHECK(allow("/v1/estuary/a/b") == "GET, HEAD, POST, DELETE, OPTIONS");
    CHECK(allow("/v1/estuary/a/b/ack") == "POST, OPTIONS");
    CHECK(allow("/v1/estuary/a") == "GET, HEAD, OPTIONS");
    CHECK(allow("/v1/config") == "GET, HEAD, OPTIONS");
    CHECK(allow("/v1/config/a") == "GET, HEAD, PUT, POST, DELETE, OPTIONS");
    CHECK(allow("/v1/config/a/keys") == "POST, OPTIONS");
    CHECK(allow("/v1/config/a/keys/x") == "DELETE, OPTIONS");
    CHECK(allow("/v1/reader-key/a/b") == "POST, OPTIONS");
    CHECK(allow("/v1/retention/a") == "GET, HEAD, PUT, OPTIONS");
    for (auto const method : {Method::head, Method::get})
        CHECK(status_of(found(method, "/v1/estuary/a")) == 200);
    CHECK(status_of(found(Method::head, "/v1/reader-key/a/b")) == 405);
}

TEST_CASE("route table: what no pattern fits is not found") {
    for (auto const* path :
         {"", "/", "/v1", "/v1/", "/v1/stream", "/v1/stream/", "/v1%2Fstream/a/b", "/v2/stream/a/b",
          "/health/", "/healthy", "/v1/streams/a", "/v1/retentions", "/v1/configs", "/v1/estuary"})
        CHECK_MESSAGE(found(Method::get, path).is_nowhere(), path);
    for (auto const* path :
         {"/v1/stream/a/__ds", "/v1/stream/a/__ds/x", "/v1/stream/__ds", "/v1/stream/%5F_ds/x",
          "/v1/stream/a%2F__ds/x", "/v1/stream/a/__ds/subscriptions/x/else",
          "/v1/estuary/a/b/other", "/v1/estuary/__ds/x", "/v1/estuary/subscribe/a/__ds/b",
          "/v1/config/a/locks"}) {
        CAPTURE(path);
        CHECK(status_of(found(Method::get, path)) == 404);
        CHECK_FALSE(found(Method::get, path).is_nowhere()); // a preflight is answered
    }
}

TEST_CASE("route table: a name that breaks a rule is no path") {
    for (auto const* path :
         {"/v1/stream/p/..", "/v1/stream/p/%zz", "/v1/stream//q", "/v1/stream/p.p/q",
          "/v1/stream/p.p/__ds/jwks.json", "/v1/estuary/", "/v1/estuary/a/", "/v1/estuary/a/..",
          "/v1/estuary/subscribe", "/v1/estuary/publish/", "/v1/estuary/a%20b/c", "/v1/config/",
          "/v1/config/no%2Fname", "/v1/config/a%zz", "/v1/reader-key/", "/v1/retention/",
          "/v1/retention/no%20project", "/v1/retention/a//b"})
        CHECK_MESSAGE(status_of(found(Method::get, path)) == 400, path);
    CHECK(pattern_of("/v1/stream/p/..") == "/v1/stream/{project}/{stream}"); // for its body
}

TEST_CASE("route table: a path is decoded once, and says what it names") {
    auto const name = [](std::string_view path) {
        return found(Method::get, path).target.name.full();
    };
    CHECK(name("/v1/stream/shop/a%20b/c") == "shop/a b/c");
    CHECK(name("/v1/stream/shop%2Fa%2525") == "shop/a%25");
    CHECK(name("/v1/stream/alone") == "_default/alone");
    CHECK(name("/v1/estuary/subscribe/alone") == "_default/alone");
    CHECK(name("/v1/estuary/publish/shop/a/b/ack") == "shop/a/b/ack");
    CHECK(name("/v1/estuary/publisher/inbox") == "publisher/inbox");
    CHECK(name("/v1/retention/shop/a%20b/c") == "shop/a b/c");
    CHECK(found(Method::get, "/v1/retention/shop").target.project == "shop");
    CHECK(found(Method::get, "/v1/config/sh%6Fp").target.project == "shop");
    auto const link = found(Method::remove, "/v1/stream/p/__ds/subscriptions/x%20y/streams/a/b");
    CHECK(link.target.project == "p");
    CHECK(link.target.id == "x y");
    CHECK(link.target.stream == "a/b");
    auto const all = found(Method::get, "/v1/stream/__ds/subscriptions/x");
    REQUIRE(all.route != nullptr);
    CHECK(all.target.project.empty());
    CHECK(pattern_of("/v1/stream/p/x__ds") == "/v1/stream/{project}/{stream}");
    CHECK(pattern_of("/v1/stream/p/x/__ds/subscriptions/y") == "/v1/stream/{project}/{stream}");
}

TEST_CASE("route table: only appends may have large bodies") {
    std::set<std::string> large;
    for (auto const& resource : route_table().resources())
        if (resource.body_max == k_append_max) large.emplace(resource.pattern);
    CHECK(large == std::set<std::string>{"/v1/stream/{project}/{stream}",
                                         "/v1/estuary/publish/{project}/{stream}"});
}

TEST_CASE("route table: a new route is a row") {
    auto rows = server_routes();
    rows.push_back({.method = Method::put,
                    .pattern = "/v1/trial/{project}/things/{id}",
                    .access = {.of = AccessRule::Of::project, .right = Right::write},
                    .handler = [](Exchange&, Services&, Call&) {},
                    .text = {.id = "trial", .summary = "For a test", .good = {{204, "Done"}}}});
    RouteTable const table(std::move(rows));
    auto const there = table.find(Method::put, "/v1/trial/sh%6Fp/things/a%2Fb");
    REQUIRE(there.route != nullptr);
    CHECK(there.route->text.id == std::string_view("trial"));
    CHECK(there.target.project == "shop");
    CHECK(there.target.id == "a%2Fb"); // the handler's to read
    CHECK(status_of(table.find(Method::get, "/v1/trial/shop/things/a")) == 405);
    CHECK(table.find(Method::get, "/v1/trial/shop/things/a").resource->allow == "PUT, OPTIONS");
    CHECK(status_of(table.find(Method::put, "/v1/trial/sh.op/things/a")) == 400);
    CHECK(table.find(Method::put, "/v1/trial/shop/things").is_nowhere());
    CHECK(status_of(table.find(Method::get, "/health")) == 200);
}

} // namespace ds::streams
