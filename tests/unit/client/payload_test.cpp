// Promises of client/payload.
#include "base/encoding.h"
#include "client/payload.h"

#include <doctest/doctest.h>

#include <string>

using namespace ds;

TEST_CASE("payload: the content type decides the form of the output") {
    CHECK(payload_kind("application/json; charset=utf-8") == PayloadKind::json);
    CHECK(payload_kind("text/plain") == PayloadKind::text);
    CHECK(payload_kind("application/octet-stream") == PayloadKind::bytes);
    CHECK(payload_kind("") == PayloadKind::bytes);
}

TEST_CASE("payload: JSON messages keep their bytes, and pages of other types all of theirs") {
    auto const printed =
        printed_page(PayloadKind::json, "[ {\"a\" : 1e2},\r\n\"\\u00e9, ]\",[[]] ]");
    REQUIRE(printed);
    CHECK(*printed == "{\"a\" : 1e2}\n\"\\u00e9, ]\"\n[[]]\n");
    auto const bytes = printed_page(PayloadKind::text, "[\r\n\xff");
    REQUIRE(bytes);
    CHECK(*bytes == "[\r\n\xff");
}

TEST_CASE("payload: a JSON page that is no array is corrupt") {
    for (auto const* page : {"", "{}", "[1", "<html>"}) {
        auto const printed = printed_page(PayloadKind::json, page);
        REQUIRE(!printed);
        CHECK(printed.error().fault == Fault::corrupt);
    }
}

TEST_CASE("payload: only events that SSE cannot have changed are taken as they are") {
    auto const exact = [](PayloadKind kind, std::string payload) {
        auto const printed = printed_event(kind, std::move(payload));
        REQUIRE(printed);
        return printed->has_value();
    };
    CHECK(exact(PayloadKind::json, "[1]"));
    CHECK(!exact(PayloadKind::json, "[\n1]"));
    CHECK(!exact(PayloadKind::text, "one line"));
    CHECK(exact(PayloadKind::bytes, ""));
    CHECK(exact(PayloadKind::bytes, base64_encode("x")));
    CHECK(!printed_event(PayloadKind::bytes, "a*b="));
}
