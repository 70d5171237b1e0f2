// Promises of cli/explain: a stable code, and the next command to try.
#include "auth/jwt.h"
#include "cli/explain.h"
#include "support/text.h"

#include <doctest/doctest.h>

#include <string>

using namespace ds;

namespace {

using ds::test::has;

StreamName const k_name = *parse_stream_name("orders/7");

Explanation denied(int status, Doing doing, std::string code = "", std::string message = "why") {
    return explain(Denial{.status = status, .code = std::move(code), .message = std::move(message)},
                   doing, k_name);
}

} // namespace

TEST_CASE("explain: each status has its exit code") {
    auto const code = [](int status) { return denied(status, Doing::append).code; };
    CHECK(code(400) == ExitCode::misused);
    CHECK(code(401) == ExitCode::refused);
    CHECK(code(403) == ExitCode::refused);
    CHECK(code(404) == ExitCode::not_found);
    CHECK(code(405) == ExitCode::refused);
    CHECK(code(409) == ExitCode::conflict);
    CHECK(code(410) == ExitCode::not_found);
    CHECK(code(413) == ExitCode::refused);
    CHECK(code(429) == ExitCode::refused);
    CHECK(code(500) == ExitCode::failed);
    CHECK(code(503) == ExitCode::refused);
    CHECK(code(507) == ExitCode::refused);
}

TEST_CASE("explain: a missing stream is told with the command that creates it") {
    CHECK(denied(404, Doing::append).text ==
          "stream orders/7 does not exist; create it with: ds put orders/7 --content-type text, "
          "or json");
    CHECK(denied(404, Doing::tail).text ==
          "stream orders/7 does not exist; create it with: ds put orders/7");
    CHECK(denied(404, Doing::fork).text == "the stream to fork from does not exist");
    CHECK(has(denied(404, Doing::put).text, "nothing at the path of stream orders/7"));
    CHECK(has(denied(410, Doing::tail).text, "deleted"));
}

TEST_CASE("explain: a closed stream points to a fork, a wrong type to the option") {
    Denial closed{.status = 409, .code = "STREAM_CLOSED", .message = "stream is closed"};
    closed.stream_closed = true;
    CHECK(has(explain(closed, Doing::append, k_name).text, "ds put NEW --fork-from orders/7"));
    CHECK(has(denied(409, Doing::append, "CONTENT_TYPE_MISMATCH").text, "--content-type"));
    CHECK(has(denied(409, Doing::put).text, "why"));
    CHECK(denied(409, Doing::fork, "FORK_SOURCE_GONE").text ==
          "the stream to fork from was deleted");
    CHECK(has(denied(400, Doing::fork, "OFFSET_BEYOND_TAIL").text, "--fork-offset: why"));
    CHECK(has(denied(409, Doing::subscribe, "NOT_AN_ESTUARY").text,
              "orders/7 is there, and is no estuary"));
}

TEST_CASE("explain: what is full is told with what makes room, and not to try again") {
    for (auto const& why :
         {denied(409, Doing::put, "TOO_MANY_STREAMS"), denied(429, Doing::put, "TOO_MANY_STREAMS"),
          denied(429, Doing::put, "RATE_LIMITED", "the project has as many streams as it may")}) {
        CHECK(has(why.text, "ds rm STREAM"));
        CHECK(has(why.text, "--limit-project-streams"));
        CHECK(!has(why.text, "in a moment"));
    }
    CHECK(has(denied(429, Doing::subscribe, "TOO_MANY_ESTUARIES").text, "ds estuary rm"));
    CHECK(has(denied(429, Doing::put, "RATE_LIMITED").text, "in a moment"));
}

TEST_CASE("explain: what is stored and damaged is told with where to look") {
    CHECK(has(denied(500, Doing::tail, "SEGMENT_MISSING").text, "ds inspect --verify"));
    CHECK(denied(500, Doing::tail, "SEGMENT_MISSING").code == ExitCode::failed);
}

