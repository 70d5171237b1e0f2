// Promises of client/stream_client.
#include "client/stream_client.h"
#include "fakes/scripted_fetch.h"
#include "support/sure.h"

#include <doctest/doctest.h>

using namespace ds;
using namespace ds::test;

namespace {

StreamName const k_name = *parse_stream_name("p/a b/ü");

} // namespace

TEST_CASE("stream client: create says everything the person asked for") {
    ScriptedFetch fetch({answers(
        201,
        {{"Content-Type", "text/plain"}, {"stream-next-offset", "7"}, {"Stream-Closed", "TRUE"}})});
    StreamClient client(fetch, "http://h:1//", "");
    CreateRequest request{"text/plain", "60", std::nullopt, true, *parse_stream_name("src"), "5"};
    auto const said = test::sure(client.create(k_name, request));
    auto const& answer = std::get<CreateAnswer>(*said);
    CHECK(!answer.existed);
    CHECK(answer.state.closed);
    CHECK(answer.state.next_offset == "7");
    auto const& asked = fetch.asked.at(0);
    CHECK(asked.method == "PUT");
    CHECK(asked.url == "http://h:1" + stream_path(k_name));
    CHECK(asked.header("Stream-TTL") == "60");
    CHECK(asked.header("Stream-Expires-At") == "(none)");
    CHECK(asked.header("Stream-Closed") == "true");
    CHECK(asked.header("Stream-Forked-From") == "/v1/stream/_default/src");
    CHECK(asked.header("Stream-Fork-Offset") == "5");
    CHECK(asked.header("Authorization") == "(none)");
}

TEST_CASE("stream client: 200 on create means that it existed") {
    ScriptedFetch fetch({answers(200, {{"Stream-Next-Offset", "7"}})});
    StreamClient client(fetch, "http://h", "");
    auto const said = test::sure(client.create(k_name, {}));
    CHECK(std::get<CreateAnswer>(*said).existed);
}

TEST_CASE("stream client: close sends an empty body that closes") {
    ScriptedFetch fetch({answers(204, {{"Stream-Closed", "true"}})});
    StreamClient client(fetch, "http://h", "");
    auto const said = test::sure(client.close(k_name));
    CHECK(std::get<AppendAnswer>(*said).state.closed);
    CHECK(fetch.asked.at(0).body.empty());
    CHECK(fetch.asked.at(0).header("Stream-Closed") == "true");
    CHECK(fetch.asked.at(0).header("Producer-Id") == "(none)");
}

TEST_CASE("stream client: head and remove return what the server said") {
    ScriptedFetch fetch({answers(200, {{"Stream-TTL", "60"}, {"Stream-Next-Offset", "3"}}),
                         answers(204, {{"Stream-Whatever", "x"}}),
                         answers(410, {{"Stream-Earliest-Offset", "5"}})});
    StreamClient client(fetch, "http://h", "");
    auto const head = test::sure(client.head(k_name));
    CHECK(std::get<StreamState>(*head).ttl == "60");
    auto const removed = test::sure(client.remove(k_name));
    CHECK(std::holds_alternative<RemoveAnswer>(*removed));
    auto const gone = test::sure(client.head(k_name));
    CHECK(std::get<Denial>(*gone).status == 410);
    CHECK(std::get<Denial>(*gone).earliest_offset == "5");
    CHECK(fetch.asked.at(1).method == "DELETE");
}

TEST_CASE("stream client: both shapes of error bodies, plain text and nothing are understood") {
    auto const denied = [](std::string body, HeaderMap headers = {}) {
        return read_denial(FetchReply{409, std::move(headers), std::move(body)});
    };
    CHECK(denied(R"({"code":"X","error":"because"})").code == "X");
    CHECK(denied(R"({"code":"X","error":"because"})").message == "because");
    CHECK(denied(R"({"error":{"code":"Y","message":"so"}})").code == "Y");
    CHECK(denied(R"({"error":{"code":"Y","message":"so"}})").message == "so");
    CHECK(denied("Stream is closed\n").message == "Stream is closed");
    CHECK(denied("").message == "conflict");
    CHECK(denied(R"({"error":17})").message == "conflict");
    CHECK(denied("[]").code.empty());
    CHECK(denied("", {{"stream-closed", "true"}}).stream_closed);
}

TEST_CASE("stream client: Retry-After is read, and bounded") {
    auto const after = [](std::string value) {
        return read_denial(FetchReply{503, {{"Retry-After", value}}, ""}).retry_after;
    };
    CHECK(after("2") == std::chrono::seconds(2));
    CHECK(after("999999") == std::chrono::seconds(60));
    CHECK(after("Fri, 31 Dec 1999 23:59:59 GMT") == std::nullopt);
    CHECK(after("-1") == std::nullopt);
}

TEST_CASE("stream client: what is worth retrying is what time may change") {
    for (int const status : {408, 429, 500, 502, 503, 504, 507})
        CHECK(Denial{.status = status, .code = {}, .message = {}}.worth_retrying());
    for (int const status : {400, 401, 403, 404, 405, 409, 410, 413, 501, 505})
        CHECK(!Denial{.status = status, .code = {}, .message = {}}.worth_retrying());
}

