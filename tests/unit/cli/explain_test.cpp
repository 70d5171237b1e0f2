// Promises of cli/explain: a stable code, and the next command to try.
#include "cli/explain.h"

#include <doctest/doctest.h>

#include <string>

using namespace ds;

namespace {

StreamName const k_name = *parse_stream_name("orders/7");

Explanation denied(int status, Doing doing, std::string code = "", std::string message = "why") {
    return explain(Denial{.status = status, .code = std::move(code), .message = std::move(message)},
                   doing, k_name);
}

bool has(std::string const& text, std::string const& part) {
    return text.find(part) != std::string::npos;
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
          "stream orders/7 does not exist; create it with: ds put orders/7");
    CHECK(denied(404, Doing::tail).text ==
          "stream orders/7 does not exist; create it with: ds put orders/7");
    CHECK(has(denied(404, Doing::put).text, "to fork from"));
    CHECK(has(denied(410, Doing::tail).text, "deleted"));
}

TEST_CASE("explain: a closed stream points to a fork, a wrong type to the option") {
    Denial closed{.status = 409, .code = "STREAM_CLOSED", .message = "stream is closed"};
    closed.stream_closed = true;
    CHECK(has(explain(closed, Doing::append, k_name).text, "ds put NEW --fork-from orders/7"));
    CHECK(has(denied(409, Doing::append, "CONTENT_TYPE_MISMATCH").text, "--content-type"));
    CHECK(has(denied(409, Doing::put).text, "why"));
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
    CHECK(explain(Error{Fault::io, "x"}, "").code == ExitCode::failed);
    CHECK(explain(Error{Fault::invalid, "x"}, "").code == ExitCode::misused);
}
