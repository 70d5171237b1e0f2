// Offsets: where they are told, which are refused, and that each place has one spelling.
#include "http/server_under_test.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

using namespace ds::test;

namespace {

bool is_token(std::string const& text) {
    if (text.size() != 33 || text[16] != '_') return false;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (i != 16 && (text[i] < '0' || text[i] > '9')) return false;
    return true;
}

std::string const k_start = "0000000000000000_0000000000000000";
std::string const k_beyond = "9999999999999999_9999999999999999";

} // namespace

TEST_CASE("offset: every answer about a stream tells the next one") {
    auto const path = fresh_path("next");
    auto const tells = [](Reply const& reply, int status, std::string const& offset) {
        CHECK(reply.status == status);
        CHECK(reply["Stream-Next-Offset"] == offset);
    };
    Headers const first{{"Producer-Id", "p"}, {"Producer-Epoch", "0"}, {"Producer-Seq", "0"}};
    auto const created = ask("PUT", path, k_text);
    tells(created, 201, k_start);
    tells(ask("PUT", path, k_text), 200, k_start);
    auto const one = append_text(path, "one", first)["Stream-Next-Offset"];
    CHECK(is_token(one));
    tells(append_text(path, "one", first), 204, one);
    auto const two = append_text(path, "two")["Stream-Next-Offset"];
    CHECK(one < two);
    tells(ask("HEAD", path), 200, two);
    tells(ask("GET", path), 200, two);
    tells(ask("GET", path + "?offset=" + one), 200, two);
    tells(ask("GET", path + "?offset=" + two), 200, two);
    tells(ask("GET", path + "?offset=now"), 200, two);
    tells(ask("GET", path, {{"If-None-Match", "*"}}), 304, two);
    tells(ask("GET", path + "?offset=-1&live=long-poll"), 200, two);
    tells(ask("GET", path + "?offset=now&live=long-poll"), 204, two);
    EventStream live(server().port(), path + "?offset=-1&live=sse");
    live.until_up_to_date();
    CHECK(live.last_offset() == two);
    tells(close_stream(path), 204, two);
    tells(append_text(path, "late"), 409, two);
    tells(ask("PUT", path, with(k_text, {{"Stream-Closed", "true"}})), 200, two);
}

TEST_CASE("offset: what is no offset is refused in every mode") {
    auto const path = create_text("bad-offset", "data");
    for (std::string const bad : {"bad",
                                  "0",
                                  "1_2",
                                  "0_0",
                                  "-2",
                                  "--1",
                                  "NOW",
                                  "now%20",
                                  "%20now",
                                  "1,2",
                                  "1/2",
                                  "..",
                                  "%00",
                                  "a%0d%0ab",
                                  "%F0%9F%98%80",
                                  "+1",
                                  "1e3",
                                  "0000000000000000-0000000000000000",
                                  "0000000000000000_000000000000000",
                                  "0000000000000000_00000000000000000",
                                  "000000000000000x_0000000000000000",
                                  "0000000000000000_0000000000000000%00",
                                  "%30000000000000000_0000000000000000x"}) {
        CAPTURE(bad);
        for (std::string const mode : {"", "&live=long-poll", "&live=sse"}) {
            auto const reply = ask("GET", path + "?offset=" + bad + mode);
            CHECK(reply.status == 400);
            CHECK(reply.code() == "INVALID_OFFSET");
        }
    }
    CHECK(ask("GET", path + "?offset=%zz").status == 400);
    CHECK(ask("GET", path + "?offset=-1&offset=-1").status == 400);
    CHECK(ask("GET", path + "?offset=").code() == "EMPTY_QUERY_PARAM");
    CHECK(ask("GET", path + "?offset").code() == "EMPTY_QUERY_PARAM");
    CHECK(ask("GET", path + "?offset=-1&cursor=").code() == "EMPTY_QUERY_PARAM");
    CHECK(ask("GET", path + "?live=long-poll").code() == "OFFSET_REQUIRED");
    CHECK(ask("GET", path + "?live=sse").code() == "OFFSET_REQUIRED");
}

TEST_CASE("offset: beyond the tail there is nothing to read, in any mode") {
    auto const path = create_text("beyond", "data");
    for (auto const& offset : {k_beyond, std::string("0000000000000000_0000000000000005"),
                               std::string("0000000000000001_0000000000000000")}) {
        CAPTURE(offset);
        for (std::string const mode : {"", "&live=long-poll", "&live=sse"}) {
            auto const reply = ask("GET", path + "?offset=" + offset + mode);
            CHECK(reply.status == 400);
            CHECK(reply.code() == "OFFSET_BEYOND_TAIL");
        }
    }
    CHECK(ask("GET", path + "?offset=" + k_start).body == "data");
}

TEST_CASE("offset: a live mode we do not know is refused, not ignored") {
    auto const path = create_text("live-mode", "data");
    for (std::string const mode :
         {"ws-internal", "SSE", "longpoll", "true", "false", "websocket"}) {
        CAPTURE(mode);
        auto const reply = ask("GET", path + "?offset=-1&live=" + mode);
        CHECK(reply.status == 400);
        CHECK_FALSE(reply.code().empty());
    }
    CHECK(ask("GET", path + "?offset=-1&live=").code() == "EMPTY_QUERY_PARAM");
    CHECK(ask("GET", path + "?offset=-1&live=sse&live=sse").status == 400);
}