TEST_CASE("stream client: what stays as it is, is not worth retrying") {
    for (auto const* code : {"SEGMENT_MISSING", "SEGMENT_CORRUPT", "SEGMENT_TRUNCATED"})
        CHECK(!Denial{.status = 500, .code = code, .message = {}}.worth_retrying());
    CHECK(!Denial{.status = 429, .code = "TOO_MANY_STREAMS", .message = {}}.worth_retrying());
    CHECK(Denial{.status = 503, .code = "SEGMENT_UNAVAILABLE", .message = {}}.worth_retrying());
}

TEST_CASE("stream client: a password in the URL is used, and not told") {
    CHECK(without_password("http://bob:secret@h:1/x") == "http://bob:***@h:1/x");
    CHECK(without_password("bob:a@b@h") == "bob:***@h");
    CHECK(without_password("https://bob@h:1") == "https://bob@h:1");
    CHECK(without_password("unix:a@b.sock") == "unix:a@b.sock");
    CHECK(without_password("http://h:1/a:b@c") == "http://h:1/a:b@c");
    ScriptedFetch fetch({answers(404, {}, "<html>")});
    StreamClient client(fetch, "http://bob:secret@h:1/", "");
    auto const said = client.read(k_name, "-1");
    REQUIRE(!said);
    CHECK(said.error().what.find("secret") == std::string::npos);
    CHECK(fetch.asked.at(0).url.starts_with("http://bob:secret@h:1/v1/stream/"));
}

TEST_CASE("stream client: a refused live read carries the server's words") {
    struct Nothing final : BodyTaker {
        Flow on_head(FetchReply const&) override { return told(); }
        Flow on_bytes(std::string_view) override { return told(); }
        Flow told() {
            was_told = true;
            return Flow::more;
        }
        bool was_told = false;
    };
    ScriptedFetch fetch({answers(400, {}, R"({"code":"INVALID_OFFSET","error":"bad"})")});
    StreamClient client(fetch, "http://h", "");
    Nothing taker;
    auto const said = test::sure(client.read_sse(k_name, "a b", "", taker));
    CHECK(std::get<Denial>(*said).code == "INVALID_OFFSET");
    CHECK(!taker.was_told);
    CHECK(fetch.asked.at(0).url.ends_with("?offset=a%20b&live=sse"));
}

TEST_CASE("stream client: a success that does not say what is stored is none") {
    for (int const status : {200, 201, 202, 204, 206}) {
        ScriptedFetch fetch({}, answers(status, {{"Content-Type", "text/html"}}, "<html>"));
        StreamClient client(fetch, "http://h", "");
        AppendRequest ask;
        ask.content_type = "text/plain";
        ask.body = "x";
        auto const is_corrupt = [](auto const& said) {
            return !said && said.error().fault == Fault::corrupt &&
                   said.error().what == "there is no Durable Streams server at http://h";
        };
        CHECK(is_corrupt(client.create(k_name, {})));
        CHECK(is_corrupt(client.append(k_name, ask)));
        CHECK(is_corrupt(client.close(k_name)));
        CHECK(is_corrupt(client.head(k_name)));
        CHECK(is_corrupt(client.read(k_name, "-1")));
        CHECK(is_corrupt(client.remove(k_name)));
    }
}

TEST_CASE("stream client: headers that a proxy took away are made up for by a body") {
    auto const absent = R"({"code":"STREAM_NOT_FOUND","error":"stream not found"})";
    ScriptedFetch fetch({answers(404), answers(404, {}, absent), answers(204),
                         answers(404, {}, absent), answers(404), answers(404, {}, "<html>")});
    StreamClient client(fetch, "http://h", "");
    auto const head = test::sure(client.head(k_name));
    CHECK(std::get<Denial>(*head).status == 404);
    auto const removed = test::sure(client.remove(k_name));
    CHECK(std::holds_alternative<RemoveAnswer>(*removed));
    CHECK(client.head(k_name).error().fault == Fault::corrupt);
}

TEST_CASE("stream client: a redirect is not followed, and names the new server") {
    auto const moved = [](std::string const& where) {
        ScriptedFetch fetch({}, answers(308, {{"Location", where}}));
        StreamClient client(fetch, "http://h:1/ds/v1/stream/", "");
        auto const said = test::sure(client.read(*parse_stream_name("p/s"), "-1"));
        CHECK(fetch.asked.at(0).url == "http://h:1/ds/v1/stream/p/s?offset=-1");
        return std::get<Denial>(*said).moved_to;
    };
    CHECK(moved("https://n/v1/stream/p/s?offset=-1") == "https://n");
    CHECK(moved("https://n/x/v1/stream/p/s") == "https://n/x");
    CHECK(moved("/new/v1/stream/p/s?offset=-1") == "http://h:1/new");
    CHECK(moved("https://n/login").empty());
}
