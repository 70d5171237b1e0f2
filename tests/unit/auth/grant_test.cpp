// The table of what a token allows.
#include "auth/grant.h"

#include <doctest/doctest.h>

using namespace ds;

TEST_CASE("grant: scopes and rights") {
    struct Row {
        TokenScope scope;
        bool read, write, manage;
    };
    for (auto const& row :
         {Row{TokenScope::read, true, false, false}, Row{TokenScope::write, true, true, false},
          Row{TokenScope::manage, true, true, true}}) {
        Claims claims;
        claims.sub = "shop";
        claims.scope = row.scope;
        CHECK(allows(claims, Right::read, "shop", "a") == row.read);
        CHECK(allows(claims, Right::write, "shop", "a") == row.write);
        CHECK(allows(claims, Right::manage, "shop", "a") == row.manage);
        CHECK(allows(claims, Right::manage, "shop", "") == row.manage);
        for (auto const right : {Right::read, Right::write, Right::manage})
            CHECK(!allows(claims, right, "other", "a"));
    }
}

TEST_CASE("grant: a token of one stream is for that stream alone") {
    Claims claims;
    claims.sub = "shop";
    claims.scope = TokenScope::manage;
    claims.stream_id = "a/b";
    for (auto const right : {Right::read, Right::write, Right::manage}) {
        CHECK(allows(claims, right, "shop", "a/b"));
        CHECK(!allows(claims, right, "shop", "a"));
        CHECK(!allows(claims, right, "shop", "a/b/c"));
        CHECK(!allows(claims, right, "shop", "")); // all of the project
    }
}
