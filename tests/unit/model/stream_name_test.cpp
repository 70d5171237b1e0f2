// Legal names, and URL paths that say them.
#include "model/stream_name.h"
#include "support/sure.h"
#include "support/text.h"

#include <doctest/doctest.h>

#include <string>

namespace ds {

namespace {

// The stream a path means, or why it means none.
std::string read(std::string_view path) {
    auto const name = parse_stream_path(path);
    return name ? name->full() : "refused: " + name.error().what;
}

bool is_refused(std::string_view path) {
    auto const name = parse_stream_path(path);
    return !name && name.error().fault == Fault::invalid && !name.error().what.empty();
}

} // namespace

TEST_CASE("name: project and stream are the two sides of the first slash") {
    auto const name = test::sure(parse_stream_path("/v1/stream/shop/orders/2026/01"));
    CHECK(name->project() == "shop");
    CHECK(name->stream() == "orders/2026/01");
    CHECK(name->full() == "shop/orders/2026/01");
}

TEST_CASE("name: one segment is a stream of the default project") {
    CHECK(read("/v1/stream/orders") == "_default/orders");
    CHECK(read("/v1/stream/_default/orders") == "_default/orders");
    CHECK(parse_stream_name("orders")->full() == "_default/orders");
    CHECK(parse_stream_name("shop/orders")->full() == "shop/orders");
}

TEST_CASE("name: a path is decoded once, before it is split") {
    CHECK(read("/v1/stream/shop%2Forders") == "shop/orders");
    CHECK(read("/v1/stream/shop/a%2Fb") == "shop/a/b");
    CHECK(read("/v1/stream/shop/a%252Fb") == "shop/a%2Fb");
    CHECK(read("/v1/stream/shop/caf%C3%A9%20%3F") == "shop/caf\xc3\xa9 ?");
    CHECK(read("/v1/stream/shop/a+b") == "shop/a+b");
}

TEST_CASE("name: what a person types is not decoded") {
    CHECK(parse_stream_name("shop/a%2Fb")->full() == "shop/a%2Fb");
}

TEST_CASE("name: paths with broken escapes, text or structure are refused") {
    for (auto const& path : test::between_bars(
             "/v1/stream/|/v1/stream|/v1/streams/x||/v1/stream//x|/v1/stream/x/|"
             "/v1/stream/p/a//b|/v1/stream/p//a|/v1/stream/p/.|/v1/stream/p/..|"
             "/v1/stream/p/a/../b|/v1/stream/p/%2e%2e/b|/v1/stream/p/./b|/v1/stream/..|"
             "/v1/stream/p/%|/v1/stream/p/%zz|/v1/stream/p/%c3|/v1/stream/p/%ed%a0%80|"
             "/v1/stream/p/%00|/v1/stream/p/a%0d%0ab|/v1/stream/p/%7f|/v1/stream/p/%c2%80|"
             "/v1/stream/p/%c2%9f|/v1/stream/p%20q/a|/v1/stream/caf%C3%A9/a|/v1/stream/a.b/c|"
             "/v1/stream/%2Fa|/V1/stream/p/a")) {
        CAPTURE(path);
        CHECK(is_refused(path));
    }
    CHECK(read("/v1/stream/p/%c2%a0") == "p/\xc2\xa0");
    CHECK(read("/v1/stream/p/...") == "p/...");
    CHECK(read("/v1/stream/p/.a") == "p/.a");
}

TEST_CASE("name: the bounds themselves are inside") {
    std::string const project(k_project_bytes_max, 'p');
    std::string const stream(k_stream_bytes_max, 's');
    CHECK(make_stream_name(project, stream));
    CHECK_FALSE(make_stream_name(project + "p", stream));
    CHECK_FALSE(make_stream_name(project, stream + "s"));
    CHECK_FALSE(make_stream_name("", "s"));
    CHECK_FALSE(make_stream_name("p", ""));
    CHECK_FALSE(make_stream_name("p/q", "s"));
}

TEST_CASE("name: the canonical path means the same stream again") {
    for (auto const* stream :
         {"a", "a/b/c", "a b", "caf\xc3\xa9", "100%", "a?b#c", "a%2Fb", "\\\"<>"}) {
        CAPTURE(stream);
        auto const name = test::sure(make_stream_name("my-Project_1", stream));
        CHECK(read(stream_path(*name)) == name->full());
    }
    CHECK(stream_path(*make_stream_name("_default", "x")) == "/v1/stream/_default/x");
    CHECK(stream_path(*make_stream_name("p", "a b/c%")) == "/v1/stream/p/a%20b/c%25");
}

TEST_CASE("name: equal names are equal") {
    CHECK(*parse_stream_name("p/a") == *parse_stream_path("/v1/stream/p/%61"));
    CHECK_FALSE(*parse_stream_name("p/a") == *parse_stream_name("p/b"));
}

TEST_CASE("name: __ds is reserved as project and as first segment, and nowhere else") {
    for (auto const* path : {"/v1/stream/__ds", "/v1/stream/__ds/jwks.json", "/v1/stream/p/__ds",
                             "/v1/stream/p/__ds/x", "/v1/stream/%5F%5Fds/x"}) {
        CAPTURE(path);
        auto const name = test::sure(parse_stream_path(path));
        CHECK(is_reserved(*name));
    }
    for (auto const* path : {"/v1/stream/p/x/__ds", "/v1/stream/__dsx", "/v1/stream/p/__ds2/x",
                             "/v1/stream/__DS/x", "/v1/stream/p/_ds"}) {
        CAPTURE(path);
        auto const name = test::sure(parse_stream_path(path));
        CHECK_FALSE(is_reserved(*name));
    }
}

} // namespace ds
