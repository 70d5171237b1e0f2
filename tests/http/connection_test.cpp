// Connections: keep-alive, pipelining, HTTP/1.0, chunked request bodies, 100-continue, HEAD.
#include "http/server_under_test.h"
#include "support/sure.h"

#include <doctest/doctest.h>
#include <httplib.h>

#include <string>

using namespace ds::test;

TEST_CASE("connection: pipelined requests are answered in order") {
    auto const path = fresh_path("pipeline");
    Wire wire(server().port());
    wire.send(request("PUT", path, k_text) + request("POST", path, k_text, "one ") +
              request("POST", path, k_text, "two") + request("GET", path) + request("HEAD", path) +
              request("DELETE", path) + request("GET", path));
    CHECK(wire.reply().status == 201);
    CHECK(wire.reply().status == 204);
    CHECK(wire.reply().status == 204);
    auto const read = wire.reply();
    CHECK(read.status == 200);
    CHECK(read.body == "one two");
    auto const head = wire.reply(Wire::Answers::head);
    CHECK(head.status == 200);
    CHECK(head["Stream-Next-Offset"] == read["Stream-Next-Offset"]);
    CHECK(wire.reply().status == 204);
    CHECK(wire.reply().status == 404);
}

TEST_CASE("connection: many pipelined appends keep their order") {
    auto const path = create_text("order");
    Wire wire(server().port());
    std::string all;
    std::string expected;
    for (int i = 0; i < 200; ++i) {
        auto const message = std::to_string(i) + ";";
        all += request("POST", path, k_text, message);
        expected += message;
    }
    wire.send(all);
    std::string last;
    for (int i = 0; i < 200; ++i) {
        auto const reply = wire.reply();
        REQUIRE(reply.status == 204);
        CHECK(last < reply["Stream-Next-Offset"]);
        last = reply["Stream-Next-Offset"];
    }
    CHECK(ask("GET", path).body == expected);
}

TEST_CASE("connection: a request that arrives byte by byte is a request") {
    auto const path = create_text("bytes");
    Wire wire(server().port());
    for (char const c : request("POST", path, k_text, "slow"))
        wire.send(std::string(1, c));
    CHECK(wire.reply().status == 204);
    CHECK(ask("GET", path).body == "slow");
}

TEST_CASE("connection: an error that keeps framing intact keeps the connection") {
    auto const path = create_text("errors");
    Wire wire(server().port());
    wire.send(request("GET", fresh_path("missing")));
    CHECK(wire.reply().status == 404);
    wire.send(request("POST", path, k_json, "{}"));
    CHECK(wire.reply().code() == "CONTENT_TYPE_MISMATCH");
    wire.send(request("POST", fresh_path("missing"), k_text, "a body that nobody wants"));
    CHECK(wire.reply().status == 404);
    wire.send(request("GET", path));
    CHECK(wire.reply().status == 200);
}

TEST_CASE("connection: Connection: close is honoured and said") {
    Wire wire(server().port());
    wire.send(request("GET", "/health", {{"Connection", "close"}}));
    auto const reply = wire.reply();
    CHECK(reply.status == 200);
    CHECK(reply["Connection"] == "close");
    CHECK(wire.closes(Wait{2000}));
}

