// Every refusal has its status and code, and a refused request changes nothing.
#include "http/server_under_test.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace ds::test;

namespace {

void check(Reply const& reply, int status, std::string const& code) {
    CHECK(reply.status == status);
    CHECK(reply.code() == code);
    CHECK(reply["Content-Type"] == "application/json");
    CHECK(reply["Cache-Control"] == "no-store");
    CHECK(reply["X-Content-Type-Options"] == "nosniff");
    CHECK(reply.body.rfind(R"({"code":")", 0) == 0);
    CHECK(reply.body.find(R"(","error":")") != std::string::npos);
}

Headers claim(std::string const& id, std::string const& epoch, std::string const& seq) {
    return {{"Producer-Id", id}, {"Producer-Epoch", epoch}, {"Producer-Seq", seq}};
}

} // namespace

TEST_CASE("refusal: a missing stream is 404 for everything but PUT") {
    auto const path = fresh_path("missing");
    check(ask("GET", path), 404, "STREAM_NOT_FOUND");
    check(ask("GET", path + "?offset=now"), 404, "STREAM_NOT_FOUND");
    check(ask("GET", path + "?offset=-1&live=long-poll"), 404, "STREAM_NOT_FOUND");
    check(ask("GET", path + "?offset=-1&live=sse"), 404, "STREAM_NOT_FOUND");
    check(append_text(path, "x"), 404, "STREAM_NOT_FOUND");
    check(append_text(path, "x", claim("p", "0", "0")), 404, "STREAM_NOT_FOUND");
    check(ask("DELETE", path), 404, "STREAM_NOT_FOUND");
    CHECK(ask("HEAD", path).status == 404);
}

TEST_CASE("refusal: bodies and content types of appends") {
    auto const path = create_json("bodies");
    check(ask("POST", path, k_json), 400, "EMPTY_BODY");
    check(ask("POST", path, k_json, "[]"), 400, "EMPTY_JSON_ARRAY");
    check(ask("POST", path, k_json, " [ ] "), 400, "EMPTY_JSON_ARRAY");
    check(ask("POST", path, k_json, "{"), 400, "INVALID_JSON");
    check(ask("POST", path, {}, "{}"), 400, "CONTENT_TYPE_REQUIRED");
    check(ask("POST", path, k_text, "{}"), 409, "CONTENT_TYPE_MISMATCH");
    CHECK(ask("POST", path, {{"Content-Type", "Application/JSON; charset=utf-8"}}, "1").status ==
          204);
    CHECK(ask("POST", path, {{"Content-Type", "no media type"}}, "1").status >= 400);
    CHECK(ask("GET", path).body == "[1]");
}

TEST_CASE("refusal: PUT on a stream that is configured otherwise") {
    auto const path = fresh_path("configured");
    Headers const ttl{{"Stream-TTL", "100"}};
    REQUIRE(ask("PUT", path, with(k_text, ttl)).status == 201);
    CHECK(ask("PUT", path, with(k_text, ttl)).status == 200);
    check(ask("PUT", path, with(k_json, ttl)), 409, "CONTENT_TYPE_MISMATCH");
    check(ask("PUT", path, k_text), 409, "STREAM_TTL_MISMATCH");
    check(ask("PUT", path, with(k_text, {{"Stream-TTL", "101"}})), 409, "STREAM_TTL_MISMATCH");
    check(ask("PUT", path, with(k_text, {{"Stream-Expires-At", "2040-01-01T00:00:00Z"}})), 409,
          "STREAM_TTL_MISMATCH");
    check(ask("PUT", path, with(with(k_text, ttl), {{"Stream-Closed", "true"}})), 409,
          "STREAM_CLOSED_STATUS_MISMATCH");
    CHECK(ask("HEAD", path)["Stream-TTL"] == "100");
}

TEST_CASE("refusal: lifetimes that are none") {
    auto const refused = [](std::string const& name, std::string const& value,
                            std::string const& code) {
        CAPTURE(value);
        auto const path = fresh_path("lifetime");
        check(ask("PUT", path, {{name, value}}), 400, code);
        CHECK(ask("HEAD", path).status == 404);
    };
    for (std::string const bad : {"-5", "+60", "060", "60.5", "1e3", "abc", "0x10", "60 s", "",
                                  "99999999999999999999", "9007199254740993"})
        refused("Stream-TTL", bad, "INVALID_TTL");
    for (std::string const bad :
         {"tomorrow", "2040-01-01", "2040-01-01T00:00:00", "2040-13-01T00:00:00Z",
          "2040-02-30T00:00:00Z", "2040-01-01 00:00:00Z", "2040-01-01T25:00:00Z", "1700000000", "",
          "Sun, 01 Jan 2040 00:00:00 GMT"})
        refused("Stream-Expires-At", bad, "INVALID_EXPIRES_AT");
    auto const path = fresh_path("both");
    check(ask("PUT", path, {{"Stream-TTL", "9"}, {"Stream-Expires-At", "2040-01-01T00:00:00Z"}}),
          400, "TTL_EXPIRES_MUTUALLY_EXCLUSIVE");
    CHECK(ask("HEAD", path).status == 404);
    CHECK(ask("PUT", path, {{"Stream-Expires-At", "2040-01-01T00:00:00+02:00"}}).status == 201);
}

TEST_CASE("refusal: a lifetime that is over at once creates a stream that is gone at once") {
    for (Headers const& over :
         {Headers{{"Stream-TTL", "0"}}, Headers{{"Stream-Expires-At", "2001-01-01T00:00:00Z"}}}) {
        auto const path = fresh_path("over");
        CHECK(ask("PUT", path, over).status == 201);
        CHECK(ask("HEAD", path).status == 404);
        CHECK(ask("PUT", path, k_json).status == 201);
    }
}

TEST_CASE("refusal: producer headers that say nothing, or not enough") {
    auto const path = create_text("producer-syntax");
    auto const refused = [&](Headers const& headers, std::string const& code) {
        check(append_text(path, "x", headers), 400, code);
    };
    refused({{"Producer-Id", "p"}}, "PRODUCER_HEADERS_INCOMPLETE");
    refused({{"Producer-Epoch", "0"}, {"Producer-Seq", "0"}}, "PRODUCER_HEADERS_INCOMPLETE");
    refused({{"Producer-Id", "p"}, {"Producer-Seq", "0"}}, "PRODUCER_HEADERS_INCOMPLETE");
    refused(claim("", "0", "0"), "PRODUCER_ID_INVALID");
    refused(claim(std::string(257, 'i'), "0", "0"), "PRODUCER_ID_INVALID");
    refused(claim("with blank", "0", "0"), "PRODUCER_ID_INVALID");
    refused(claim("\xc3\xa9", "0", "0"), "PRODUCER_ID_INVALID");
    for (std::string const bad : {"1abc", "0xyz", "1e3", "-1", "+1", "007", "1.0", "", " "}) {
        CAPTURE(bad);
        refused(claim("p", bad, "0"), "PRODUCER_EPOCH_SEQ_NOT_INTEGERS");
        refused(claim("p", "0", bad), "PRODUCER_EPOCH_SEQ_NOT_INTEGERS");
    }
    refused(claim("p", "9007199254740992", "0"), "PRODUCER_EPOCH_SEQ_OVERFLOW");
    refused(claim("p", "0", "99999999999999999999999"), "PRODUCER_EPOCH_SEQ_OVERFLOW");
    CHECK(ask("GET", path).body.empty());
    CHECK(append_text(path, "x", claim("p", "9007199254740991", "0")).status == 200);
}

TEST_CASE("refusal: producers out of turn") {
    auto const path = create_text("producer-turn");
    REQUIRE(append_text(path, "a", claim("p", "3", "0")).status == 200);
    auto const stale = append_text(path, "x", claim("p", "2", "0"));
    check(stale, 403, "STALE_PRODUCER_EPOCH");
    CHECK(stale["Producer-Epoch"] == "3");
    auto const gap = append_text(path, "x", claim("p", "3", "5"));
    check(gap, 409, "PRODUCER_SEQUENCE_GAP");
    CHECK(gap["Producer-Expected-Seq"] == "1");
    CHECK(gap["Producer-Received-Seq"] == "5");
    auto const unknown = append_text(path, "x", claim("q", "0", "7"));
    check(unknown, 409, "PRODUCER_SEQUENCE_GAP");
    CHECK(unknown["Producer-Expected-Seq"] == "0");
    check(append_text(path, "x", claim("p", "4", "1")), 400, "PRODUCER_SEQ_MUST_START_AT_ZERO");
    REQUIRE(append_text(path, "b", claim("p", "3", "1")).status == 200);
    auto const repeated = append_text(path, "x", claim("p", "3", "0"));
    CHECK(repeated.status == 204);
    CHECK(repeated["Producer-Seq"] == "1");
    CHECK(repeated["Producer-Epoch"] == "3");
    CHECK(ask("GET", path).body == "ab");
}

TEST_CASE("refusal: what is refused does not move its producer") {
    auto const path = create_json("producer-kept");
    auto const refused = [&](Headers const& type, std::string const& body) {
        return ask("POST", path, with(claim("p", "0", "0"), type), body).status;
    };
    CHECK(refused(k_json, "[]") == 400);
    CHECK(refused(k_json, "{") == 400);
    CHECK(refused(k_json, "") == 400);
    CHECK(refused(k_text, "1") == 409);
    CHECK(ask("POST", path, with(with(claim("p", "0", "0"), k_json), {{"Stream-Seq", "5"}}), "1")
              .status == 200);
    CHECK(ask("POST", path, with(with(claim("p", "0", "1"), k_json), {{"Stream-Seq", "4"}}), "2")
              .code() == "STREAM_SEQ_REGRESSION");
    CHECK(ask("POST", path, with(with(claim("p", "0", "0"), k_json), {{"Stream-Seq", "4"}}), "2")
              .status == 204);
    CHECK(ask("POST", path, with(claim("p", "0", "1"), k_json), "2").status == 200);
    CHECK(ask("GET", path).body == "[1,2]");
}

TEST_CASE("refusal: Stream-Seq grows byte by byte") {
    auto const path = create_text("stream-seq");
    auto const seq = [&](std::string const& value) {
        return append_text(path, value + ",", {{"Stream-Seq", value}});
    };
    CHECK(seq("09").status == 204);
    CHECK(seq("10").status == 204);
    check(seq("10"), 409, "STREAM_SEQ_REGRESSION");
    // Clients look for these words.
    CHECK(seq("10").body.find("sequence conflict") != std::string::npos);
    check(seq("09"), 409, "STREAM_SEQ_REGRESSION");
    CHECK(seq("2").status == 204);
    check(seq("11"), 409, "STREAM_SEQ_REGRESSION");
    CHECK(seq("a").status == 204);
    check(seq("B"), 409, "STREAM_SEQ_REGRESSION");
    CHECK(append_text(path, "none").status == 204);
    CHECK(ask("GET", path).body == "09,10,2,a,none");
}

TEST_CASE("refusal: a refused PUT creates nothing") {
    std::vector<std::pair<Headers, std::string>> const bad{
        {k_json, "{"},
        {k_json, "[1,2"},
        {with(k_text, {{"Producer-Id", "p"}}), "x"},
        {with(k_text, claim("p", "0", "5")), "x"},
        {with(k_text, claim("p", "x", "0")), "x"},
        {with(k_text, {{"Stream-TTL", "-1"}}), "x"},
        {with(k_text, {{"Stream-Forked-From", "/v1/stream/http/no-such-stream"}}), ""},
        {with(k_text, {{"Stream-Fork-Offset", "0000000000000000_0000000000000000"}}), ""},
        {with(k_text, {{"Stream-Fork-Sub-Offset", "0"}}), ""},
        {{{"Content-Type", "no media type"}}, "x"},
    };
    for (auto const& [headers, body] : bad) {
        auto const path = fresh_path("refused-put");
        CAPTURE(headers.back().first);
        CAPTURE(body);
        auto const reply = ask("PUT", path, headers, body);
        CHECK(reply.status >= 400);
        CHECK(reply.status < 500);
        CHECK_FALSE(reply.code().empty());
        CHECK(ask("HEAD", path).status == 404);
        CHECK(ask("PUT", path, k_text, "fresh").status == 201);
        CHECK(ask("GET", path).body == "fresh");
    }
}
