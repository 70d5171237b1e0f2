// If-Match and If-None-Match on changes: done as wanted, or refused and nothing changed.
#include "http/server_under_test.h"

#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

using namespace ds::test;

namespace {

Headers if_match(std::string const& tag) {
    return with(k_text, {{"If-Match", tag}});
}
Headers if_none_match(std::string const& tag) {
    return with(k_text, {{"If-None-Match", tag}});
}

} // namespace

TEST_CASE("precondition: a creation that must be the first is refused when there is one") {
    auto const path = fresh_path("create");
    CHECK(ask("PUT", path, if_match("*")).status == 412);
    CHECK(ask("GET", path).status == 404);
    CHECK(ask("PUT", path, if_none_match("*"), "first").status == 201);
    CHECK(ask("PUT", path, if_none_match("*"), "second").refusal() == "412 PRECONDITION_FAILED");
    CHECK(ask("GET", path).body == "first");
    CHECK(ask("PUT", path, if_match("*")).status == 200);
}

TEST_CASE("precondition: an append goes to the end that its writer has seen, or nowhere") {
    auto const path = create_text("append", "one");
    auto const read = ask("GET", path);
    auto const tag = read["ETag"];
    auto const offset = "\"" + read["Stream-Next-Offset"] + "\"";
    CHECK(ask("POST", path, if_match(R"("nope")"), "x").status == 412);
    CHECK(ask("POST", path, if_match("W/" + tag), "x").status == 412); // weak tags match nothing
    CHECK(ask("POST", path, if_match(R"("a", )" + tag), "two").status == 204);
    auto const late = ask("POST", path, if_match(tag), "x");
    CHECK(late.status == 412);
    CHECK(late["Stream-Next-Offset"] == ask("HEAD", path)["Stream-Next-Offset"]);
    CHECK(ask("POST", path, if_match(offset), "x").status == 412);
    CHECK(ask("POST", path, if_match("\"" + late["Stream-Next-Offset"] + "\""), "three").status ==
          204);
    CHECK(ask("POST", path, if_match("*"), "four").status == 204);
    CHECK(ask("POST", path, if_none_match("*"), "x").status == 412);
    CHECK(ask("GET", path).body == "onetwothreefour");
    for (std::string const tags : {"nope", "\"open", "", "\"a\" \"b\""}) {
        CAPTURE(tags);
        CHECK(ask("POST", path, if_match(tags), "x").code() == "INVALID_PRECONDITION");
    }
    CHECK(ask("POST", fresh_path("none"), if_match("*"), "x").status == 404);
}

TEST_CASE("precondition: a close, a removal and a stream made anew make tags old") {
    auto const path = create_text("remove", "one");
    auto const open_tag = ask("GET", path)["ETag"];
    REQUIRE(close_stream(path).status == 204);
    CHECK(ask("DELETE", path, {{"If-Match", open_tag}}).status == 412);
    auto const tag = ask("GET", path)["ETag"];
    CHECK(ask("DELETE", path, {{"If-Match", tag}}).status == 204);
    REQUIRE(ask("PUT", path, k_text, "one").status == 201);
    CHECK(ask("POST", path, if_match(open_tag), "x").status == 412);
    CHECK(ask("GET", path).body == "one");
}

TEST_CASE("precondition: a producer's retry is told that it is done already") {
    auto const path = create_text("retry", "one");
    auto const claim = with(if_match(ask("GET", path)["ETag"]),
                            {{"Producer-Id", "p"}, {"Producer-Epoch", "0"}, {"Producer-Seq", "0"}});
    CHECK(ask("POST", path, claim, "two").status == 200);
    CHECK(ask("POST", path, claim, "two").status == 204);
    CHECK(ask("GET", path).body == "onetwo");
}

TEST_CASE("precondition: of many writers that saw the same end, one writes") {
    auto const path = create_text("race", "0");
    auto const tag = ask("GET", path)["ETag"];
    auto const& shared = server();
    std::atomic<int> written = 0;
    std::atomic<int> refused = 0;
    std::vector<std::thread> writers;
    constexpr int k_writers = 8;
    for (int i = 0; i < k_writers; ++i)
        writers.emplace_back([&] {
            auto const status = ask(shared, "POST", path, if_match(tag), "x").status;
            written += status == 204 ? 1 : 0;
            refused += status == 412 ? 1 : 0;
        });
    for (auto& writer : writers)
        writer.join();
    CHECK(written == 1);
    CHECK(refused == k_writers - 1);
    CHECK(ask("GET", path).body == "0x");
}

TEST_CASE("precondition: where there are no tags it is refused, not ignored") {
    for (std::string const path :
         {"/v1/estuary/publish/http/x", "/v1/estuary/http/x/ack", "/v1/estuary/subscribe/http/x",
          "/v1/stream/http/__ds/subscriptions/s/claim"})
        CHECK(ask("POST", path, if_match("*"), "x").code() == "INVALID_PRECONDITION");
}