TEST_CASE("connection: HTTP/1.0 closes by default and stays with keep-alive") {
    auto const path = create_text("http-1.0", "data");
    {
        Wire wire(server().port());
        wire.send("GET " + path + " HTTP/1.0\r\n\r\n");
        auto const reply = wire.reply();
        CHECK(reply.status == 200);
        CHECK(reply.body == "data");
        CHECK_FALSE(reply.chunked);
        CHECK(wire.closes(Wait{2000}));
    }
    {
        Wire wire(server().port());
        for (int i = 0; i < 2; ++i) {
            wire.send("GET " + path + " HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
            auto const reply = wire.reply();
            CHECK(reply.status == 200);
            CHECK(reply.body == "data");
        }
    }
}

TEST_CASE("connection: SSE to an HTTP/1.0 client is not chunked and ends with the connection") {
    auto const path = create_text("sse-1.0", "data");
    REQUIRE(close_stream(path).status == 204);
    Wire wire(server().port());
    wire.send("GET " + path + "?offset=-1&live=sse HTTP/1.0\r\n\r\n");
    auto const all = wire.rest();
    CHECK(all.find("Transfer-Encoding") == std::string::npos);
    CHECK(all.find("data:data\n") != std::string::npos);
    CHECK(all.find("\"streamClosed\":true") != std::string::npos);
}

TEST_CASE("connection: PUT and POST take chunked bodies") {
    auto const path = fresh_path("chunked");
    Wire wire(server().port());
    std::string const head = " HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n"
                             "Transfer-Encoding: chunked\r\n\r\n";
    wire.send("PUT " + path + head + "5\r\nfirst\r\nB\r\n and more; \r\n0\r\n\r\n");
    CHECK(wire.reply().status == 201);
    wire.send("POST " + path + head + "006\r\nsecond\r\n0\r\n\r\n");
    CHECK(wire.reply().status == 204);
    wire.send("POST " + path + head + "0\r\n\r\n");
    CHECK(wire.reply().code() == "EMPTY_BODY");
    CHECK(ask("GET", path).body == "first and more; second");
}

TEST_CASE("connection: the name of the coding may be in any case") {
    auto const path = create_text("coding-case");
    Wire wire(server().port());
    wire.send("POST " + path +
              " HTTP/1.1\r\nhost: localhost\r\nCONTENT-TYPE: text/plain\r\n"
              "transfer-encoding: Chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
    CHECK(wire.reply().status == 204);
    CHECK(ask("GET", path).body == "hello");
}

TEST_CASE("connection: 100-continue is said before the body, unless the answer is known to be no") {
    auto const path = create_text("expect");
    {
        Wire wire(server().port());
        wire.send("POST " + path +
                  " HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n"
                  "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n");
        CHECK(wire.line().rfind("HTTP/1.1 100 ", 0) == 0);
        CHECK(wire.line().empty());
        wire.send("hello");
        CHECK(wire.reply().status == 204);
    }
    {
        Wire wire(server().port());
        wire.send("POST " + path +
                  " HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n"
                  "Content-Length: 33554433\r\nExpect: 100-continue\r\n\r\n");
        CHECK(wire.reply().refusal() == "413 PAYLOAD_TOO_LARGE");
    }
    CHECK(ask("GET", path).body == "hello");
}

TEST_CASE("connection: HEAD says what GET would, without a body") {
    auto const path = create_text("head", "some data");
    Wire wire(server().port());
    wire.send(request("HEAD", path) + request("GET", path) + request("HEAD", "/health"));
    auto const head = wire.reply(Wire::Answers::head);
    auto const get = wire.reply();
    CHECK(head.status == 200);
    CHECK(get.body == "some data");
    CHECK(head["Content-Type"] == "text/plain");
    CHECK(head["Stream-Next-Offset"] == get["Stream-Next-Offset"]);
    CHECK(head["Cache-Control"] == "no-store");
    CHECK(wire.reply(Wire::Answers::head).status == 200);
    auto const missing = ask("HEAD", fresh_path("missing"));
    CHECK(missing.status == 404);
    CHECK(missing.body.empty());
}

TEST_CASE("connection: an independent client agrees about keep-alive, chunks and bodies") {
    httplib::Client client(server().origin());
    client.enable_server_certificate_verification(false); // tls_test.cpp does
    client.set_keep_alive(true);
    auto const path = fresh_path("httplib");
    auto const created = sure(client.Put(path, "", "application/octet-stream"));
    CHECK(created->status == 201);
    std::string const bytes("\0\1\2\r\n\xff", 6);
    auto const appended = client.Post(
        path,
        [&](std::size_t, httplib::DataSink& sink) {
            sink.write(bytes.data(), bytes.size());
            sink.done();
            return true;
        },
        "application/octet-stream");
    REQUIRE(appended);
    CHECK(appended->status == 204);
    auto const read = sure(client.Get(path + "?offset=-1"));
    CHECK(read->body == bytes);
    CHECK(read->get_header_value("Stream-Next-Offset") ==
          appended->get_header_value("Stream-Next-Offset"));
    auto const head = sure(client.Head(path));
    CHECK(head->status == 200);
    auto const removed = sure(client.Delete(path));
    CHECK(removed->status == 204);
}