TEST_CASE("offset: limit bounds a page to that many messages") {
    auto const path = fresh_path("limit");
    REQUIRE(ask("PUT", path, k_json, R"([1,2,3,4,5])").status == 201);
    REQUIRE(ask("POST", path, k_json, "6").status == 204);
    auto const first = ask("GET", path + "?limit=2");
    CHECK(first.body == "[1,2]");
    CHECK_FALSE(first.has("Stream-Up-To-Date"));
    auto const second = ask("GET", path + "?limit=3&offset=" + first["Stream-Next-Offset"]);
    CHECK(second.body == "[3,4,5]");
    auto const third = ask("GET", path + "?limit=3&offset=" + second["Stream-Next-Offset"]);
    CHECK(third.body == "[6]");
    CHECK(third["Stream-Up-To-Date"] == "true");
    CHECK(ask("GET", path + "?limit=999999").body == "[1,2,3,4,5,6]");
    auto const text = create_text("limit-text", "one,");
    append_text(text, "two,");
    append_text(text, "three");
    CHECK(ask("GET", text + "?limit=2").body == "one,two,");
    for (std::string const bad : {"0", "-1", "1.5", "abc", "01", "+1", "99999999999999999999"}) {
        CAPTURE(bad);
        CHECK(ask("GET", path + "?limit=" + bad).status == 400);
    }
    CHECK(ask("GET", path + "?limit=").code() == "EMPTY_QUERY_PARAM");
}

TEST_CASE("offset: pages are at most 512 KiB and end between messages") {
    auto const path = create_text("pages");
    std::string expected;
    Wire wire(server().port());
    for (int i = 0; i < 80; ++i) {
        std::string const message = std::to_string(i) + std::string(20000, '.') + "\n";
        wire.send(request("POST", path, k_text, message));
        REQUIRE(wire.reply().status == 204);
        expected += message;
    }
    std::string all;
    std::string offset = "-1";
    int pages = 0;
    for (bool more = true; more; ++pages) {
        auto const page = ask("GET", path + "?offset=" + offset);
        REQUIRE(page.status == 200);
        CHECK(page.body.size() <= 524288);
        CHECK(page.body.back() == '\n');
        all += page.body;
        offset = page["Stream-Next-Offset"];
        more = !page.has("Stream-Up-To-Date");
        REQUIRE(pages < 100);
    }
    CHECK(all == expected);
    CHECK(pages >= 4);

    // A message that is larger than a page is a page.
    auto const huge = create_text("huge", std::string(1000000, 'h'));
    CHECK(ask("GET", huge).body.size() == 1000000);
}

TEST_CASE("offset: a place keeps one spelling across segments, in every mode and for ever") {
    ServerUnderTest small({"--rotate-messages", "3", "--long-poll-timeout", "0.2"});
    auto const path = fresh_path("segments");
    REQUIRE(ask(small, "PUT", path, k_json).status == 201);
    std::vector<std::string> after{k_start};
    for (int i = 0; i < 10; ++i) {
        auto const reply = ask(small, "POST", path, k_json, std::to_string(i));
        REQUIRE(reply.status == 204);
        after.push_back(reply["Stream-Next-Offset"]);
        CHECK(after[after.size() - 2] < after.back());
        CHECK(ask(small, "HEAD", path)["Stream-Next-Offset"] == after.back());
        CHECK(ask(small, "GET", path + "?offset=now")["Stream-Next-Offset"] == after.back());
    }
    CHECK(after[2].substr(0, 16) < after[3].substr(0, 16));
    for (std::size_t i = 0; i < after.size(); ++i) {
        CAPTURE(i);
        auto const page = ask(small, "GET", path + "?limit=1&offset=" + after[i]);
        CHECK(page.body == (i < 10 ? "[" + std::to_string(i) + "]" : "[]"));
        CHECK(page["Stream-Next-Offset"] == after[std::min<std::size_t>(i + 1, 10)]);
        EventStream live(small.port(), path + "?live=sse&offset=" + after[i]);
        live.until_up_to_date();
        CHECK(live.last_offset() == after.back());
    }
    // The end of a segment is spelled as the start of the next, and only so.
    CHECK(after[3] == "0000000000000001_0000000000000000");
    small.stop();
    small.start();
    CHECK(ask(small, "HEAD", path)["Stream-Next-Offset"] == after.back());
    CHECK(ask(small, "GET", path + "?limit=1&offset=" + after[3]).body == "[3]");
    auto const end = ask(small, "POST", path, {{"Stream-Closed", "true"}});
    CHECK(end["Stream-Next-Offset"] == after.back());
}

TEST_CASE("offset: reads carry the time of the newest append in them") {
    using namespace std::chrono;
    auto const now = [] {
        return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
    };
    auto const before = now();
    auto const path = create_text("time", "data");
    auto const after = now();
    auto const stamp = std::stoll(ask("GET", path)["Stream-Write-Timestamp"]);
    CHECK(stamp >= before - 1);
    CHECK(stamp <= after + 1);
    CHECK(ask("GET", path + "?offset=-1&live=long-poll")["Stream-Write-Timestamp"] ==
          std::to_string(stamp));
    CHECK_FALSE(ask("GET", path + "?offset=now").has("Stream-Write-Timestamp"));
    EventStream live(server().port(), path + "?offset=-1&live=sse");
    live.next();
    auto const control = live.next();
    REQUIRE(control);
    CHECK(control->number("streamWriteTimestamp") == stamp);
}
