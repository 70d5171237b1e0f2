// Requests whose end two readers could see in different places are refused, and the connection with
// them: no byte after such a request is ever answered.
#include "http/server_under_test.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace ds::test;

namespace {

using Named = std::pair<std::string, std::string>;

std::string post(std::string const& path, std::string const& headers, std::string const& body) {
    return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n" +
           headers + "\r\n" + body;
}

std::size_t count(std::string const& text, std::string const& part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
        ++found;
    return found;
}

// Sends `bytes`, then a request that must never be answered.
void check_refused(std::string const& bytes, int status = 400) {
    Wire wire(server().port());
    wire.send_if_open(bytes + "GET /health HTTP/1.1\r\nHost: smuggled\r\n\r\n");
    wire.finish_sending();
    auto const all = wire.rest();
    REQUIRE_MESSAGE(all.size() > 12, "closed without a word");
    CHECK(all.substr(0, 7) == "HTTP/1.");
    CHECK(all.substr(8, 5) == " " + std::to_string(status) + " ");
    CHECK_MESSAGE(count(all, "HTTP/1.") == 1, all);
}

std::string tail_of(std::string const& path) {
    return ask("HEAD", path)["Stream-Next-Offset"];
}

} // namespace

TEST_CASE("framing: every request with two possible lengths is refused and its connection closed") {
    auto const path = create_text("lengths");
    auto const before = tail_of(path);
    std::vector<Named> const shapes{
        {"both", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"},
        {"both, the other way round", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"},
        {"two different lengths", "Content-Length: 5\r\nContent-Length: 6\r\n"},
        {"the same length twice", "Content-Length: 5\r\nContent-Length: 5\r\n"},
        {"a list of lengths", "Content-Length: 5, 6\r\n"},
        {"the same length in a list", "Content-Length: 5, 5\r\n"},
        {"chunked in two lines", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"},
        {"a coding on a folded line", "Transfer-Encoding:\r\n chunked\r\n"},
        {"chunked is not last", "Transfer-Encoding: chunked, gzip\r\n"},
        {"chunked twice", "Transfer-Encoding: chunked, chunked\r\n"},
        {"chunked, then identity", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"},
        {"not chunked at all", "Transfer-Encoding: identity\r\n"},
        {"an unknown coding", "Transfer-Encoding: xchunked\r\n"},
        {"a quoted coding", "Transfer-Encoding: \"chunked\"\r\n"},
        {"a hidden vertical tab", "Transfer-Encoding: \vchunked\r\n"},
        {"an empty coding", "Transfer-Encoding:\r\n"},
        {"a sign", "Content-Length: +5\r\n"},
        {"a minus", "Content-Length: -5\r\n"},
        {"hexadecimal", "Content-Length: 0x5\r\n"},
        {"a fraction", "Content-Length: 5.0\r\n"},
        {"a blank inside", "Content-Length: 5 5\r\n"},
        {"no number", "Content-Length: five\r\n"},
        {"an empty length", "Content-Length:\r\n"},
        {"a length past 64 bits", "Content-Length: 18446744073709551621\r\n"},
    };
    for (auto const& [name, headers] : shapes) {
        CAPTURE(name);
        check_refused(post(path, headers, "0\r\n\r\n"));
    }
    CHECK(tail_of(path) == before);
}

TEST_CASE("framing: header lines that two readers could read differently are refused") {
    auto const path = create_text("lines");
    auto const before = tail_of(path);
    std::string const length = "Content-Length: 5\r\n";
    std::vector<Named> const shapes{
        {"blank before the colon", "Content-Length : 5\r\n"},
        {"blank before the colon of an unknown header", length + "X-Other : a\r\n"},
        {"folded line", length + "X-Folded: a\r\n b\r\n"},
        {"line that begins with a blank", " X-First: a\r\n" + length},
        {"bare line feed", "X-A: b\n" + length},
        {"bare line feed that hides a header", length + "X-A: b\nTransfer-Encoding: chunked\r\n"},
        {"bare carriage return", length + "X-A: b\rX-C: d\r\n"},
        {"a NUL in a value", length + std::string("X-A: b\0c\r\n", 10)},
        {"a NUL in a name", length + std::string("X-\0A: b\r\n", 9)},
        {"a control character in a value", length + "X-A: b\x01\r\n"},
        {"a name with a blank inside", length + "X A: b\r\n"},
        {"no name", length + ": b\r\n"},
        {"no colon", length + "X-A\r\n"},
        {"two hosts", length + "Host: other\r\n"},
    };
    for (auto const& [name, headers] : shapes) {
        CAPTURE(name);
        check_refused(post(path, headers, "12345"));
    }
    CHECK(tail_of(path) == before);
}

TEST_CASE("framing: malformed chunks are refused and store nothing") {
    auto const path = create_text("chunks");
    auto const before = tail_of(path);
    std::vector<Named> const shapes{
        {"a size past 64 bits", "10000000000000005\r\nhello\r\n0\r\n\r\n"},
        {"a size of many digits", "FFFFFFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n"},
        {"a signed size", "+5\r\nhello\r\n0\r\n\r\n"},
        {"a negative size", "-5\r\nhello\r\n0\r\n\r\n"},
        {"a prefixed size", "0x5\r\nhello\r\n0\r\n\r\n"},
        {"no size", "\r\nhello\r\n0\r\n\r\n"},
        {"no hexadecimal digit", "g\r\nhello\r\n0\r\n\r\n"},
        {"a blank before the size", " 5\r\nhello\r\n0\r\n\r\n"},
        {"a bare line feed after the size", "5\nhello\r\n0\r\n\r\n"},
        {"a bare line feed in an extension", "5;a\nb\r\nhello\r\n0\r\n\r\n"},
        {"a chunk longer than its size", "4\r\nhello\r\n0\r\n\r\n"},
        {"a chunk that ends in a bare line feed", "5\r\nhello\n0\r\n\r\n"},
    };
    for (auto const& [name, body] : shapes) {
        CAPTURE(name);
        check_refused(post(path, "Transfer-Encoding: chunked\r\n", body));
    }
    CHECK(tail_of(path) == before);
}

TEST_CASE("framing: a chunk shorter than its size waits for the rest and stores nothing") {
    auto const path = create_text("short-chunk");
    auto const before = tail_of(path);
    {
        Wire wire(server().port());
        wire.send(post(path, "Transfer-Encoding: chunked\r\n", "6\r\nhello"));
        CHECK(wire.stays_silent(Wait{50}));
    }
    CHECK(tail_of(path) == before);
}

TEST_CASE("framing: chunk extensions and trailers mean nothing, or are refused") {
    auto const path = create_text("extensions");
    for (std::string const body :
         {"5;name=value\r\nhello\r\n0\r\n\r\n", "5\r\nhello\r\n0;last\r\n\r\n",
          "5\r\nhello\r\n0\r\nStream-Closed: true\r\n\r\n"}) {
        CAPTURE(body);
        Wire wire(server().port());
        wire.send(post(path, "Transfer-Encoding: chunked\r\n", body));
        auto const status = wire.reply().status;
        CHECK((status == 204 || status == 400));
        CHECK_FALSE(ask("HEAD", path).has("Stream-Closed"));
    }
}

TEST_CASE("framing: malformed request lines are refused") {
    for (std::string const line :
         {"GET  /health HTTP/1.1", "GET /health  HTTP/1.1", "GET /health HTTP/1.1 ",
          "GET\t/health\tHTTP/1.1", "GET /health", "GET /hea lth HTTP/1.1", "GET  HTTP/1.1",
          "GET health HTTP/1.1", "GET /health HTTP/1.1\rX: y", "GET /health HTTP/11",
          "GET /health http/1.1", "GET /health HTTP/1.x", "G@T /health HTTP/1.1",
          " GET /health HTTP/1.1", "GET /hea\x01lth HTTP/1.1", "GET /health#part HTTP/1.1"}) {
        CAPTURE(line);
        check_refused(line + "\r\nHost: localhost\r\n\r\n");
    }
}

TEST_CASE("framing: HTTP/1.1 without Host is refused; versions we do not speak are, too") {
    check_refused("GET /health HTTP/1.1\r\n\r\n");
    for (std::string const line :
         {"GET /health HTTP/2.0", "GET /health HTTP/3.0", "PRI * HTTP/2.0"}) {
        CAPTURE(line);
        Wire wire(server().port());
        wire.send_if_open(line +
                          "\r\nHost: localhost\r\n\r\nGET /health HTTP/1.1\r\nHost: x\r\n\r\n");
        auto const all = wire.rest();
        CHECK((all.rfind("HTTP/1.1 400 ", 0) == 0 || all.rfind("HTTP/1.1 505 ", 0) == 0));
        CHECK(count(all, "HTTP/1.") == 1);
    }
}

TEST_CASE("framing: bytes that are no HTTP at all get one refusal") {
    check_refused(std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11) + "\r\n\r\n");
    check_refused(std::string(64, '\0') + "\r\n\r\n");
}

TEST_CASE("framing: a Transfer-Encoding in an HTTP/1.0 request is refused") {
    auto const path = create_text("chunked-1.0");
    check_refused("POST " + path +
                  " HTTP/1.0\r\nContent-Type: text/plain\r\n"
                  "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
}

TEST_CASE("framing: a target with scheme and host names the same path, or is refused") {
    auto const path = create_text("absolute", "body");
    Wire wire(server().port());
    wire.send("GET http://localhost" + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    auto const reply = wire.reply();
    CHECK((reply.status == 400 || (reply.status == 200 && reply.body == "body")));
}

TEST_CASE("framing: a body that is cut short stores nothing") {
    auto const path = create_text("cut");
    auto const before = tail_of(path);
    {
        Wire wire(server().port());
        wire.send(post(path, "Content-Length: 10\r\n", "hello"));
        wire.finish_sending();
        auto const all = wire.rest();
        CHECK((all.empty() || all.rfind("HTTP/1.1 400 ", 0) == 0));
    }
    {
        Wire wire(server().port());
        wire.send(post(path, "Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n"));
        wire.finish_sending();
        auto const all = wire.rest();
        CHECK((all.empty() || all.rfind("HTTP/1.1 400 ", 0) == 0));
    }
    CHECK(tail_of(path) == before);
}
