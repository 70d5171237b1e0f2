// Events as exact bytes, and bytes back to events.
#include "base/encoding.h"
#include "base/utf8.h"
#include "protocol/sse.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

namespace ds {

namespace {

std::string data_event(std::string_view payload, SseEncoding encoding = SseEncoding::text) {
    std::string text;
    append_sse_data(text, payload, encoding);
    return text;
}

std::string control_event(SseControl const& facts) {
    std::string text;
    append_sse_control(text, facts);
    return text;
}

// Every event as "name|payload", the bytes fed in pieces of `piece`.
std::vector<std::string> events(std::string_view bytes, std::size_t piece = std::string::npos) {
    SseParser parser;
    std::vector<std::string> all;
    for (std::size_t at = 0; at < bytes.size(); at += std::min(piece, bytes.size())) {
        parser.feed(bytes.substr(at, piece));
        while (true) {
            auto const event = parser.next();
            REQUIRE(event);
            if (!*event) break;
            all.push_back((*event)->name + "|" + (*event)->payload);
        }
    }
    return all;
}

using Events = std::vector<std::string>;

} // namespace

TEST_CASE("sse: a data event is one data line for each line of payload") {
    CHECK(data_event("hello") == "event: data\ndata:hello\n\n");
    CHECK(data_event("[1,2]") == "event: data\ndata:[1,2]\n\n");
    CHECK(data_event("") == "event: data\ndata:\n\n");
    CHECK(data_event("a\nb") == "event: data\ndata:a\ndata:b\n\n");
    CHECK(data_event("a\n") == "event: data\ndata:a\ndata:\n\n");
    CHECK(data_event("\n\n") == "event: data\ndata:\ndata:\ndata:\n\n");
}

TEST_CASE("sse: CRLF, CR and LF each end one line, so no payload forges an event") {
    CHECK(data_event("a\r\nb\rc\nd") == "event: data\ndata:a\ndata:b\ndata:c\ndata:d\n\n");
    CHECK(data_event("\r\r\n\n\r") == "event: data\ndata:\ndata:\ndata:\ndata:\ndata:\n\n");
    CHECK(data_event("x\n\nevent: control\ndata: {}\n\n") ==
          "event: data\ndata:x\ndata:\ndata:event: control\ndata:data: {}\ndata:\ndata:\n\n");
}

TEST_CASE("sse: a line that begins with a space gets one more, which readers take away") {
    CHECK(data_event(" a") == "event: data\ndata:  a\n\n");
    CHECK(data_event("a\n  b\n\tc") == "event: data\ndata:a\ndata:   b\ndata:\tc\n\n");
    CHECK(events(data_event(" a\n  b")) == Events{"data| a\n  b"});
}

TEST_CASE("sse: binary payload is one line of base64") {
    CHECK(data_event("foob", SseEncoding::base64) == "event: data\ndata:Zm9vYg==\n\n");
    CHECK(data_event("", SseEncoding::base64) == "event: data\ndata:\n\n");
    CHECK(data_event(std::string_view("\r\n\0", 3), SseEncoding::base64) ==
          "event: data\ndata:DQoA\n\n");
}

TEST_CASE("sse: control events say offset, time, cursor and whether that is all") {
    CHECK(control_event({.next = {1, 2},
                         .write_timestamp_ms = 1'767'323'045'678,
                         .cursor = 77,
                         .up_to_date = true}) ==
          "event: control\ndata:{\"streamNextOffset\":\"0000000000000001_0000000000000002\","
          "\"streamWriteTimestamp\":1767323045678,\"streamCursor\":\"77\",\"upToDate\":true}\n\n");
    CHECK(control_event({.next = {}, .write_timestamp_ms = {}, .cursor = 0}) ==
          "event: control\ndata:{\"streamNextOffset\":\"0000000000000000_0000000000000000\","
          "\"streamCursor\":\"0\"}\n\n");
}

TEST_CASE("sse: the last control event says closed and up to date, and gives no cursor") {
    CHECK(control_event({.next = {0, 5}, .write_timestamp_ms = 9, .closed = true, .cursor = 77}) ==
          "event: control\ndata:{\"streamNextOffset\":\"0000000000000000_0000000000000005\","
          "\"streamWriteTimestamp\":9,\"upToDate\":true,\"streamClosed\":true}\n\n");
}

TEST_CASE("sse: an id says where to go on, and retry how long to wait before") {
    std::string text;
    append_sse_retry(text, std::chrono::milliseconds{250});
    append_sse_data(text, "x", SseEncoding::text, Offset{1, 2});
    CHECK(text == "retry:250\nevent: data\ndata:x\nid:0000000000000001_0000000000000002\n\n");
    text.clear();
    append_sse_control(text, {.next = {1, 2}, .write_timestamp_ms = {}, .cursor = 0}, Offset{1, 2});
    CHECK(text.starts_with("event: control\nid:0000000000000001_0000000000000002\ndata:{"));
    CHECK(events("retry:1\nid:7\n" + text) == events(text)); // readers that know neither
}

TEST_CASE("sse: text that is no UTF-8 is made UTF-8, and bytes stay bytes") {
    CHECK(data_event("caf\xe9\nx") == "event: data\ndata:caf\xef\xbf\xbd\ndata:x\n\n");
    CHECK(data_event("\xe9", SseEncoding::base64) == "event: data\ndata:6Q==\n\n");
}

TEST_CASE("sse: events are appended after what is there") {
    std::string text = "x";
    append_sse_data(text, "y", SseEncoding::text);
    CHECK(text == "xevent: data\ndata:y\n\n");
}

TEST_CASE("sse parser: whole events come out, whatever ends their lines") {
    for (auto const* text :
         {"event: data\ndata:a\ndata: b\n\nevent: control\ndata: {}\n\n",
          "event: data\r\ndata:a\r\ndata: b\r\n\r\nevent: control\r\ndata: {}\r\n\r\n",
          "event: data\rdata:a\rdata: b\r\revent: control\rdata: {}\r\r"}) {
        for (std::size_t piece = 1; piece < 20; ++piece) {
            CAPTURE(piece);
            CHECK(events(text, piece) == Events{"data|a\nb", "control|{}"});
        }
    }
}

TEST_CASE("sse parser: an event is not held back for the LF that may follow its last CR") {
    CHECK(events("data:a\r\r") == Events{"message|a"});
    CHECK(events("data:a\r\n\r") == Events{"message|a"});
    CHECK(events("data:a\r\n\r\ndata:b\r\n\r\n", 11) == Events{"message|a", "message|b"});
}

TEST_CASE("sse parser: comments, unknown fields and events without data are skipped") {
    CHECK(events(":\n\n: hi\nid: 7\nretry: 5\nfoo\ndata: x\n\n") == Events{"message|x"});
    CHECK(events("event: lonely\n\ndata: x\n\n") == Events{"message|x"});
    CHECK(events("event: a\nevent:\ndata: x\n\n") == Events{"message|x"});
    CHECK(events(std::string(k_sse_keep_alive) + data_event("x")) == Events{"data|x"});
    CHECK(events("\n\n\n").empty());
}

TEST_CASE("sse parser: data fields without value are empty lines") {
    CHECK(events("data\n\n") == Events{"message|"});
    CHECK(events("data:\n\n") == Events{"message|"});
    CHECK(events("data\ndata:\ndata: \n\n") == Events{"message|\n\n"});
    CHECK(events("data:  two\n\n") == Events{"message| two"});
    CHECK(events("data:a:b\n\n") == Events{"message|a:b"});
    CHECK(events(" data:a\n\n").empty());
}

TEST_CASE("sse parser: a byte order mark at the start, and only there, is skipped") {
    for (std::size_t piece = 1; piece < 8; ++piece)
        CHECK(events("\xef\xbb\xbf"
                     "data:a\n\n\xef\xbb\xbf"
                     "data:b\n\ndata:c\n\n",
                     piece) == Events{"message|a", "message|c"});
}

TEST_CASE("sse parser: a cut event is not given out") {
    CHECK(events("data:a\n").empty());
    CHECK(events("data:a\n\ndata:b") == Events{"message|a"});
}

TEST_CASE("sse parser: an event without end is refused once it is too large") {
    SseParser parser;
    parser.feed("data:");
    std::string const piece(SseParser::k_event_bytes_max / 4, 'x');
    for (int i = 0; i < 4; ++i) {
        parser.feed(piece);
        auto const event = parser.next();
        if (i < 3) REQUIRE(event);
        if (i == 3) {
            REQUIRE_FALSE(event);
            CHECK(event.error().fault == Fault::invalid);
        }
    }
}

TEST_CASE("sse: random payloads come through the parser with LF for every line end") {
    auto const seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 random(seed);
    constexpr std::string_view k_letters = "a \n\r:\t{}\xc3\xa9";
    for (int round = 0; round < 2'000; ++round) {
        std::string payload(random() % 30, '\0');
        for (char& c : payload)
            c = k_letters[random() % k_letters.size()];
        std::string expected;
        for (std::size_t i = 0; i < payload.size(); ++i) {
            if (payload[i] != '\r')
                expected.push_back(payload[i]);
            else if (i + 1 == payload.size() || payload[i + 1] != '\n')
                expected.push_back('\n');
        }
        CAPTURE(hex_encode(payload));
        auto const bytes = data_event(payload) +
                           control_event({.next = {}, .write_timestamp_ms = {}}) +
                           data_event(payload, SseEncoding::base64);
        auto const got = events(bytes, 1 + random() % 40);
        REQUIRE(got.size() == 3);
        CHECK(got[0] == "data|" + repaired_utf8(expected));
        CHECK(got[2] == "data|" + base64_encode(payload));
    }
}

} // namespace ds