TEST_CASE("explain: names that a shell would take apart are quoted in commands") {
    auto const name = *parse_stream_name("orders/it's $7");
    auto const text =
        explain(Denial{.status = 404, .code = {}, .message = {}}, Doing::tail, name).text;
    CHECK(has(text, "ds put 'orders/it'\\''s $7'"));
}

TEST_CASE("explain: the default project is not shown") {
    CHECK(shown(*parse_stream_name("alone")) == "alone");
    CHECK(shown(k_name) == "orders/7");
}

TEST_CASE("explain: an unreachable server is told with its URL and how to start one") {
    auto const why = explain(Error{Fault::unreachable, "refused"}, "http://h:1");
    CHECK(why.code == ExitCode::unreachable);
    CHECK(has(why.text, "http://h:1"));
    CHECK(has(why.text, "ds serve"));
    // libcurl tells of a host and a port that nobody asked for.
    auto const socket =
        explain(Error{Fault::unreachable, "connect to localhost port 80"}, "unix:/run/ds.sock");
    CHECK(socket.code == ExitCode::unreachable);
    CHECK(socket.text == "no server answers at unix:/run/ds.sock; start one with: ds serve "
                         "--listen unix:/run/ds.sock, or name another with --url");
    CHECK(explain(Error{Fault::io, "x"}, "").code == ExitCode::failed);
    CHECK(explain(Error{Fault::invalid, "x"}, "").code == ExitCode::misused);
}

TEST_CASE("explain: a trimmed stream is not called deleted") {
    Denial trimmed{.status = 410, .code = "OFFSET_TRIMMED", .message = "retention"};
    trimmed.earliest_offset = "0000000000000000_0000000000003000";
    auto const why = explain(trimmed, Doing::tail, k_name);
    CHECK(why.code == ExitCode::not_found);
    CHECK(!has(why.text, "deleted"));
    CHECK(has(why.text, "ds tail orders/7 --from 0000000000000000_0000000000003000"));
}

TEST_CASE("explain: a token that was refused is told as such, and why as far as it says") {
    Denial const denial{.status = 401, .code = "UNAUTHORIZED", .message = "no"};
    CHECK(has(explain(denial, Doing::tail, k_name).text, "asks for a token"));
    CHECK(has(explain(denial, Doing::tail, k_name, "abc").text, "refused the token: it is none"));
    Claims claims;
    claims.sub = "orders";
    claims.scope = TokenScope::write;
    claims.exp = 1'000;
    auto const why = [&](std::int64_t second) {
        return why_refused(sign_token(claims, "a secret"), from_count_ms(second * 1'000));
    };
    CHECK(has(why(1'006), "it expired 6 s ago"));
    CHECK(has(why(1'006), "ds token orders --scope write"));
    CHECK(has(why(1'000 + 7'200), "2 hours ago"));
    CHECK(has(why(999), "no key of the project orders"));
    CHECK(why_refused(sign_token(claims, "a secret"), from_count_ms(2'000'000), "demo") ==
          "it is for the project orders, and the stream is in demo");
    claims.nbf = 500;
    CHECK(has(why(490), "not valid for another 10 s"));
}

TEST_CASE("explain: a server that moved, and TLS that is not there or does not hold") {
    Denial moved{.status = 301, .code = {}, .message = "status 301"};
    moved.moved_to = "https://n";
    CHECK(has(explain(moved, Doing::append, k_name).text, "use --url https://n"));
    auto const plain = explain(Error{Fault::unreachable, "wrong version number"}, "https://h:1");
    CHECK(plain.code == ExitCode::unreachable);
    CHECK(has(plain.text, "use --url http://h:1"));
    auto const bad =
        explain(Error{Fault::invalid, "the certificate does not hold (x)"}, "https://h");
    CHECK(bad.code == ExitCode::unreachable);
}
