// JSON mode keeps messages as they were sent, and takes nothing that is not JSON.
#include "http/server_under_test.h"
#include "support/text.h"

#include <doctest/doctest.h>

#include <string>

using namespace ds::test;

namespace {

std::string read_back(std::string const& sent) {
    auto const path = create_json("fidelity");
    auto const reply = ask("POST", path, k_json, sent);
    REQUIRE_MESSAGE(reply.status == 204, reply.body);
    EventStream live(server().port(), path + "?offset=-1&live=sse");
    auto const read = ask("GET", path).body;
    auto const shown = live.until_up_to_date();
    REQUIRE(shown.size() == 1);
    // An SSE payload breaks into lines at any line end.
    if (sent.find('\r') == std::string::npos) CHECK(shown.front() == read);
    return read;
}

} // namespace

TEST_CASE("json: messages come back byte for byte, without the white space around them") {
    for (std::string const message :
         {"12345678901234567890123456789", "-0", "1.0", "1E400", "1e-400", "0.10000000000000000001",
          R"({"a":1,"a":2})", R"({ "b" : [ 1 , 2 ] , "a" : null })", R"("\u00e9\/\ud83d\ude00")",
          R"("\ud800")", "\"\xc3\xa9\"", "\"\xf0\x9f\x98\x80\"", "{\n  \"x\": 1\n}", "true", "\"\"",
          R"({"":{"":[[]]}})", "\"\x7f\""}) {
        CAPTURE(message);
        CHECK(read_back(message) == "[" + message + "]");
        CHECK(read_back(" \t\r\n" + message + "\n\r\t ") == "[" + message + "]");
        CHECK(read_back("[ " + message + " , " + message + " ]") ==
              "[" + message + "," + message + "]");
        CHECK(read_back("[[" + message + "]]") == "[[" + message + "]]");
    }
}

TEST_CASE("json: text that is not JSON is refused and stores nothing") {
    auto const path = create_json("invalid");
    auto const none = fresh_path("never-made");
    auto texts = between_bars(
        "{|[1,]|{\"a\":1,}|{a:1}|'a'|01|1.|.5|+1|0x1|NaN|Infinity|tru|nulll|1 2|[1] 2|[1][2]|[1e]|"
        "\"a|\"\\x\"|\"\\u12\"|\"a\nb\"|\"\x01\"|// a\n1|/* a */ 1|\xef\xbb\xbf{}|\"\xff\"|"
        "\"\xc0\xaf\"|\"\xed\xa0\x80\"|\"\xf4\x90\x80\x80\"|\"\xc3\"|   |]|[1}|{\"a\"}");
    for (auto const& with_nul :
         {std::string("\"a\0b\"", 5), std::string("[\0]", 3), std::string("[1]\0", 4)})
        texts.push_back(with_nul);
    for (auto const& bad : texts) {
        CAPTURE(bad);
        CHECK(ask("POST", path, k_json, bad).refusal() == "400 INVALID_JSON");
        CHECK(ask("PUT", none, k_json, bad).refusal() == "400 INVALID_JSON");
    }
    CHECK(ask("GET", path).body == "[]");
    CHECK(ask("GET", none).status == 404);
}

TEST_CASE("json: nesting is bounded, and no depth hurts the server") {
    auto const nested = [](std::size_t depth) {
        return std::string(depth, '[') + "1" + std::string(depth, ']');
    };
    auto const path = create_json("nesting");
    CHECK(ask("POST", path, k_json, nested(500)).status == 204);
    CHECK(ask("POST", path, k_json, nested(600)).code() == "INVALID_JSON");
    CHECK(ask("POST", path, k_json, nested(1000000)).code() == "INVALID_JSON");
    CHECK(ask("POST", path, k_json, std::string(8000000, '[')).code() == "INVALID_JSON");
    std::string objects;
    for (int i = 0; i < 100000; ++i)
        objects += "{\"a\":";
    CHECK(ask("POST", path, k_json, objects).code() == "INVALID_JSON");
    CHECK(ask("GET", "/health").status == 200);
}

TEST_CASE("json: a batch is its elements, and pages break only between them") {
    auto const path = create_json("batch");
    std::string batch = "[";
    for (int i = 0; i < 30000; ++i)
        batch += (i == 0 ? "" : ",") + std::to_string(i);
    auto const reply = ask("POST", path, k_json, batch + "]");
    REQUIRE(reply.status == 204);
    std::string all;
    std::string offset = "-1";
    for (bool more = true; more;) {
        auto const page = ask("GET", path + "?limit=7001&offset=" + offset);
        REQUIRE(page.body.size() > 2);
        all += (all.empty() ? "[" : ",") + page.body.substr(1, page.body.size() - 2);
        offset = page["Stream-Next-Offset"];
        more = !page.has("Stream-Up-To-Date");
    }
    CHECK(all == batch);
    CHECK(offset == reply["Stream-Next-Offset"]);
}

TEST_CASE("json: PUT takes an empty array as no message, and keeps the type as it was spelled") {
    auto const path = fresh_path("spelled");
    Headers const type{{"Content-Type", "Application/JSON;charset=UTF-8"}};
    REQUIRE(ask("PUT", path, type, "[]").status == 201);
    CHECK(ask("PUT", path, k_json).status == 200);
    CHECK(ask("HEAD", path)["Content-Type"] == "Application/JSON;charset=UTF-8");
    CHECK(ask("GET", path).body == "[]");
    auto const ndjson = fresh_path("ndjson");
    REQUIRE(ask("PUT", ndjson, {{"Content-Type", "application/x+json"}}, "[]").status == 201);
    CHECK(ask("GET", ndjson).body == "[]"); // two bytes, not an empty array
    CHECK(ask("HEAD", ndjson)["Stream-Next-Offset"] == "0000000000000000_0000000000000002");
}
