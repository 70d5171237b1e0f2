// Offsets: where they are told, which are refused, and that each place has one spelling.
#include "http/server_under_test.h"
#include "support/text.h"

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
    for (auto const& bad : between_bars(
             "bad|0|1_2|0_0|-2|--1|NOW|now%20|%20now|1,2|1/2|..|%00|a%0d%0ab|%F0%9F%98%80|+1|"
             "1e3|0000000000000000-0000000000000000|0000000000000000_000000000000000|"
             "0000000000000000_00000000000000000|000000000000000x_0000000000000000|"
             "0000000000000000_0000000000000000%00|%30000000000000000_0000000000000000x")) {
        CAPTURE(bad);
        for (std::string const mode : {"", "&live=long-poll", "&live=sse"}) {
            CHECK(ask("GET", path + "?offset=" + bad + mode).refusal() == "400 INVALID_OFFSET");
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

TEST_CASE("offset: beyond the tail there is nothing yet, and that is told in every mode") {
    auto const path = create_text("beyond", "data");
    for (auto const& offset : {k_beyond, std::string("0000000000000000_0000000000000005"),
                               std::string("0000000000000001_0000000000000000")}) {
        CAPTURE(offset);
        auto const reply = ask("GET", path + "?offset=" + offset);
        CHECK(reply.status == 200);
        CHECK(reply.body.empty());
        CHECK(reply["Stream-Next-Offset"] == offset);
        CHECK(reply["Stream-Up-To-Date"] == "true");
        CHECK(reply["Cache-Control"] == "no-store");
        CHECK_FALSE(reply.has("ETag"));
        auto const waited = ask("GET", path + "?live=long-poll&offset=" + offset);
        CHECK(waited.status == 204);
        CHECK(waited["Stream-Next-Offset"] == offset);
        CHECK(waited["Cache-Control"] == "no-store");
        EventStream live(server().port(), path + "?live=sse&offset=" + offset);
        CHECK(live.until_up_to_date().empty());
        CHECK(live.last_offset() == offset);
    }
    CHECK(ask("GET", path + "?offset=" + k_start).body == "data");
    auto const json = create_json("beyond-json", "[1]");
    CHECK(ask("GET", json + "?offset=" + k_beyond).body == "[]");
    CHECK(close_stream(path).status == 204);
    CHECK(ask("GET", path + "?offset=" + k_beyond)["Stream-Closed"] == "true");
    CHECK(ask("GET", path + "?live=long-poll&offset=" + k_beyond)["Stream-Closed"] == "true");
    EventStream closed(server().port(), path + "?live=sse&offset=" + k_beyond);
    auto const last = closed.next();
    REQUIRE(last);
    CHECK(last->flag("streamClosed"));
    CHECK_FALSE(closed.next());
}

TEST_CASE("offset: who waits beyond the tail is given the message that passes it, whole") {
    auto const path = create_text("passes", "01234");
    std::string const place = "0000000000000000_0000000000000008";
    EventStream live(server().port(), path + "?live=sse&offset=" + place);
    CHECK(live.until_up_to_date().empty());
    Wire poll(server().port());
    poll.send(request("GET", path + "?live=long-poll&offset=" + place));
    CHECK(append_text(path, "567").status == 204); // up to the place, and not beyond
    CHECK(append_text(path, "89abc").status == 204);
    auto const data = live.next();
    REQUIRE(data);
    CHECK(data->name == "data");
    CHECK(data->payload == "89abc");
    auto const polled = poll.reply();
    CHECK(polled.status == 200);
    CHECK(polled.body == "89abc");
}

TEST_CASE("offset: inside a message means from its beginning, wherever it lies") {
    ServerUnderTest small({"--rotate-messages", "4", "--page-cache-bytes", "4000",
                           "--tail-cache-bytes", "4000", "--long-poll-timeout", "0.2"});
    auto const path = fresh_path("inside");
    REQUIRE(ask(small, "PUT", path, {{"Content-Type", "application/octet-stream"}}).status == 201);
    std::string const piece(3000, 'x');
    std::vector<std::string> begins{k_start};
    std::vector<std::string> messages;
    for (int i = 0; i < 10; ++i) {
        messages.push_back("<" + std::to_string(i) + piece);
        auto const reply = ask(small, "POST", path, {{"Content-Type", "application/octet-stream"}},
                               messages.back());
        begins.push_back(reply["Stream-Next-Offset"]);
    }
    std::string lines = "one\ntwo\nthree\n";
    REQUIRE(ask(small, "POST", path,
                {{"Content-Type", "application/octet-stream"}, {"Stream-Framing", "lines"}}, lines)
                .status == 204);
    auto const plus = [](std::string offset, int add) {
        auto number = std::to_string(std::stoull(offset.substr(17)) + static_cast<unsigned>(add));
        return offset.substr(0, 17) + std::string(16 - number.size(), '0') + number;
    };
    // The full segments go to the store, the open one stays in the log.
    auto const data = small.data()->path() + "/data";
    REQUIRE(run_ds({"rotate", "--online", "--data", data}).how.exit_code == 0);
    for (std::size_t i = 0; i < messages.size(); ++i) {
        CAPTURE(i);
        for (int const add : {1, 2, 2999}) {
            auto const place = plus(begins[i], add);
            auto const page = ask(small, "GET", path + "?limit=1&offset=" + place);
            CHECK(page.body == messages[i]);
            CHECK(page["Stream-Next-Offset"] == begins[i + 1]);
            CHECK(ask(small, "GET", path + "?limit=1&live=long-poll&offset=" + place).body ==
                  messages[i]);
        }
    }
    // A line is a message; its own borders hold.
    auto const line = begins.back();
    CHECK(ask(small, "GET", path + "?offset=" + plus(line, 4)).body == "two\nthree\n");
    CHECK(ask(small, "GET", path + "?offset=" + plus(line, 5)).body == "two\nthree\n");
    CHECK(ask(small, "GET", path + "?offset=" + plus(line, 9)).body == "three\n");
    // Beyond the end of a full segment stands its last message, whose end is spelled higher.
    CHECK(ask(small, "GET", path + "?limit=1&offset=" + plus(begins[3], 3002)).body == messages[3]);
    CHECK(ask(small, "GET", path + "?limit=1&offset=" + plus(begins[3], 999999)).body ==
          messages[3]);
}

TEST_CASE("offset: a fork begins where it left its source, also inside a message") {
    auto const path = create_text("source-of-a-fork", "abcdefgh");
    auto const fork = fresh_path("fork-inside");
    REQUIRE(ask("PUT", fork,
                {{"Stream-Forked-From", path},
                 {"Stream-Fork-Offset", k_start},
                 {"Stream-Fork-Sub-Offset", "3"}},
                "XYZ")
                .status == 201);
    std::string const point = "0000000000000000_0000000000000003";
    CHECK(ask("GET", fork + "?offset=" + point).body == "XYZ");
    CHECK(ask("GET", fork + "?offset=0000000000000000_0000000000000002").body == "abcXYZ");
    CHECK(ask("GET", fork + "?offset=0000000000000000_0000000000000004").body == "XYZ");
    CHECK(ask("GET", path + "?offset=" + point).body == "abcdefgh");
}

TEST_CASE("offset: those of a deleted stream are told from those of its successor") {
    ServerUnderTest again({"--rotate-messages", "3"});
    auto const path = fresh_path("made-again");
    std::vector<std::string> old;
    for (int life = 0; life < 3; ++life) {
        CAPTURE(life);
        REQUIRE(ask(again, "PUT", path, k_json).status == 201);
        for (auto const& offset : old) {
            CAPTURE(offset);
            for (std::string const mode : {"", "&live=long-poll", "&live=sse"}) {
                CHECK(ask(again, "GET", path + "?offset=" + offset + mode).refusal() ==
                      "410 OFFSET_OF_EARLIER_STREAM");
            }
        }
        auto const begin = ask(again, "HEAD", path)["Stream-Next-Offset"];
        if (life == 0) CHECK(begin == k_start);
        // Who has read nothing may go on in any of them.
        auto const first = std::to_string(life);
        REQUIRE(ask(again, "POST", path, k_json, first).status == 204);
        CHECK(ask(again, "GET", path + "?offset=" + k_start).body == "[" + first + "]");
        CHECK(ask(again, "GET", path + "?offset=" + begin).body == "[" + first + "]");
        for (int i = 0; i < 5; ++i) {
            auto const next =
                ask(again, "POST", path, k_json, std::to_string(i))["Stream-Next-Offset"];
            if (!old.empty()) CHECK(old.back() < next);
            old.push_back(next);
        }
        if (life == 1) {
            again.kill();
            again.start();
            CHECK(ask(again, "GET", path).body == "[1,0,1,2,3,4]");
            CHECK(ask(again, "GET", path + "?offset=" + old.front()).status == 410);
        }
        REQUIRE(ask(again, "DELETE", path).status == 204);
    }
    auto const verified =
        run_ds({"inspect", "--verify", "--online", "--data", again.data()->path() + "/data"});
    CHECK(verified.how.exit_code == 0);
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
    auto const path = create_json("limit", R"([1,2,3,4,5])");
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
