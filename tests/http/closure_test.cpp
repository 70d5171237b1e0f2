// Closing streams: spellings of the header, retries, precedence, and who learns of it.
#include "http/server_under_test.h"

#include <doctest/doctest.h>

#include <string>

using namespace ds::test;

namespace {

Headers const k_close{{"Stream-Closed", "true"}};

Headers producer(std::string const& id, int epoch, int seq) {
    return {{"Producer-Id", id},
            {"Producer-Epoch", std::to_string(epoch)},
            {"Producer-Seq", std::to_string(seq)}};
}

} // namespace

TEST_CASE("closure: the header's value is true in any case; anything else is not there") {
    for (std::string const value : {"true", "TRUE", "True", "tRuE"}) {
        CAPTURE(value);
        auto const path = create_text("close-spelling");
        auto const reply = ask("POST", path, {{"Stream-Closed", value}});
        CHECK(reply.status == 204);
        CHECK(reply["Stream-Closed"] == "true");
        CHECK(ask("HEAD", path)["Stream-Closed"] == "true");
        auto const created = ask("PUT", fresh_path("put-spelling"), {{"Stream-Closed", value}});
        CHECK(created.status == 201);
        CHECK(created["Stream-Closed"] == "true");
    }
    auto const path = create_text("not-closed");
    for (std::string const value : {"false", "yes", "1", "", "truee", "true, true"}) {
        CAPTURE(value);
        CHECK(append_text(path, "x", {{"Stream-Closed", value}}).status == 204);
        CHECK(ask("POST", path, {{"Stream-Closed", value}}).code() == "EMPTY_BODY");
        CHECK_FALSE(ask("HEAD", path).has("Stream-Closed"));
    }
}

TEST_CASE("closure: PUT again succeeds only with the closed status the stream has") {
    auto const path = create_text("re-put");
    CHECK(ask("PUT", path, k_text).status == 200);
    CHECK(ask("PUT", path, with(k_text, k_close)).refusal() == "409 STREAM_CLOSED_STATUS_MISMATCH");
    REQUIRE(close_stream(path).status == 204);
    CHECK(ask("PUT", path, k_text).refusal() == "409 STREAM_CLOSED_STATUS_MISMATCH");
    auto const same = ask("PUT", path, with(k_text, k_close));
    CHECK(same.status == 200);
    CHECK(same["Stream-Closed"] == "true");
}

TEST_CASE("closure: a closed stream says so before it says anything else") {
    auto const path = create_text("precedence", "data");
    REQUIRE(append_text(path, "more", {{"Stream-Seq", "5"}}).status == 204);
    auto const tail = close_stream(path)["Stream-Next-Offset"];
    auto const check_closed = [&](Reply const& reply) {
        CHECK(reply.refusal() == "409 STREAM_CLOSED");
        CHECK(reply["Stream-Closed"] == "true");
        CHECK(reply["Stream-Next-Offset"] == tail);
    };
    check_closed(append_text(path, "late"));
    check_closed(ask("POST", path, k_json, "{}"));
    check_closed(append_text(path, "late", {{"Stream-Seq", "1"}}));
    check_closed(append_text(path, "late", k_close));
    check_closed(append_text(path, "late", producer("p", 0, 0)));
    CHECK(close_stream(path)["Stream-Next-Offset"] == tail);
    CHECK(ask("GET", path).body == "datamore");
}

TEST_CASE("closure: a close-only request ignores the content type, and a missing stream is 404") {
    auto const path = create_text("close-type");
    CHECK(ask("POST", path, with(k_json, k_close)).status == 204);
    CHECK(ask("POST", path, with(k_json, k_close)).status == 204);
    CHECK(close_stream(fresh_path("missing")).code() == "STREAM_NOT_FOUND");
}

TEST_CASE("closure: the producer that closed may repeat itself; nobody else gets in") {
    auto const path = create_text("producer-close");
    auto const last = with(producer("writer", 0, 0), k_close);
    auto const closed = append_text(path, "end", last);
    CHECK(closed.status == 200);
    CHECK(closed["Stream-Closed"] == "true");
    auto const again = append_text(path, "another body", last);
    CHECK(again.status == 204);
    CHECK(again["Stream-Closed"] == "true");
    CHECK(again["Producer-Seq"] == "0");
    CHECK(again["Stream-Next-Offset"] == closed["Stream-Next-Offset"]);
    CHECK(append_text(path, "x", with(producer("writer", 0, 1), k_close)).status == 409);
    CHECK(append_text(path, "x", with(producer("other", 0, 0), k_close)).status == 409);
    CHECK(ask("GET", path).body == "end");
}

TEST_CASE("closure: only the page that reaches the end says closed") {
    auto const path = fresh_path("closed-pages");
    REQUIRE(ask("PUT", path, with(k_json, k_close), "[1,2,3]").status == 201);
    auto const first = ask("GET", path + "?limit=2");
    CHECK(first.body == "[1,2]");
    CHECK_FALSE(first.has("Stream-Closed"));
    CHECK_FALSE(first.has("Stream-Up-To-Date"));
    auto const second = ask("GET", path + "?offset=" + first["Stream-Next-Offset"]);
    CHECK(second.body == "[3]");
    CHECK(second["Stream-Closed"] == "true");
    auto const end = ask("GET", path + "?offset=" + second["Stream-Next-Offset"]);
    CHECK(end.status == 200);
    CHECK(end.body == "[]");
    CHECK(end["Stream-Closed"] == "true");
    CHECK(end["Stream-Up-To-Date"] == "true");
}

TEST_CASE("closure: long-poll at the end of a closed stream answers at once, without a cursor") {
    auto const path = create_text("closed-poll", "data");
    auto const tail = close_stream(path)["Stream-Next-Offset"];
    auto const began = std::chrono::steady_clock::now();
    for (auto const& offset : {tail, std::string("now")}) {
        auto const reply = ask("GET", path + "?live=long-poll&offset=" + offset);
        CHECK(reply.status == 204);
        CHECK(reply["Stream-Closed"] == "true");
        CHECK(reply["Stream-Up-To-Date"] == "true");
        CHECK(reply["Stream-Next-Offset"] == tail);
    }
    CHECK(std::chrono::steady_clock::now() - began < Wait{900});
}

TEST_CASE("closure: an SSE reader gets the last append with the close, then the end") {
    auto const path = create_text("closed-sse", "a");
    EventStream live(server().port(), path + "?offset=-1&live=sse");
    CHECK(live.until_up_to_date() == std::vector<std::string>{"a"});
    auto const closed = append_text(path, "z", k_close);
    auto const data = live.next();
    REQUIRE(data);
    CHECK(data->payload == "z");
    auto const control = live.next();
    REQUIRE(control);
    CHECK(control->flag("streamClosed"));
    CHECK(control->text("streamCursor").empty());
    CHECK(control->text("streamNextOffset") == closed["Stream-Next-Offset"]);
    CHECK_FALSE(live.next());
}
