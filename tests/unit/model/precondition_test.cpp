// Tags against states of a stream.
#include "model/precondition.h"
#include "protocol/caching.h"

#include <doctest/doctest.h>

#include <string>

namespace ds {

namespace {

EndOfStream const k_state{7, 30, false, Offset{0, 30}};

bool matched(std::string const& tags, EndOfStream const& state = k_state) {
    return holds({"abc", tags, {}}, state);
}

} // namespace

TEST_CASE("precondition: a tag matches the end that it was read at, from wherever it was read") {
    CHECK(matched(make_etag({"abc", 7, 0, 30, 0, false})));
    CHECK(matched(make_etag({"abc", 7, 12, 30, 0, false})));
    CHECK(matched(make_etag({"abc", 7, 12, 30, 5, false})));
    CHECK(!matched(make_etag({"abc", 7, 0, 29, 0, false})));
    CHECK(!matched(make_etag({"abc", 8, 0, 30, 0, false})));
    CHECK(!matched(make_etag({"abd", 7, 0, 30, 0, false})));
    CHECK(!matched(make_etag({"abc", 7, 0, 30, 0, true})));
    EndOfStream const closed{7, 30, true, Offset{0, 30}};
    CHECK(matched(make_etag({"abc", 7, 0, 30, 0, true}), closed));
    CHECK(!matched(make_etag({"abc", 7, 0, 30, 0, false}), closed));
    CHECK(matched("\"" + format_offset(k_state.tail) + "\""));
    CHECK(matched("*"));
    CHECK(!matched("\"abc-7\""));
    CHECK(!matched("\"abc-7:0:30\"x"));
}

TEST_CASE("precondition: If-Match needs a stream, If-None-Match needs none; lists count") {
    auto const tag = make_etag({"abc", 7, 0, 30, 0, false});
    CHECK(!holds({"abc", "*", {}}, std::nullopt));
    CHECK(holds({"abc", {}, "*"}, std::nullopt));
    CHECK(!holds({"abc", {}, "*"}, k_state));
    CHECK(!holds({"abc", {}, "\"a\", W/" + tag}, k_state)); // weakly
    CHECK(!matched("W/" + tag));                            // strongly
    CHECK(matched("\"a\",, \"b\" ," + tag));
    CHECK(is_tag_list("*"));
    CHECK(is_tag_list("\"a\" , W/\"b\""));
    for (auto const* none : {"", "a", "\"a", "\"a\" \"b\"", "*, \"a\"", ", \"a\""})
        CHECK(!is_tag_list(none));
}

} // namespace ds
